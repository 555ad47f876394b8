//! `POST /api/v1/cases/{id}/objection` (举报人异议): a reporter does not accept the result. Within the
//! window an answer is owed; new evidence later is a new tip (信访工作条例 35).

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_model::{CaseId, CaseStage, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Answerer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::limits::{self, rule};
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why an objection is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReporterObjectionRefused {
    /// There was no feedback yet, or the window is over.
    #[error("the window is not open")]
    WindowClosed,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ReporterObjectionRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::WindowClosed => problem(
                409,
                "window-closed",
                "No time for objections runs; new evidence is taken as a new tip",
                "不在异议期内；新证据按新的举报件受理",
            ),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// The objection.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReporterObjectionIn {
    /// What the reporter says against the result.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Record a reporter's objection.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/objection", tag = "cases", operation_id = "reporter_objection",
    params(("id" = String, Path, description = "The case")),
    request_body = ReporterObjectionIn,
    responses((status = 200, body = CaseChanged), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Answerer(principal): Answerer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ReporterObjectionIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Records.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ReporterObjectionIn,
) -> Result<CaseChanged, ReporterObjectionRefused> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    let now = dossier.now();
    let open = dossier.limits().running(rule::OBJECTION_WINDOW).is_some_and(|l| !limits::has_passed(l, now));
    if !open || !matches!(dossier.case().stage, CaseStage::FedBack { .. }) {
        return Err(ReporterObjectionRefused::WindowClosed);
    }
    dossier.note_that("reporter_objected", Some(&input.reason));
    dossier.limits().meet(&[rule::OBJECTION_WINDOW], now);
    dossier.start_limit(rule::OBJECTION_ANSWER)?;
    Ok(dossier.save("objection.received", "").await?.into())
}
