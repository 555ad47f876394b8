//! Paper that comes after its letter was registered: it follows the letter under its register number, as
//! what a reporter adds follows a report.

use dengwen_clerk::{TrayError, WaitingId};
use dengwen_door::{Addition, ExternalId, FileError, TakeError};
use dengwen_model::MessageContent;
use dengwen_service::DoorRuntime;

use crate::numbers::{Numbers, RegisterNumber};
use crate::scans::Scans;

/// A scan could not follow its letter; it waits on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAttached {
    /// No letter was registered under this number at this desk.
    #[error("no letter has this number")]
    NoLetter,
    /// The scan is not there, or cannot be opened.
    #[error(transparent)]
    Tray(#[from] TrayError),
    /// The file store does not take it.
    #[error(transparent)]
    File(#[from] FileError),
    /// The door does not take it.
    #[error(transparent)]
    Door(#[from] TakeError),
}

/// Brings scans to registered letters.
#[derive(Debug, Clone)]
pub(crate) struct Attacher {
    runtime: DoorRuntime,
    numbers: Numbers,
}

impl Attacher {
    pub(crate) fn new(runtime: &DoorRuntime, numbers: Numbers) -> Self {
        Self { runtime: runtime.clone(), numbers }
    }

    /// Sends a scan after the letter of this number. The same scan again is the same message.
    pub(crate) async fn attach(
        &self,
        scans: &Scans,
        id: &WaitingId,
        number: &RegisterNumber,
    ) -> Result<(), NotAttached> {
        let receipt = self.numbers.letter(number).ok_or(NotAttached::NoLetter)?;
        let waiting = scans.tray().find(id)?;
        let bytes = scans.tray().read(id).await?;
        let door = self.runtime.door();
        let attachment = self.runtime.files().keep(&waiting.name, &bytes, door.entropy()).await?;
        let mut content = MessageContent::words(format!("随信扫描件（{number}）"));
        content.attachments = vec![attachment];
        let external = ExternalId {
            source: "letters/scans".to_owned(),
            id: format!("{number} {id}"),
            same_receipt: false,
        };
        let addition = Addition {
            receipt,
            receipt_known: true,
            content,
            received_at: Some(waiting.came_at),
            external: Some(external),
        };
        door.take_message(door.seal_message(&addition)?).await?;
        scans.tray().use_up(id, Some(number.to_string())).await?;
        metrics::counter!("dengwen_letters_scans_attached").increment(1);
        Ok(())
    }
}
