//! What the audit log vouches for: the rows that are written once, tips and mailbox messages. The digest goes
//! into the entry of the unit of work that writes the row; `dengwen verify` makes it again of what is there.

use dengwen_ledger::{MailboxRecord, NewTip};
use dengwen_model::MessageFrom;
use dengwen_seal::audit::Evidence;

/// The action of the entry that vouches for a tip; its object is the tip.
pub const TIP_REGISTERED: &str = "tip.registered";
/// The action of the entry that vouches for a mailbox message; its object is the message.
pub const MESSAGE_KEPT: &str = "message.kept";

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

/// As the ledger stores an instant.
fn micros(at: jiff::Timestamp) -> [u8; 8] {
    at.as_microsecond().to_be_bytes()
}
