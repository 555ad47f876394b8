//! The clocks that start with a decision.

use dengwen_model::{Channel, HandlingForm, IdentityKind, RuleId};

use super::decision::SetDeadline;
use super::request::RouteRequest;
use super::router::RouteError;
use crate::Rules;
use crate::deadlines::{DueError, Trigger};
use crate::start::Start;

/// What a decision does, as far as clocks ask for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) sealed: bool,
    /// Handed to a unit other than the receiving department.
    pub(super) dispatched: bool,
    /// Handed out of the scope or out of the receiving department's own branch.
    pub(super) transferred: bool,
    /// Somebody verifies it.
    pub(super) investigated: bool,
    pub(super) handling: HandlingForm,
}

/// The deadlines of a decision, each rule once, in the order of the work.
pub(super) fn set(
    rules: &Rules,
    request: &RouteRequest,
    outcome: Outcome,
) -> Result<Vec<SetDeadline>, RouteError> {
    let mut deadlines: Vec<SetDeadline> = Vec::new();
    for id in applicable(rules, request, outcome) {
        if deadlines.iter().any(|set| set.rule == id) {
            continue;
        }
        let Some(rule) = rules.deadlines.get(&id) else { continue };
        let Some(start) = started(request, rule.trigger) else { continue };
        match rules.deadlines.due(&id, start) {
            Ok(due) => {
                deadlines.push(SetDeadline { rule: id, start, due: due.date, provisional: due.provisional });
            }
            Err(DueError::BeyondCalendar(error)) => return Err(RouteError::BeyondCalendar(error)),
            Err(DueError::UnknownRule) => {}
        }
    }
    Ok(deadlines)
}

fn applicable(rules: &Rules, request: &RouteRequest, outcome: Outcome) -> Vec<RuleId> {
    let mut ids: Vec<RuleId> = Vec::new();
    let mut add = |on: bool, id: &str| {
        if on && let Ok(id) = id.parse() {
            ids.push(id);
        }
    };
    let told = request.reachable != Some(false);
    let first = !request.reopened && !request.context_flags.iter().any(|flag| flag == "repeat");
    let named = request.identity == Some(IdentityKind::Named);
    // What is taken up again was acknowledged and registered in its first round.
    add(
        !request.reopened && request.channel.is_some_and(|channel| acknowledges(rules, channel, told)),
        "DL-ACK",
    );
    add(!request.reopened, "DL-REG");
    add(true, "DL-DEC");
    add(told, "DL-NOTICE");
    add(told && named && first, "DL-ACCNAMED");
    add(rules.routing.urgent.contains(&request.category), "DL-URG");
    add(outcome.sealed, "DL-UP");
    if outcome.sealed {
        // Nothing of a sealed tip is screened or worked on here.
        return ids;
    }
    add(true, "DL-SCR");
    add(outcome.dispatched, "DL-UNITACC");
    add(outcome.dispatched, "DL-OBJ");
    add(outcome.transferred, "DL-TRANSFER");
    if outcome.investigated || outcome.transferred {
        let form = rules.taxonomy.form(outcome.handling).and_then(|form| form.deadline.clone());
        ids.extend(form.filter(|id| told || id.as_str() != "DL-NOTICE"));
    }
    let flags = request.context_flags.iter().filter_map(|flag| rules.taxonomy.flag(flag));
    ids.extend(flags.filter_map(|flag| flag.deadline.clone()).filter(|id| id.as_str() != "DL-UP"));
    ids
}

/// Whether a channel answers by itself that it has the tip (接收回执). The web does so in its own answer; an SMS is
/// answered where its sender can be.
fn acknowledges(rules: &Rules, channel: Channel, told: bool) -> bool {
    let rule = "DL-ACK".parse().ok().and_then(|id| rules.deadlines.get(&id));
    let applies = rule.is_some_and(|rule| rule.applies.contains(&channel));
    applies && (told || channel == Channel::Web)
}

/// When a trigger happened; `None` for what is still to come.
fn started(request: &RouteRequest, trigger: Trigger) -> Option<Start> {
    match trigger {
        Trigger::TipReceived => Some(request.events.received),
        Trigger::TipRegistered => Some(request.events.registered),
        Trigger::TipFlaggedUrgent
        | Trigger::TipFlaggedUpperLevel
        | Trigger::DecisionTransfer
        | Trigger::CaseOpened
        | Trigger::CaseDispatched => Some(request.events.decided),
        _ => None,
    }
}
