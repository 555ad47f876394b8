//! `POST /api/v1/cases/{id}/feedback` (反馈举报人): the result into the mailbox of every tip of the case,
//! and a notice to those who can be reached through their door. Not by whoever investigated.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{CaseId, CaseStage, CourseEvent, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Answerer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, TEXT_MAX, filled};
use crate::limits::rule;
use crate::mailing;
use crate::refusal::{DeskError, Failure};

/// What the reporters are told.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedbackIn {
    /// The words that a receipt opens. A door that can reply sends a notice without them.
    #[validate(custom(function = filled), length(max = TEXT_MAX))]
    pub(crate) text: String,
}

/// Tell the reporters the result.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/feedback", tag = "cases", operation_id = "feedback",
    params(("id" = String, Path, description = "The case")),
    request_body = FeedbackIn,
    responses((status = 200, body = CaseChanged), (status = 403), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Answerer(principal): Answerer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<FeedbackIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Gives feedback.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: FeedbackIn,
) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    if dossier.was_investigated_by(principal.id) {
        return Err(DeskError::SamePerson);
    }
    dossier.advance(CaseStage::feed_back)?;
    let told = mailing::tell_all(&mut dossier, &input.text).await?;
    dossier.note(CourseEvent::FedBack { text: input.text });
    let now = dossier.now();
    dossier.limits().meet(&[rule::FEEDBACK, rule::OBJECTION_ANSWER], now);
    dossier.start_limit(rule::OBJECTION_WINDOW)?;
    Ok(dossier.save("feedback.given", &told.to_string()).await?.into())
}
