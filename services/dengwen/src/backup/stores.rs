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
/// the copies. And first answers, which hold receipts and are kept for a day, not for as long as a backup.
fn passes(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let owners = path.parent().is_some_and(|folder| folder.to_string_lossy().ends_with(".owners"));
    let companion = ["-wal", "-shm", "-journal"].iter().any(|end| name.ends_with(end));
    let answers = name.starts_with("answers-");
    owners || companion || answers || name == "up.lock" || name.contains(".part")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_a_day_is_not_kept_in_backups() {
        let data = tempfile::tempdir().unwrap();
        let files =
            ["queue.db", "queue.db-wal", "answers-web.db", "answers-web.db-wal", "door-web", "up.lock"];
        for file in files {
            std::fs::write(data.path().join(file), "x").unwrap();
        }
        let settings = Settings { data: data.path().to_owned(), ..Settings::default() };
        let mut kept = kept(&settings).unwrap();
        kept.sort();
        assert_eq!(kept, ["door-web", "queue.db"].map(|file| data.path().join(file)));
    }
}
