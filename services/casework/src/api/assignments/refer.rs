//! `POST /api/v1/assignments/{id}/refer` (范围外转送): confirms that the matter belongs elsewhere, and
//! tells every reporter where (信访工作条例 22, 23).

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{AssignmentId, AssignmentTask, Principal, ReferralCode};
use dengwen_rules::Referral;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::screened::{self, ScreenRefused};
use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::edge::Id;
use crate::mailing;
use crate::refusal::Failure;

/// Where to.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferIn {
    /// An entry of the referral directory, as `R_12388`.
    #[validate(length(min = 1, max = 20))]
    pub(crate) referral: String,
}

/// Refer an out-of-scope matter.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/refer", tag = "screening", operation_id = "refer",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ReferIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, or another task"), (status = 422, description = "Unknown referral")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ReferIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Refers.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ReferIn,
) -> Result<AssignmentChanged, ScreenRefused> {
    let code: ReferralCode = input.referral.parse().map_err(|_| ScreenRefused::UnknownCode)?;
    let rules = desk.runtime().rules().clone();
    let referral = rules.taxonomy.referral(&code).ok_or(ScreenRefused::UnknownCode)?;
    let (mut dossier, record) = screened::open(desk, principal, id, AssignmentTask::Screen).await?;
    dossier.advance(|stage| stage.refer(code.clone()))?;
    dossier.note_that("referred", Some(code.as_str()));
    mailing::tell_all(&mut dossier, &words(referral)).await?;
    dossier.case_mut().referral = Some(code.clone());
    screened::settle(dossier, record, "case.referred", code.as_str()).await
}

/// What the reporter is told.
fn words(referral: &Referral) -> String {
    let mut words =
        format!("您反映的问题不属于本线受理范围，属于{}职责范围，已按规定转送处理。", referral.zh);
    if !referral.line.is_empty() {
        words += &format!("您也可以直接向其反映（电话{}）。", referral.line);
    }
    words
}
