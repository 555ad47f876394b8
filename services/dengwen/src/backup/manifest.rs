//! What a backup holds: each file with its length and digest.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::MANIFEST;

/// The form of a backup; another is not read.
const FORMAT: u32 = 1;
/// A manifest of some hundred thousand files.
const LONGEST: u64 = 256 << 20;

/// Which driver wrote the ledger's copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LedgerKind {
    /// An SQLite file.
    Sqlite,
    /// A dump by `pg_dump`.
    Postgres,
    /// This host has no ledger: it is a door's.
    None,
}

/// `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    format: u32,
    /// Which version of the program wrote it.
    program: String,
    pub(super) made_at: Timestamp,
    pub(super) ledger: LedgerKind,
    /// Whether the keys are in it.
    pub(super) keys: bool,
    files: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// Of what lies in the directory.
    pub(super) fn of(
        backup: &Path,
        ledger: LedgerKind,
        keys: bool,
        made_at: Timestamp,
    ) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for path in files_under(backup)? {
            let (bytes, sha256) = digest(&path)?;
            let inner = path.strip_prefix(backup)?;
            let path = inner.to_str().with_context(|| format!("{}: not UTF-8", inner.display()))?.to_owned();
            files.push(Entry { path, bytes, sha256 });
        }
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { format: FORMAT, program, made_at, ledger, keys, files })
    }

    /// Reads the manifest and holds every file against it.
    ///
    /// # Errors
    /// A file that is missing, changed, or not in the manifest, by its name.
    pub(super) fn checked(backup: &Path) -> anyhow::Result<Self> {
        let manifest = Self::read(&backup.join(MANIFEST))?;
        let mut there = files_under(backup)?;
        there.retain(|path| *path != backup.join(MANIFEST));
        for entry in &manifest.files {
            let path = backup.join(inner(&entry.path)?);
            let Some(at) = there.iter().position(|found| *found == path) else {
                bail!("{}: is in the manifest and not there", entry.path);
            };
            there.swap_remove(at);
            if digest(&path)? != (entry.bytes, entry.sha256.clone()) {
                bail!("{}: is not what was backed up", entry.path);
            }
        }
        match there.first() {
            Some(other) => bail!("{}: is not in the manifest", other.display()),
            None => Ok(manifest),
        }
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        use std::io::Read;
        let name = || format!("{}: no finished backup", path.display());
        let mut text = Vec::new();
        std::fs::File::open(path).with_context(name)?.take(LONGEST).read_to_end(&mut text)?;
        let manifest: Self = serde_json::from_slice(&text).with_context(name)?;
        if manifest.format != FORMAT {
            bail!("{}: of format {}, which this version does not read", path.display(), manifest.format);
        }
        Ok(manifest)
    }
}

/// The path of an entry, which must not lead out of the backup.
fn inner(path: &str) -> anyhow::Result<PathBuf> {
    let path = PathBuf::from(path);
    match path.components().all(|part| matches!(part, Component::Normal(_))) {
        true => Ok(path),
        false => bail!("the manifest names a path outside of the backup"),
    }
}

/// All files under a directory, in the order of their paths. Symbolic links are not followed.
pub(super) fn files_under(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Length and SHA-256 in hexadecimal.
fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer)?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
        hasher.update(chunk);
        bytes += u64::try_from(read)?;
    }
    Ok((bytes, hex::encode(hasher.finalize())))
}
