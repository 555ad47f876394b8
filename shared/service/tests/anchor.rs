//! The checkpoint of the audit log follows the log, and never signs for one that was cut off.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use std::path::Path;
use std::sync::Arc;

use dengwen_ledger::{Ledger, NewAuditRecord};
use dengwen_model::{Clock, SystemClock, SystemEntropy};
use dengwen_seal::audit::{BrokenLink, LinkFault};
use dengwen_seal::{InnerKeys, KeyDirectory};
use dengwen_service::{Anchor, AnchorError, Settings, append_audit, open_ledger};

async fn ledger(data: &Path, file: &str) -> Arc<dyn Ledger> {
    let ledger_url = format!("sqlite://{}", data.join(file).display());
    let settings = Settings { data: data.to_owned(), ledger_url, ..Settings::default() };
    let ledger = open_ledger(&settings).await.expect("opened");
    ledger.migrate().await.expect("the schema comes up");
    ledger
}

fn keys(data: &Path) -> InnerKeys {
    let directory = KeyDirectory::new(data.join("keys"));
    directory.generate_missing(&SystemEntropy).expect("keys are made");
    directory.inner().expect("inner keys")
}

async fn append(ledger: &Arc<dyn Ledger>, actor: &str, entries: usize) {
    let entry = NewAuditRecord {
        at: "2026-03-02T01:00:00Z".parse().expect("a time"),
        actor: actor.to_owned(),
        role: "service".to_owned(),
        action: "case.opened".to_owned(),
        object: "case_1".to_owned(),
        reason: String::new(),
    };
    let mut work = ledger.begin().await.expect("a unit of work");
    append_audit(work.as_mut(), vec![entry; entries]).await.expect("appended");
    work.commit().await.expect("committed");
}

fn fault(moved: Result<(), AnchorError>) -> (u64, LinkFault) {
    match moved {
        Err(AnchorError::Log(BrokenLink { seq, fault })) => (seq, fault),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn it_follows_the_log_and_stays_where_the_log_was_cut_off_or_written_anew() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path();
    let keys = keys(data);
    let anchor = Anchor::of(&Settings { data: data.to_owned(), ..Settings::default() });
    let kept = || anchor.kept().expect("readable").map(|kept| kept.seq);

    let whole = ledger(data, "whole.db").await;
    anchor.advance(whole.as_ref(), &keys, SystemClock.now()).await.expect("an empty log");
    assert_eq!(kept(), None);
    // More than a page.
    append(&whole, "triage", 1005).await;
    anchor.advance(whole.as_ref(), &keys, SystemClock.now()).await.expect("moved");
    assert_eq!(kept(), Some(1005));
    append(&whole, "triage", 3).await;
    anchor.advance(whole.as_ref(), &keys, SystemClock.now()).await.expect("moved");
    assert_eq!(kept(), Some(1008));

    let cut = ledger(data, "cut.db").await;
    append(&cut, "triage", 1000).await;
    let moved = anchor.advance(cut.as_ref(), &keys, SystemClock.now()).await;
    assert_eq!(fault(moved), (1008, LinkFault::CutOff));
    // It grew again beyond the place: the same number, another history.
    append(&cut, "somebody", 100).await;
    let moved = anchor.advance(cut.as_ref(), &keys, SystemClock.now()).await;
    assert_eq!(fault(moved), (1008, LinkFault::Checkpoint));
    assert_eq!(kept(), Some(1008));
}

#[tokio::test]
async fn one_that_others_signed_is_not_gone_on_from() {
    let (home, elsewhere) =
        (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let anchor = Anchor::of(&Settings { data: home.path().to_owned(), ..Settings::default() });
    let ledger = ledger(home.path(), "ledger.db").await;
    append(&ledger, "triage", 2).await;
    anchor.advance(ledger.as_ref(), &keys(elsewhere.path()), SystemClock.now()).await.expect("moved");
    let moved = anchor.advance(ledger.as_ref(), &keys(home.path()), SystemClock.now()).await;
    assert_eq!(fault(moved), (2, LinkFault::Checkpoint));
}
