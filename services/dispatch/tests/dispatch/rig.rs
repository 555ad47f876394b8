//! Cases for replicas of dispatch, and the words that triage sends of them. All persons and places are invented.

use dengwen_dispatch::Dispatch;
use dengwen_ledger::{CaseRecord, LinkEntry};
use dengwen_messages::{CaseJoined, CaseOpened, Envelope, Event, TraceParent};
use dengwen_model::{
    Case, CaseFile, CaseId, CaseStage, Channel, Deadline, HandlingForm, IdentityKind, Priority, Scope,
    Subject, TipId,
};
use dengwen_queue::Settlement;
use dengwen_service::{Handler, Runtime, open_case_file, seal_case_file, subject_keys};
pub(crate) use dengwen_testkit::Replicas as Rig;
use jiff::Timestamp;

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A case about one person, as triage opens it, and its file.
pub(crate) fn case(runtime: &Runtime, number: &str, subject: Subject) -> (Case, CaseFile) {
    let now = runtime.clock().now();
    let case = Case {
        id: CaseId::new(runtime.clock(), runtime.entropy()),
        number: number.to_owned(),
        opened_at: now,
        received_at: Some(now),
        updated_at: now,
        channel: Some(Channel::Web),
        received_by: "990000-ZZB".parse().unwrap(),
        category: "A06".parse().unwrap(),
        secondary: Vec::new(),
        scope: Scope::In,
        referral: None,
        priority: Priority::LEAST_URGENT,
        handling: HandlingForm::H3,
        must_investigate: Vec::new(),
        context_flags: Vec::new(),
        abstained: false,
        reporter_reachable: true,
        identity: IdentityKind::Anonymous,
        asks_not_down: false,
        reporter_identifiable: false,
        excluded: Vec::new(),
        late_tips: 0,
        tips: 1,
        stage: CaseStage::Opened,
        version: 0,
    };
    (case, CaseFile { subjects: vec![subject], ..CaseFile::default() })
}

/// Somebody in a division whose county manages them.
pub(crate) fn subject(name: &str, org: &str, title: &str, region: &str) -> Subject {
    Subject {
        name: Some(name.to_owned()),
        org: Some(org.to_owned()),
        title: Some(title.to_owned()),
        rank_code: Some("0142".parse().unwrap()),
        region_code: Some(region.parse().unwrap()),
        ..Subject::default()
    }
}

/// Puts a case into the ledger and its tip into the index, as triage does.
pub(crate) async fn store(runtime: &Runtime, case: &Case, file: &CaseFile) {
    let sealed = seal_case_file(runtime, case.id, file).unwrap();
    let entry = LinkEntry {
        tip: TipId::new(runtime.clock(), runtime.entropy()),
        case: case.id,
        signature: Vec::new(),
        keys: subject_keys(runtime, &file.subjects),
        seq: 0,
    };
    let mut work = runtime.ledger().begin().await.unwrap();
    work.insert_case(&CaseRecord { case: case.clone(), file: sealed }).await.unwrap();
    work.insert_links(&[entry]).await.unwrap();
    work.commit().await.unwrap();
}

/// Dispatch gets the word that the case is open; twice, as a queue may tell it. The case as it stands then.
pub(crate) async fn dispatch(runtime: &Runtime, case: CaseId) -> (Case, CaseFile) {
    let event = Event::CaseOpened(CaseOpened { case });
    let trace = TraceParent::new(runtime.entropy());
    let told = Envelope::new(event, "/triage", trace, runtime.clock(), runtime.entropy());
    let decisions = Dispatch::new(runtime.clone()).handle(&[told.clone(), told]).await.unwrap();
    assert_eq!(decisions, [Settlement::Done, Settlement::Done]);
    read(runtime, case).await
}

/// Dispatch gets the word that a tip joined a case, twice. The case as it stands then.
pub(crate) async fn joined(runtime: &Runtime, case: CaseId) -> (Case, CaseFile) {
    let event = Event::CaseJoined(CaseJoined { case });
    let trace = TraceParent::new(runtime.entropy());
    let told = Envelope::new(event, "/triage", trace, runtime.clock(), runtime.entropy());
    let decisions = Dispatch::new(runtime.clone()).handle(&[told.clone(), told]).await.unwrap();
    assert_eq!(decisions, [Settlement::Done, Settlement::Done]);
    read(runtime, case).await
}

/// A case as it stands.
pub(crate) async fn read(runtime: &Runtime, case: CaseId) -> (Case, CaseFile) {
    let record = runtime.ledger().read().await.unwrap().case(case).await.unwrap().unwrap();
    let file = open_case_file(runtime, case, &record.file).unwrap();
    (record.case, file)
}

/// Changes a case and its file, as triage and the desk do.
pub(crate) async fn change(runtime: &Runtime, case: CaseId, how: impl FnOnce(&mut Case, &mut CaseFile)) {
    let mut work = runtime.ledger().begin().await.unwrap();
    let mut record = work.case(case).await.unwrap().unwrap();
    let mut file = open_case_file(runtime, case, &record.file).unwrap();
    how(&mut record.case, &mut file);
    record.file = seal_case_file(runtime, case, &file).unwrap();
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
}

/// The limits of a case, oldest first.
pub(crate) async fn limits(runtime: &Runtime, case: CaseId) -> Vec<Deadline> {
    runtime.ledger().read().await.unwrap().deadlines_of_case(case).await.unwrap()
}
