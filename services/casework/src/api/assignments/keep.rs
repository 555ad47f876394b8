//! `POST /api/v1/assignments/{id}/keep` (登记留存): confirms that the matter is registered and kept
//! without further work. Not where a must-investigate rule holds (I2).

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{AssignmentId, AssignmentTask, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::screened::{self, ScreenRefused};
use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::edge::{Id, REASON_MAX, filled};
use crate::refusal::Failure;
use crate::{guards, mailing};

/// Why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepIn {
    /// The reason.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Register and keep.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/keep", tag = "screening", operation_id = "keep",
    params(("id" = String, Path, description = "The assignment")),
    request_body = KeepIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, another task, or it must be investigated")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<KeepIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// What the reporter is told; the officer's reason stays inside.
const KEPT: &str = "您反映的情况已登记留存。如有新的具体线索，欢迎补充。";

/// Keeps.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: KeepIn,
) -> Result<AssignmentChanged, ScreenRefused> {
    let (mut dossier, record) = screened::open(desk, principal, id, AssignmentTask::Screen).await?;
    if guards::must_be_investigated(dossier.case(), dossier.file()) {
        return Err(ScreenRefused::MustInvestigate);
    }
    // The stage is stored in the clear, so the officer's words go into the sealed course alone.
    dossier.advance(|stage| stage.keep("kept".to_owned()))?;
    dossier.note_that("kept", Some(&input.reason));
    mailing::tell_all(&mut dossier, KEPT).await?;
    let (assignment, case) = screened::settle(dossier, record, "case.kept", "H0").await?;
    Ok(AssignmentChanged::of(&assignment, case))
}
