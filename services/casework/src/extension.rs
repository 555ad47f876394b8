//! Extending a limit: asked for by whoever has to meet it, granted by whom its rule names.

use dengwen_model::{CourseEvent, DeadlineState, Role, RuleId, UserId};
use dengwen_rules::{Extension, ExtensionRefused};

use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::limits;

/// Why a limit is not extended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoExtension {
    /// No limit of this rule runs.
    #[error("no limit of this rule runs")]
    NotRunning,
    /// It has passed.
    #[error("the limit has passed")]
    Passed,
    /// Nobody has asked.
    #[error("nobody has asked for it")]
    NotAsked,
    /// The rule does not allow it.
    #[error("the rule does not allow it")]
    Refused(#[source] ExtensionRefused),
}

/// Whether an extension of the running limit of a rule may be asked for now: while it has not passed.
pub(crate) fn may_be_asked(
    desk: &Desk,
    dossier: &mut Dossier<'_>,
    rule: &str,
    reason: &str,
) -> Result<(), NoExtension> {
    let now = dossier.now();
    let limit = dossier.limits().running(rule).ok_or(NoExtension::NotRunning)?;
    if limits::has_passed(limit, now) || matches!(limit.state, DeadlineState::Overdue { .. }) {
        return Err(NoExtension::Passed);
    }
    of(desk, dossier, rule, reason).map(drop)
}

/// What the extension is. It may be granted after the limit has passed, where it was asked for before.
pub(crate) fn of(
    desk: &Desk,
    dossier: &mut Dossier<'_>,
    rule: &str,
    reason: &str,
) -> Result<Extension, NoExtension> {
    let limit = dossier.limits().running(rule).ok_or(NoExtension::NotRunning)?;
    let rules = desk.runtime().rules().clone();
    let id: RuleId = rule.parse().map_err(|_| NoExtension::NotRunning)?;
    let rule = rules.deadlines.get(&id).ok_or(NoExtension::NotRunning)?;
    let already = u32::from(limit.extensions);
    rules.deadlines.extend(rule, limit.due, already, None, reason).map_err(NoExtension::Refused)
}

/// An extension that was asked for and not granted yet: who asked, and why.
pub(crate) fn pending(dossier: &Dossier<'_>, wanted: &str) -> Result<(Option<UserId>, String), NoExtension> {
    let mut asked = None;
    for entry in &dossier.file().course {
        match &entry.event {
            CourseEvent::ExtensionAsked { rule, reason } if rule == wanted => {
                asked = Some((entry.by, reason.clone()));
            }
            CourseEvent::ExtensionGranted { rule } if rule == wanted => asked = None,
            _ => {}
        }
    }
    asked.ok_or(NoExtension::NotAsked)
}

/// Whether the role is the approver that a rule names (`部领导`, `干部监督机构负责人` …).
pub(crate) fn may_grant(role: Role, approver: &str) -> bool {
    match role {
        Role::Leader => true,
        Role::Supervisor => !approver.contains("领导"),
        _ => false,
    }
}
