//! `POST /api/v1/cases/{id}/conclude` (作出结论): a collective decision of the department that commissioned the unit
//! on what was reported. Whoever investigated does not decide (I3), whatever must be investigated has its
//! finding (I2), and a false accusation (O6) is never the opposite of O1 (I7).

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_model::{CaseId, CaseStage, Conclusion, CourseEvent, Outcome, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Reviewer;
use crate::api::assignments::report::Unanswered;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, TEXT_MAX, filled};
use crate::guards::{self, mark};
use crate::limits::rule;
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why nothing is concluded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConcludeRefused {
    /// O6 has a procedure of its own.
    #[error("false accusation is not concluded here")]
    FalseAccusation,
    /// A measure that is unknown, or does not follow from the outcome.
    #[error("a measure does not fit the outcome")]
    Measure,
    /// Only an unfounded report is clarified.
    #[error("nothing to clarify")]
    NothingToClarify,
    /// The report lacks a finding, as where a tip joined after it: it goes back first.
    #[error("a must-investigate rule without a finding")]
    Unanswered(Unanswered),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ConcludeRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::FalseAccusation => problem(
                422,
                "own-procedure",
                "A false accusation (O6) is established by its own procedure alone",
                "诬告陷害（O6）只能按专门程序认定，不能作为查核结论",
            ),
            Self::Measure => problem(
                422,
                "unfit-measure",
                "A measure is unknown or does not follow from this outcome",
                "处理措施不存在，或与结论不相符",
            ),
            Self::NothingToClarify => problem(
                422,
                "nothing-to-clarify",
                "Only O3 and O5 are clarified (澄清正名)",
                "只有不属实（O3）和事实存在但不违规（O5）可予澄清",
            ),
            Self::Unanswered(unanswered) => unanswered.problem(),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// The decision.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConcludeIn {
    /// O1 to O5, of the whole.
    #[schema(value_type = String)]
    pub(crate) outcome: Outcome,
    /// Measures, G01 to G20.
    #[serde(default)]
    #[validate(length(max = 20))]
    pub(crate) measures: Vec<String>,
    /// The meeting that decided, and who was there.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) decided_by: String,
    /// The reasons.
    #[validate(custom(function = filled), length(max = TEXT_MAX))]
    pub(crate) reasoning: String,
    /// The report did harm and was unfounded: propose a clarification (澄清正名).
    #[serde(default)]
    pub(crate) clarify: bool,
}

/// Conclude a reported case.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/conclude", tag = "cases", operation_id = "conclude",
    params(("id" = String, Path, description = "The case")),
    request_body = ConcludeIn,
    responses((status = 200, body = CaseChanged), (status = 403, description = "Neither the one who investigated nor the handling unit decides"), (status = 409), (status = 422)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ConcludeIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Concludes.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ConcludeIn,
) -> Result<CaseChanged, ConcludeRefused> {
    check(desk, &input)?;
    let mut dossier = Dossier::open(desk, principal, id).await?;
    dossier.must_commission(principal)?;
    let unanswered =
        guards::unanswered(dossier.case(), dossier.file(), guards::last_findings(dossier.file()));
    if matches!(dossier.case().stage, CaseStage::Reported { .. }) && !unanswered.is_empty() {
        return Err(ConcludeRefused::Unanswered(Unanswered::of(desk, unanswered)));
    }
    let ConcludeIn { outcome, measures, decided_by, reasoning, clarify } = input;
    dossier.advance(|stage| stage.conclude(outcome))?;
    dossier.case_mut().late_tips = 0;
    dossier
        .note(CourseEvent::Concluded { conclusion: Conclusion { outcome, measures, decided_by, reasoning } });
    settle_limits(&mut dossier)?;
    if clarify {
        dossier.note_that(mark::CLARIFY, None);
        dossier.start_limit(rule::CLARIFY_TAKE_UP)?;
    }
    Ok(dossier.save("case.concluded", &format!("{outcome:?}")).await?.into())
}

fn check(desk: &Desk, input: &ConcludeIn) -> Result<(), ConcludeRefused> {
    if input.outcome == Outcome::O6 {
        return Err(ConcludeRefused::FalseAccusation);
    }
    let rules = desk.runtime().rules().clone();
    if guards::unfit_measure(&rules.taxonomy, input.outcome, &input.measures).is_some() {
        return Err(ConcludeRefused::Measure);
    }
    if input.clarify && !matches!(input.outcome, Outcome::O3 | Outcome::O5) {
        return Err(ConcludeRefused::NothingToClarify);
    }
    Ok(())
}

/// The work is done: what bound it is met; the reporter has to be told.
fn settle_limits(dossier: &mut Dossier<'_>) -> Result<(), DeskError> {
    let now = dossier.now();
    let stays = [rule::NOTICE, rule::NOTICE_NAMED, rule::FEEDBACK, rule::LEFT_ANSWER, rule::OBJECTION_ANSWER];
    let running: Vec<_> = dossier.limits().all().iter().filter(|limit| limit.state.is_running()).collect();
    let met: Vec<String> = running.iter().map(|limit| limit.rule.to_string()).collect();
    let met: Vec<&str> = met.iter().map(String::as_str).filter(|rule| !stays.contains(rule)).collect();
    dossier.limits().cancel(|limit| limit.rule.as_str() == rule::SUPPLEMENT);
    dossier.limits().meet(&met, now);
    // Whoever cannot be reached reads the answer by their receipt.
    dossier.start_limit(if dossier.case().reporter_reachable { rule::FEEDBACK } else { rule::LEFT_ANSWER })
}
