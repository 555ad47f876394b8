//! Key files: made once, readable only by whom they are for, split by who may hold what.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use dengwen_model::{SeededEntropy, SystemEntropy};
use dengwen_seal::purpose::{Identity, ReplyAddress, TipContent};
use dengwen_seal::{Field, HostKind, KeyDirectory, KeyError, KeyName, Receipt};
use tempfile::TempDir;

fn directory(folder: &TempDir) -> KeyDirectory {
    KeyDirectory::new(folder.path().join("data/keys"))
}

fn made() -> (TempDir, KeyDirectory) {
    let folder = TempDir::new().unwrap();
    let keys = directory(&folder);
    keys.generate_missing(&SystemEntropy).unwrap();
    (folder, keys)
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(
                files(&path)
                    .into_iter()
                    .map(|file| format!("{}/{file}", path.file_name().unwrap().display())),
            );
        } else {
            found.push(path.file_name().unwrap().display().to_string());
        }
    }
    found.sort();
    found
}

#[test]
fn all_keys_are_made_once() {
    let folder = TempDir::new().unwrap();
    let keys = directory(&folder);
    assert_eq!(keys.generate_missing(&SystemEntropy).unwrap(), KeyName::ALL);
    let id = keys.door().unwrap().line.id();
    assert_eq!(keys.generate_missing(&SystemEntropy).unwrap(), []);
    assert_eq!(keys.door().unwrap().line.id(), id);
}

#[test]
fn what_a_door_seals_opens_behind_the_wall() {
    let (_folder, keys) = made();
    let (door, inner) = (keys.door().unwrap(), keys.inner().unwrap());
    let sealed = door.line.seal(TipContent, b"tip", b"words", &SystemEntropy).unwrap();
    assert_eq!(inner.line.open(TipContent, b"tip", &sealed).unwrap().as_slice(), b"words");

    let sealed = door.custodian.seal(Identity, b"tip", b"name", &SystemEntropy).unwrap();
    let custodian = keys.custodian().unwrap().custodian;
    assert_eq!(custodian.open(Identity, b"tip", &sealed).unwrap().as_slice(), b"name");

    let sealed = door.reply.seal(ReplyAddress, b"tip", b"number", &SystemEntropy).unwrap();
    assert_eq!(
        keys.replies().unwrap().door.open(ReplyAddress, b"tip", &sealed).unwrap().as_slice(),
        b"number"
    );

    let receipt = Receipt::generate(&SystemEntropy);
    assert_eq!(door.receipt.hash(&receipt), inner.receipt.hash(&receipt));
    assert_eq!(door.external_id.hash("gateway", "7"), inner.external_id.hash("gateway", "7"));
}

#[test]
fn secrets_are_for_their_owner_alone() {
    let (folder, keys) = made();
    for file in files(keys.path()) {
        let path = keys.path().join(&file);
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let folder_mode = fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777;
        let wanted = if file.starts_with("public/") { (0o644, 0o755) } else { (0o600, 0o700) };
        assert_eq!((mode, folder_mode), wanted, "{file}");
    }
    assert_eq!(fs::metadata(folder.path().join("data/keys")).unwrap().permissions().mode() & 0o777, 0o700);

    let exposed = keys.path().join("inner/line.key");
    fs::set_permissions(&exposed, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(keys.inner(), Err(KeyError::Exposed { path }) if path == exposed));
}

#[test]
fn a_door_host_gets_what_it_may_hold() {
    let (folder, keys) = made();
    let public = ["audit", "custodian", "door", "line", "token"].map(|name| format!("public/{name}.key"));
    let exported = |host, name: &str| {
        let target = folder.path().join(name);
        let exported = keys.export(host, &target).unwrap();
        let own: Vec<_> = files(&target).into_iter().filter(|file| !public.contains(file)).collect();
        (exported, own)
    };
    let (door, own) = exported(HostKind::Door, "door-host");
    assert_eq!(own, ["door/limit.key", "door/receipt.key"]);
    assert!(door.door().is_ok());
    assert!(matches!(door.inner(), Err(KeyError::Missing { .. })));
    assert!(matches!(door.custodian(), Err(KeyError::Missing { .. })));
    assert!(matches!(door.issuer(), Err(KeyError::Missing { .. })));
    assert!(matches!(door.replies(), Err(KeyError::Missing { .. })));
    // A door that starts there makes no key of its own, also where one was left out.
    fs::remove_file(door.path().join("door/receipt.key")).unwrap();
    assert_eq!(door.generate_missing(&SystemEntropy).unwrap(), []);
    assert!(matches!(door.door(), Err(KeyError::Missing { .. })));
    let door = keys.export(HostKind::Door, door.path()).unwrap();
    assert_eq!(door.door().unwrap().line.id(), keys.door().unwrap().line.id());

    let (_, own) = exported(HostKind::SmsDoor, "sms-host");
    assert_eq!(own, ["door/limit.key", "door/receipt.key", "sms/door.key"]);
    let (_, own) = exported(HostKind::Custodian, "custodian-host");
    assert_eq!(own, ["custodian/custodian.key"]);
    let (inner, own) = exported(HostKind::Inner, "inner-host");
    assert_eq!(
        own,
        ["door/limit.key", "door/receipt.key", "inner/audit.key", "inner/index.key", "inner/line.key"]
    );
    assert!(inner.inner().is_ok());
    assert!(matches!(inner.custodian(), Err(KeyError::Missing { .. })));
}

#[test]
fn rotation_keeps_what_was_sealed_and_signed() {
    let (_folder, keys) = made();
    let place = Field { table: "t", column: "c", row: b"r" };
    let sealed = keys.door().unwrap().line.seal(TipContent, b"tip", b"before", &SystemEntropy).unwrap();
    let field = keys.inner().unwrap().fields.seal(place, b"before", &SystemEntropy).unwrap();
    let before = keys.door().unwrap().line.id();
    let old_audit = keys.inner().unwrap().audit;
    for name in [KeyName::Line, KeyName::Custodian, KeyName::Door, KeyName::Token, KeyName::Audit] {
        keys.rotate(name, &SystemEntropy).unwrap();
    }
    assert_ne!(keys.door().unwrap().line.id(), before);
    let inner = keys.inner().unwrap();
    assert_eq!(inner.line.public().id(), keys.door().unwrap().line.id());
    assert_eq!(inner.line.open(TipContent, b"tip", &sealed).unwrap().as_slice(), b"before");
    assert_eq!(inner.fields.open(place, &field).unwrap().as_slice(), b"before");

    use dengwen_seal::audit::{ChainHead, Checkpoint};
    let now = jiff::Timestamp::UNIX_EPOCH;
    for secret in [old_audit, inner.audit] {
        let checkpoint = Checkpoint::sign(ChainHead::default(), now, &secret);
        assert!(checkpoint.is_signed_by(&inner.audit_keys));
    }
}

#[test]
fn keys_that_hashes_depend_on_are_not_rotated() {
    let (_folder, keys) = made();
    for name in [KeyName::Receipt, KeyName::Index] {
        assert!(
            matches!(keys.rotate(name, &SystemEntropy), Err(KeyError::NotRotatable(found)) if found == name)
        );
    }
    // The quota salt is replaced outright.
    let now = jiff::Timestamp::UNIX_EPOCH;
    let before = keys.door().unwrap().limit.sender(now, "x");
    keys.rotate(KeyName::Limit, &SystemEntropy).unwrap();
    assert_ne!(keys.door().unwrap().limit.sender(now, "x"), before);
    assert_eq!(fs::read_to_string(keys.path().join("door/limit.key")).unwrap().lines().count(), 2);
}

#[test]
fn a_lost_public_half_is_made_again_from_the_secret() {
    let (_folder, keys) = made();
    let id = keys.door().unwrap().line.id();
    fs::remove_file(keys.path().join("public/line.key")).unwrap();
    assert!(matches!(keys.door(), Err(KeyError::Missing { .. })));
    assert_eq!(keys.generate_missing(&SystemEntropy).unwrap(), []);
    assert_eq!(keys.door().unwrap().line.id(), id);
}

#[test]
fn processes_that_start_together_agree_on_the_keys() {
    let folder = TempDir::new().unwrap();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let start = |seed| {
            let keys = directory(&folder);
            scope.spawn(move || {
                keys.generate_missing(&SeededEntropy::new(seed)).unwrap();
                (keys.inner().unwrap().line.public().id(), keys.door().unwrap().line.id())
            })
        };
        (0..4).map(start).collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|(secret, public)| *secret == ids[0].0 && *public == ids[0].0));
    assert!(files(folder.path()).iter().all(|file| file.ends_with(".key")));
}

#[test]
fn a_broken_file_is_named_with_its_line_and_not_quoted() {
    let (_folder, keys) = made();
    let path = keys.path().join("inner/line.key");
    for (content, wanted_line) in [
        ("", 0),
        ("# remark\n", 0),
        ("x-wing-secret\n", 1),
        ("\nx-wing-secret c2VjcmV0\n", 2),
        ("x-wing-secret !!!\n", 1),
        ("symmetric-256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 1),
    ] {
        fs::write(&path, content).unwrap();
        let error = keys.inner().unwrap_err();
        assert!(!error.to_string().contains("c2VjcmV0"));
        match error {
            KeyError::Malformed { line, .. } => assert_eq!(line, wanted_line, "{content}"),
            other => panic!("{other:?}"),
        }
    }
    fs::write(&path, [0xFF, 0xFE]).unwrap();
    assert!(matches!(keys.inner(), Err(KeyError::Io { .. })));
}

#[test]
fn names_are_read_from_the_command_line() {
    for name in KeyName::ALL {
        assert_eq!(name.as_str().parse::<KeyName>().unwrap(), name);
    }
    assert!(matches!("Line".parse::<KeyName>(), Err(KeyError::UnknownName)));
}

#[test]
fn nothing_held_is_shown() {
    let (_folder, keys) = made();
    let shown = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        keys.door().unwrap(),
        keys.inner().unwrap(),
        keys.replies().unwrap(),
        keys.custodian().unwrap(),
        keys.issuer().unwrap()
    );
    for file in files(keys.path()) {
        if file.starts_with("public/") {
            continue;
        }
        let text = fs::read_to_string(keys.path().join(&file)).unwrap();
        let secret = text.lines().last().unwrap().split(' ').nth(1).unwrap();
        assert!(!shown.contains(secret), "{file}");
    }
}
