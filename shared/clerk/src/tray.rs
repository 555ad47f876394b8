//! The in-tray of a desk: files that came without an entry (scans, recordings) and wait until a clerk
//! registers them. Sealed under the host's own key, durable, bounded.
//!
//! Two files each: `<id>.file` holds the bytes, `<id>.card` what is known about them; what has no card is not
//! there. The id is a keyed hash of the content: the same file twice is one, so whoever brings it
//! may bring it again after a crash.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dengwen_door::{Door, ExternalId};
use dengwen_http::Text;
use dengwen_rules::shanghai;
use dengwen_seal::LocalKey;
use dengwen_service::DoorRuntime;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::before::{Before, Earlier};
use crate::hex;

/// Most files that wait.
const MAX_FILES: usize = 5000;
/// Most bytes that wait.
const MAX_BYTES: u64 = 8 << 30;

/// What a file in the tray is called by: 32 hexadecimal digits that tell nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WaitingId(String);

impl FromStr for WaitingId {
    type Err = NoWaitingId;

    fn from_str(text: &str) -> Result<Self, NoWaitingId> {
        let well_formed = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if well_formed { Ok(Self(text.to_owned())) } else { Err(NoWaitingId) }
    }
}

impl TryFrom<String> for WaitingId {
    type Error = NoWaitingId;

    fn try_from(text: String) -> Result<Self, NoWaitingId> {
        text.parse()
    }
}

impl From<WaitingId> for String {
    fn from(id: WaitingId) -> Self {
        id.0
    }
}

impl std::fmt::Display for WaitingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// No id of the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the tray")]
pub struct NoWaitingId;

/// A file that waits, and what the desk knows about it (`A`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting<A> {
    /// Its id.
    pub id: WaitingId,
    /// The name it came with.
    pub name: String,
    /// Media type as recognised from the content.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// When it came.
    pub came_at: Timestamp,
    /// What the desk knows about it.
    pub about: A,
}

impl<A> std::fmt::Debug for Waiting<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A file's name may be a person's.
        f.debug_struct("Waiting").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

/// A file that went with an entry and waits no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    at: Timestamp,
    number: Option<String>,
}

impl Used {
    /// When that was, and with which entry, in words.
    pub fn text(&self) -> Text {
        let day = self.at.to_zoned(shanghai()).strftime("%Y-%m-%d %H:%M").to_string();
        match &self.number {
            Some(number) => {
                Text::composed(format!("went with {number} on {day}"), format!("已于 {day} 随 {number} 登记"))
            }
            None => Text::composed(format!("was registered on {day}"), format!("已于 {day} 登记")),
        }
    }
}

/// The tray cannot do it.
#[derive(Debug, thiserror::Error)]
pub enum TrayError {
    /// Too much waits already.
    #[error("too many files wait at the desk")]
    Full,
    /// It is not there (any more).
    #[error("no such file waits at the desk")]
    Missing,
    /// The disk does not do it.
    #[error("the desk's disk cannot be used")]
    Disk(#[from] io::Error),
    /// What is on disk was not sealed by this door, or is broken.
    #[error("what waits at the desk cannot be opened")]
    Sealed,
}

/// The tray. Cheap to clone.
#[derive(Debug)]
pub struct Tray<A>(Arc<Inner<A>>);

impl<A> Clone for Tray<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct Inner<A> {
    dir: PathBuf,
    door: Arc<Door>,
    key: LocalKey,
    /// Everything that waits.
    cards: Mutex<BTreeMap<WaitingId, Waiting<A>>>,
    /// What went with an entry, by its id.
    used: Before,
    /// Told of everything that comes.
    arrivals: watch::Sender<u64>,
}

impl<A: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Tray<A> {
    /// Opens the tray of a desk under the data directory.
    ///
    /// # Errors
    /// Where the directory or the key cannot be used. A card that cannot be opened stops nothing: it is left
    /// where it is, and said.
    pub fn open(runtime: &DoorRuntime) -> anyhow::Result<Self> {
        Self::open_in(runtime, format!("tray-{}", runtime.kind()))
    }

    /// Opens another tray of the desk: one for the `things` that must not take the files' place.
    ///
    /// # Errors
    /// As [`Tray::open`].
    pub fn open_for(runtime: &DoorRuntime, things: &str) -> anyhow::Result<Self> {
        Self::open_in(runtime, format!("tray-{}-{things}", runtime.kind()))
    }

    fn open_in(runtime: &DoorRuntime, folder: String) -> anyhow::Result<Self> {
        let process = runtime.process();
        let used = process.settings().data.join(format!("{folder}-used.db"));
        let dir = process.settings().data.join(folder);
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let inner = Inner {
            dir,
            door: runtime.door().clone(),
            key: runtime.keys().local(runtime.kind(), process.entropy())?,
            cards: Mutex::default(),
            used: Before::at(used, runtime.door().clone()),
            arrivals: watch::Sender::new(0),
        };
        inner.load()?;
        Ok(Self(Arc::new(inner)))
    }

    /// Puts a file into the tray. Returns when it is durable. The same content again is the file that waits.
    ///
    /// # Errors
    /// [`TrayError::Full`] or [`TrayError::Disk`]; nothing is kept then.
    pub async fn put(
        &self,
        name: &str,
        media_type: &str,
        bytes: Vec<u8>,
        about: A,
    ) -> Result<Waiting<A>, TrayError> {
        Ok(self.put_once(name, media_type, bytes, about).await?.0)
    }

    /// As [`Tray::put`]; and whether it was not there yet.
    ///
    /// # Errors
    /// As there.
    pub async fn put_once(
        &self,
        name: &str,
        media_type: &str,
        bytes: Vec<u8>,
        about: A,
    ) -> Result<(Waiting<A>, bool), TrayError> {
        let (inner, name, media_type) = (self.0.clone(), name.to_owned(), media_type.to_owned());
        blocking(move || inner.put(name, media_type, &bytes, about)).await
    }

    /// What waits, oldest first.
    pub fn list(&self) -> Vec<Waiting<A>> {
        let mut waiting: Vec<_> = self.0.cards().values().cloned().collect();
        waiting.sort_by(|a, b| (a.came_at, &a.id).cmp(&(b.came_at, &b.id)));
        waiting
    }

    /// One that waits.
    ///
    /// # Errors
    /// [`TrayError::Missing`].
    pub fn find(&self, id: &WaitingId) -> Result<Waiting<A>, TrayError> {
        self.0.cards().get(id).cloned().ok_or(TrayError::Missing)
    }

    /// The bytes of one that waits.
    ///
    /// # Errors
    /// See [`TrayError`].
    pub async fn read(&self, id: &WaitingId) -> Result<Vec<u8>, TrayError> {
        self.find(id)?;
        let (inner, id) = (self.0.clone(), id.clone());
        blocking(move || inner.open_file(&inner.path(&id, "file"))).await
    }

    /// Keeps what became known about one that waits.
    ///
    /// # Errors
    /// See [`TrayError`].
    pub async fn note(&self, id: &WaitingId, about: A) -> Result<(), TrayError> {
        let (inner, id) = (self.0.clone(), id.clone());
        blocking(move || inner.note(&id, about)).await
    }

    /// Takes one out of the tray, once its content is safe elsewhere. One that is gone is no error.
    ///
    /// # Errors
    /// [`TrayError::Disk`].
    pub async fn remove(&self, id: &WaitingId) -> Result<(), TrayError> {
        let (inner, id) = (self.0.clone(), id.clone());
        blocking(move || inner.remove(&id)).await
    }

    /// As [`Tray::remove`], once it went with an entry, of this register number where it has one: it is known by its id
    /// from now on.
    ///
    /// # Errors
    /// As there.
    pub async fn use_up(&self, id: &WaitingId, number: Option<String>) -> Result<(), TrayError> {
        if self.find(id).is_ok() {
            self.0.used.note(vec![(used_id(id), number)]).await;
        }
        self.remove(id).await
    }

    /// With what a file went that waits no more; nothing where that is not known.
    pub async fn used(&self, id: &WaitingId) -> Option<Used> {
        self.used_before([id]).await.pop().flatten()
    }

    /// Which of these went with an entry before, in their order: the same file again may wait again. Nothing where that
    /// cannot be looked up.
    pub async fn used_before<'a>(&self, ids: impl IntoIterator<Item = &'a WaitingId>) -> Vec<Option<Used>> {
        let ids: Vec<_> = ids.into_iter().map(used_id).collect();
        let found = self.0.used.find(&ids).await.unwrap_or_else(|_| vec![None; ids.len()]);
        let used = |earlier: Earlier| Used { at: earlier.at, number: earlier.number };
        found.into_iter().map(|found| found.map(used)).collect()
    }

    /// Makes whoever listens to arrivals look again.
    pub fn stir(&self) {
        self.0.arrivals.send_modify(|count| *count += 1);
    }

    /// Changes with everything that comes.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.0.arrivals.subscribe()
    }
}

fn used_id(id: &WaitingId) -> ExternalId {
    ExternalId { source: "tray".to_owned(), id: id.to_string(), same_receipt: false }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TrayError> + Send + 'static,
) -> Result<T, TrayError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(TrayError::Disk(io::Error::other("the work broke off"))))
}

impl<A: Clone + Serialize + DeserializeOwned> Inner<A> {
    /// The lock is held for moments, and nothing in there can panic half way.
    fn cards(&self) -> MutexGuard<'_, BTreeMap<WaitingId, Waiting<A>>> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads all cards, and removes what a crash left half written.
    fn load(&self) -> Result<(), TrayError> {
        for entry in std::fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "part") {
                std::fs::remove_file(&path)?;
                continue;
            }
            let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            let Some(id): Option<WaitingId> = id else { continue };
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("card") => match self.open_card(&path) {
                    Ok(card) => drop(self.cards().insert(id, card)),
                    Err(error) => tracing::error!(%error, "a file in the tray cannot be opened"),
                },
                Some("file") if !self.path(&id, "card").exists() => std::fs::remove_file(&path)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn put(
        &self,
        name: String,
        media_type: String,
        bytes: &[u8],
        about: A,
    ) -> Result<(Waiting<A>, bool), TrayError> {
        let id = self.id_of(bytes);
        let size = bytes.len() as u64;
        {
            let cards = self.cards();
            if let Some(there) = cards.get(&id) {
                return Ok((there.clone(), false));
            }
            let waits: u64 = cards.values().map(|card| card.size).sum();
            if cards.len() >= MAX_FILES || waits + size > MAX_BYTES {
                return Err(TrayError::Full);
            }
        }
        let card = Waiting { id, name, media_type, size, came_at: self.door.clock().now(), about };
        self.write(&self.path(&card.id, "file"), bytes)?;
        self.write_card(&card)?;
        self.cards().insert(card.id.clone(), card.clone());
        self.arrivals.send_modify(|count| *count += 1);
        Ok((card, true))
    }

    fn note(&self, id: &WaitingId, about: A) -> Result<(), TrayError> {
        // Held over the write: one taken out meanwhile must not come back as a card without a file.
        let mut cards = self.cards();
        let card = cards.get_mut(id).ok_or(TrayError::Missing)?;
        let noted = Waiting { about, ..card.clone() };
        self.write_card(&noted)?;
        *card = noted;
        Ok(())
    }

    fn remove(&self, id: &WaitingId) -> Result<(), TrayError> {
        let mut cards = self.cards();
        for kind in ["card", "file"] {
            match std::fs::remove_file(self.path(id, kind)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        cards.remove(id);
        Ok(())
    }

    fn id_of(&self, bytes: &[u8]) -> WaitingId {
        let digest = hex(&Sha256::digest(bytes));
        let located = self.door.keys().answer.locate("tray", &digest);
        WaitingId(hex(&located.as_bytes()[..16]))
    }

    fn path(&self, id: &WaitingId, kind: &str) -> PathBuf {
        self.dir.join(format!("{id}.{kind}"))
    }

    fn write_card(&self, card: &Waiting<A>) -> Result<(), TrayError> {
        let plain = serde_json::to_vec(card).map_err(io::Error::other)?;
        self.write(&self.path(&card.id, "card"), &plain)
    }

    fn open_card(&self, path: &Path) -> Result<Waiting<A>, TrayError> {
        serde_json::from_slice(&self.open_file(path)?).map_err(|_| TrayError::Sealed)
    }

    fn open_file(&self, path: &Path) -> Result<Vec<u8>, TrayError> {
        let opened = self.key.open(&place(path), &std::fs::read(path)?);
        Ok(opened.map_err(|_| TrayError::Sealed)?.to_vec())
    }

    /// Writes sealed, and durable under its name or not at all.
    fn write(&self, path: &Path, plain: &[u8]) -> Result<(), TrayError> {
        let sealed = self.key.seal(&place(path), plain, self.door.entropy()).map_err(|_| TrayError::Full)?;
        let part = self.dir.join(format!("{}.part", path.file_name().unwrap_or_default().to_string_lossy()));
        let mut file = File::create(&part)?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        File::open(&self.dir)?.sync_all()?;
        Ok(())
    }
}

/// What a file is sealed for: its name, so that none opens as another.
fn place(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!("tray/{}", name.to_string_lossy())
}
