//! `POST /api/v1/receipts`: what a clerk may tell somebody who calls again and reads out their receipt: how the report
//! stands, and what the line answered. No more than the receipt page shows, and found by nothing but the receipt: a
//! clerk searches no names and no cases (domain.md 3.3). The look is logged.

use axum::Json;
use axum::extract::State;
use dengwen_door::MailboxView;
use dengwen_http::{FieldError, Problem, ValidJson, problems};
use dengwen_ledger::{LedgerError, NewAuditRecord};
use dengwen_model::{CoarseState, MessageFrom, Principal};
use dengwen_seal::Receipt;
use dengwen_service::append_audit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Clerk;
use crate::desk::Desk;
use crate::receipts::look;
use crate::refusal::{DeskError, Failure, Refusal};

/// Why nothing is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTold {
    /// This clerk asked often in the last minutes.
    #[error("asked too often")]
    TooOften,
    /// Not a receipt's digits.
    #[error("not a receipt")]
    NoReceipt,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<LedgerError> for NotTold {
    fn from(error: LedgerError) -> Self {
        DeskError::from(error).into()
    }
}

impl Refusal for NotTold {
    fn problem(&self) -> Problem {
        match self {
            Self::TooOften => problems::RATE_LIMITED.into(),
            Self::NoReceipt => Problem::invalid(vec![FieldError::new("receipt", "invalid")]),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// The receipt that was read out.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptIn {
    /// 20 digits, with or without spaces.
    #[validate(length(min = 1, max = 60))]
    pub(crate) receipt: String,
}

/// What the caller may be told.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandingOut {
    /// `received`, `in_progress`, `passed_on` or `concluded`.
    #[schema(value_type = String)]
    pub(crate) state: CoarseState,
    /// When that last changed.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
    /// What the line wrote to them, oldest first.
    pub(crate) answers: Vec<AnswerOut>,
}

/// A message of the line.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerOut {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// The words.
    pub(crate) text: String,
}

/// How a caller's report stands.
#[utoipa::path(
    post, path = "/api/v1/receipts", tag = "intake", operation_id = "called_again",
    request_body = ReceiptIn,
    responses((status = 200, body = StandingOut), (status = 403), (status = 404, description = "No such receipt, or not registered yet"), (status = 422), (status = 429, description = "Asked too often")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Clerk(principal): Clerk,
    ValidJson(input): ValidJson<ReceiptIn>,
) -> Result<Json<StandingOut>, Failure> {
    Ok(Json(work(&desk, &principal, input).await?))
}

/// Looks.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    input: ReceiptIn,
) -> Result<StandingOut, NotTold> {
    if !desk.allow_hint(principal.id).await {
        return Err(NotTold::TooOften);
    }
    let receipt: Receipt = input.receipt.parse().map_err(|_| NotTold::NoReceipt)?;
    let hash = desk.runtime().keys().receipt.hash(&receipt);
    let MailboxView { state, updated_at, messages } = look::work(desk, &hash).await?;
    log(desk, principal).await?;
    let of_line = messages.into_iter().filter(|message| message.from == MessageFrom::Line);
    let answers = of_line.map(|message| AnswerOut { at: message.at, text: message.text }).collect();
    Ok(StandingOut { state, updated_at, answers })
}

/// That a clerk looked; of which report only its receipt tells, which stands in no log.
async fn log(desk: &Desk, principal: &Principal) -> Result<(), DeskError> {
    let mut work = desk.begin().await?;
    let entry = NewAuditRecord {
        at: desk.now(),
        actor: principal.name.clone(),
        role: principal.role.to_string(),
        action: "receipt.looked_up".to_owned(),
        object: principal.id.to_string(),
        reason: String::new(),
    };
    append_audit(work.as_mut(), vec![entry]).await?;
    work.commit().await?;
    Ok(())
}
