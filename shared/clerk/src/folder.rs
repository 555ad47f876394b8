//! A watched folder: a scanner or a recorder puts files there, the desk takes them.
//!
//! A file is taken when two looks in a row find it unchanged, and removed only once it is durable
//! elsewhere. One that cannot be taken moves to `refused/`, with a note beside it that says why.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use dengwen_http::{Language, Text};
use tokio::fs;
use tokio_util::sync::CancellationToken;

/// Where files go that cannot be taken.
const REFUSED: &str = "refused";
/// Names that other programs give to what they have not finished.
const UNFINISHED: [&str; 4] = ["part", "tmp", "crdownload", "filepart"];

/// What became of a file.
#[derive(Debug)]
pub enum Fate {
    /// It is durable; the source may go.
    Kept,
    /// It can never be taken, and this is why.
    Refused(Text),
    /// It cannot be taken now; it stays where it is.
    Later,
}

/// Who takes the files of a folder.
#[async_trait]
pub trait TakesFiles: Send + Sync {
    /// The largest file, in bytes.
    fn max_bytes(&self) -> usize;

    /// Takes one.
    async fn take(&self, name: &str, bytes: Vec<u8>) -> Fate;
}

/// A file that could not be taken.
#[derive(Clone, PartialEq, Eq)]
pub struct RefusedFile {
    /// Its name.
    pub name: String,
    /// Why, in both languages, a line each.
    pub why: String,
}

/// A folder that is looked into again and again.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    every: Duration,
}

/// How a file looked at the last look.
type Looks = HashMap<String, (u64, Option<SystemTime>)>;

impl Folder {
    /// The folder at `path`, looked into at this pace.
    pub fn new(path: PathBuf, every: Duration) -> Self {
        Self { path, every }
    }

    /// Gives its files to `taker` until `stop`.
    pub async fn watch(self, taker: impl TakesFiles, stop: CancellationToken) {
        let mut seen = Looks::new();
        let mut well = true;
        let mut pace = tokio::time::interval(self.every);
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = pace.tick() => {}
            }
            match self.look(&taker, &mut seen, &stop).await {
                Ok(()) => well = true,
                // Said once: a share that is away would say it at every look.
                Err(error) if well => {
                    well = false;
                    tracing::error!(kind = %error.kind(), "a watched folder cannot be read");
                }
                Err(_) => {}
            }
        }
    }

    /// The files that could not be taken and lie there still.
    pub async fn refused(&self) -> Vec<RefusedFile> {
        let dir = self.path.join(REFUSED);
        let mut refused = Vec::new();
        let Ok(mut entries) = fs::read_dir(&dir).await else { return refused };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let note = entry.file_name().to_string_lossy().into_owned();
            let Some(name) = note.strip_suffix(".why") else { continue };
            let why = fs::read_to_string(entry.path()).await.unwrap_or_default();
            refused.push(RefusedFile { name: name.to_owned(), why });
        }
        refused.sort_by(|a, b| a.name.cmp(&b.name));
        refused
    }

    async fn look(
        &self,
        taker: &impl TakesFiles,
        seen: &mut Looks,
        stop: &CancellationToken,
    ) -> std::io::Result<()> {
        let before = std::mem::take(seen);
        let mut entries = fs::read_dir(&self.path).await?;
        while let Some(entry) = entries.next_entry().await? {
            // Not what a link leads to: the folder may be written to by others.
            let meta = entry.metadata().await?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            if !meta.is_file() || name.starts_with('.') || is_unfinished(&name) || meta.len() == 0 {
                continue;
            }
            let looks = (meta.len(), meta.modified().ok());
            if before.get(&name) != Some(&looks) {
                seen.insert(name, looks);
                continue;
            }
            if stop.is_cancelled() {
                return Ok(());
            }
            if !self.hand_over(taker, &name, meta.len()).await? {
                seen.insert(name, looks);
            }
        }
        Ok(())
    }

    /// Whether it is gone from the folder.
    async fn hand_over(&self, taker: &impl TakesFiles, name: &str, size: u64) -> std::io::Result<bool> {
        let path = self.path.join(name);
        let fate = match size > taker.max_bytes() as u64 {
            true => Fate::Refused(Text::composed(
                format!("larger than {} bytes", taker.max_bytes()),
                format!("超过 {} 字节", taker.max_bytes()),
            )),
            false => taker.take(name, fs::read(&path).await?).await,
        };
        match fate {
            Fate::Kept => fs::remove_file(&path).await?,
            Fate::Refused(why) => self.set_aside(&path, name, &why).await?,
            Fate::Later => return Ok(false),
        }
        Ok(true)
    }

    async fn set_aside(&self, path: &Path, name: &str, why: &Text) -> std::io::Result<()> {
        let dir = self.path.join(REFUSED);
        fs::create_dir_all(&dir).await?;
        let mut free = name.to_owned();
        let mut count = 1;
        while fs::try_exists(dir.join(&free)).await? {
            count += 1;
            free = format!("{count} {name}");
        }
        let note =
            format!("{}\n{}\n", why.in_language(Language::Chinese), why.in_language(Language::English));
        fs::write(dir.join(format!("{free}.why")), note).await?;
        fs::rename(path, dir.join(&free)).await?;
        metrics::counter!("dengwen_desk_files_refused").increment(1);
        tracing::warn!("a file of a watched folder cannot be taken; the folder `refused` says why");
        Ok(())
    }
}

fn is_unfinished(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| UNFINISHED.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

impl std::fmt::Debug for RefusedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefusedFile(hidden)")
    }
}
