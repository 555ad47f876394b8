//! Whether there is a line where the settings say: a command that only looks must not make an empty one and find it
//! in order.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use dengwen_ledger::Ledger;
use dengwen_queue::EmbeddedQueue;
use dengwen_service::{Anchor, Settings, open_ledger};

/// An error where nothing of a line lies in the data directory.
pub(crate) fn ensure_line(settings: &Settings) -> anyhow::Result<()> {
    let checkpoint = Anchor::of(settings).path().to_owned();
    let parts = [Some(settings.keys_dir()), ledger_file(settings), queue_file(settings), Some(checkpoint)];
    match parts.iter().flatten().any(|part| part.exists()) {
        true => Ok(()),
        false => bail!(
            "{}: no line here yet; is --data (DENGWEN_DATA) right? `dengwen up` starts one",
            settings.data.display()
        ),
    }
}

/// The ledger of a line that is there, its schema brought up to this version; an error where there is none.
pub(crate) async fn kept_ledger(settings: &Settings) -> anyhow::Result<Arc<dyn Ledger>> {
    let ledger = open_ledger(settings).await?;
    Anchor::of(settings).ensure_ledger(ledger.as_ref()).await?;
    if !ledger.is_there().await? {
        match ledger_file(settings) {
            Some(file) => bail!(
                "{}: no line here yet; is --data (DENGWEN_DATA) right? `dengwen up` starts one",
                file.parent().unwrap_or(&settings.data).display()
            ),
            None => {
                bail!("ledger_url: no line in this database yet; the first start of one makes its tables")
            }
        }
    }
    ledger.migrate().await?;
    Ok(ledger)
}

/// The queue's file, where it is one.
pub(crate) fn queue_file(settings: &Settings) -> Option<PathBuf> {
    EmbeddedQueue::path(&settings.queue_url, &settings.data).ok()
}

/// The ledger's file, where it is one.
pub(crate) fn ledger_file(settings: &Settings) -> Option<PathBuf> {
    let url = settings.ledger_url();
    let path = url.strip_prefix("sqlite:")?;
    Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
}
