//! `/api/v1/tips/mine`: how a tip stands, and messages, by its receipt.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use dengwen_door::has_control;
use dengwen_http::{ClientAddress, FieldError, Problem, ProblemDocument, ReceiptCredential, ValidJson};
use dengwen_model::{CoarseState, Message};
use dengwen_seal::Receipt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

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

/// A message to the line.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageIn {
    /// The words.
    #[validate(length(min = 1, max = 6000))]
    text: String,
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
#[utoipa::path(post, path = "/api/v1/tips/mine/messages", tag = "reporters", request_body = MessageIn,
    responses(
        (status = 201), (status = 401, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument), (status = 429, body = ProblemDocument),
        (status = 503, body = ProblemDocument)))]
pub(crate) async fn write(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    credential: ReceiptCredential,
    ValidJson(message): ValidJson<MessageIn>,
) -> Result<(StatusCode, Json<serde_json::Value>), Problem> {
    if message.text.trim().is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("text", "required")]));
    }
    if has_control(&message.text) {
        return Err(Problem::invalid(vec![FieldError::new("text", "not_allowed")]));
    }
    mailbox::write(&web, address, &receipt(&credential)?, &message.text).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "sent": true }))))
}
