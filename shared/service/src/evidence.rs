//! What the audit log vouches for: the rows that are written once, tips, mailbox messages and steps of the ladder, and
//! the latest state of what changes seldom, accounts, sessions, the units register and corrections. The digest goes
//! into the entry of the unit of work that writes the row; `dengwen verify` makes it again of what is there.

use dengwen_ledger::{
    Correction, LadderStep, MailboxRecord, NewAuditRecord, NewTip, Session, StaffRecord, UnitRecord,
};
use dengwen_model::{MessageFrom, UserId};
use dengwen_seal::audit::Evidence;
use jiff::Timestamp;

/// The action of the entry that vouches for a tip; its object is the tip.
pub const TIP_REGISTERED: &str = "tip.registered";
/// The action of the entry that vouches for a mailbox message; its object is the message.
pub const MESSAGE_KEPT: &str = "message.kept";

/// The actions of the entries that vouch for an account as it then was; their object is the account.
pub const ACCOUNT_CHANGED: [&str; 4] =
    ["account.added", "account.disabled", "password.reset", "password.changed"];
/// The action of the entry that vouches for a console session; its object is the account.
pub const SESSION_OPENED: &str = "session.opened";
/// The actions of the entries after which a token, or what was issued to the browser of a session, holds no longer;
/// their object is the token or the session.
pub const WITHDRAWN: [&str; 2] = [TOKEN_WITHDRAWN, SESSION_ENDED];
/// A token was withdrawn.
pub const TOKEN_WITHDRAWN: &str = "token.withdrawn";
/// A session ended before its time.
pub const SESSION_ENDED: &str = "session.ended";
/// The action of the entry that vouches for the units register; its object is the register's version.
pub const UNITS_IMPORTED: &str = "units.imported";
/// The action of the entry that vouches for a correction; its object is the tip.
pub const TIP_LABELLED: &str = "tip.labelled";
/// With this begin the actions of the entries that vouch for a step of the ladder; their object is the case.
pub const DEADLINE_STEP: &str = "deadline.step.";

/// Everything of a tip that never changes: all but its case, and its relation to it.
pub fn tip_evidence(tip: &NewTip) -> Evidence {
    let (id, received_at, registered_at) =
        (tip.id.as_uuid(), micros(tip.received_at), micros(tip.registered_at));
    Evidence::of(
        "tip",
        &[
            Some(id.as_bytes()),
            Some(tip.door.as_str().as_bytes()),
            Some(tip.channel.as_str().as_bytes()),
            Some(&received_at),
            Some(&registered_at),
            Some(tip.received_by.as_str().as_bytes()),
            Some(&tip.receipt_hash),
            tip.external_key.as_deref(),
            Some(&tip.content),
            tip.identity.as_deref(),
            tip.reply_to.as_deref(),
            Some(&tip.reading),
        ],
    )
}

/// All of a message.
pub fn message_evidence(message: &MailboxRecord) -> Evidence {
    let (id, tip, at) = (message.id.as_uuid(), message.tip.as_uuid(), micros(message.at));
    let from: &[u8] = match message.from {
        MessageFrom::Line => b"line",
        MessageFrom::Reporter => b"reporter",
    };
    let parts = [id.as_bytes(), tip.as_bytes(), from, &at, &message.text].map(Some);
    Evidence::of("message", &parts)
}

/// All of an account. Its password's hash is salted with what stands nowhere else, so that the digest tells nothing.
pub fn account_evidence(account: &StaffRecord) -> Evidence {
    let id = account.id.as_uuid();
    Evidence::of(
        "account",
        &[
            Some(id.as_bytes()),
            Some(account.name.as_bytes()),
            Some(account.role.as_str().as_bytes()),
            account.unit.as_ref().map(|unit| unit.as_str().as_bytes()),
            Some(account.password_hash.as_bytes()),
            Some(&[u8::from(account.must_change), u8::from(account.disabled)]),
        ],
    )
}

/// All of a console session.
pub fn session_evidence(session: &Session) -> Evidence {
    let (user, until) = (session.user.as_uuid(), micros(session.expires_at));
    Evidence::of("session", &[Some(&session.token_hash), Some(user.as_bytes()), Some(&until)])
}

/// The whole units register, in the order of its codes.
pub fn register_evidence(units: &[UnitRecord]) -> Evidence {
    let mut parts: Vec<(&str, String)> =
        units.iter().map(|unit| (unit.code.as_str(), in_order(&unit.body).to_string())).collect();
    parts.sort_unstable();
    let parts: Vec<_> =
        parts.iter().flat_map(|(code, body)| [Some(code.as_bytes()), Some(body.as_bytes())]).collect();
    Evidence::of("units", &parts)
}

/// A value with its keys in order: databases keep them in orders of their own.
fn in_order(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;

    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.iter().map(|(key, value)| (key.clone(), in_order(value))).collect();
            fields.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(in_order).collect()),
        other => other.clone(),
    }
}

/// All of a correction.
pub fn correction_evidence(correction: &Correction) -> Evidence {
    let (tip, by, at) = (correction.tip.as_uuid(), correction.by.as_uuid(), micros(correction.at));
    Evidence::of(
        "correction",
        &[
            Some(tip.as_bytes()),
            Some(correction.leaf.as_str().as_bytes()),
            Some(correction.before.as_str().as_bytes()),
            Some(correction.decided_by.as_bytes()),
            Some(by.as_bytes()),
            Some(&at),
        ],
    )
}

/// All of a step of the ladder.
pub fn step_evidence(step: &LadderStep) -> Evidence {
    let (deadline, case) = (step.deadline.as_uuid(), step.case.as_uuid());
    let (extension, due_at, taken_at) =
        (step.extension.to_be_bytes(), micros(step.due_at), micros(step.taken_at));
    Evidence::of(
        "step",
        &[
            Some(deadline.as_bytes()),
            Some(case.as_bytes()),
            Some(&extension),
            Some(&[step.level, step.nth]),
            Some(&due_at),
            Some(&taken_at),
            Some(step.action.as_bytes()),
        ],
    )
}

/// Until when what was withdrawn would have held; the row is forgotten then.
const UNTIL: &str = "until";

/// The entry for a token, or a session, that holds no longer though it would have until `until`.
pub fn withdrawal_entry(
    (actor, role): (&str, String),
    action: &str,
    token: UserId,
    at: Timestamp,
    until: Timestamp,
) -> NewAuditRecord {
    NewAuditRecord {
        at,
        actor: actor.to_owned(),
        role,
        action: action.to_owned(),
        object: token.to_string(),
        reason: format!("{UNTIL} {until}"),
    }
}

/// Until when what an entry withdraws would have held; none where the entry is older than that.
pub fn withdrawn_until(reason: &str) -> Option<Timestamp> {
    reason.strip_prefix(UNTIL)?.trim_start().parse().ok()
}

/// As the ledger stores an instant.
fn micros(at: Timestamp) -> [u8; 8] {
    at.as_microsecond().to_be_bytes()
}
