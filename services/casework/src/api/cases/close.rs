//! `POST /api/v1/cases/{id}/close` (办结): only when every duty is done, every reporter is answered and
//! every wrong corrected (有举必查、查必有果、纠必到位). The reporters' time for objections (DL-OBJRES) runs on.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, Text, ValidJson};
use dengwen_model::{CaseId, CaseStage, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Reviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, OrEmpty, REASON_MAX};
use crate::guards::{self, OpenPoint, mark};
use crate::limits::rule;
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why a case is not closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CloseRefused {
    /// Something is still to be done.
    #[error("open points")]
    Open(Vec<OpenPoint>),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for CloseRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Open(points) => {
                let english = points.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                let chinese = points.iter().map(OpenPoint::zh).collect::<Vec<_>>().join("；");
                problem(409, "open-points", "The case cannot be closed yet", "尚有未完成事项，不能办结")
                    .with_detail(Text::composed(english, chinese))
            }
            Self::Desk(error) => error.problem(),
        }
    }
}

/// What may be said at closing.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseIn {
    /// How the wrong was put right, where O1 or O2 was found and no measure records it (纠正情况).
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(min = 1, max = REASON_MAX))]
    pub(crate) correction: Option<String>,
}

/// Close a case.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/close", tag = "cases", operation_id = "close",
    params(("id" = String, Path, description = "The case")),
    request_body(content = CloseIn, description = "May be left out"),
    responses((status = 200, body = CaseChanged), (status = 403, description = "Neither the one who investigated nor the handling unit closes"), (status = 409, description = "Something is still to be done; the detail lists it")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    Id(id): Id<CaseId>,
    OrEmpty(ValidJson(input)): OrEmpty<CloseIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Closes.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: CloseIn,
) -> Result<CaseChanged, CloseRefused> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    dossier.must_commission(principal)?;
    if let Some(correction) = input.correction.filter(|words| !words.trim().is_empty()) {
        dossier.note_that(mark::CORRECTED, Some(&correction));
    }
    let points = open_points(&mut dossier).await?;
    dossier.advance(CaseStage::close)?;
    if !points.is_empty() {
        return Err(CloseRefused::Open(points));
    }
    dossier.note_that("closed", None);
    dossier.start_limit(rule::ARCHIVE)?;
    Ok(dossier.save("case.closed", "").await?.into())
}

async fn open_points(dossier: &mut Dossier<'_>) -> Result<Vec<OpenPoint>, DeskError> {
    let case = dossier.case().id;
    let tips = dossier.work().tips_of_case(case).await?;
    let mut mailboxes = Vec::with_capacity(tips.len());
    for tip in tips {
        mailboxes.push(dossier.work().messages_of(tip.tip.id).await?);
    }
    let limits = dossier.limits().all().to_vec();
    Ok(guards::open_points(dossier.case(), dossier.file(), &limits, &mailboxes))
}
