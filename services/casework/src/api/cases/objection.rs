//! `POST /api/v1/cases/{id}/objection` (举报人异议): a reporter does not accept the result. Within the
//! window an answer is owed, whether the case was closed meanwhile or not: closing takes nothing from the reporter.
//! New evidence later is a new tip (信访工作条例 35).

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{CaseId, CaseStage, Principal};

use crate::access::Answerer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, ReasonIn};
use crate::limits::{self, rule};
use crate::refusal::{DeskError, Failure, NotNow};

/// There was no feedback yet, or the window is over.
const WINDOW_CLOSED: NotNow = NotNow::new(
    "window-closed",
    "No time for objections runs; new evidence is taken as a new tip",
    "不在异议期内；新证据按新的举报件受理",
);

/// Record a reporter's objection.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/objection", tag = "cases", operation_id = "reporter_objection",
    params(("id" = String, Path, description = "The case")),
    request_body = ReasonIn,
    responses((status = 200, body = CaseChanged), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Answerer(principal): Answerer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ReasonIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Records.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ReasonIn,
) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    let now = dossier.now();
    let open = dossier.limits().running(rule::OBJECTION_WINDOW).is_some_and(|l| !limits::has_passed(l, now));
    let answered = matches!(dossier.case().stage, CaseStage::FedBack { .. } | CaseStage::Closed { .. });
    if !open || !answered {
        return Err(WINDOW_CLOSED.into());
    }
    dossier.advance(CaseStage::dispute)?;
    dossier.note_that("reporter_objected", Some(&input.reason));
    dossier.limits().meet(&[rule::OBJECTION_WINDOW], now);
    dossier.limits().cancel(|limit| limit.rule.as_str() == rule::ARCHIVE);
    dossier.start_limit(rule::OBJECTION_ANSWER)?;
    Ok(dossier.save("objection.received", "").await?.into())
}
