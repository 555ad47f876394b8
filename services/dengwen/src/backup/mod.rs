//! `dengwen backup DIR` and `dengwen restore DIR`: everything that this host needs to go on with its part of
//! the line, in an empty directory, with a manifest of digests.
//!
//! | in the backup | what it is |
//! | --- | --- |
//! | `manifest.json` | what is there, written last: a backup without it was not finished |
//! | `ledger.db`, `ledger.dump` | the ledger: an SQLite file, or a dump of PostgreSQL |
//! | `data/` | queue or spools and what else lies in the data directory |
//! | `objects/` | the sealed files |
//! | `settings/` | the settings file and the rules that replace built-in ones |
//! | `keys/` | the keys, where they were asked for |

mod manifest;
mod restore;
mod stores;
mod write;

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};

pub(crate) use restore::run as restore;
pub(crate) use write::run as back_up;

const MANIFEST: &str = "manifest.json";
const DATA: &str = "data";
const OBJECTS: &str = "objects";
const SETTINGS: &str = "settings";
const KEYS: &str = "keys";
const SQLITE: &str = "ledger.db";
const DUMP: &str = "ledger.dump";

/// Makes a directory, and those above it, for its owner alone.
fn make_dir(path: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| path.display().to_string())
}

fn is_empty(path: &Path) -> anyhow::Result<bool> {
    match std::fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// A new file that its owner alone may read.
fn new_file(path: &Path) -> anyhow::Result<std::fs::File> {
    if let Some(folder) = path.parent() {
        make_dir(folder)?;
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.with_context(|| path.display().to_string())
}

/// Copies a file: on disk when it returns.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = std::fs::File::open(from).with_context(|| from.display().to_string())?;
    let mut target = new_file(to)?;
    std::io::copy(&mut source, &mut target).with_context(|| to.display().to_string())?;
    Ok(target.sync_all()?)
}

/// Writes a new file: on disk when it returns.
fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = new_file(path)?;
    file.write_all(bytes).with_context(|| path.display().to_string())?;
    Ok(file.sync_all()?)
}

/// Neither may lie within the other, or one would be copied into itself.
fn apart(data: &Path, backup: &Path) -> anyhow::Result<()> {
    let (data, backup) = (std::path::absolute(data)?, std::path::absolute(backup)?);
    if backup.starts_with(&data) || data.starts_with(&backup) {
        bail!("{}: must not lie in the data directory, nor around it", backup.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
