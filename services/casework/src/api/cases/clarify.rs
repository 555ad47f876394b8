//! `POST /api/v1/cases/{id}/clarify` (澄清正名): records that an approved clarification was made. It is
//! limited to the points that were checked (domain.md 3.9).

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{CaseId, Principal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Reviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::limits::rule;
use crate::refusal::{DeskError, Failure, NotNow};

/// Nobody approved one.
const NOT_APPROVED: NotNow =
    NotNow::new("not-approved", "No clarification is approved on this case", "该件没有已批准的澄清事项");

/// How it was made known (江西 2019).
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClarifyWay {
    /// 书面.
    Written,
    /// 当面.
    InPerson,
    /// 会议.
    Meeting,
    /// 通报.
    Circular,
}

/// What was clarified, and how.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClarifyIn {
    /// How it was made known.
    pub(crate) way: ClarifyWay,
    /// The points that were checked and clarified.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) points: String,
}

/// Record a clarification.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/clarify", tag = "cases", operation_id = "clarify",
    params(("id" = String, Path, description = "The case")),
    request_body = ClarifyIn,
    responses((status = 200, body = CaseChanged), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ClarifyIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Records.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ClarifyIn,
) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    if dossier.limits().running(rule::CLARIFY_DONE).is_none() {
        return Err(NOT_APPROVED.into());
    }
    let now = dossier.now();
    dossier.limits().meet(&[rule::CLARIFY_DONE], now);
    let way = format!("{:?}", input.way).to_lowercase();
    dossier.note_that("clarified", Some(&format!("{way}: {}", input.points)));
    Ok(dossier.save("clarification.done", &way).await?.into())
}
