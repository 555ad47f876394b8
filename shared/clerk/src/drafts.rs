//! What a clerk has begun and not yet registered: kept on the door's disk, sealed with a key that never
//! leaves it, for a stated time.
//!
//! One file a draft, one folder a clerk. Written beside its place and moved there, so that a crash leaves
//! the former or the new. What a clerk sees is their own (domain rules 3.3).

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dengwen_model::{Clock, Entropy, UserId};
use dengwen_seal::LocalKey;
use dengwen_service::DoorRuntime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::hex;

/// Drafts that one clerk may have at a time.
const MOST: usize = 50;
/// Largest file that is read back, in bytes.
const MAX_FILE: u64 = 4 << 20;
/// Between two looks for drafts whose time is over.
const SWEEP: Duration = Duration::from_secs(600);

/// The id of a draft: 128 random bits. It is also what makes one entry of a form that is sent twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftId(String);

impl DraftId {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self(hex(&bytes))
    }

    /// Reads one back; `None` where it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A draft as it was last saved.
#[derive(Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) saved_at: Timestamp,
    pub(crate) fields: BTreeMap<String, String>,
}

/// The drafts of a desk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Drafts(Arc<Place>);

#[derive(Debug)]
struct Place {
    folder: PathBuf,
    key: LocalKey,
    keep: SignedDuration,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Drafts {
    /// Those of this door.
    pub(crate) fn open(runtime: &DoorRuntime) -> anyhow::Result<Self> {
        let process = runtime.process();
        let hours = process.settings().door.draft_hours;
        Ok(Self(Arc::new(Place {
            folder: process.settings().data.join(format!("drafts-{}", runtime.kind())),
            key: runtime.keys().local(runtime.kind(), process.entropy())?,
            keep: SignedDuration::from_hours(hours.into()),
            clock: process.shared_clock(),
            entropy: process.shared_entropy(),
        })))
    }

    /// Saves a draft, new or again. [`ErrorKind::QuotaExceeded`] where the clerk has too many.
    pub(crate) async fn save(
        &self,
        clerk: UserId,
        id: &DraftId,
        fields: BTreeMap<String, String>,
    ) -> Result<Timestamp> {
        let id = id.clone();
        self.work(move |place| {
            let saved_at = place.clock.now();
            place.write(clerk, &id, &Draft { saved_at, fields })?;
            Ok(saved_at)
        })
        .await
    }

    /// A draft of this clerk; `None` where there is none, or its time is over.
    pub(crate) async fn load(&self, clerk: UserId, id: &DraftId) -> Result<Option<Draft>> {
        let id = id.clone();
        self.work(move |place| place.read(clerk, &id)).await
    }

    /// The drafts of this clerk, the newest first.
    pub(crate) async fn list(&self, clerk: UserId) -> Result<Vec<(DraftId, Draft)>> {
        self.work(move |place| {
            let mut drafts = Vec::new();
            for id in place.ids(clerk)? {
                drafts.extend(place.read(clerk, &id)?.map(|draft| (id, draft)));
            }
            drafts.sort_by_key(|(_, draft)| std::cmp::Reverse(draft.saved_at));
            Ok(drafts)
        })
        .await
    }

    /// Deletes a draft; one that is gone already is no error.
    pub(crate) async fn discard(&self, clerk: UserId, id: &DraftId) -> Result<()> {
        let id = id.clone();
        self.work(move |place| gone_is_fine(std::fs::remove_file(place.file(clerk, &id)))).await
    }

    /// Deletes every draft whose time is over.
    pub(crate) async fn sweep(&self) -> Result<()> {
        self.work(Place::sweep).await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.0.clone();
        tokio::task::spawn_blocking(move || work(&place)).await.map_err(Error::other)?
    }
}

/// Deletes drafts whose time is over, from now and then on.
pub(crate) async fn sweep(drafts: Drafts, stop: CancellationToken) {
    loop {
        if let Err(error) = drafts.sweep().await {
            tracing::warn!(kind = ?error.kind(), "drafts whose time is over could not be deleted");
        }
        tokio::select! { () = stop.cancelled() => return, () = tokio::time::sleep(SWEEP) => {} }
    }
}

impl Place {
    fn folder(&self, clerk: UserId) -> PathBuf {
        self.folder.join(clerk.to_string())
    }

    fn file(&self, clerk: UserId, id: &DraftId) -> PathBuf {
        self.folder(clerk).join(id.as_str())
    }

    fn ids(&self, clerk: UserId) -> Result<Vec<DraftId>> {
        let names = names(&self.folder(clerk))?;
        Ok(names.iter().filter_map(|name| DraftId::parse(name)).collect())
    }

    fn write(&self, clerk: UserId, id: &DraftId, draft: &Draft) -> Result<()> {
        let (folder, file) = (self.folder(clerk), self.file(clerk, id));
        if !file.exists() && self.ids(clerk)?.len() >= MOST {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(draft)?);
        let sealed = self.key.seal(&seal_place(clerk, id), &plain, self.entropy.as_ref());
        let sealed = sealed.map_err(|_| ErrorKind::FileTooLarge)?;
        // No two writers share a part: two windows may save the same draft.
        let part = folder.join(format!("{}.{}", id.as_str(), DraftId::generate(self.entropy.as_ref()).0));
        let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
        let written = out.write_all(&sealed).and_then(|()| out.sync_data());
        let moved = written.and_then(|()| std::fs::rename(&part, &file));
        if moved.is_err() {
            // The first error tells more than one of the clearing up.
            let _ = std::fs::remove_file(&part);
        }
        moved
    }

    fn read(&self, clerk: UserId, id: &DraftId) -> Result<Option<Draft>> {
        let file = self.file(clerk, id);
        let sealed = match std::fs::metadata(&file) {
            Ok(about) if about.len() <= MAX_FILE => std::fs::read(&file),
            Ok(_) => return Ok(None),
            Err(error) => Err(error),
        };
        let sealed = match sealed {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            sealed => sealed?,
        };
        let Ok(plain) = self.key.open(&seal_place(clerk, id), &sealed) else {
            tracing::warn!("a draft does not open with this door's key");
            return Ok(None);
        };
        let draft: Option<Draft> = serde_json::from_slice(&plain).ok();
        Ok(draft.filter(|draft| self.clock.now().duration_since(draft.saved_at) < self.keep))
    }

    fn sweep(&self) -> Result<()> {
        for name in names(&self.folder)? {
            let Ok(clerk) = name.parse::<UserId>() else { continue };
            for id in self.ids(clerk)? {
                if self.read(clerk, &id)?.is_none() {
                    gone_is_fine(std::fs::remove_file(self.file(clerk, &id)))?;
                }
            }
        }
        Ok(())
    }
}

/// A draft moved to another clerk's folder does not open there.
fn seal_place(clerk: UserId, id: &DraftId) -> String {
    format!("drafts/{clerk}/{}", id.as_str())
}

fn gone_is_fine(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn names(folder: &Path) -> Result<Vec<String>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
