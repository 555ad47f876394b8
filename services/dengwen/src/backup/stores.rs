//! What lies in a data directory beside ledger, objects and keys: queue or spools, the doors' stores, small
//! files that a door keeps.

use std::fs::canonicalize;
use std::path::{Path, PathBuf};

use dengwen_service::{Settings, copy_store};

use super::copy;
use super::manifest::files_under;

/// Copies them all; stores as of one moment each, while others use them.
pub(super) async fn copy_all(settings: &Settings, to: &Path) -> anyhow::Result<u64> {
    let mut copied = 0;
    for path in kept(settings)? {
        let target = to.join(path.strip_prefix(&settings.data)?);
        if path.extension().is_some_and(|extension| extension == "db") {
            if let Some(folder) = target.parent() {
                super::make_dir(folder)?;
            }
            copy_store(&path, &target).await?;
        } else {
            copy(&path, &target)?;
        }
        copied += 1;
    }
    Ok(copied)
}

/// The files that are backed up from the data directory.
fn kept(settings: &Settings) -> anyhow::Result<Vec<PathBuf>> {
    let data = &settings.data;
    if !data.exists() {
        return Ok(Vec::new());
    }
    // However the settings write their paths.
    let place = |url: String, scheme: &str| url.strip_prefix(scheme).and_then(|path| canonicalize(path).ok());
    let elsewhere = [
        canonicalize(settings.keys_dir()).ok(),
        place(settings.ledger_url(), "sqlite://"),
        place(settings.objects_url(), "file://"),
    ];
    let mut kept = Vec::new();
    for path in files_under(data)? {
        let Ok(whole) = canonicalize(&path) else { continue }; // gone by now
        if !passes(&path) && !elsewhere.iter().flatten().any(|place| whole.starts_with(place)) {
            kept.push(path);
        }
    }
    Ok(kept)
}

/// What belongs to running processes alone: their locks, drafts, and SQLite's companions, whose content is in
/// the copies.
fn passes(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let owners = path.parent().is_some_and(|folder| folder.to_string_lossy().ends_with(".owners"));
    let companion = ["-wal", "-shm", "-journal"].iter().any(|end| name.ends_with(end));
    owners || companion || name == "up.lock" || name.contains(".part")
}
