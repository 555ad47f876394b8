//! The sealed boxes that doors and desk hand each other: a tip's words in, a reply's words out. Both
//! are bound to the tip's id.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_ledger::LedgerError;
use dengwen_messages::MessageReceived;
use dengwen_model::{MessageContent, TipContent, TipId};
use dengwen_seal::{SealedBox, purpose};
use dengwen_service::Runtime;

use crate::refusal::DeskError;

/// Opens what a tip says, as its door sealed it.
///
/// # Errors
/// Where no key of this process opens it, or it is not of a known form.
pub(crate) fn open_tip(runtime: &Runtime, tip: TipId, sealed: &[u8]) -> Result<TipContent, DeskError> {
    Ok(dengwen_service::open_tip(runtime.keys(), tip, sealed)?)
}

/// Opens what a reporter adds, as its door sealed it.
///
/// # Errors
/// As [`open_tip`].
pub(crate) fn open_addition(
    runtime: &Runtime,
    message: &MessageReceived,
) -> Result<MessageContent, DeskError> {
    let unfit = || DeskError::Ledger(LedgerError::Inconsistent { table: "mailbox", column: "text" });
    let sealed: SealedBox = message.content.parse().map_err(|_| unfit())?;
    let id = message.message.as_uuid();
    let opened = runtime.keys().line.open(purpose::MailboxText, id.as_bytes(), &sealed);
    serde_json::from_slice(&opened.map_err(|_| unfit())?).map_err(|_| unfit())
}

/// Seals the words of a reply to the door that sends it, base64.
///
/// # Errors
/// [`DeskError::TooLong`].
pub(crate) fn seal_reply(runtime: &Runtime, tip: TipId, text: &str) -> Result<String, DeskError> {
    let context = tip.as_uuid();
    let sealed =
        runtime.keys().reply.seal(purpose::ReplyText, context.as_bytes(), text.as_bytes(), runtime.entropy());
    Ok(STANDARD.encode(sealed.map_err(|_| DeskError::TooLong)?.as_bytes()))
}
