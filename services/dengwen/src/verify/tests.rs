//! What was destroyed is found: rows that are gone, rows that are not what the log vouches for, a log that
//! was cut off.

use std::sync::Arc;

use dengwen_ledger::{Ledger, MailboxRecord, NewAuditRecord, NewTip, Registration};
use dengwen_model::{CaseId, Channel, MessageFrom, MessageId, SystemClock, TipId};
use dengwen_service::{
    MESSAGE_KEPT, TIP_REGISTERED, append_audit, message_evidence, open_ledger, tip_evidence,
};

use super::*;

struct Bench {
    settings: Settings,
    keys: InnerKeys,
    ledger: Arc<dyn Ledger>,
    _data: tempfile::TempDir,
}

async fn bench() -> Bench {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings { data: data.path().to_owned(), ..Settings::default() };
    let keys = key_directory(&settings, &SystemEntropy).unwrap().inner().unwrap();
    let ledger = open_ledger(&settings).await.unwrap();
    ledger.migrate().await.unwrap();
    Bench { settings, keys, ledger, _data: data }
}

fn tip() -> NewTip {
    let id = TipId::new(&SystemClock, &SystemEntropy);
    NewTip {
        id,
        door: "web-1".parse().unwrap(),
        channel: Channel::Web,
        received_at: SystemClock.now(),
        registered_at: SystemClock.now(),
        received_by: "990000-ZZB".parse().unwrap(),
        receipt_hash: id.as_uuid().as_bytes().repeat(2),
        external_key: None,
        content: vec![1; 200],
        identity: Some(vec![2; 80]),
        reply_to: None,
        reading: vec![3; 90],
        relation: serde_json::json!({"relation": "new"}),
        case: CaseId::new(&SystemClock, &SystemEntropy),
    }
}

fn message() -> MailboxRecord {
    MailboxRecord {
        id: MessageId::new(&SystemClock, &SystemEntropy),
        tip: TipId::new(&SystemClock, &SystemEntropy),
        from: MessageFrom::Reporter,
        at: SystemClock.now(),
        text: vec![4; 60],
    }
}

fn entry(action: &str, object: String, reason: String) -> NewAuditRecord {
    let (actor, role) = ("triage".to_owned(), "service".to_owned());
    NewAuditRecord { at: SystemClock.now(), actor, role, action: action.to_owned(), object, reason }
}

impl Bench {
    /// Stores this tip under an entry that vouches for `vouched`.
    async fn store(&self, stored: Option<&NewTip>, vouched: &NewTip) {
        let mut work = self.ledger.begin().await.unwrap();
        if let Some(tip) = stored {
            assert_eq!(work.register_tip(tip).await.unwrap(), Registration::Registered);
        }
        let reason = tip_evidence(vouched).after("new 1");
        append_audit(work.as_mut(), vec![entry(TIP_REGISTERED, vouched.id.to_string(), reason)])
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    async fn keep(&self, stored: Option<&MailboxRecord>, vouched: Option<&MailboxRecord>) {
        let mut work = self.ledger.begin().await.unwrap();
        if let Some(message) = stored {
            assert!(work.insert_message(message).await.unwrap());
        }
        let entries = vouched
            .into_iter()
            .map(|message| entry(MESSAGE_KEPT, message.id.to_string(), message_evidence(message).after("")));
        append_audit(work.as_mut(), entries.collect()).await.unwrap();
        work.commit().await.unwrap();
    }

    async fn inspect(&self, checkpoints: Vec<Checkpoint>) -> Inspection {
        inspect(self.ledger.read().await.unwrap().as_mut(), &self.keys, checkpoints).await.unwrap()
    }

    /// What is found of the rows; these tips have no cases.
    async fn found(&self) -> Vec<&'static str> {
        let found = self.inspect(Vec::new()).await.findings.promises();
        found.into_iter().filter(|promise| *promise != "tip-without-case").collect()
    }
}

#[tokio::test]
async fn rows_that_are_as_they_were_written_are_counted() {
    let bench = bench().await;
    // More than one page of rows.
    for _ in 0..250 {
        let tip = tip();
        bench.store(Some(&tip), &tip).await;
    }
    let message = message();
    bench.keep(Some(&message), Some(&message)).await;
    assert_eq!(bench.found().await, [""; 0]);
    let seen = bench.inspect(Vec::new()).await;
    assert_eq!((seen.vouched.tips, seen.vouched.messages, seen.head.seq), (250, 1, 251));
}

#[tokio::test]
async fn each_part_of_a_tip_that_was_emptied_or_replaced_is_found() {
    let written = tip();
    let whole = || written.clone();
    let broken = [
        NewTip { content: Vec::new(), ..whole() },
        NewTip { content: vec![9; 200], ..whole() },
        NewTip { identity: None, ..whole() },
        NewTip { identity: Some(Vec::new()), ..whole() },
        NewTip { receipt_hash: vec![0; 32], ..whole() },
        NewTip { external_key: Some(vec![7; 32]), ..whole() },
        NewTip { reply_to: Some(Vec::new()), ..whole() },
        NewTip { reading: Vec::new(), ..whole() },
        NewTip { received_at: "2020-01-01T00:00:00Z".parse().unwrap(), ..whole() },
    ];
    for stored in &broken {
        let bench = bench().await;
        bench.store(Some(stored), &written).await;
        assert_eq!(bench.found().await, ["tip-changed"], "{stored:?}");
    }
    let bench = bench().await;
    bench.store(None, &written).await;
    assert_eq!(bench.found().await, ["tip-missing"]);
}

#[tokio::test]
async fn a_message_that_was_emptied_or_deleted_is_found() {
    let bench = bench().await;
    let written = message();
    bench.keep(Some(&MailboxRecord { text: Vec::new(), ..written.clone() }), Some(&written)).await;
    assert_eq!(bench.found().await, ["message-changed"]);
    bench.keep(None, Some(&message())).await;
    assert_eq!(bench.found().await, ["message-changed", "message-missing"]);
}

#[tokio::test]
async fn what_is_older_than_digests_is_counted_and_not_called_broken() {
    let bench = bench().await;
    let old = tip();
    let mut work = bench.ledger.begin().await.unwrap();
    work.register_tip(&old).await.unwrap();
    let noted = entry(TIP_REGISTERED, old.id.to_string(), "new 1".to_owned());
    append_audit(work.as_mut(), vec![noted]).await.unwrap();
    work.commit().await.unwrap();
    bench.keep(Some(&message()), None).await;
    assert_eq!(bench.found().await, [""; 0]);
    let seen = bench.inspect(Vec::new()).await;
    assert_eq!((seen.vouched.tips_without_digest, seen.messages, seen.vouched.messages), (1, 1, 0));
}

#[tokio::test]
async fn a_tip_that_no_entry_speaks_of_is_found() {
    let bench = bench().await;
    let mut work = bench.ledger.begin().await.unwrap();
    work.register_tip(&tip()).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(bench.found().await, ["tip-without-audit-entry"]);
}

#[tokio::test]
async fn a_log_that_ends_before_its_checkpoint_is_found_and_not_signed_for() {
    let (longer, shorter) = (bench().await, bench().await);
    let message = message();
    for _ in 0..3 {
        longer.keep(None, Some(&message)).await;
    }
    let head = longer.inspect(Vec::new()).await.head;
    let checkpoint = Checkpoint::sign(head, SystemClock.now(), &shorter.keys.audit);
    shorter.keep(None, Some(&message)).await;
    let seen = shorter.inspect(vec![checkpoint]).await;
    assert_eq!(seen.findings.promises(), ["message-missing", "audit-chain"]);

    let anchor = Anchor::of(&shorter.settings);
    anchor.keep(&checkpoint).unwrap();
    assert_eq!(check(&shorter.settings, &[]).await.unwrap(), ExitCode::FAILURE);
    assert_eq!(anchor.kept().unwrap(), Some(checkpoint));
}

#[tokio::test]
async fn a_whole_log_is_signed_for() {
    let bench = bench().await;
    let message = message();
    bench.keep(Some(&message), Some(&message)).await;
    assert_eq!(check(&bench.settings, &[]).await.unwrap(), ExitCode::SUCCESS);
    let kept = Anchor::of(&bench.settings).kept().unwrap().unwrap();
    assert!(kept.seq == 1 && kept.is_signed_by(&bench.keys.audit_keys));
}
