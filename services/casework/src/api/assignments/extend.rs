//! `POST /api/v1/assignments/{id}/extend`: asks for more time. Whoever the rule names grants it, by
//! `POST /api/v1/cases/{id}/approve`; until then nothing changes.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_model::{AssignmentId, CourseEvent, Principal};
use dengwen_rules::ExtensionRefused;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::extension::{self, NoExtension};
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why more time cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExtendRefused {
    /// The rule does not allow it.
    #[error(transparent)]
    Extension(#[from] NoExtension),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ExtendRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Extension(refused) => refused.problem(),
            Self::Desk(error) => error.problem(),
        }
    }
}

impl Refusal for NoExtension {
    fn problem(&self) -> Problem {
        match self {
            Self::NotRunning => problem(
                409,
                "limit-not-running",
                "No limit of this rule runs on the case",
                "该件没有正在计算的这一时限",
            ),
            Self::Passed => problem(409, "limit-passed", "The limit has passed already", "该时限已届满"),
            Self::NotAsked => problem(
                409,
                "extension-not-asked",
                "Nobody has asked for this extension",
                "没有人申请过该项延期",
            ),
            Self::Refused(ExtensionRefused::NotExtendable) => {
                problem(409, "not-extendable", "This limit cannot be extended", "该时限不得延长")
            }
            Self::Refused(ExtensionRefused::UsedUp { .. }) => problem(
                409,
                "extension-used-up",
                "This limit was extended as often as its rule allows",
                "该时限的延期次数已用完",
            ),
            Self::Refused(_) => problem(
                409,
                "extension-refused",
                "The rule does not allow this extension",
                "规则不允许该项延期",
            ),
        }
    }
}

/// Which limit, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendIn {
    /// The rule, as `DL-CHK`.
    #[validate(length(min = 1, max = 24))]
    pub(crate) rule: String,
    /// The reasons.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Ask for an extension of a limit.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/extend", tag = "assignments", operation_id = "extend",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ExtendIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "The rule does not allow it")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ExtendIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Asks.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ExtendIn,
) -> Result<AssignmentChanged, ExtendRefused> {
    let (mut dossier, record) = Dossier::open_held(desk, principal, id).await?;
    extension::may_be_asked(desk, &mut dossier, &input.rule, &input.reason)?;
    let ExtendIn { rule, reason } = input;
    dossier.note(CourseEvent::ExtensionAsked { rule: rule.clone(), reason });
    let case = dossier.save("extension.asked", &rule).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}
