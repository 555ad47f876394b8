//! `/api/v1/tips/mine`: how a tip stands, and messages, by its receipt.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use dengwen_http::{ClientAddress, IdempotencyKey, Problem, ProblemDocument, ReceiptCredential};
use dengwen_model::{CoarseState, Message};
use dengwen_seal::Receipt;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::addition::{Added, MessageIn};
use crate::{Web, mailbox};

/// How a tip stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct MineOut {
    /// `received`, `in_progress`, `passed_on` or `concluded`.
    #[schema(value_type = String)]
    state: CoarseState,
    /// When that last changed.
    #[schema(value_type = String)]
    updated_at: Timestamp,
    /// Messages, oldest first.
    #[schema(value_type = Vec<Object>)]
    messages: Vec<Message>,
}

fn receipt(credential: &ReceiptCredential) -> Result<Receipt, Problem> {
    credential.as_str().parse().map_err(|_| ReceiptCredential::refused())
}

/// How my report stands
#[utoipa::path(get, path = "/api/v1/tips/mine", tag = "reporters",
    responses(
        (status = 200, body = MineOut), (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 429, body = ProblemDocument),
        (status = 503, body = ProblemDocument)))]
pub(crate) async fn look(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    credential: ReceiptCredential,
) -> Result<Json<MineOut>, Problem> {
    let view = mailbox::look(&web, address, &receipt(&credential)?).await?;
    Ok(Json(MineOut { state: view.state, updated_at: view.updated_at, messages: view.messages }))
}

/// Add to my report, or write to the line
///
/// JSON, or multipart with a `message` part (the same JSON) or a `text` field, and `file` parts. Answered only
/// when the message is safe; it may appear under the receipt a while later. With `Idempotency-Key` a repeat
/// gets the first answer again.
#[utoipa::path(post, path = "/api/v1/tips/mine/messages", tag = "reporters", request_body = MessageIn,
    responses(
        (status = 201), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument, description = "Sent by a page of another site"),
        (status = 404, body = ProblemDocument), (status = 408, body = ProblemDocument),
        (status = 413, body = ProblemDocument), (status = 415, body = ProblemDocument),
        (status = 422, body = ProblemDocument), (status = 429, body = ProblemDocument),
        (status = 503, body = ProblemDocument)))]
pub(crate) async fn write(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    credential: ReceiptCredential,
    key: Option<IdempotencyKey>,
    request: Request,
) -> Result<(StatusCode, Json<serde_json::Value>), Problem> {
    let receipt = receipt(&credential)?;
    let added = Added::read(&web, request).await?;
    added.check(&web)?;
    mailbox::write(&web, address, key, &receipt, added).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "sent": true }))))
}
