//! The case file (案卷): what a case knows about people and words. Always sealed at rest.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Classification, Conclusion, Phrase, Report, Subject, UnitCode, UserId};

/// What is sealed beside a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// The summary (举报件摘要) in neutral words, made from fields, so that nothing in it leads to a reporter.
    pub summary: String,
    /// Whom the case is about, over all its tips.
    pub subjects: Vec<Subject>,
    /// Amounts of money, in yuan, that its tips tell of, so that a further tip shows what is new; of a campaign with
    /// ever others the first few hundred. Empty in files of before this was kept.
    #[serde(default)]
    pub amounts: Vec<u64>,
    /// Days that its tips tell of, as `amounts`.
    #[serde(default)]
    pub dates: Vec<Date>,
    /// The course of the work, oldest first.
    pub course: Vec<CourseEntry>,
    /// People of the handling unit who are themselves the subject of an open case, by name: they may not
    /// work on this one or see it (C9).
    #[serde(default)]
    pub kept_out: Vec<String>,
    /// People of units who are reported here, for whose sake the other cases of their units were looked at again
    /// (C9).
    #[serde(default)]
    pub reported_members: Vec<ReportedMember>,
    /// Files of tips and messages (as the case names them) that the handling unit may open. By default only the
    /// summary and the masked words travel: handwriting, voices and what a photograph tells of its maker lead to
    /// the reporter (domain.md 3.7, 3.8).
    #[serde(default)]
    pub released: Vec<String>,
    /// A person chose the unit (指定办理、改派); the rules choose where there is none.
    #[serde(default)]
    pub direction: Option<Direction>,
}

/// Somebody of a unit who is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedMember {
    /// The unit that they are of.
    pub unit: UnitCode,
    /// Their name.
    pub name: String,
}

/// To which unit a person directed a case, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direction {
    /// The unit.
    pub unit: UnitCode,
    /// Who decided.
    pub by: UserId,
    /// The reasons, in their words; they stay in the sealed file.
    pub reason: String,
}

/// How the reasons of a direction stand in a path.
pub const DIRECTED_FOR: Phrase = Phrase::new("指定理由：{0}", "reasons given: {0}");

/// What a reopening is noted as ([`CourseEvent::Noted`]).
pub const REOPENED: &str = "reopened";
/// What it is noted as that people of the unit are themselves reported in open cases (C9, 回避提醒), with the
/// unit and the cases' numbers. For whoever reviews, never for the unit's officers, who would learn of a case
/// against a colleague.
pub const RECUSED: &str = "recused";

/// What it is noted as that a case was taken from its unit, because a tip that joined it speaks against the unit
/// (回避撤回).
pub const WITHDRAWN: &str = "withdrawn";
/// What it is noted as that by a tip that joined another unit would have to have the case, though the one that
/// works on it may (改派提醒). For whoever reviews.
pub const ROUTE_DOUBTED: &str = "route_doubted";

/// What it is noted as that a provisional last day was counted again, with the rule, the old day and the new one.
pub const RECOUNTED: &str = "recounted";

impl CaseFile {
    /// Keeps these people out from now on, by name.
    pub fn keep_out(&mut self, people: impl Iterator<Item = String>) {
        for name in people {
            if !self.kept_out.contains(&name) {
                self.kept_out.push(name);
            }
        }
    }

    /// When the present round began: the last reopening (重新办理); `None` in the first round.
    pub fn reopened_at(&self) -> Option<Timestamp> {
        let reopened =
            |event: &CourseEvent| matches!(event, CourseEvent::Noted { what, .. } if what == REOPENED);
        self.course.iter().rev().find(|entry| reopened(&entry.event)).map(|entry| entry.at)
    }
}

/// What triage made of one tip. It is kept with the tip, not in the case's file: a campaign's file would be
/// written anew, and longer, with each of its thousands of tips.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TipReading {
    /// How it is classified, and by which passages.
    #[serde(flatten)]
    pub classification: Classification,
    /// Why it stands in its case.
    #[serde(default)]
    pub note: TipNote,
}

/// Why a tip stands in its case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipNote {
    /// `new`, `copy` or `same_matter`.
    pub relation: String,
    /// The parts of the score an officer can read, as `同一单位 +3.1`.
    pub why: Vec<String>,
    /// Facts that no earlier tip of the case gave.
    pub new_facts: Vec<String>,
    /// Other cases that may be the same matter: case number and reasons. A person decides.
    pub suggestions: Vec<String>,
}

/// A fact that is new ([`TipNote::new_facts`]): somebody or some body is named.
pub const SUBJECT_NEW: Phrase = Phrase::new("新对象：{0}", "somebody new: {0}");
/// Amounts are told.
pub const AMOUNTS_NEW: Phrase = Phrase::new("提到金额：{0}", "new amounts: {0}");
/// Days are told.
pub const DATES_NEW: Phrase = Phrase::new("提到时间：{0}", "new dates: {0}");

/// One entry in the course of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseEntry {
    /// When.
    pub at: Timestamp,
    /// Who; `None` for the system itself.
    pub by: Option<UserId>,
    /// What happened.
    pub event: CourseEvent,
}

/// What can happen in the course of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CourseEvent {
    /// 分办: routed to a unit, with the path of the decision.
    Dispatched {
        /// One line a step.
        path: Vec<String>,
    },
    /// 管辖异议, with the unit's reasons.
    Objected {
        /// The reasons.
        reason: String,
    },
    /// 管辖异议的审定: whether it was consented to, and why.
    ObjectionDecided {
        /// The case leaves the unit.
        upheld: bool,
        /// The reasons.
        reason: String,
    },
    /// 请求延期 on a deadline rule.
    ExtensionAsked {
        /// The rule.
        rule: String,
        /// The reasons.
        reason: String,
    },
    /// 延期批准.
    ExtensionGranted {
        /// The rule.
        rule: String,
    },
    /// 查核报告.
    Reported {
        /// The report.
        report: Report,
    },
    /// 退回补查, with the gaps.
    SentBack {
        /// What is missing.
        gaps: String,
    },
    /// 集体研究结论.
    Concluded {
        /// The decision.
        conclusion: Conclusion,
    },
    /// 反馈举报人: the words they were sent, or why they could not be reached.
    FedBack {
        /// The words.
        text: String,
    },
    /// A person changed the machine's proposal.
    Corrected {
        /// What was changed, as `category A02 -> X01`.
        change: String,
        /// Why.
        reason: String,
    },
    /// Anything else worth a line: `accepted`, `released`, `closed`, `reopened`, `referred`, `kept`.
    Noted {
        /// What.
        what: String,
        /// Why, where a reason is required.
        reason: Option<String>,
    },
}
