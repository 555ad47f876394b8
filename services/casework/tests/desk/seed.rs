//! What triage and dispatch have left in the ledger before the desk begins. All persons are invented.

use dengwen_ledger::{AssignmentRecord, CaseRecord, NewTip};
use dengwen_messages::MessageReceived;
use dengwen_model::{
    Assignment, AssignmentId, AssignmentState, AssignmentTask, Attachment, Case, CaseFile, CaseId, CaseStage,
    Channel, ChannelDetails, Classification, CourseEntry, CourseEvent, Deadline, DeadlineId, DeadlineOwner,
    DeadlineState, Evidence, HandlingForm, IdentityKind, MessageContent, MessageId, Priority,
    ReporterIdentity, Scope, SourceKind, Subject, TipContent, TipId, TipNote, TipReading,
};
use dengwen_seal::{DoorKeys, KeyDirectory, Receipt, purpose};
use dengwen_service::{seal_case_file, seal_reading};

use crate::bench::{Bench, COUNTY, PROVINCE};

/// The words of the seeded tips: a matter, and much that leads to the reporter.
pub(crate) const WORDS: &str = "反映甲乙丙任人唯亲。我叫丁戊己，电话13900000123，邮箱someone@example.com。";

/// A case to be made.
#[derive(Clone)]
pub(crate) struct Seed {
    pub(crate) unit: &'static str,
    pub(crate) task: AssignmentTask,
    pub(crate) handling: HandlingForm,
    pub(crate) priority: u8,
    pub(crate) must_investigate: &'static [&'static str],
    pub(crate) tips: usize,
    pub(crate) identity: bool,
    pub(crate) reply_to: bool,
    /// Whether somebody can be reached with the answer.
    pub(crate) reachable: bool,
    pub(crate) files: Vec<Attachment>,
    /// Whether the desk has taken the assignment over already.
    pub(crate) handed_over: bool,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            unit: COUNTY,
            task: AssignmentTask::Verify,
            handling: HandlingForm::H3,
            priority: 3,
            must_investigate: &["M1"],
            tips: 1,
            identity: true,
            reply_to: false,
            reachable: true,
            files: Vec::new(),
            handed_over: true,
        }
    }
}

/// What was made.
pub(crate) struct Seeded {
    pub(crate) case: CaseId,
    pub(crate) assignment: AssignmentId,
    pub(crate) tips: Vec<TipId>,
    pub(crate) receipts: Vec<Receipt>,
}

impl Seeded {
    /// A path of its case.
    pub(crate) fn at_case(&self, action: &str) -> String {
        format!("/api/v1/cases/{}{action}", self.case)
    }

    /// A path of its assignment.
    pub(crate) fn at_item(&self, action: &str) -> String {
        format!("/api/v1/assignments/{}{action}", self.assignment)
    }
}

impl Bench {
    /// Makes a case that was just handed to its unit.
    pub(crate) async fn seed(&self, seed: Seed) -> Seeded {
        let runtime = &self.runtime;
        let (clock, entropy) = (runtime.clock(), runtime.entropy());
        let keys = KeyDirectory::new(runtime.settings().keys_dir()).door().unwrap();
        let (case, assignment) = (CaseId::new(clock, entropy), AssignmentId::new(clock, entropy));
        let mut work = runtime.ledger().begin().await.unwrap();
        let number = work.next_case_number(&PROVINCE.parse().unwrap(), 2026).await.unwrap();
        let tips: Vec<_> =
            (0..seed.tips).map(|_| (TipId::new(clock, entropy), Receipt::generate(entropy))).collect();
        let file = self.file(&seed);
        let sealed = seal_case_file(runtime, case, &file).unwrap();
        let record = CaseRecord { case: self.case(case, assignment, number, &seed), file: sealed };
        work.insert_case(&record).await.unwrap();
        for (tip, receipt) in &tips {
            let tip = self.tip(&keys, *tip, receipt, case, &seed);
            work.register_tip(&tip).await.unwrap();
        }
        for rule in ["DL-UNITACC", "DL-OBJ"] {
            let limit = self.limit(case, assignment, rule, seed.unit);
            work.insert_deadline(&limit, dengwen_rules::cut_off(limit.due)).await.unwrap();
        }
        let due_at = dengwen_rules::cut_off("2026-03-09".parse().unwrap());
        let record = AssignmentRecord { assignment: self.assignment(case, assignment, &seed), due_at };
        if seed.handed_over {
            work.insert_assignment(&record).await.unwrap();
        }
        work.commit().await.unwrap();
        let (tips, receipts) = tips.into_iter().unzip();
        Seeded { case, assignment, tips, receipts }
    }

    /// What a reporter adds, as a door seals it.
    pub(crate) fn message(&self, receipt: &Receipt, content: MessageContent) -> MessageReceived {
        let (clock, entropy) = (self.runtime.clock(), self.runtime.entropy());
        let keys = KeyDirectory::new(self.runtime.settings().keys_dir()).door().unwrap();
        let message = MessageId::new(clock, entropy);
        let (id, plain) = (message.as_uuid(), serde_json::to_vec(&content).unwrap());
        let sealed = keys.line.seal(purpose::MailboxText, id.as_bytes(), &plain, entropy).unwrap();
        MessageReceived {
            message,
            door: "web-1".parse().unwrap(),
            received_at: clock.now(),
            receipt_hash: keys.receipt.hash(receipt).to_string(),
            receipt_known: false,
            content: sealed.to_base64(),
        }
    }

    /// One more tip that triage joins to the case, and its receipt.
    pub(crate) async fn late_tip(&self, seeded: &Seeded) -> (TipId, Receipt) {
        let keys = KeyDirectory::new(self.runtime.settings().keys_dir()).door().unwrap();
        let (clock, entropy) = (self.runtime.clock(), self.runtime.entropy());
        let (id, receipt) = (TipId::new(clock, entropy), Receipt::generate(entropy));
        let tip = self.tip(&keys, id, &receipt, seeded.case, &Seed::default());
        let mut work = self.runtime.ledger().begin().await.unwrap();
        work.register_tip(&tip).await.unwrap();
        let mut record = work.case(seeded.case).await.unwrap().unwrap();
        record.case.tips += 1;
        record.case.late_tips += 1;
        work.update_case(&record).await.unwrap();
        work.commit().await.unwrap();
        (id, receipt)
    }

    /// Starts a limit that binds the receiving department, as dispatch does.
    pub(crate) async fn run_limit(&self, seeded: &Seeded, rule: &str) {
        let mut limit = self.limit(seeded.case, seeded.assignment, rule, PROVINCE);
        limit.assignment = None;
        limit.owner = DeadlineOwner::Receiving(PROVINCE.parse().unwrap());
        let mut work = self.runtime.ledger().begin().await.unwrap();
        work.insert_deadline(&limit, dengwen_rules::cut_off(limit.due)).await.unwrap();
        work.commit().await.unwrap();
    }

    fn case(&self, id: CaseId, assignment: AssignmentId, number: String, seed: &Seed) -> Case {
        let now = self.runtime.clock().now();
        Case {
            id,
            number,
            opened_at: now,
            received_at: None,
            updated_at: now,
            channel: Some(Channel::Web),
            received_by: PROVINCE.parse().unwrap(),
            category: "A02".parse().unwrap(),
            secondary: Vec::new(),
            scope: Scope::In,
            referral: None,
            priority: Priority::try_from(seed.priority).unwrap(),
            handling: seed.handling,
            must_investigate: seed.must_investigate.iter().map(|code| (*code).to_owned()).collect(),
            context_flags: Vec::new(),
            abstained: false,
            reporter_reachable: seed.reachable,
            identity: IdentityKind::Named,
            asks_not_down: false,
            reporter_identifiable: false,
            excluded: Vec::new(),
            late_tips: 0,
            tips: u32::try_from(seed.tips).unwrap(),
            stage: CaseStage::Dispatched { unit: seed.unit.parse().unwrap(), assignment },
            version: 0,
        }
    }

    fn file(&self, seed: &Seed) -> CaseFile {
        let subject = Subject {
            name: Some("甲乙丙".to_owned()),
            org: Some("某县某局".to_owned()),
            title: Some("局长".to_owned()),
            ..Subject::default()
        };
        let dispatched = CourseEvent::Dispatched { path: vec![format!("R1 {}", seed.unit)] };
        CaseFile {
            summary: "反映某县某局局长甲乙丙任人唯亲".to_owned(),
            subjects: vec![subject],
            course: vec![CourseEntry { at: self.runtime.clock().now(), by: None, event: dispatched }],
            ..CaseFile::default()
        }
    }

    fn tip(&self, keys: &DoorKeys, id: TipId, receipt: &Receipt, case: CaseId, seed: &Seed) -> NewTip {
        let runtime = &self.runtime;
        let (now, entropy) = (runtime.clock().now(), runtime.entropy());
        let uuid = id.as_uuid();
        let context = uuid.as_bytes();
        let content = TipContent { attachments: seed.files.clone(), ..content() };
        let content = serde_json::to_vec(&content).unwrap();
        let identity = ReporterIdentity {
            name: Some("丁戊己".to_owned()),
            phone: Some("13900000123".to_owned()),
            ..ReporterIdentity::default()
        };
        let identity = seed.identity.then(|| {
            let words = serde_json::to_vec(&identity).unwrap();
            keys.custodian.seal(purpose::Identity, context, &words, entropy).unwrap().as_bytes().to_vec()
        });
        let reply_to = seed.reply_to.then(|| {
            keys.reply
                .seal(purpose::ReplyAddress, context, b"13900000123", entropy)
                .unwrap()
                .as_bytes()
                .to_vec()
        });
        NewTip {
            id,
            door: "web-1".parse().unwrap(),
            channel: Channel::Web,
            received_at: now,
            registered_at: now,
            received_by: PROVINCE.parse().unwrap(),
            receipt_hash: keys.receipt.hash(receipt).as_bytes().to_vec(),
            external_key: None,
            content: keys
                .line
                .seal(purpose::TipContent, context, &content, entropy)
                .unwrap()
                .as_bytes()
                .to_vec(),
            identity,
            reply_to,
            reading: seal_reading(runtime, id, &reading(seed)).unwrap(),
            relation: serde_json::json!({"relation": "new"}),
            case,
        }
    }

    fn assignment(&self, case: CaseId, id: AssignmentId, seed: &Seed) -> Assignment {
        Assignment {
            id,
            case,
            unit: seed.unit.parse().unwrap(),
            task: seed.task,
            category: "A02".parse().unwrap(),
            handling: seed.handling,
            must_investigate: seed.must_investigate.iter().map(|code| (*code).to_owned()).collect(),
            priority: Priority::try_from(seed.priority).unwrap(),
            assigned_at: self.runtime.clock().now(),
            path: vec![format!("R1 {}", seed.unit)],
            state: AssignmentState::Waiting,
            version: 0,
        }
    }

    fn limit(&self, case: CaseId, assignment: AssignmentId, rule: &str, unit: &str) -> Deadline {
        let rule = rule.parse().unwrap();
        let start = self.runtime.clock().now();
        let due = self.runtime.rules().deadlines.due(&rule, start).unwrap();
        Deadline {
            id: DeadlineId::new(self.runtime.clock(), self.runtime.entropy()),
            case,
            assignment: Some(assignment),
            rule,
            owner: DeadlineOwner::Handling(unit.parse().unwrap()),
            start,
            due: due.date,
            provisional: due.provisional,
            extensions: 0,
            state: DeadlineState::Open,
        }
    }
}

pub(crate) fn content() -> TipContent {
    TipContent {
        channel: Channel::Web,
        form_kind: dengwen_model::FormKind::Person,
        text: WORDS.to_owned(),
        subject: dengwen_model::SubjectForm::default(),
        when: Some("2025年12月".to_owned()),
        place: None,
        source_kind: SourceKind::default(),
        identity: IdentityKind::Named,
        attachments: Vec::new(),
        details: ChannelDetails::Web,
        reporter_spans: Vec::new(),
    }
}

fn reading(seed: &Seed) -> TipReading {
    let evidence =
        Evidence { start: 5, end: 9, text: "任人唯亲".to_owned(), why: "A02: keyword".to_owned() };
    let note =
        TipNote {
            relation: "new".to_owned(), why: vec!["同一单位 +3.1".to_owned()], ..TipNote::default()
        };
    let classification = Classification {
        category: "A02".parse().unwrap(),
        secondary: Vec::new(),
        scope: Scope::In,
        referral: None,
        confidence: 0.9,
        abstained: false,
        evidence: vec![evidence],
        subjects: Vec::new(),
        identity: IdentityKind::Named,
        asks_not_down: false,
        reporter_identifiable: false,
        must_investigate: seed.must_investigate.iter().map(|code| (*code).to_owned()).collect(),
        context_flags: Vec::new(),
        priority: Priority::try_from(seed.priority).unwrap(),
        handling: seed.handling,
        version: "test".to_owned(),
    };
    TipReading { classification, note }
}
