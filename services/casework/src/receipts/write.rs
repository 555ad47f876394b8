//! `POST /internal/v1/receipts/messages`: what a reporter adds by receipt.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_http::{Problem, problems};
use dengwen_ledger::MailboxRecord;
use dengwen_messages::MessageReceived;
use dengwen_model::MessageFrom;
use dengwen_service::seal_message;

use super::door_key::FromDoor;
use crate::boxes::open_addition;
use crate::desk::Desk;
use crate::dossier::{Actor, Dossier};
use crate::limits::rule;
use crate::refusal::{DeskError, Failure};

/// Add a reporter's message.
#[utoipa::path(
    post, path = "/internal/v1/receipts/messages", tag = "internal", operation_id = "write_by_receipt",
    request_body(content = Object, description = "a `dengwen.message.received.v1` event's data"),
    responses((status = 201), (status = 400), (status = 404)),
    security(("door" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    _: FromDoor,
    body: Bytes,
) -> Result<StatusCode, Failure> {
    let message: MessageReceived =
        serde_json::from_slice(&body).map_err(|_| Problem::from(problems::MALFORMED))?;
    work(&desk, &message).await?;
    Ok(StatusCode::CREATED)
}

/// Writes, once however often the message comes. The case remembers that something came, so that the desk
/// sees it; whether it is an answer, an objection or thanks a person decides.
pub(crate) async fn work(desk: &Desk, message: &MessageReceived) -> Result<(), DeskError> {
    let receipt = STANDARD.decode(&message.receipt_hash).map_err(|_| DeskError::NotFound)?;
    let tip = desk.read().await?.tip_by_receipt(&receipt).await?.ok_or(DeskError::NotFound)?.tip;
    let content = open_addition(desk.runtime(), message)?;
    let mut dossier = Dossier::open_as(desk, Actor::receipt(), tip.case).await?;
    let record = MailboxRecord {
        id: message.message,
        tip: tip.id,
        from: MessageFrom::Reporter,
        at: message.received_at,
        text: seal_message(desk.runtime(), message.message, &content).map_err(|_| DeskError::TooLong)?,
    };
    if !dossier.keep(&record).await? {
        return Ok(());
    }
    dossier.note_that(if content.over_limit { "reporter_wrote_more" } else { "reporter_wrote" }, None);
    let now = dossier.now();
    dossier.limits().meet(&[rule::SUPPLEMENT], now);
    dossier.save("receipt.written", "").await?;
    Ok(())
}
