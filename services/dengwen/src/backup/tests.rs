//! A manifest that does not fit its files, and places that are not empty.

use std::path::PathBuf;

use dengwen_model::{Clock, SystemClock};

use super::manifest::{LedgerKind, Manifest};
use super::*;

fn backup() -> tempfile::TempDir {
    let backup = tempfile::tempdir().unwrap();
    write_new(&backup.path().join("data/door-web"), b"web-1").unwrap();
    write_new(&backup.path().join("objects/ab/cd"), &[7; 100_000]).unwrap();
    let manifest = Manifest::of(backup.path(), LedgerKind::None, false, SystemClock.now()).unwrap();
    write_new(&backup.path().join(MANIFEST), &serde_json::to_vec(&manifest).unwrap()).unwrap();
    backup
}

#[test]
fn files_are_held_against_the_manifest() {
    let whole = backup();
    Manifest::checked(whole.path()).unwrap();
    let told = |spoil: &dyn Fn(&Path)| {
        let spoiled = backup();
        spoil(spoiled.path());
        format!("{:#}", Manifest::checked(spoiled.path()).unwrap_err())
    };
    let file = PathBuf::from("objects/ab/cd");
    assert!(told(&|at| std::fs::write(at.join(&file), [8; 100_000]).unwrap()).contains("objects/ab/cd"));
    assert!(told(&|at| std::fs::write(at.join(&file), [7; 99_999]).unwrap()).contains("objects/ab/cd"));
    assert!(told(&|at| std::fs::remove_file(at.join(&file)).unwrap()).contains("not there"));
    assert!(told(&|at| std::fs::write(at.join("data/more"), "x").unwrap()).contains("not in the manifest"));
    assert!(told(&|at| std::fs::remove_file(at.join(MANIFEST)).unwrap()).contains("no finished backup"));
    assert!(told(&|at| std::fs::write(at.join(MANIFEST), "{}").unwrap()).contains("no finished backup"));
    let replaced = |from: &'static str, to: &'static str| {
        told(&move |at: &Path| {
            let text = std::fs::read_to_string(at.join(MANIFEST)).unwrap();
            assert!(text.contains(from));
            std::fs::write(at.join(MANIFEST), text.replace(from, to)).unwrap();
        })
    };
    assert!(replaced("\"format\":1", "\"format\":2").contains("format 2"));
    assert!(replaced("data/door-web", "../../etc/passwd").contains("outside"));
    assert!(replaced("data/door-web", "/etc/passwd").contains("outside"));
}

#[test]
fn a_backup_and_its_data_do_not_lie_in_each_other() {
    let place = |path: &str| PathBuf::from(path);
    for (data, backup) in [("/line", "/line"), ("/line", "/line/backup"), ("/line/data", "/line")] {
        assert!(apart(&place(data), &place(backup)).is_err(), "{data} {backup}");
    }
    apart(&place("/line/data"), &place("/line/backup")).unwrap();
    apart(&place("/line"), &place("/line-backup")).unwrap();
}
