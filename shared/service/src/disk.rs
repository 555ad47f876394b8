//! Whether the data directory takes more. A store's own probe may fit into room that its file has already; what
//! shows a full disk is a new file of some size.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// As large as many tips.
const PROBE: usize = 1 << 20;
/// Looked at no more often: whoever reaches the port may ask for readiness.
const EVERY: Duration = Duration::from_secs(1);

/// A data directory, and what the last look found.
#[derive(Debug)]
pub(crate) struct Disk {
    directory: PathBuf,
    last: Mutex<Option<(Instant, Result<(), ErrorKind>)>>,
}

impl Disk {
    pub(crate) fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), last: Mutex::new(None) }
    }

    /// Writes a file in the directory and takes it away again, or answers as a moment ago.
    ///
    /// # Errors
    /// As the file system's: the disk is full, read-only or gone.
    pub(crate) async fn takes_more(&self) -> Result<(), ErrorKind> {
        let mut last = self.last.lock().await;
        if let Some((at, found)) = *last
            && at.elapsed() < EVERY
        {
            return found;
        }
        let directory = self.directory.clone();
        let probed = tokio::task::spawn_blocking(move || probe(&directory)).await;
        let found = probed.unwrap_or_else(|error| Err(error.into())).map_err(|error| error.kind());
        *last = Some((Instant::now(), found));
        found
    }
}

fn probe(directory: &Path) -> std::io::Result<()> {
    let path = directory.join(format!("probe.part-{}", std::process::id()));
    let written = std::fs::File::create(&path).and_then(|mut file| file.write_all(&vec![1; PROBE]));
    let removed = std::fs::remove_file(&path);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_directory_that_takes_nothing_is_told() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("data");
        assert_eq!(Disk::of(&directory).takes_more().await, Err(ErrorKind::NotFound));
        std::fs::create_dir(&directory).unwrap();
        let disk = Disk::of(&directory);
        assert_eq!(disk.takes_more().await, Ok(()));
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0, "the probe leaves nothing");
        // A look that was a moment ago, however slow this test is.
        *disk.last.lock().await =
            Some((Instant::now() + Duration::from_secs(3600), Err(ErrorKind::StorageFull)));
        assert_eq!(disk.takes_more().await, Err(ErrorKind::StorageFull));
    }
}
