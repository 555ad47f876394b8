//! Which buttons a case's page has for whom. A button that should not be there does no harm: the
//! operation behind it checks again.

use dengwen_model::{AssignmentState, AssignmentTask, CourseEvent, Outcome, Role, UnitCode};
use dengwen_pages::Lang;
use dengwen_pages::console::{Choice, Given, ItemActions, PendingExtension, ReviewActions};
use dengwen_rules::MustInvestigateRule;

use super::viewer::Viewer;
use super::words;
use crate::access::{Answerer, CaseReader, Dispatcher, Reviewer, ScreenReviewer};
use crate::commission;
use crate::desk::Desk;
use crate::guards::mark;
use crate::limits::rule;
use crate::tip_view::{FileOut, TipOut};
use crate::view::CaseOut;

/// Rows of the form for findings, and how many more at a time.
pub(super) const ROWS: usize = 3;
/// Most rows.
pub(super) const MAX_ROWS: usize = 50;

/// What the holder of the case's item may do.
pub(super) fn item(desk: &Desk, viewer: &Viewer, case: &CaseOut, given: &Given) -> Option<ItemActions> {
    let assignment = case.assignments.last()?;
    if !assignment.state.is_held_by(viewer.principal.id, desk.now()) {
        return None;
    }
    let rules = desk.runtime().rules();
    let accepted = matches!(assignment.state, AssignmentState::Accepted { .. });
    let verify = assignment.task == AssignmentTask::Verify;
    let screen = assignment.task == AssignmentTask::Screen;
    let allegations = case
        .case
        .category
        .iter()
        .map(String::as_str)
        .chain(case.case.secondary.iter().map(dengwen_model::CategoryCode::as_str));
    let rows = given.of("report", "rows").parse().unwrap_or(ROWS).clamp(1, MAX_ROWS);
    Some(ItemActions {
        id: assignment.id.to_string(),
        accept: !accepted && verify,
        object: verify && case.case.stage == "dispatched",
        release: true,
        report: accepted && verify,
        screen,
        pass_up: assignment.task == AssignmentTask::PassUp,
        extendable: extendable(desk, case),
        referrals: if screen { words::referrals(rules, viewer.lang) } else { Vec::new() },
        categories: if screen { words::categories(rules, viewer.lang) } else { Vec::new() },
        rows: (1..=rows).collect(),
        allegations: allegations.map(|code| format!("反映{}", words::category_name(rules, code))).collect(),
        outcomes: words::outcomes(rules, viewer.lang),
        must_investigate: must_investigate(desk, viewer, case),
    })
}

/// The case's M1–M4, each of which a finding has to answer.
fn must_investigate(desk: &Desk, viewer: &Viewer, case: &CaseOut) -> Vec<Choice> {
    let rules = desk.runtime().rules().taxonomy.must_investigate().rules();
    let asked = rules.iter().filter(|rule| case.case.must_investigate.contains(&rule.code));
    let name = |rule: &MustInvestigateRule| match viewer.lang {
        Lang::Zh => rule.zh.clone(),
        Lang::En => rule.en.clone(),
    };
    asked.map(|rule| Choice { code: rule.code.clone(), name: name(rule) }).collect()
}

/// Running limits whose rule allows an extension.
fn extendable(desk: &Desk, case: &CaseOut) -> Vec<Choice> {
    let rules = desk.runtime().rules();
    let open = case.deadlines.iter().filter(|limit| limit.state == "open");
    let extendable = open.filter(|limit| {
        let rule = limit.rule.parse().ok().and_then(|id| rules.deadlines.get(&id));
        rule.and_then(|rule| rule.extension.as_ref()).is_some_and(|e| u32::from(limit.extensions) < e.times)
    });
    extendable.map(|limit| Choice { code: limit.rule.clone(), name: limit.name.clone() }).collect()
}

/// What a reviewing role may do where the case stands.
pub(super) fn review(desk: &Desk, viewer: &Viewer, case: &CaseOut) -> ReviewActions {
    let role = viewer.principal.role;
    let rules = desk.runtime().rules();
    let stage = case.case.stage;
    let reviewer = Reviewer::includes(role);
    let commissions = commissions(desk, viewer, case);
    let answerer = Answerer::includes(role);
    let running = |wanted: &str| {
        case.deadlines.iter().any(|limit| limit.rule == wanted && matches!(limit.state, "open" | "overdue"))
    };
    let over = matches!(stage, "closed" | "referred" | "passed_up" | "kept");
    let window =
        case.deadlines.iter().any(|limit| limit.rule == rule::OBJECTION_WINDOW && limit.state == "open");
    ReviewActions {
        send_back: reviewer && commissions && stage == "reported",
        conclude: reviewer && commissions && stage == "reported",
        jurisdiction: Dispatcher::includes(role) && commissions && stage == "objected",
        feedback: answerer && matches!(stage, "concluded" | "fed_back"),
        answered: stage == "fed_back",
        objection: answerer && matches!(stage, "fed_back" | "closed") && window,
        window,
        split: if ScreenReviewer::includes(role) && !over { split(case) } else { Vec::new() },
        close: reviewer && stage == "fed_back",
        archive: ScreenReviewer::includes(role) && stage == "closed" && running(rule::ARCHIVE),
        reopen: role == Role::Leader
            && matches!(stage, "closed" | "kept" | "referred" | "concluded" | "fed_back"),
        reassign: reviewer && matches!(stage, "dispatched" | "verifying"),
        waiver: role == Role::Leader && commissions && !over && !case.case.must_investigate.is_empty(),
        clarification: reviewer
            && commissions
            && running(rule::CLARIFY_TAKE_UP)
            && noted(case, mark::CLARIFY),
        clarify: reviewer && running(rule::CLARIFY_DONE),
        ask: CaseReader::includes(role) && !case.tips.is_empty(),
        originals: if reviewer && !over { originals(case) } else { Vec::new() },
        extensions: if reviewer && commissions { pending(case) } else { Vec::new() },
        outcomes: words::outcomes(rules, viewer.lang),
        measures: if matches!(case.case.outcome, None | Some(Outcome::O1)) {
            words::measures(rules, viewer.lang)
        } else {
            Vec::new()
        },
    }
}

/// The tips shown that can be taken out of the case; a case keeps at least one.
fn split(case: &CaseOut) -> Vec<Choice> {
    if case.case.tip_count < 2 {
        return Vec::new();
    }
    let shown = case.tips.iter().map(|tip| (tip.tip_id, &tip.number));
    let sealed = case.sealed_tips.iter().map(|tip| (tip.tip_id, &tip.number));
    shown.chain(sealed).map(|(id, number)| Choice { code: id.to_string(), name: number.clone() }).collect()
}

/// The files of the tips and messages shown that were not released to the handling unit.
fn originals(case: &CaseOut) -> Vec<Choice> {
    let of_tip = |tip: &TipOut| {
        let of_messages = tip.messages.iter().flat_map(|message| &message.files);
        let files = tip.files.iter().chain(of_messages).filter(|file| !file.released);
        let name = |file: &FileOut| format!("{} · {} · {} B", tip.number, file.media_type, file.size);
        files.map(|file| Choice { code: file.file.clone(), name: name(file) }).collect::<Vec<_>>()
    };
    case.tips.iter().flat_map(of_tip).collect()
}

/// Whether the viewer's department commissioned the unit, so that it decides on its work.
fn commissions(desk: &Desk, viewer: &Viewer, case: &CaseOut) -> bool {
    let last = || case.assignments.last().map(|assignment| assignment.unit.clone());
    let held = case.case.unit.as_deref().and_then(|code| code.parse().ok()).or_else(last);
    let Ok(received_by) = case.case.received_by.parse::<UnitCode>() else { return false };
    let handling = held.unwrap_or_else(|| received_by.clone());
    commission::commissions(desk, &viewer.principal, &received_by, &handling)
}

fn noted(case: &CaseOut, wanted: &str) -> bool {
    case.course.iter().any(|entry| matches!(&entry.event, CourseEvent::Noted { what, .. } if what == wanted))
}

/// Extensions that were asked for and not granted.
fn pending(case: &CaseOut) -> Vec<PendingExtension> {
    let mut pending: Vec<PendingExtension> = Vec::new();
    for entry in &case.course {
        match &entry.event {
            CourseEvent::ExtensionAsked { rule, reason } => {
                pending.retain(|extension| extension.rule != *rule);
                pending.push(PendingExtension { rule: rule.clone(), reason: reason.clone() });
            }
            CourseEvent::ExtensionGranted { rule } => pending.retain(|extension| extension.rule != *rule),
            _ => {}
        }
    }
    let running = |rule: &str| case.deadlines.iter().any(|limit| limit.rule == rule && limit.state != "met");
    pending.retain(|extension| running(&extension.rule));
    pending
}
