//! Records to store. All persons, places and units are invented.

use dengwen_model::{
    Assignment, AssignmentId, AssignmentState, AssignmentTask, Case, CaseId, CaseStage, Channel, Deadline,
    DeadlineId, DeadlineOwner, DeadlineState, Entropy, HandlingForm, IdentityKind, ManualClock, MessageId,
    Priority, Scope, SeededEntropy, TipId, UnitCode, UserId,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    AssignmentRecord, AuditRecord, CaseRecord, LadderStep, LinkEntry, NewAuditRecord, NewTip, OutboxRecord,
};

pub(super) const DEPARTMENT: &str = "990000";
pub(super) const UNIT: &str = "990121-ZZB";

/// Makes records; two makers with other seeds make other ids.
pub(super) struct Maker {
    clock: ManualClock,
    entropy: SeededEntropy,
}

pub(super) fn code<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("a code")
}

/// 2026-03-02 09:00 in China and so many seconds.
pub(super) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-03-02T01:00:00Z".parse().expect("a time");
    start + SignedDuration::from_secs(seconds)
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        Self { clock: ManualClock::at(at(0)), entropy: SeededEntropy::new(seed) }
    }

    pub(super) fn bytes(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.entropy.fill(&mut bytes);
        bytes
    }

    pub(super) fn officer(&self) -> UserId {
        UserId::new(&self.clock, &self.entropy)
    }

    pub(super) fn case_id(&self) -> CaseId {
        CaseId::new(&self.clock, &self.entropy)
    }

    pub(super) fn message_id(&self) -> MessageId {
        MessageId::new(&self.clock, &self.entropy)
    }

    pub(super) fn tip(&self, case: CaseId) -> NewTip {
        NewTip {
            id: TipId::new(&self.clock, &self.entropy),
            door: code("web-1"),
            channel: Channel::Web,
            received_at: at(0),
            registered_at: at(1),
            received_by: code(DEPARTMENT),
            receipt_hash: self.bytes(32),
            external_key: Some(self.bytes(32)),
            content: self.bytes(300),
            identity: Some(self.bytes(80)),
            reply_to: None,
            reading: self.bytes(120),
            relation: serde_json::json!({"relation": "new", "score": 0.25}),
            case,
        }
    }

    pub(super) fn case(&self, number: &str) -> CaseRecord {
        let case = Case {
            id: self.case_id(),
            number: number.to_owned(),
            opened_at: at(1),
            received_at: Some(at(0)),
            updated_at: at(1),
            channel: None,
            received_by: code(DEPARTMENT),
            category: code("A02"),
            secondary: vec![code("B01")],
            scope: Scope::In,
            referral: None,
            priority: Priority::LEAST_URGENT,
            handling: HandlingForm::H3,
            must_investigate: vec!["M1".to_owned()],
            context_flags: vec!["during_publicity".to_owned()],
            abstained: false,
            reporter_reachable: true,
            identity: IdentityKind::Named,
            asks_not_down: true,
            reporter_identifiable: false,
            excluded: Vec::new(),
            late_tips: 0,
            tips: 1,
            stage: CaseStage::Opened,
            version: 1,
        };
        CaseRecord { case, file: self.bytes(200) }
    }

    pub(super) fn assignment(&self, case: CaseId) -> AssignmentRecord {
        let assignment = Assignment {
            id: AssignmentId::new(&self.clock, &self.entropy),
            case,
            unit: code(UNIT),
            task: AssignmentTask::Verify,
            category: code("A02"),
            handling: HandlingForm::H3,
            must_investigate: vec!["M1".to_owned()],
            priority: Priority::LEAST_URGENT,
            assigned_at: at(10),
            path: vec!["R1: 县委组织部 manages the rank".to_owned()],
            state: AssignmentState::Waiting,
            version: 1,
        };
        AssignmentRecord { assignment, due_at: Some(at(86_400)) }
    }

    pub(super) fn deadline(&self, case: CaseId) -> Deadline {
        Deadline {
            id: DeadlineId::new(&self.clock, &self.entropy),
            case,
            assignment: None,
            rule: code("DL-SUP"),
            owner: DeadlineOwner::Handling(code::<UnitCode>(UNIT)),
            start: at(10),
            due: jiff::civil::date(2026, 4, 30),
            provisional: false,
            extensions: 0,
            state: DeadlineState::Open,
        }
    }

    pub(super) fn step(&self, deadline: &Deadline, level: u8) -> LadderStep {
        LadderStep {
            deadline: deadline.id,
            case: deadline.case,
            extension: deadline.extensions,
            level,
            nth: 0,
            due_at: at(100),
            taken_at: at(200 + i64::from(level)),
            action: "催办".to_owned(),
        }
    }

    pub(super) fn message(&self, topic: &str) -> OutboxRecord {
        OutboxRecord {
            id: self.message_id(),
            topic: topic.to_owned(),
            payload: self.bytes(150),
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        }
    }

    pub(super) fn link(&self, tip: &NewTip, keys: &[i64]) -> LinkEntry {
        LinkEntry { tip: tip.id, case: tip.case, signature: self.bytes(64), keys: keys.to_vec(), seq: 0 }
    }
}

pub(super) fn entry(action: &str, object: &str) -> NewAuditRecord {
    NewAuditRecord {
        at: at(5),
        actor: "triage-1".to_owned(),
        role: "service".to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        reason: "taxonomy 3".to_owned(),
    }
}

/// The next link of a chain; the hash is made up, the ledger does not check it.
pub(super) fn chained(head: Option<&AuditRecord>, entry: NewAuditRecord) -> AuditRecord {
    let seq = head.map_or(1, |head| head.seq + 1);
    let mut hash = [7; 32];
    hash[..8].copy_from_slice(&seq.to_le_bytes());
    AuditRecord { seq, entry, prev: head.map_or([0; 32], |head| head.hash), hash }
}
