//! `POST /api/v1/cases/{id}/feedback` (反馈举报人): the result into the mailbox of every tip of the case,
//! and a notice to those who can be reached through their door. Not by whoever investigated.
//!
//! Once. A second answer answers an objection, or those whose tips joined since the first; any other says why, so that
//! nobody is told one thing today and another tomorrow without a reason on record.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_ledger::TipRecord;
use dengwen_model::{CaseId, CaseStage, CourseEvent, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Answerer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, TEXT_MAX, filled};
use crate::guards::mark;
use crate::late;
use crate::limits::rule;
use crate::mailing;
use crate::refusal::{DeskError, Failure, NotNow};

/// What the reporters are told.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedbackIn {
    /// The words that a receipt opens. A door that can reply sends a notice without them.
    #[validate(custom(function = filled), length(max = TEXT_MAX))]
    pub(crate) text: String,
    /// Why everybody is answered once more, where the reporters have the result and none objected to it.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = REASON_MAX))]
    pub(crate) reason: Option<String>,
}

/// The reporters have the result.
const ANSWERED: NotNow = NotNow::new(
    "answered-before",
    "The reporters have the result; another answer needs an objection, a tip that joined since, or a reason",
    "已反馈过结果；再次反馈须因举报人提出异议、有后来并入的举报未答复，或说明理由",
);

/// Tell the reporters the result.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/feedback", tag = "cases", operation_id = "feedback",
    params(("id" = String, Path, description = "The case")),
    request_body = FeedbackIn,
    responses((status = 200, body = CaseChanged), (status = 403), (status = 409, description = "Not concluded, or answered before and nobody asks")),
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
    let whom = whom(&mut dossier, input.reason.as_deref()).await?;
    dossier.advance(CaseStage::feed_back)?;
    mailing::tell(&mut dossier, &whom, &input.text).await?;
    if let Some(reason) = &input.reason {
        dossier.note_that(mark::ANSWERED_AGAIN, Some(reason));
    }
    dossier.note(CourseEvent::FedBack { text: input.text });
    let now = dossier.now();
    dossier.case_mut().late_tips = 0;
    dossier.limits().meet(&[rule::FEEDBACK, rule::LEFT_ANSWER, rule::LATE_TIP, rule::OBJECTION_ANSWER], now);
    dossier.start_limit(rule::OBJECTION_WINDOW)?;
    Ok(dossier.save("feedback.given", &whom.len().to_string()).await?.into())
}

/// Whose reporters are answered: everybody's the first time, where one objected, or where a reason is given; else
/// those of tips that joined since the first answer.
async fn whom(dossier: &mut Dossier<'_>, reason: Option<&str>) -> Result<Vec<TipRecord>, DeskError> {
    let case = dossier.case().id;
    let tips = dossier.work().tips_of_case(case).await?;
    let again = matches!(dossier.case().stage, CaseStage::FedBack { .. });
    let asked = dossier.limits().running(rule::OBJECTION_ANSWER).is_some();
    if !again || asked || reason.is_some() {
        return Ok(tips);
    }
    let waits = |tip: &TipRecord| late::waits(dossier.case(), dossier.file(), tip);
    let waiting: Vec<_> = tips.into_iter().filter(waits).collect();
    if waiting.is_empty() { Err(ANSWERED.into()) } else { Ok(waiting) }
}
