//! Two replicas of triage on one ledger, fed one matter at the same moment.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use dengwen_door::Submission;
use dengwen_ledger::CaseFilter;
use dengwen_messages::Envelope;
use dengwen_model::{
    Channel, ChannelDetails, FormKind, IdentityKind, ReporterIdentity, SourceKind, SubjectForm, TipContent,
};
use dengwen_queue::{Settlement, Subscription};
use dengwen_service::{DoorRuntime, HandleError, Handler, Process, Runtime, Settings};
use dengwen_triage::Triage;

/// One matter in four voices: a form, a short message, a call as the clerk wrote it down, a letter.
const VOICES: [&str; 4] = [
    "举报清岚县交通运输局局长骆维钧卖官，今年七月提的两个股长一人交了五万块，局里没有不晓得的。",
    "举报清岚县交通运输局局长骆维钧卖官,今年7月提的两个股长一人交了5万块,局里没有不晓得的!!",
    "来电人反映，清岚县交通局局长骆维钧卖官，今年七月提拔的两个股长一人交了五万元，局里都晓得。",
    "舉報清嵐縣交通運輸局局長駱維鈞賣官，今年七月提的兩個股長一人交了五萬塊，局裡沒有不曉得的。",
];

/// A process of its own with this ledger; the first one makes the keys, the others borrow them.
async fn replica(home: &Path, name: &str, ledger_url: &str) -> Runtime {
    let (data, keys) = (home.join(name), home.join("keys"));
    std::fs::create_dir(&data).unwrap();
    if keys.exists() {
        copied(&keys, &data.join("keys"));
    }
    let settings = Settings { data: data.clone(), ledger_url: ledger_url.to_owned(), ..Settings::default() };
    let runtime = Runtime::open(Process::open(settings).await.unwrap()).await.unwrap();
    if !keys.exists() {
        copied(&data.join("keys"), &keys);
    }
    runtime
}

fn copied(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// A database of its own on the server that `./tests/run` started.
fn postgres() -> String {
    let server = std::env::var("DENGWEN_TEST_POSTGRES")
        .unwrap_or_else(|_| panic!("DENGWEN_TEST_POSTGRES names no PostgreSQL server: run ./tests/run"));
    let name = format!("triage_{}", std::process::id());
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        let made = Command::new("psql").args([&server, "-qc", &format!("{statement} {name}")]).status();
        assert!(made.unwrap().success(), "{statement}");
    }
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// Takes a tip through a door with these keys; the message that triage gets.
async fn received(runtime: &Runtime, door: &DoorRuntime, text: &str) -> Envelope {
    let content = TipContent {
        channel: Channel::Web,
        form_kind: FormKind::Person,
        text: text.to_owned(),
        subject: SubjectForm::default(),
        when: None,
        place: None,
        source_kind: SourceKind::default(),
        identity: IdentityKind::Anonymous,
        attachments: Vec::new(),
        details: ChannelDetails::Web,
    };
    let identity = ReporterIdentity::default();
    let submission = Submission { content, identity, reply_to: None, received_at: None, external: None };
    door.door().take(submission).await.unwrap();
    let tips = Subscription::new("triage.tips", "tips.received").unwrap();
    let mut consumer = runtime.queue().consume(&tips, 1).await.unwrap();
    let delivery = consumer.next_batch(1).await.unwrap().remove(0);
    let envelope = Envelope::from_bytes(&delivery.message().body).unwrap();
    delivery.settle(Settlement::Done).await.unwrap();
    envelope
}

/// As the queue does: what meets a conflict is delivered again.
async fn handled(triage: &Triage, batch: &[Envelope]) {
    for _ in 0..20 {
        match triage.handle(batch).await {
            Ok(settled) => return assert!(settled.iter().all(|one| *one == Settlement::Done)),
            Err(HandleError::Ledger(error)) if error.is_transient() => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("twenty conflicts in a row");
}

/// Each voice goes to another replica at the same moment, every one of them also a second time to its neighbour.
async fn one_case_of_one_matter(home: &Path, ledger_url: &str) {
    let first = replica(home, "one", ledger_url).await;
    let second = replica(home, "two", ledger_url).await;
    let door = DoorRuntime::open(first.process().clone(), "web").await.unwrap();
    let mut tips = Vec::new();
    for text in VOICES {
        tips.push(received(&first, &door, text).await);
    }
    let (one, two) = (Triage::new(first.clone()), Triage::new(second));
    let (a, b, c, d) = (&tips[..1], &tips[1..2], &tips[2..3], &tips[3..]);
    tokio::join!(handled(&one, a), handled(&two, b), handled(&one, c), handled(&two, d));
    tokio::join!(handled(&two, &tips), handled(&one, &tips[1..3]));
    let mut read = first.ledger().read().await.unwrap();
    let filter = CaseFilter { limit: 10, ..CaseFilter::default() };
    let cases = read.cases(&filter).await.unwrap();
    let counts: Vec<u32> = cases.iter().map(|record| record.case.tips).collect();
    assert_eq!(counts, [4]);
    assert_eq!(read.count_tips().await.unwrap(), 4);
    assert_eq!(read.links_after(0, 9).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_matter_at_two_replicas_is_one_case_on_postgres() {
    let home = tempfile::tempdir().unwrap();
    one_case_of_one_matter(home.path(), &postgres()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_matter_at_two_replicas_is_one_case_on_sqlite() {
    let home = tempfile::tempdir().unwrap();
    let ledger = format!("sqlite://{}", home.path().join("ledger.db").display());
    one_case_of_one_matter(home.path(), &ledger).await;
}
