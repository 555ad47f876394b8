//! Who holds leases. Each open store keeps a lock file locked; a lock file that can be locked
//! belongs to a process that died, and what it held is free at once.

use std::fs::{self, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use dengwen_model::{Clock, Entropy};
use rusqlite::{Connection, params};

use crate::error::QueueError;
use crate::sqlite::from_sqlite;

/// This process's hold on a store. The lock goes with the process, however it ends.
pub(super) struct Owner {
    id: i64,
    path: PathBuf,
    directory: PathBuf,
    _lock: fs::File,
}

impl Owner {
    pub(super) fn claim(store: &Path, entropy: &dyn Entropy) -> Result<Self, QueueError> {
        let mut directory = store.as_os_str().to_owned();
        directory.push(".owners");
        let directory = PathBuf::from(directory);
        fs::create_dir_all(&directory).map_err(QueueError::unavailable)?;
        loop {
            let mut random = [0; 8];
            entropy.fill(&mut random);
            // Positive, and never 0, which stands for nobody.
            let id = (i64::from_le_bytes(random) & i64::MAX).max(1);
            let path = directory.join(format!("{id:016x}"));
            let lock = OpenOptions::new().create_new(true).write(true).open(&path);
            let lock = lock.map_err(QueueError::unavailable)?;
            // A process that sweeps between the two lines takes the file for a dead one's.
            if lock.try_lock().is_ok() && path.exists() {
                return Ok(Self { id, path, directory, _lock: lock });
            }
        }
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _swept_at_the_next_open = fs::remove_file(&self.path);
    }
}

const RELEASE: &str = "
    UPDATE delivery SET owner = 0, due_us = ?2
    WHERE owner <> 0 AND owner NOT IN (SELECT value FROM json_each(?1))";

/// Frees what processes held that are no more: every holder without a locked lock file.
pub(super) fn release_dead(
    connection: &Connection,
    owner: &Owner,
    clock: &dyn Clock,
) -> Result<(), QueueError> {
    let alive = living(owner).map_err(QueueError::unavailable)?;
    let alive = serde_json::Value::from(alive).to_string();
    let now = clock.now().as_microsecond();
    connection.execute(RELEASE, params![alive, now]).map_err(from_sqlite)?;
    Ok(())
}

fn living(owner: &Owner) -> std::io::Result<Vec<i64>> {
    let mut alive = vec![owner.id];
    for entry in fs::read_dir(&owner.directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Ok(id) = i64::from_str_radix(name, 16) else { continue };
        if id == owner.id {
            continue;
        }
        match OpenOptions::new().write(true).open(&path).map(|file| file.try_lock()) {
            Ok(Ok(())) => fs::remove_file(&path)?,
            Ok(Err(TryLockError::WouldBlock)) => alive.push(id),
            Ok(Err(TryLockError::Error(error))) => return Err(error),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(alive)
}
