//! One case: what is known, why it stands where it stands, and what may be done.

use std::collections::HashMap;

use askama::Template;

use super::{Choice, Shell};

/// A line of the head: translation key and value.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Translation key.
    pub name: &'static str,
    /// The value.
    pub value: String,
}

/// A passage of a tip.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The words.
    pub text: String,
    /// What they speak for; empty for the words between.
    pub why: String,
}

/// A file to be fetched.
#[derive(Debug, Clone)]
pub struct FileLink {
    /// Where.
    pub href: String,
    /// Type and size.
    pub label: String,
}

/// A message between the line and a reporter, as the desk reads it.
#[derive(Debug, Clone)]
pub struct MessageLine {
    /// Whether the reporter wrote it.
    pub from_reporter: bool,
    /// When.
    pub at: String,
    /// The words.
    pub text: String,
    /// Files that came with it.
    pub files: Vec<FileLink>,
    /// Sent as a report of its own, over the daily limit.
    pub over_limit: bool,
}

/// One tip as shown.
#[derive(Debug, Clone)]
pub struct TipView {
    /// Its id.
    pub tip_id: String,
    /// Its number.
    pub number: String,
    /// Translation key of the channel.
    pub channel: String,
    /// When it came.
    pub received_at: String,
    /// Translation key of how it relates to the case.
    pub relation: String,
    /// Why it was joined.
    pub why: Vec<String>,
    /// What is new in it.
    pub new_facts: Vec<String>,
    /// Other cases that may be the same matter.
    pub suggestions: Vec<String>,
    /// Its words.
    pub passages: Vec<Passage>,
    /// When and where it happened, and the source.
    pub facts: Vec<Fact>,
    /// It came after the case was concluded.
    pub late: bool,
    /// Files.
    pub files: Vec<FileLink>,
    /// The newest messages with whoever holds the receipt.
    pub messages: Vec<MessageLine>,
    /// Where earlier ones are; empty where there are none.
    pub earlier_messages: String,
}

/// A tip of a case that travels sealed: nothing of what it says.
#[derive(Debug, Clone)]
pub struct SealedTip {
    /// Its id.
    pub tip_id: String,
    /// Its number.
    pub number: String,
    /// Translation key of the channel.
    pub channel: String,
    /// When it came.
    pub received_at: String,
}

/// A time limit as shown.
#[derive(Debug, Clone)]
pub struct LimitRow {
    /// The rule.
    pub rule: String,
    /// The duty.
    pub name: String,
    /// The last day.
    pub due: String,
    /// Translation key of the state.
    pub state: String,
    /// Whether it has passed.
    pub overdue: bool,
    /// Who has to meet it.
    pub owner: String,
    /// How it was counted.
    pub counted: String,
}

/// A line of the course.
#[derive(Debug, Clone)]
pub struct CourseLine {
    /// When.
    pub at: String,
    /// Translation key of what happened.
    pub what: String,
    /// The words, one line each.
    pub lines: Vec<String>,
}

/// An extension that somebody asked for.
#[derive(Debug, Clone)]
pub struct PendingExtension {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// What the holder of the item may do.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one flag a button")]
pub struct ItemActions {
    /// The assignment.
    pub id: String,
    /// 签收.
    pub accept: bool,
    /// 管辖异议.
    pub object: bool,
    /// 退回.
    pub release: bool,
    /// 报送结果.
    pub report: bool,
    /// Decisions of screening.
    pub screen: bool,
    /// 径报上级.
    pub pass_up: bool,
    /// Limits that may be extended.
    pub extendable: Vec<Choice>,
    /// Referral directory.
    pub referrals: Vec<Choice>,
    /// Leaves of the taxonomy.
    pub categories: Vec<Choice>,
    /// Rows of the form for findings.
    pub rows: Vec<usize>,
    /// Allegations to begin with.
    pub allegations: Vec<String>,
    /// O1 to O5.
    pub outcomes: Vec<Choice>,
    /// M1–M4 of the case, each of which a finding has to answer.
    pub must_investigate: Vec<Choice>,
}

/// What a reviewing role may do.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one flag a button")]
pub struct ReviewActions {
    /// 退回补查.
    pub send_back: bool,
    /// 作出结论.
    pub conclude: bool,
    /// 审定管辖异议.
    pub jurisdiction: bool,
    /// 反馈.
    pub feedback: bool,
    /// The reporters have an answer; another one may need a reason.
    pub answered: bool,
    /// The reporters' time for objections runs, also when the case is closed.
    pub window: bool,
    /// 拆分: the tips that can be taken out, by id and number.
    pub split: Vec<Choice>,
    /// 记录举报人异议.
    pub objection: bool,
    /// 办结.
    pub close: bool,
    /// 归档.
    pub archive: bool,
    /// 重新办理.
    pub reopen: bool,
    /// 换人承办.
    pub reassign: bool,
    /// 四个必查 can be waived.
    pub waiver: bool,
    /// A clarification was proposed.
    pub clarification: bool,
    /// An approved clarification is to be made.
    pub clarify: bool,
    /// Ask a reporter.
    pub ask: bool,
    /// Originals that the handling unit may not open yet (提供原件).
    pub originals: Vec<Choice>,
    /// Extensions that were asked for.
    pub extensions: Vec<PendingExtension>,
    /// O1 to O5.
    pub outcomes: Vec<Choice>,
    /// G01 to G20.
    pub measures: Vec<Choice>,
}

/// What was typed before, by form and field, so that an error costs nobody their words.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The form whose words these are, as `report`.
    pub form: String,
    /// Field and value.
    pub fields: HashMap<String, String>,
}

impl Given {
    /// What was typed into a field of a form.
    pub fn of(&self, form: &str, field: &str) -> &str {
        if self.form == form { self.fields.get(field).map_or("", String::as_str) } else { "" }
    }

    /// `open` for the form that was sent.
    pub fn open(&self, form: &str) -> &'static str {
        if self.form == form { "open" } else { "" }
    }
}

/// One case.
#[derive(Debug, Template)]
#[template(path = "console/case.html")]
pub struct CasePage {
    /// Around it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Translation key of the stage.
    pub stage: String,
    /// The machine was not sure of the category, and no person has decided yet.
    pub unclassified: bool,
    /// The summary in neutral words.
    pub summary: String,
    /// The head.
    pub facts: Vec<Fact>,
    /// Whom it is about.
    pub subjects: Vec<String>,
    /// A page of its tips.
    pub tips: Vec<TipView>,
    /// The same page of a case that travels sealed.
    pub sealed_tips: Vec<SealedTip>,
    /// Where the next page is; empty on the last one.
    pub more_tips: String,
    /// Its limits.
    pub limits: Vec<LimitRow>,
    /// Why this unit, one line a step.
    pub path: Vec<String>,
    /// The course.
    pub course: Vec<CourseLine>,
    /// Reminders.
    pub reminders: Vec<String>,
    /// What the holder may do.
    pub item: Option<ItemActions>,
    /// What a reviewing role may do.
    pub review: ReviewActions,
    /// What was typed before.
    pub given: Given,
}

impl CasePage {
    /// The allegation of a row: what was typed, else what the case begins with.
    fn allegation<'a>(&'a self, item: &'a ItemActions, row: &usize) -> &'a str {
        if self.given.form == "report" {
            return self.typed("report", "allegation", row);
        }
        row.checked_sub(1).and_then(|index| item.allegations.get(index)).map_or("", String::as_str)
    }

    /// What was typed into a numbered field.
    fn typed(&self, form: &str, field: &str, row: &usize) -> &str {
        self.given.of(form, &format!("{field}_{row}"))
    }

    /// Whether a numbered field had this value.
    fn chosen(&self, form: &str, field: &str, row: &usize, code: &str) -> bool {
        self.typed(form, field, row) == code
    }

    /// Whether a row of the report was ticked as answering a must-investigate rule; the first row is, until somebody
    /// says otherwise.
    fn answers(&self, row: &usize, code: &str) -> bool {
        match self.given.form == "report" {
            true => !self.given.of("report", &format!("must_{row}_{code}")).is_empty(),
            false => *row == 1,
        }
    }

    /// Whether a tip was ticked to be taken out.
    fn leaves(&self, tip: &str) -> bool {
        !self.given.of("split", &format!("tip_{tip}")).is_empty()
    }

    /// Whether a measure was ticked.
    fn checked(&self, measure: &str) -> bool {
        !self.given.of("conclude", &format!("measure_{measure}")).is_empty()
    }
}

/// The earlier messages of a tip.
#[derive(Debug, Template)]
#[template(path = "console/messages.html")]
pub struct MessagesPage {
    /// Around it.
    pub shell: Shell,
    /// Where the case is.
    pub case: String,
    /// Oldest first.
    pub messages: Vec<MessageLine>,
    /// Where earlier ones are; empty where there are none.
    pub earlier: String,
}
