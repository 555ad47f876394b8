//! Accounts, withdrawn tokens, sessions.

use dengwen_model::Role;
use jiff::Timestamp;

use super::samples::{Maker, UNIT, at, code};
use super::{TestDatabase, begin, commit, migrated, read};
use crate::{LedgerError, Session, StaffRecord};

fn account(maker: &Maker, name: &str) -> StaffRecord {
    StaffRecord {
        id: maker.officer(),
        name: name.to_owned(),
        role: Role::Officer,
        unit: Some(code(UNIT)),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
        must_change: true,
        disabled: false,
    }
}

/// Accounts come back as they were stored, and changed as they were changed.
pub async fn accounts_are_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(81);
    let mut officer = account(&maker, "officer-b");
    let admin = StaffRecord { role: Role::Admin, unit: None, ..account(&maker, "Admin") };
    let mut work = begin(&ledger).await;
    assert!(work.insert_staff(&officer).await.expect("inserted"));
    assert!(work.insert_staff(&admin).await.expect("inserted"));
    commit(work).await;

    let mut work = begin(&ledger).await;
    assert_eq!(work.staff(officer.id).await.expect("read"), Some(officer.clone()));
    officer.must_change = false;
    officer.disabled = true;
    officer.role = Role::Supervisor;
    work.update_staff(&officer).await.expect("updated");
    let unknown = work.update_staff(&account(&maker, "nobody")).await;
    assert!(matches!(unknown, Err(LedgerError::Conflict { table: "staff" })));
    commit(work).await;
    let mut work = read(&ledger).await;
    assert_eq!(work.staff_by_name("officer-b").await.expect("read"), Some(officer.clone()));
    assert_eq!(work.all_withdrawn().await.expect("read"), [officer.id], "a disabled account holds no token");
    assert_eq!(work.all_staff().await.expect("read"), [admin, officer]);
    assert_eq!(work.staff(maker.officer()).await.expect("read"), None);
    assert_eq!(work.staff_by_name("officer-\0").await.expect("no such name"), None);
}

/// A name belongs to one account.
pub async fn accounts_have_their_own_names(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(82);
    let (one, two) = (account(&maker, "one"), account(&maker, "two"));
    let mut work = begin(&ledger).await;
    assert!(work.insert_staff(&one).await.expect("inserted"));
    assert!(!work.insert_staff(&account(&maker, "one")).await.expect("taken"));
    // Nobody tells these from `one` at a glance: case, full-width forms.
    for alike in ["One", "ONE", "ｏｎｅ", "Ｏne"] {
        assert!(!work.insert_staff(&account(&maker, alike)).await.expect("taken"), "{alike}");
    }
    assert!(work.insert_staff(&two).await.expect("inserted"));
    commit(work).await;
    let mut work = begin(&ledger).await;
    let renamed = StaffRecord { name: "one".to_owned(), ..two.clone() };
    let taken = work.update_staff(&renamed).await;
    assert!(matches!(taken, Err(LedgerError::Conflict { table: "staff" })));
    drop(work);
    assert_eq!(read(&ledger).await.all_staff().await.expect("read"), [one, two]);
}

/// Accounts whose names were alike before that was looked at (migration 0016) go on as they are.
pub async fn accounts_named_alike_before_go_on(database: &dyn TestDatabase) {
    const BEFORE_NAME_KEYS: i64 = 15;
    database.migrate_to(BEFORE_NAME_KEYS).await;
    let ledger = database.open();
    let maker = Maker::new(84);
    let names = ["admin", "Admin", "other"];
    for (name, ends) in names.into_iter().zip(100..) {
        let session = Session { token_hash: maker.bytes(32), user: maker.officer(), expires_at: at(ends) };
        let mut work = begin(&ledger).await;
        work.insert_session(&session).await.expect("inserted");
        commit(work).await;
        database.plant(&insertion(name, session.expires_at)).await;
    }
    ledger.migrate().await.expect("the schema comes up");
    let mut work = begin(&ledger).await;
    let all = work.all_staff().await.expect("read");
    assert_eq!(all.len(), names.len());
    for mut account in all {
        account.disabled = true;
        work.update_staff(&account).await.expect("updated");
    }
    for taken in ["ADMIN", "Other"] {
        assert!(!work.insert_staff(&account(&maker, taken)).await.expect("taken"), "{taken}");
    }
}

/// The row of an account as it was written then: with the id that a session names.
fn insertion(name: &str, session_ends: Timestamp) -> String {
    format!(
        "INSERT INTO staff (id, name, role, password_hash, must_change, disabled) \
         SELECT user_id, '{name}', 'officer', 'x', FALSE, FALSE FROM sessions WHERE expires_at = {}",
        session_ends.as_microsecond(),
    )
}

/// A session runs to its end, a withdrawn token stays withdrawn.
pub async fn sessions_and_tokens_end(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(83);
    let session =
        |seconds| Session { token_hash: maker.bytes(32), user: maker.officer(), expires_at: at(seconds) };
    let (short, long) = (session(100), session(200));
    let token = maker.officer();
    let mut work = begin(&ledger).await;
    work.insert_session(&short).await.expect("inserted");
    work.insert_session(&long).await.expect("inserted");
    work.withdraw_token(token, at(10), at(100)).await.expect("withdrawn");
    work.withdraw_token(token, at(20), at(100)).await.expect("again");
    commit(work).await;

    let mut work = begin(&ledger).await;
    assert!(work.is_withdrawn(token).await.expect("read"));
    assert!(!work.is_withdrawn(maker.officer()).await.expect("read"));
    assert_eq!(work.all_withdrawn().await.expect("read"), [token]);
    assert_eq!(work.session(&short.token_hash, at(99)).await.expect("read"), Some(short.clone()));
    assert_eq!(work.session(&short.token_hash, at(100)).await.expect("over"), None);
    assert_eq!(work.session(&[1; 32], at(0)).await.expect("unknown"), None);
    assert_eq!(work.forget_sessions(at(100)).await.expect("forgotten"), 1);
    assert_eq!(work.session(&short.token_hash, at(0)).await.expect("gone"), None);
    assert_eq!(work.all_withdrawn().await.expect("read"), [], "it has run out by itself");
    let other = Session { user: long.user, ..session(300) };
    work.insert_session(&other).await.expect("inserted");
    let ended = work.end_other_sessions(long.user, &long.token_hash).await.expect("ended");
    assert_eq!(ended, [other.token_hash]);
    work.delete_session(&long.token_hash).await.expect("deleted");
    work.delete_session(&long.token_hash).await.expect("nothing to do");
    assert_eq!(work.session(&long.token_hash, at(0)).await.expect("gone"), None);
}
