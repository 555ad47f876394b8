//! `POST /internal/v1/receipts/messages`: what a reporter adds by receipt.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use dengwen_door::Write;
use dengwen_http::{FieldError, Problem, problems};
use dengwen_model::MessageFrom;
use dengwen_seal::ReceiptHash;

use super::door_key::FromDoor;
use crate::desk::Desk;
use crate::dossier::{Actor, Dossier};
use crate::edge::TEXT_MAX;
use crate::limits::rule;
use crate::refusal::{DeskError, Failure};

/// Add a reporter's message.
#[utoipa::path(
    post, path = "/internal/v1/receipts/messages", tag = "internal", operation_id = "write_by_receipt",
    request_body(content = Object, description = "`receipt_hash`: the keyed hash, base64; `text`"),
    responses((status = 201), (status = 404), (status = 422)),
    security(("door" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    _: FromDoor,
    body: Bytes,
) -> Result<StatusCode, Failure> {
    let Write { receipt_hash, text } =
        serde_json::from_slice(&body).map_err(|_| Problem::from(problems::MALFORMED))?;
    let length = text.chars().count();
    if text.trim().is_empty()
        || length > usize::try_from(TEXT_MAX).unwrap_or(usize::MAX)
        || text.contains('\0')
    {
        return Err(Problem::invalid(vec![FieldError::new("text", "invalid")]).into());
    }
    work(&desk, &receipt_hash, &text).await?;
    Ok(StatusCode::CREATED)
}

/// Writes. The case remembers that something came, so that the desk sees it; whether it is an answer,
/// an objection or thanks a person decides.
pub(crate) async fn work(desk: &Desk, receipt: &ReceiptHash, text: &str) -> Result<(), DeskError> {
    let tip = desk.read().await?.tip_by_receipt(receipt.as_bytes()).await?.ok_or(DeskError::NotFound)?;
    let mut dossier = Dossier::open_as(desk, Actor::receipt(), tip.tip.case).await?;
    dossier.post(tip.tip.id, MessageFrom::Reporter, text).await?;
    dossier.note_that("reporter_wrote", None);
    let now = dossier.now();
    dossier.limits().meet(&[rule::SUPPLEMENT], now);
    dossier.save("receipt.written", "").await?;
    Ok(())
}
