//! What must hold before a case may end (domain.md 3.2: #17, I1–I3, I7).

use dengwen_ledger::MailboxRecord;
use dengwen_model::{Case, CaseFile, CourseEvent, Deadline, Finding, MessageFrom, Outcome};
use dengwen_rules::Taxonomy;
use jiff::Timestamp;

use crate::limits::rule;

/// Marks of the course that decisions leave (`CourseEvent::Noted`).
pub(crate) mod mark {
    pub(crate) const ACCEPTED: &str = "accepted";
    pub(crate) const WAIVED: &str = "waiver";
    pub(crate) const REOPENED: &str = dengwen_model::REOPENED;
    pub(crate) const CLARIFY: &str = "clarification_proposed";
    pub(crate) const CORRECTED: &str = "correction_recorded";
    pub(crate) const ANSWERED_AGAIN: &str = "answered_again";
}

/// Whether 四个必查 forbids to end the case without an investigation: M1–M4 hold, and no leader waived
/// that in writing since the case was last opened.
pub(crate) fn must_be_investigated(case: &Case, file: &CaseFile) -> bool {
    !case.must_investigate.is_empty() && !is_marked(file, mark::WAIVED)
}

/// Which of the case's M1–M4 no finding answers (四个必查 ask for a finding each, I2); none where a leader waived
/// them.
pub(crate) fn unanswered(case: &Case, file: &CaseFile, findings: &[Finding]) -> Vec<String> {
    if !must_be_investigated(case, file) {
        return Vec::new();
    }
    let answered = |code: &&String| findings.iter().any(|finding| finding.must_investigate.contains(code));
    case.must_investigate.iter().filter(|code| !answered(code)).cloned().collect()
}

/// The findings that were last reported.
pub(crate) fn last_findings(file: &CaseFile) -> &[Finding] {
    let reported = file.course.iter().rev().find_map(|entry| match &entry.event {
        CourseEvent::Reported { report } => Some(report.findings.as_slice()),
        _ => None,
    });
    reported.unwrap_or_default()
}

/// Whether the course bears a mark since the case was last opened.
pub(crate) fn is_marked(file: &CaseFile, wanted: &str) -> bool {
    let mut marked = false;
    for entry in &file.course {
        if let CourseEvent::Noted { what, .. } = &entry.event {
            marked = (marked && what != mark::REOPENED) || what == wanted;
        }
    }
    marked
}

/// Limits that are windows for others, not duties of ours: a case may close while one runs, which ends no window.
pub(crate) const WINDOWS: &[&str] = &[rule::OBJECTION, rule::OBJECTION_WINDOW];

fn is_window(limit: &Deadline) -> bool {
    WINDOWS.contains(&limit.rule.as_str())
}

/// Whether somebody has to do something for a limit: windows for others are no duty.
pub(crate) fn is_duty(limit: &Deadline) -> bool {
    !is_window(limit)
}

/// What still stands in the way of closing (办结).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OpenPoint {
    /// A duty whose limit runs.
    Limit(String),
    /// Tips whose reporters were not told the result.
    Unanswered(usize),
    /// Something was found, and no measure and no correction is on record (纠必到位).
    NotCorrected,
}

impl std::fmt::Display for OpenPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limit(rule) => write!(f, "{rule} runs"),
            Self::Unanswered(tips) => write!(f, "{tips} tip(s) without an answer since the conclusion"),
            Self::NotCorrected => f.write_str("a finding of O1 or O2 without a measure or a correction"),
        }
    }
}

impl OpenPoint {
    /// The same in Chinese.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::Limit(rule) => format!("时限 {rule} 尚未了结"),
            Self::Unanswered(tips) => format!("结论作出后尚有 {tips} 件举报未答复"),
            Self::NotCorrected => "属实或部分属实，尚无处理措施或纠正记录".to_owned(),
        }
    }
}

/// What still stands in the way of closing. `mailboxes` has one entry a tip.
pub(crate) fn open_points(
    case: &Case,
    file: &CaseFile,
    limits: &[Deadline],
    mailboxes: &[Vec<MailboxRecord>],
) -> Vec<OpenPoint> {
    let duties = limits.iter().filter(|limit| limit.state.is_running() && is_duty(limit));
    let mut points: Vec<_> = duties.map(|limit| OpenPoint::Limit(limit.rule.to_string())).collect();
    let concluded = concluded_at(file);
    let unanswered = mailboxes.iter().filter(|messages| !answered_since(messages, concluded)).count();
    if unanswered > 0 {
        points.push(OpenPoint::Unanswered(unanswered));
    }
    let found = matches!(case.stage.outcome(), Some(Outcome::O1 | Outcome::O2));
    if found && !has_measures(file) && !is_marked(file, mark::CORRECTED) {
        points.push(OpenPoint::NotCorrected);
    }
    points
}

/// When the case was last concluded.
pub(crate) fn concluded_at(file: &CaseFile) -> Option<Timestamp> {
    let concluded = |event: &CourseEvent| matches!(event, CourseEvent::Concluded { .. });
    file.course.iter().rev().find(|entry| concluded(&entry.event)).map(|entry| entry.at)
}

/// Whether the reporter of a tip with these messages was told the result.
fn answered_since(messages: &[MailboxRecord], concluded: Option<Timestamp>) -> bool {
    messages
        .iter()
        .any(|message| message.from == MessageFrom::Line && concluded.is_none_or(|at| message.at >= at))
}

fn has_measures(file: &CaseFile) -> bool {
    let last = file.course.iter().rev().find_map(|entry| match &entry.event {
        CourseEvent::Concluded { conclusion } => Some(!conclusion.measures.is_empty()),
        _ => None,
    });
    last.unwrap_or(false)
}

/// The first measure that is unknown or does not follow from the outcome.
pub(crate) fn unfit_measure<'a>(
    taxonomy: &Taxonomy,
    outcome: Outcome,
    measures: &'a [String],
) -> Option<&'a String> {
    let name = format!("{outcome:?}");
    measures.iter().find(|code| {
        let known = taxonomy.measures().iter().find(|measure| measure.code == **code);
        !known.is_some_and(|measure| match measure.outcomes.is_empty() {
            true => matches!(outcome, Outcome::O1 | Outcome::O2),
            false => measure.outcomes.contains(&name),
        })
    })
}

#[cfg(test)]
#[path = "guards_tests.rs"]
mod tests;
