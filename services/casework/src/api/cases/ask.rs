//! `POST /api/v1/cases/{id}/ask` (请举报人补充): a question into a tip's mailbox. Answering is free; the
//! limit says until when the desk waits for it.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{CaseId, Principal, TipId};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::CaseReader;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::limits::rule;
use crate::mailing;
use crate::refusal::{DeskError, Failure};

/// Whom, and what.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskIn {
    /// The tip whose reporter is asked.
    #[schema(value_type = String)]
    pub(crate) tip: TipId,
    /// The question. Never anything that only another reporter could know.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) text: String,
}

/// Ask a reporter for more.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/ask", tag = "cases", operation_id = "ask",
    params(("id" = String, Path, description = "The case")),
    request_body = AskIn,
    responses((status = 200, body = CaseChanged), (status = 404), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<AskIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Asks.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: AskIn,
) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    mailing::tell_one(&mut dossier, input.tip, &input.text).await?;
    dossier.note_that("reporter_asked", Some(&input.text));
    if !dossier.case().stage.is_final() {
        dossier.start_limit(rule::SUPPLEMENT)?;
    }
    Ok(dossier.save("reporter.asked", &input.tip.to_string()).await?.into())
}
