//! `POST /api/v1/assignments/{id}/report` (报送查核结果): a finding for every allegation and for each of the
//! case's 四个必查 (M1–M4), and what was done to verify.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, Text, ValidJson};
use dengwen_model::{
    AssignmentId, AssignmentState, CaseStage, CourseEvent, Finding, Outcome, Principal, Report,
};
use dengwen_rules::MustInvestigateRule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, TEXT_MAX, filled};
use crate::guards;
use crate::limits::{RESULT_RULES, rule};
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportRefused {
    /// O6 has a procedure of its own (I7).
    #[error("false accusation is not a finding")]
    FalseAccusation,
    /// A must-investigate rule of the case without a finding.
    #[error("a must-investigate rule without a finding")]
    Unanswered(Unanswered),
    /// A finding names a must-investigate rule that does not hold for the case.
    #[error("a must-investigate rule that does not hold")]
    NotAsked(String),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ReportRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::FalseAccusation => problem(
                422,
                "own-procedure",
                "A false accusation (O6) is established by its own procedure alone, never as a finding",
                "诬告陷害（O6）只能按专门程序认定，不能作为查核结论",
            ),
            Self::Unanswered(unanswered) => unanswered.problem(),
            Self::NotAsked(code) => problem(
                422,
                "not-asked",
                "A finding names a must-investigate rule that does not hold for this case",
                "查核结论所列必查事项不属本件的必查事项",
            )
            .with_detail(Text::composed(code.clone(), code.clone())),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// The must-investigate rules without a finding, in words.
#[derive(Debug)]
pub(crate) struct Unanswered(Vec<MustInvestigateRule>);

impl Unanswered {
    /// These codes.
    pub(crate) fn of(desk: &Desk, codes: Vec<String>) -> Self {
        let taxonomy = &desk.runtime().rules().taxonomy;
        let known = taxonomy.must_investigate().rules();
        let rule = |code: String| {
            known.iter().find(|rule| rule.code == code).cloned().unwrap_or_else(|| MustInvestigateRule {
                code,
                zh: String::new(),
                en: String::new(),
            })
        };
        Self(codes.into_iter().map(rule).collect())
    }

    /// What the client is told: each of them.
    pub(crate) fn problem(&self) -> Problem {
        let english: Vec<_> = self.0.iter().map(|rule| format!("{} {}", rule.code, rule.en)).collect();
        let chinese: Vec<_> = self.0.iter().map(|rule| format!("{} {}", rule.code, rule.zh)).collect();
        problem(
            422,
            "finding-missing",
            "What must be investigated has no finding in the report",
            "必查事项尚无查核结论",
        )
        .with_detail(Text::composed(english.join("; "), chinese.join("；")))
    }
}

/// The report.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportIn {
    /// One for every allegation.
    #[validate(nested, custom(function = some_findings))]
    pub(crate) findings: Vec<FindingIn>,
    /// What was done to verify, and the result.
    #[validate(custom(function = filled), length(max = TEXT_MAX))]
    pub(crate) text: String,
}

/// What was found on one allegation.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingIn {
    /// The allegation in neutral words (反映, never 犯).
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) allegation: String,
    /// O1 to O5.
    #[schema(value_type = String)]
    pub(crate) outcome: Outcome,
    /// Why.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reasoning: String,
    /// Which of the case's M1–M4 it answers; together the findings answer each.
    #[serde(default)]
    #[validate(length(max = 4))]
    pub(crate) must_investigate: Vec<String>,
}

/// Every allegation a finding, so there is at least one.
fn some_findings(findings: &[FindingIn]) -> Result<(), ValidationError> {
    if (1..=50).contains(&findings.len()) { Ok(()) } else { Err(ValidationError::new("required")) }
}

impl From<FindingIn> for Finding {
    fn from(input: FindingIn) -> Self {
        let FindingIn { allegation, outcome, reasoning, must_investigate } = input;
        Self { allegation, outcome, reasoning, must_investigate }
    }
}

/// Report the result.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/report", tag = "assignments", operation_id = "report",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ReportIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not accepted by you"), (status = 422, description = "A finding is missing or incomplete; where one of M1–M4 has none, the detail names it")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ReportIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Reports.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ReportIn,
) -> Result<AssignmentChanged, ReportRefused> {
    if input.findings.iter().any(|finding| finding.outcome == Outcome::O6) {
        return Err(ReportRefused::FalseAccusation);
    }
    let (mut dossier, mut record) = Dossier::open_held(desk, principal, id).await?;
    dossier.advance(CaseStage::report)?;
    let findings: Vec<Finding> = input.findings.into_iter().map(Into::into).collect();
    answer_all(desk, &dossier, &findings)?;
    dossier.note(CourseEvent::Reported { report: Report { findings, text: input.text } });
    let now = dossier.now();
    dossier.limits().cancel(|limit| limit.rule.as_str() == rule::OBJECTION);
    dossier.limits().meet_of(id, now);
    dossier.limits().meet(&RESULT_RULES, now);
    dossier.limits().meet(&[rule::REWORK], now);
    dossier.start_limit(rule::REVIEW)?;
    record.assignment.state = AssignmentState::Done;
    dossier.put(&mut record).await?;
    let case = dossier.save("report.submitted", record.assignment.unit.as_str()).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}

/// Each of the case's must-investigate rules has a finding, and no other is named.
fn answer_all(desk: &Desk, dossier: &Dossier<'_>, findings: &[Finding]) -> Result<(), ReportRefused> {
    let asked = &dossier.case().must_investigate;
    let mut named = findings.iter().flat_map(|finding| &finding.must_investigate);
    if let Some(code) = named.find(|code| !asked.contains(code)) {
        return Err(ReportRefused::NotAsked(code.chars().take(8).collect()));
    }
    let missing = guards::unanswered(dossier.case(), dossier.file(), findings);
    if missing.is_empty() { Ok(()) } else { Err(ReportRefused::Unanswered(Unanswered::of(desk, missing))) }
}
