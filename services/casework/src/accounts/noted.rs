//! What is done to accounts and sessions, in the audit log: who did it, and a digest of the row as it then was, by which
//! `dengwen verify` finds a row that somebody changed, put in or took out.

use dengwen_ledger::{NewAuditRecord, Session, StaffRecord};
use dengwen_model::{Role, UserId};
use dengwen_service::{SESSION_ENDED, SESSION_OPENED, account_evidence, session_evidence, withdrawal_entry};
use jiff::Timestamp;

/// Who acts, as the audit log names them.
pub type By<'a> = (&'a str, Role);

/// Who acts at the administrator's command line.
pub const COMMAND_LINE: By<'static> = ("command line", Role::Admin);

/// An account was added or changed.
pub(super) fn account(by: By<'_>, account: &StaffRecord, action: &str, at: Timestamp) -> NewAuditRecord {
    let reason = account_evidence(account).after(account.role.as_str());
    entry(by, account.id, action, at, reason)
}

/// Somebody signed in.
pub(super) fn opened(account: &StaffRecord, session: &Session, at: Timestamp) -> NewAuditRecord {
    let reason = session_evidence(session).after("");
    entry((&account.name, account.role), account.id, SESSION_OPENED, at, reason)
}

/// A session ended, and what was issued to its browser holds no longer.
pub(super) fn ended(
    (name, role): By<'_>,
    session: UserId,
    at: Timestamp,
    until: Timestamp,
) -> NewAuditRecord {
    withdrawal_entry((name, role.to_string()), SESSION_ENDED, session, at, until)
}

fn entry(
    (actor, role): By<'_>,
    account: UserId,
    action: &str,
    at: Timestamp,
    reason: String,
) -> NewAuditRecord {
    NewAuditRecord {
        at,
        actor: actor.to_owned(),
        role: role.to_string(),
        action: action.to_owned(),
        object: account.to_string(),
        reason,
    }
}
