//! Sealing of what the ledger keeps about people and words, each value bound to its row.

use dengwen_ledger::{LedgerError, ModelRecord};
use dengwen_model::{CaseFile, CaseId, MessageContent, MessageId, TipContent, TipId, TipReading};
use dengwen_seal::{Field, InnerKeys, SealedBox, purpose};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Runtime;

/// Opens what a tip says, as its door sealed it to the line.
///
/// # Errors
/// As [`open_case_file`].
pub fn open_tip(keys: &InnerKeys, tip: TipId, sealed: &[u8]) -> Result<TipContent, LedgerError> {
    let unfit = || LedgerError::Inconsistent { table: "tips", column: "content" };
    let sealed = SealedBox::from_bytes(sealed.to_vec()).map_err(|_| unfit())?;
    let opened = keys.line.open(purpose::TipContent, tip.as_uuid().as_bytes(), &sealed);
    serde_json::from_slice(&opened.map_err(|_| unfit())?).map_err(|_| unfit())
}

/// Seals a case file for its row.
///
/// # Errors
/// [`LedgerError::Inconsistent`] where it is longer than a sealed value may be.
pub fn seal_case_file(runtime: &Runtime, case: CaseId, file: &CaseFile) -> Result<Vec<u8>, LedgerError> {
    seal(runtime, "cases", "file", case.as_uuid(), file)
}

/// Opens the case file of a row.
///
/// # Errors
/// [`LedgerError::Inconsistent`] where it does not open or is of an unknown form.
pub fn open_case_file(runtime: &Runtime, case: CaseId, sealed: &[u8]) -> Result<CaseFile, LedgerError> {
    open(runtime.keys(), "cases", "file", case.as_uuid(), sealed)
}

/// Whether the case file of a row opens: nobody without the key can have changed it, nor put another row's
/// in its place.
pub fn case_file_opens(keys: &InnerKeys, case: CaseId, sealed: &[u8]) -> bool {
    let row = case.as_uuid();
    keys.fields.open(Field { table: "cases", column: "file", row: row.as_bytes() }, sealed).is_ok()
}

/// Seals what triage made of a tip.
///
/// # Errors
/// As [`seal_case_file`].
pub fn seal_reading(runtime: &Runtime, tip: TipId, reading: &TipReading) -> Result<Vec<u8>, LedgerError> {
    seal(runtime, "tips", "reading", tip.as_uuid(), reading)
}

/// Opens what triage made of a tip.
///
/// # Errors
/// As [`open_case_file`].
pub fn open_reading(runtime: &Runtime, tip: TipId, sealed: &[u8]) -> Result<TipReading, LedgerError> {
    open(runtime.keys(), "tips", "reading", tip.as_uuid(), sealed)
}

/// Seals what a mailbox message holds.
///
/// # Errors
/// As [`seal_case_file`].
pub fn seal_message(
    runtime: &Runtime,
    id: MessageId,
    content: &MessageContent,
) -> Result<Vec<u8>, LedgerError> {
    seal(runtime, "messages", "text", id.as_uuid(), content)
}

/// Opens what a mailbox message holds.
///
/// # Errors
/// As [`open_case_file`].
pub fn open_message(runtime: &Runtime, id: MessageId, sealed: &[u8]) -> Result<MessageContent, LedgerError> {
    open_kept_message(runtime.keys(), id, sealed)
}

/// [`open_message`] for whoever has the keys and no process.
///
/// # Errors
/// As [`open_case_file`].
pub fn open_kept_message(
    keys: &InnerKeys,
    id: MessageId,
    sealed: &[u8],
) -> Result<MessageContent, LedgerError> {
    let kept = open(keys, "messages", "text", id.as_uuid(), sealed)?;
    Ok(match kept {
        Kept::Words(text) => MessageContent::words(text),
        Kept::Whole(content) => content,
    })
}

/// Seals a trained model for its row: its vocabulary tells of the words that it learned from.
///
/// # Errors
/// As [`seal_case_file`].
pub fn seal_model(runtime: &Runtime, version: &str, model: &[u8]) -> Result<Vec<u8>, LedgerError> {
    let unfit = || LedgerError::Inconsistent { table: "models", column: "sealed" };
    let sealed = runtime.keys().fields.seal(model_field(version), model, runtime.entropy());
    sealed.map_err(|_| unfit())
}

/// Opens the trained model of a row.
///
/// # Errors
/// As [`open_case_file`].
pub fn open_model(runtime: &Runtime, record: &ModelRecord) -> Result<Vec<u8>, LedgerError> {
    let unfit = || LedgerError::Inconsistent { table: "models", column: "sealed" };
    let opened = runtime.keys().fields.open(model_field(&record.version), &record.sealed);
    opened.map(|plain| plain.to_vec()).map_err(|_| unfit())
}

fn model_field(version: &str) -> Field<'_> {
    Field { table: "models", column: "sealed", row: version.as_bytes() }
}

/// What stands in the column: the words alone, as before messages had files, or the whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Words(String),
    Whole(MessageContent),
}

fn seal<T: Serialize>(
    runtime: &Runtime,
    table: &'static str,
    column: &'static str,
    row: Uuid,
    value: &T,
) -> Result<Vec<u8>, LedgerError> {
    let unfit = LedgerError::Inconsistent { table, column };
    let Ok(plain) = serde_json::to_vec(value) else { return Err(unfit) };
    let field = Field { table, column, row: row.as_bytes() };
    runtime.keys().fields.seal(field, &plain, runtime.entropy()).map_err(|_| unfit)
}

fn open<T: DeserializeOwned>(
    keys: &InnerKeys,
    table: &'static str,
    column: &'static str,
    row: Uuid,
    sealed: &[u8],
) -> Result<T, LedgerError> {
    let unfit = LedgerError::Inconsistent { table, column };
    let field = Field { table, column, row: row.as_bytes() };
    let Ok(plain) = keys.fields.open(field, sealed) else { return Err(unfit) };
    serde_json::from_slice(&plain).map_err(|_| unfit)
}
