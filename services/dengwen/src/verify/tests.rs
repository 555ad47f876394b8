//! What was destroyed is found: rows that are gone, rows that are not what the log vouches for, a log that
//! was cut off.

use std::sync::Arc;

use dengwen_ledger::{Ledger, MailboxRecord, NewAuditRecord, NewTip, Registration};
use dengwen_model::{
    Attachment, CaseId, Channel, ChannelDetails, FormKind, IdentityKind, MessageContent, MessageFrom,
    MessageId, SourceKind, SubjectForm, SystemClock, SystemEntropy, TipContent, TipId,
};
use dengwen_seal::{DoorKeys, Field, FileKey, purpose};
use dengwen_service::{
    MESSAGE_KEPT, TIP_REGISTERED, append_audit, key_directory, message_evidence, open_ledger, open_objects,
    tip_evidence,
};
use object_store::{ObjectStore, ObjectStoreExt};

use super::*;

pub(super) struct Bench {
    settings: Settings,
    keys: InnerKeys,
    door: DoorKeys,
    pub(super) ledger: Arc<dyn Ledger>,
    objects: Arc<dyn ObjectStore>,
    _data: tempfile::TempDir,
}

pub(super) async fn bench() -> Bench {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings { data: data.path().to_owned(), ..Settings::default() };
    let directory = key_directory(&settings, &SystemEntropy).unwrap();
    let (keys, door) = (directory.inner().unwrap(), directory.door().unwrap());
    let objects = open_objects(&settings).unwrap();
    let ledger = open_ledger(&settings).await.unwrap();
    ledger.migrate().await.unwrap();
    Bench { settings, keys, door, ledger, objects, _data: data }
}

fn content(attachments: Vec<Attachment>) -> TipContent {
    TipContent {
        channel: Channel::Web,
        form_kind: FormKind::Person,
        text: "提拔股长收钱".to_owned(),
        subject: SubjectForm::default(),
        when: None,
        place: None,
        source_kind: SourceKind::default(),
        identity: IdentityKind::Anonymous,
        attachments,
        details: ChannelDetails::Web,
        reporter_spans: Vec::new(),
    }
}

pub(super) fn entry(action: &str, object: String, reason: String) -> NewAuditRecord {
    let (actor, role) = ("triage".to_owned(), "service".to_owned());
    NewAuditRecord { at: SystemClock.now(), actor, role, action: action.to_owned(), object, reason }
}

impl Bench {
    fn tip(&self) -> NewTip {
        self.tip_with(Vec::new())
    }

    fn tip_with(&self, files: Vec<Attachment>) -> NewTip {
        let id = TipId::new(&SystemClock, &SystemEntropy);
        let content = serde_json::to_vec(&content(files)).unwrap();
        let context = id.as_uuid();
        let sealed = self.door.line.seal(purpose::TipContent, context.as_bytes(), &content, &SystemEntropy);
        NewTip {
            id,
            door: "web-1".parse().unwrap(),
            channel: Channel::Web,
            received_at: SystemClock.now(),
            registered_at: SystemClock.now(),
            received_by: "990000-ZZB".parse().unwrap(),
            receipt_hash: id.as_uuid().as_bytes().repeat(2),
            external_key: None,
            content: sealed.unwrap().as_bytes().to_vec(),
            identity: Some(vec![2; 80]),
            reply_to: None,
            reading: vec![3; 90],
            relation: serde_json::json!({"relation": "new"}),
            case: CaseId::new(&SystemClock, &SystemEntropy),
        }
    }

    fn message(&self) -> MailboxRecord {
        self.message_with(Vec::new())
    }

    fn message_with(&self, attachments: Vec<Attachment>) -> MailboxRecord {
        let id = MessageId::new(&SystemClock, &SystemEntropy);
        let content = MessageContent { attachments, ..MessageContent::words("补充") };
        let row = id.as_uuid();
        let field = Field { table: "messages", column: "text", row: row.as_bytes() };
        let plain = serde_json::to_vec(&content).unwrap();
        MailboxRecord {
            id,
            tip: TipId::new(&SystemClock, &SystemEntropy),
            from: MessageFrom::Reporter,
            at: SystemClock.now(),
            text: self.keys.fields.seal(field, &plain, &SystemEntropy).unwrap(),
        }
    }

    /// A file in the store, as a door keeps it.
    async fn file(&self, object: &str) -> Attachment {
        let key = FileKey::generate(&SystemEntropy);
        let sealed = key.seal(object, b"scan", &SystemEntropy).unwrap();
        self.objects.put(&object.into(), sealed.into()).await.unwrap();
        Attachment {
            object: object.to_owned(),
            name: "a.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            size: 4,
            sha256: String::new(),
            key: key.to_hex().to_string(),
        }
    }

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

    pub(super) async fn inspect(&self, checkpoints: Vec<Checkpoint>) -> Inspection {
        let files = SealedFiles::of(&self.settings).unwrap();
        let openers = Openers { keys: &self.keys, files: &files };
        let rules = load_rules(&self.settings).unwrap();
        let mut work = self.ledger.read().await.unwrap();
        inspect(work.as_mut(), openers, &rules.deadlines, checkpoints).await.unwrap()
    }

    /// What is found of the rows; these tips have no cases.
    pub(super) async fn found(&self) -> Vec<&'static str> {
        let found = self.inspect(Vec::new()).await.findings.promises();
        found.into_iter().filter(|promise| *promise != "tip-without-case").collect()
    }
}

#[tokio::test]
async fn rows_that_are_as_they_were_written_are_counted() {
    let bench = bench().await;
    // More than one page of rows.
    for _ in 0..250 {
        let tip = bench.tip();
        bench.store(Some(&tip), &tip).await;
    }
    let message = bench.message();
    bench.keep(Some(&message), Some(&message)).await;
    assert_eq!(bench.found().await, [""; 0]);
    let seen = bench.inspect(Vec::new()).await;
    assert_eq!((seen.vouched.tips, seen.vouched.messages, seen.head.seq), (250, 1, 251));
}

#[tokio::test]
async fn each_part_of_a_tip_that_was_emptied_or_replaced_is_found() {
    let broken: [fn(NewTip) -> NewTip; 9] = [
        |tip| NewTip { content: Vec::new(), ..tip },
        |tip| NewTip { content: vec![9; 200], ..tip },
        |tip| NewTip { identity: None, ..tip },
        |tip| NewTip { identity: Some(Vec::new()), ..tip },
        |tip| NewTip { receipt_hash: vec![0; 32], ..tip },
        |tip| NewTip { external_key: Some(vec![7; 32]), ..tip },
        |tip| NewTip { reply_to: Some(Vec::new()), ..tip },
        |tip| NewTip { reading: Vec::new(), ..tip },
        |tip| NewTip { received_at: "2020-01-01T00:00:00Z".parse().unwrap(), ..tip },
    ];
    for (place, change) in broken.iter().enumerate() {
        let bench = self::bench().await;
        let written = bench.tip();
        bench.store(Some(&change(written.clone())), &written).await;
        assert_eq!(bench.found().await, ["tip-changed"], "change {place}");
    }
    let bench = self::bench().await;
    bench.store(None, &bench.tip()).await;
    assert_eq!(bench.found().await, ["tip-missing"]);
}

#[tokio::test]
async fn what_does_not_open_is_found_though_nobody_changed_it() {
    let (here, elsewhere) = (bench().await, bench().await);
    let (tip, message) = (elsewhere.tip(), elsewhere.message());
    here.store(Some(&tip), &tip).await;
    here.keep(Some(&message), Some(&message)).await;
    assert_eq!(here.found().await, ["tip-does-not-open", "message-does-not-open"]);
}

#[tokio::test]
async fn files_that_are_gone_or_cut_off_are_found() {
    let bench = bench().await;
    let tip = bench.tip_with(vec![bench.file("tips/aa/1").await, bench.file("tips/aa/2").await]);
    bench.store(Some(&tip), &tip).await;
    let message = bench.message_with(vec![bench.file("tips/bb/3").await]);
    bench.keep(Some(&message), Some(&message)).await;
    assert_eq!(bench.found().await, [""; 0]);
    assert_eq!(bench.inspect(Vec::new()).await.vouched.files, 3);

    bench.objects.put(&"tips/aa/2".into(), vec![1; 20].into()).await.unwrap();
    bench.objects.delete(&"tips/bb/3".into()).await.unwrap();
    assert_eq!(bench.found().await, ["file-of-another-length", "file-missing"]);
    std::fs::remove_dir_all(bench.settings.data.join("objects")).unwrap();
    assert_eq!(bench.found().await, ["file-missing"; 3]);
    assert!(!bench.settings.data.join("objects").exists(), "looking makes nothing");
}

#[tokio::test]
async fn a_message_that_was_emptied_or_deleted_is_found() {
    let bench = bench().await;
    let written = bench.message();
    bench.keep(Some(&MailboxRecord { text: Vec::new(), ..written.clone() }), Some(&written)).await;
    assert_eq!(bench.found().await, ["message-changed"]);
    bench.keep(None, Some(&bench.message())).await;
    assert_eq!(bench.found().await, ["message-changed", "message-missing"]);
}

#[tokio::test]
async fn what_is_older_than_digests_is_counted_and_not_called_broken() {
    let bench = bench().await;
    let old = bench.tip();
    let mut work = bench.ledger.begin().await.unwrap();
    work.register_tip(&old).await.unwrap();
    let noted = entry(TIP_REGISTERED, old.id.to_string(), "new 1".to_owned());
    append_audit(work.as_mut(), vec![noted]).await.unwrap();
    work.commit().await.unwrap();
    bench.keep(Some(&bench.message()), None).await;
    assert_eq!(bench.found().await, [""; 0]);
    let seen = bench.inspect(Vec::new()).await;
    assert_eq!((seen.vouched.tips_without_digest, seen.messages, seen.vouched.messages), (1, 1, 0));
}

#[tokio::test]
async fn a_tip_that_no_entry_speaks_of_is_found() {
    let bench = bench().await;
    let mut work = bench.ledger.begin().await.unwrap();
    work.register_tip(&bench.tip()).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(bench.found().await, ["tip-without-audit-entry"]);
}

#[tokio::test]
async fn a_log_that_ends_before_its_checkpoint_is_found_and_not_signed_for() {
    let (longer, shorter) = (bench().await, bench().await);
    let message = longer.message();
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
    let message = bench.message();
    bench.keep(Some(&message), Some(&message)).await;
    assert_eq!(check(&bench.settings, &[]).await.unwrap(), ExitCode::SUCCESS);
    let kept = Anchor::of(&bench.settings).kept().unwrap().unwrap();
    assert!(kept.seq == 1 && kept.is_signed_by(&bench.keys.audit_keys));
}
