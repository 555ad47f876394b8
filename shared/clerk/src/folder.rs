//! A watched folder: a scanner or a recorder puts files there, the desk takes them.
//!
//! A file is taken when two looks in a row find it unchanged, and removed only once it is durable
//! elsewhere. One that may still grow, and one that cannot be taken, is waited for until nobody has written to it for a
//! while. What can never be taken moves to `refused/`, with a note beside it that says why. What stands in the way of
//! a look, or of one file, is told at the desk while it lasts.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use dengwen_http::{Language, Text};
use dengwen_model::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::fs;
use tokio_util::sync::CancellationToken;

/// Where files go that cannot be taken.
const REFUSED: &str = "refused";
/// Names that other programs give to what they have not finished.
const UNFINISHED: [&str; 4] = ["part", "tmp", "crdownload", "filepart"];
/// A file to which nobody has written for so long is as it will be.
const SETTLED: SignedDuration = SignedDuration::from_secs(60);
/// An empty one may be filled when a call ends.
const EMPTY_SETTLED: SignedDuration = SignedDuration::from_mins(15);

/// A folder in the folder.
const INNER: Text = Text::new(
    "a folder: what lies in it is not taken; let the scanner or recorder write into the watched folder itself",
    "是子文件夹，其中的文件不会收进；请让扫描仪或录音设备直接写入监视的文件夹",
);

/// What became of a file.
#[derive(Debug)]
pub enum Fate {
    /// It is durable; the source may go.
    Kept,
    /// It can never be taken as it is, and this is why.
    Refused(Text),
    /// It may still grow.
    Growing,
    /// It cannot be taken now; it stays where it is.
    Later,
}

/// A file that was found.
#[derive(Debug)]
pub struct Found<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Nobody has written to it for a while.
    pub settled: bool,
}

/// Who takes the files of a folder.
#[async_trait]
pub trait TakesFiles: Send + Sync {
    /// The largest file, in bytes.
    fn max_bytes(&self) -> usize;

    /// Takes one.
    async fn take(&self, file: Found<'_>) -> Fate;
}

/// A file that could not be taken.
#[derive(Clone, PartialEq, Eq)]
pub struct RefusedFile {
    /// Its name.
    pub name: String,
    /// Why, in both languages, a line each.
    pub why: String,
}

/// A folder that is looked into again and again. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    every: Duration,
    clock: Arc<dyn Clock>,
    /// What stood in the way at the last look.
    hindered: Arc<Mutex<Vec<RefusedFile>>>,
}

/// A file as it was found before.
#[derive(Debug, Clone, Copy)]
struct Seen {
    looks: Looks,
    /// Unchanged since then.
    since: Timestamp,
    /// It was read, and may still grow.
    tried: bool,
    /// It is durable elsewhere, and could not be removed.
    kept: bool,
}

/// How a file looks: its size, and when somebody wrote to it.
type Looks = (u64, Option<SystemTime>);

impl Seen {
    fn new(looks: Looks, now: Timestamp) -> Self {
        Self { looks, since: now, tried: false, kept: false }
    }

    /// Whether nobody has written to it for so long: by its own time, or, where another machine's clock wrote that, as
    /// long as it is watched.
    fn rested(&self, now: Timestamp, long: SignedDuration) -> bool {
        let written = self.looks.1.and_then(|at| Timestamp::try_from(at).ok());
        [written, Some(self.since)].into_iter().flatten().any(|at| now.duration_since(at) >= long)
    }
}

impl Folder {
    /// The folder at `path`, looked into at this pace.
    pub fn new(path: PathBuf, every: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { path, every, clock, hindered: Arc::default() }
    }

    /// Gives its files to `taker` until `stop`.
    pub async fn watch(self, taker: impl TakesFiles, stop: CancellationToken) {
        let mut seen = HashMap::new();
        let mut well = true;
        let mut pace = tokio::time::interval(self.every);
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = pace.tick() => {}
            }
            let (looked, mut hindered) = self.look(&taker, &mut seen, &stop).await;
            if let Err(error) = looked {
                // Said once: a share that is away would say it at every look.
                if well {
                    tracing::error!(kind = %error.kind(), "a watched folder cannot be read");
                }
                well = false;
                let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                hindered.push(RefusedFile { name, why: note(&unreachable(&error)) });
            } else {
                well = true;
            }
            *self.hindered() = hindered;
        }
    }

    /// The files that could not be taken and lie there still, and what stands in the way now.
    pub async fn refused(&self) -> Vec<RefusedFile> {
        let mut refused = self.hindered().clone();
        let Ok(mut entries) = fs::read_dir(self.path.join(REFUSED)).await else { return refused };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let note = entry.file_name().to_string_lossy().into_owned();
            let Some(name) = note.strip_suffix(".why") else { continue };
            let why = fs::read_to_string(entry.path()).await.unwrap_or_default();
            refused.push(RefusedFile { name: name.to_owned(), why });
        }
        refused.sort_by(|a, b| a.name.cmp(&b.name));
        refused
    }

    /// Nothing in there can panic half way.
    fn hindered(&self) -> MutexGuard<'_, Vec<RefusedFile>> {
        self.hindered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks once: whether the folder could be read, and the files that could not.
    async fn look(
        &self,
        taker: &impl TakesFiles,
        seen: &mut HashMap<OsString, Seen>,
        stop: &CancellationToken,
    ) -> (io::Result<()>, Vec<RefusedFile>) {
        let (before, now) = (std::mem::take(seen), self.clock.now());
        let mut hindered = Vec::new();
        let mut entries = match fs::read_dir(&self.path).await {
            Ok(entries) => entries,
            Err(error) => return (Err(error), hindered),
        };
        loop {
            let entry = match entries.next_entry().await {
                Ok(Some(entry)) => entry,
                Ok(None) => return (Ok(()), hindered),
                Err(error) => return (Err(error), hindered),
            };
            let file = entry.file_name();
            let name = file.to_string_lossy();
            // Not what a link leads to: the folder may be written to by others. What is gone meanwhile is nobody's.
            let Ok(meta) = entry.metadata().await else { continue };
            if meta.is_dir() && name != REFUSED && !name.starts_with('.') {
                hindered.push(RefusedFile { name: name.into_owned(), why: note(&INNER) });
                continue;
            }
            if !meta.is_file() || name.starts_with('.') || is_unfinished(&file) {
                continue;
            }
            let looks = (meta.len(), meta.modified().ok());
            let Some(known) = before.get(&file).copied().filter(|known| known.looks == looks) else {
                seen.insert(file, Seen::new(looks, now));
                continue;
            };
            if stop.is_cancelled() {
                return (Ok(()), hindered);
            }
            let settled = known.rested(now, if meta.len() == 0 { EMPTY_SETTLED } else { SETTLED });
            if (meta.len() == 0 || known.tried) && !settled {
                seen.insert(file, known);
                continue;
            }
            let handed = match known.kept {
                true => self.remove(&file).await,
                false => self.hand_over(taker, &file, meta.len(), settled).await,
            };
            let known = match handed.unwrap_or_else(Handed::Hindered) {
                Handed::Gone => continue,
                Handed::Later => known,
                Handed::Growing => Seen { tried: true, ..known },
                Handed::Hindered(error) => {
                    hindered.push(RefusedFile { name: name.into_owned(), why: note(&hindrance(&error)) });
                    known
                }
                Handed::Kept(error) => {
                    hindered.push(RefusedFile { name: name.into_owned(), why: note(&hindrance(&error)) });
                    Seen { kept: true, ..known }
                }
            };
            seen.insert(file, known);
        }
    }

    /// What becomes of it in the folder.
    async fn hand_over(
        &self,
        taker: &impl TakesFiles,
        file: &OsStr,
        size: u64,
        settled: bool,
    ) -> io::Result<Handed> {
        let (path, name) = (self.path.join(file), file.to_string_lossy());
        let fate = match size > taker.max_bytes() as u64 {
            true => Fate::Refused(Text::composed(
                format!("larger than {} bytes", taker.max_bytes()),
                format!("超过 {} 字节", taker.max_bytes()),
            )),
            false => taker.take(Found { name: &name, bytes: fs::read(&path).await?, settled }).await,
        };
        match fate {
            Fate::Kept => return self.remove(file).await,
            // Half a file is no file, but may become one.
            Fate::Refused(_) | Fate::Growing if !settled => return Ok(Handed::Growing),
            Fate::Refused(why) => self.set_aside(&path, file, &why).await?,
            Fate::Growing | Fate::Later => return Ok(Handed::Later),
        }
        Ok(Handed::Gone)
    }

    /// Removes what is durable elsewhere: taken again, it would come twice.
    async fn remove(&self, file: &OsStr) -> io::Result<Handed> {
        Ok(fs::remove_file(self.path.join(file)).await.map_or_else(Handed::Kept, |()| Handed::Gone))
    }

    async fn set_aside(&self, path: &Path, name: &OsStr, why: &Text) -> io::Result<()> {
        let dir = self.path.join(REFUSED);
        fs::create_dir_all(&dir).await?;
        let mut free = name.to_owned();
        let mut count = 1;
        while fs::try_exists(dir.join(&free)).await? {
            count += 1;
            free = format!("{count} ").into();
            free.push(name);
        }
        let mut beside = free.clone();
        beside.push(".why");
        fs::write(dir.join(beside), note(why)).await?;
        fs::rename(path, dir.join(&free)).await?;
        metrics::counter!("dengwen_desk_files_refused").increment(1);
        tracing::warn!("a file of a watched folder cannot be taken; the folder `refused` says why");
        Ok(())
    }
}

/// What was done with a file that was handed over.
enum Handed {
    /// It lies in the folder no more.
    Gone,
    /// It is tried at the next look.
    Later,
    /// It is tried again when it has changed, or when it has not for a while.
    Growing,
    /// It could not be read or set aside.
    Hindered(io::Error),
    /// It is durable elsewhere, and could not be removed.
    Kept(io::Error),
}

/// In both languages, a line each.
fn note(why: &Text) -> String {
    format!("{}\n{}\n", why.in_language(Language::Chinese), why.in_language(Language::English))
}

/// Why a file stays where it is, and nobody has it.
fn hindrance(error: &io::Error) -> Text {
    let (english, chinese) = reason(error);
    Text::composed(
        format!("it cannot be read or removed here ({english}); it stays in the folder"),
        format!("本机无法读取或移走该文件（{chinese}），文件仍在原处"),
    )
}

/// Why a look broke off.
fn unreachable(error: &io::Error) -> Text {
    let (english, chinese) = reason(error);
    Text::composed(
        format!("the watched folder cannot be read ({english}): nothing comes in from it"),
        format!("监视的文件夹无法读取（{chinese}），其中的文件无法收进"),
    )
}

/// In few words, in both languages.
fn reason(error: &io::Error) -> (String, &'static str) {
    let chinese = match error.kind() {
        io::ErrorKind::NotFound => "不存在",
        io::ErrorKind::PermissionDenied => "没有权限",
        io::ErrorKind::ReadOnlyFilesystem => "只读",
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "网络不通"
        }
        _ => "读写出错",
    };
    (error.kind().to_string(), chinese)
}

fn is_unfinished(name: &OsStr) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| UNFINISHED.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

impl std::fmt::Debug for RefusedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefusedFile(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use dengwen_model::ManualClock;

    use super::*;

    /// Takes what says `good`, and as much else as its words say.
    #[derive(Default)]
    struct Taker(Mutex<Vec<String>>);

    impl Taker {
        fn taken(&self) -> Vec<String> {
            let mut taken = self.0.lock().unwrap().clone();
            taken.sort();
            taken
        }
    }

    #[async_trait]
    impl TakesFiles for Taker {
        fn max_bytes(&self) -> usize {
            100
        }

        async fn take(&self, file: Found<'_>) -> Fate {
            match &file.bytes[..] {
                b"good" => self.0.lock().unwrap().push(file.name.to_owned()),
                b"grows" => return Fate::Growing,
                _ => return Fate::Refused(Text::new("no", "否")),
            }
            Fate::Kept
        }
    }

    struct Watched {
        dir: tempfile::TempDir,
        clock: Arc<ManualClock>,
        folder: Folder,
        taker: Taker,
        seen: HashMap<OsString, Seen>,
    }

    impl Watched {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let clock = Arc::new(ManualClock::at("2026-11-02T01:00:00Z".parse().unwrap()));
            let folder = Folder::new(dir.path().to_owned(), Duration::from_secs(5), clock.clone());
            Self { dir, clock, folder, taker: Taker::default(), seen: HashMap::new() }
        }

        /// Writes a file to which nobody has written for so many seconds.
        fn put(&self, name: impl AsRef<OsStr>, bytes: &[u8], age: u64) {
            let file = std::fs::File::create(self.dir.path().join(name.as_ref())).unwrap();
            io::Write::write_all(&mut &file, bytes).unwrap();
            file.set_modified(SystemTime::from(self.clock.now()) - Duration::from_secs(age)).unwrap();
        }

        fn has(&self, name: &str) -> bool {
            self.dir.path().join(name).exists()
        }

        async fn look(&mut self) -> (io::Result<()>, Vec<String>) {
            let (looked, hindered) =
                self.folder.look(&self.taker, &mut self.seen, &CancellationToken::new()).await;
            (looked, hindered.into_iter().map(|file| file.name).collect())
        }
    }

    #[tokio::test]
    async fn what_may_still_grow_is_left_until_nobody_has_written_to_it_for_a_while() {
        let mut watched = Watched::new();
        for (name, bytes, age) in [
            ("a", &b"good"[..], 0),
            ("half", b"ha", 0),
            ("bad", b"ha", 61),
            ("grows", b"grows", 0),
            ("empty", b"", 61),
            ("long empty", b"", 3600),
            (".hidden", b"good", 61),
            ("x.part", b"good", 61),
        ] {
            watched.put(name, bytes, age);
        }
        watched.look().await.0.unwrap();
        assert!(watched.taker.taken().is_empty(), "at the second look");
        watched.look().await.0.unwrap();
        assert_eq!(watched.taker.taken(), ["a"]);
        assert!(!watched.has("a") && watched.has("refused/bad") && watched.has("refused/long empty"));
        for name in ["half", "grows", "empty", ".hidden", "x.part"] {
            assert!(watched.has(name), "{name}");
        }
        watched.put("half", b"good", 0);
        watched.put("grows", b"good", 0);
        watched.look().await.0.unwrap();
        watched.look().await.0.unwrap();
        assert_eq!(watched.taker.taken(), ["a", "grows", "half"]);
        // Written by a machine whose clock is fast.
        watched.put("bad", b"ha", 0);
        let bad = std::fs::File::options().write(true).open(watched.dir.path().join("bad")).unwrap();
        bad.set_modified(SystemTime::from(watched.clock.now()) + Duration::from_secs(9000)).unwrap();
        watched.look().await.0.unwrap();
        watched.look().await.0.unwrap();
        assert!(watched.has("bad"));
        watched.clock.advance_seconds(60);
        watched.look().await.0.unwrap();
        assert!(!watched.has("bad") && watched.has("refused/2 bad"));
    }

    #[tokio::test]
    async fn one_file_that_cannot_be_dealt_with_is_told_and_keeps_no_other_waiting() {
        let mut watched = Watched::new();
        // Nothing can be set aside here.
        watched.put("refused", b"no folder", 61);
        watched.put("bad", b"ha", 61);
        std::fs::create_dir(watched.dir.path().join("2026-11-28")).unwrap();
        for name in ["1", "zz"] {
            watched.put(name, b"good", 0);
        }
        watched.look().await.0.unwrap();
        let (looked, mut hindered) = watched.look().await;
        looked.unwrap();
        hindered.sort();
        assert_eq!(hindered, ["2026-11-28", "bad", "refused"]);
        assert_eq!(watched.taker.taken(), ["1", "zz"]);
        std::fs::remove_file(watched.dir.path().join("refused")).unwrap();
        assert_eq!(watched.look().await.1, ["2026-11-28"]);
        assert!(watched.has("refused/bad"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_name_in_whatever_bytes_is_seen() {
        use std::os::unix::ffi::OsStrExt;
        let mut watched = Watched::new();
        watched.put(OsStr::from_bytes(b"\xb4\xab\xd5\xe6.wav"), b"good", 0);
        watched.look().await.0.unwrap();
        watched.look().await.0.unwrap();
        assert_eq!(watched.taker.taken().len(), 1);
    }

    #[tokio::test]
    async fn a_folder_that_is_away_is_told_until_it_is_back() {
        let mut watched = Watched::new();
        let (path, away) = (watched.dir.path().join("scans"), watched.dir.path().join("away"));
        std::fs::create_dir(&path).unwrap();
        watched.folder = Folder::new(path.clone(), Duration::from_secs(5), watched.clock.clone());
        std::fs::rename(&path, &away).unwrap();
        assert!(watched.look().await.0.is_err());
        std::fs::write(away.join("a"), b"good").unwrap();
        std::fs::rename(&away, &path).unwrap();
        watched.look().await.0.unwrap();
        watched.look().await.0.unwrap();
        assert_eq!(watched.taker.taken(), ["a"]);
    }
}
