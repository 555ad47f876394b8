//! `POST /api/v1/units/{unit}/pull`: hands an officer the unit's most urgent items, each to one officer
//! at a time.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use dengwen_http::{Problem, ValidJson};
use dengwen_ledger::{AssignmentRecord, NewAuditRecord, UnitOfWork};
use dengwen_model::{AssignmentState, AssignmentTask, CaseId, Principal, Role, UnitCode};
use dengwen_service::append_audit;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::access::DeskWorker;
use crate::desk::Desk;
use crate::refusal::{DeskError, Failure, Refusal, problem};
use crate::summary::Summary;
use crate::view::LimitOut;
use crate::{read_case, scope};

/// Why nothing is pulled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PullRefused {
    /// Another unit's items.
    #[error("another unit")]
    OtherUnit,
    /// No such unit.
    #[error("unknown unit")]
    UnknownUnit,
    /// Longer than the settings allow.
    #[error("lease too long")]
    LeaseTooLong,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for PullRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::OtherUnit => problem(
                403,
                "other-unit",
                "Only the unit's own people pull its items",
                "只有本单位人员可以领取本单位的件",
            ),
            Self::UnknownUnit => {
                problem(404, "unknown-unit", "The units register has no such unit", "机构库中没有该单位")
            }
            Self::LeaseTooLong => {
                problem(422, "lease-too-long", "The lease is longer than the desk allows", "领取时长超过规定")
            }
            Self::Desk(error) => error.problem(),
        }
    }
}

/// How many, and for how long.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PullIn {
    /// At most so many items.
    #[serde(default = "default_max")]
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, default = 5)]
    pub(crate) max: u32,
    /// For how long they are yours before they go back by themselves.
    #[serde(default = "default_lease")]
    #[validate(range(min = 1))]
    #[schema(minimum = 1, default = 30)]
    pub(crate) lease_minutes: u32,
}

fn default_max() -> u32 {
    5
}

fn default_lease() -> u32 {
    30
}

impl Default for PullIn {
    fn default() -> Self {
        Self { max: default_max(), lease_minutes: default_lease() }
    }
}

/// What was pulled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PullOut {
    /// Most urgent first.
    pub(crate) items: Vec<ItemOut>,
}

/// One item in an officer's hands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemOut {
    /// The assignment.
    #[schema(value_type = String)]
    pub(crate) assignment_id: dengwen_model::AssignmentId,
    /// Its case.
    #[schema(value_type = String)]
    pub(crate) case_id: dengwen_model::CaseId,
    /// The case's number.
    pub(crate) number: String,
    /// Until when it is held; `null` once accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) lease_until: Option<Timestamp>,
    /// 1 most urgent.
    #[schema(value_type = u8)]
    pub(crate) priority: dengwen_model::Priority,
    /// The summary in neutral words.
    pub(crate) summary: String,
    /// The same in English.
    pub(crate) summary_en: String,
    /// Leaf of the taxonomy; `null` of what goes up sealed.
    pub(crate) category: Option<String>,
    /// The machine was not sure: the category is its first guess, and a person has to classify the case.
    pub(crate) abstained: bool,
    /// Which of M1–M4 hold.
    pub(crate) must_investigate: Vec<String>,
    /// `verify`, `screen` or `pass_up`.
    #[schema(value_type = String)]
    pub(crate) task: AssignmentTask,
    /// H0–H8; `null` of what goes up sealed.
    #[schema(value_type = Option<String>)]
    pub(crate) handling: Option<dengwen_model::HandlingForm>,
    /// `leased` or `accepted`.
    pub(crate) state: &'static str,
    /// Its running limits.
    pub(crate) deadlines: Vec<LimitOut>,
}

/// Pull the unit's most urgent items under a lease.
#[utoipa::path(
    post, path = "/api/v1/units/{unit}/pull", tag = "assignments", operation_id = "pull",
    params(("unit" = String, Path, description = "Code of the unit")),
    request_body = PullIn,
    responses((status = 200, body = PullOut), (status = 403, description = "Another unit, or the wrong role")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Path(unit): Path<String>,
    ValidJson(pull): ValidJson<PullIn>,
) -> Result<Json<PullOut>, Failure> {
    Ok(Json(work(&desk, &principal, &unit, pull).await?))
}

/// Pulls.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    unit: &str,
    pull: PullIn,
) -> Result<PullOut, PullRefused> {
    let unit: UnitCode = unit.parse().map_err(|_| PullRefused::UnknownUnit)?;
    if !scope::covers(desk, principal, &unit) {
        return Err(PullRefused::OtherUnit);
    }
    if !desk.knows_unit(&unit).await? {
        return Err(PullRefused::UnknownUnit);
    }
    if pull.lease_minutes > desk.runtime().settings().desk.max_lease_minutes {
        return Err(PullRefused::LeaseTooLong);
    }
    let leased = lease(desk, principal, &unit, pull).await?;
    let items = items(desk, principal, leased).await?;
    metrics::counter!("dengwen_desk_pulled").increment(u64::try_from(items.len()).unwrap_or(0));
    Ok(PullOut { items })
}

/// Whether the role works on a task: officers on all, a screener on screening alone.
pub(crate) fn works_on(principal: &Principal, task: AssignmentTask) -> bool {
    principal.role != Role::Screener || task == AssignmentTask::Screen
}

/// Leases in one unit of work. What the role does not work on, or this person may not see, is put back in the same
/// one, so nobody else ever sees it gone; the rounds are bounded so that a long queue cannot hold the writer.
async fn lease(
    desk: &Desk,
    principal: &Principal,
    unit: &UnitCode,
    pull: PullIn,
) -> Result<Vec<AssignmentRecord>, DeskError> {
    const ROUNDS: usize = 8;
    let now = desk.now();
    let minutes = SignedDuration::from_mins(i64::from(pull.lease_minutes));
    let until = now.saturating_add(minutes).map_err(|_| DeskError::Rules)?;
    let max = usize::try_from(pull.max).unwrap_or(1);
    let mut work = desk.begin().await?;
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let wanted = u32::try_from(max - mine.len()).unwrap_or(1);
        let got = work.lease_assignments(unit, principal.id, wanted, now, until).await?;
        let dry = got.len() < max - mine.len();
        let hidden = hidden_from(desk, work.as_mut(), principal, &got).await?;
        let (fit, unfit): (Vec<_>, Vec<_>) = got.into_iter().partition(|record| {
            works_on(principal, record.assignment.task) && !hidden.contains(&record.assignment.case)
        });
        mine.extend(fit);
        others.extend(unfit);
        if dry || mine.len() >= max {
            break;
        }
    }
    put_back(work.as_mut(), others).await?;
    // Last, since the log's head stays locked until the commit.
    append_audit(work.as_mut(), mine.iter().map(|record| pulled(desk, principal, record)).collect()).await?;
    work.commit().await?;
    Ok(mine)
}

/// The cases of these assignments that this person may not see, as those about themselves: holding what one cannot
/// open would only hide it from the colleagues.
async fn hidden_from(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    leased: &[AssignmentRecord],
) -> Result<BTreeSet<CaseId>, DeskError> {
    let mut hidden: BTreeSet<CaseId> = leased.iter().map(|record| record.assignment.case).collect();
    let ids: Vec<CaseId> = hidden.iter().copied().collect();
    // Not locked: the assignments are, and whoever changes a case locks it before them.
    for record in work.cases_as_they_are(&ids).await? {
        let id = record.case.id;
        if read_case::open(desk, work, principal, record).await?.is_some() {
            hidden.remove(&id);
        }
    }
    Ok(hidden)
}

/// Pulling shows whom a case is about, so it leaves its entry as reading does.
fn pulled(desk: &Desk, principal: &Principal, record: &AssignmentRecord) -> NewAuditRecord {
    NewAuditRecord {
        at: desk.now(),
        actor: principal.name.clone(),
        role: principal.role.to_string(),
        action: "assignment.pulled".to_owned(),
        object: record.assignment.case.to_string(),
        reason: record.assignment.unit.to_string(),
    }
}

async fn put_back(work: &mut dyn UnitOfWork, records: Vec<AssignmentRecord>) -> Result<(), DeskError> {
    for mut record in records {
        record.assignment.state = AssignmentState::Waiting;
        work.update_assignment(&record).await?;
    }
    Ok(())
}

/// What is shown of held assignments. Those of a case that is about the reader are left out.
pub(crate) async fn items(
    desk: &Desk,
    principal: &Principal,
    records: Vec<AssignmentRecord>,
) -> Result<Vec<ItemOut>, DeskError> {
    let mut work = desk.read().await?;
    let mut items = Vec::with_capacity(records.len());
    for record in records {
        let Some(case) = work.case(record.assignment.case).await? else { continue };
        let Some(opened) = read_case::open(desk, work.as_mut(), principal, case).await? else { continue };
        let limits = work.deadlines_of_case(opened.case.id).await?;
        items.push(item(desk, &record, &opened, &limits));
    }
    Ok(items)
}

/// An item without its case: what the assignment itself tells, which names nobody.
pub(crate) fn bare(record: &AssignmentRecord) -> ItemOut {
    let assignment = &record.assignment;
    // Nobody opens what goes up sealed, so nothing is told of what it is about.
    let shown = (assignment.task != AssignmentTask::PassUp).then_some(assignment);
    ItemOut {
        assignment_id: assignment.id,
        case_id: assignment.case,
        number: String::new(),
        lease_until: match &assignment.state {
            AssignmentState::Leased(lease) => Some(lease.until),
            _ => None,
        },
        priority: assignment.priority,
        summary: String::new(),
        summary_en: String::new(),
        category: shown.map(|assignment| assignment.category.to_string()),
        abstained: false,
        must_investigate: shown.map(|assignment| assignment.must_investigate.clone()).unwrap_or_default(),
        task: assignment.task,
        handling: shown.map(|assignment| assignment.handling),
        state: assignment.state.name(),
        deadlines: Vec::new(),
    }
}

fn item(
    desk: &Desk,
    record: &AssignmentRecord,
    opened: &read_case::Opened,
    limits: &[dengwen_model::Deadline],
) -> ItemOut {
    let now = desk.now();
    // What binds another unit's assignment, or is over, does not belong here.
    let binds = |limit: &&dengwen_model::Deadline| {
        limit.state.is_running() && limit.assignment.is_none_or(|id| id == record.assignment.id)
    };
    let mut running: Vec<_> = limits.iter().filter(binds).collect();
    running.sort_by_key(|limit| limit.due);
    let Summary { zh: summary, en: summary_en } = Summary::of(desk, opened);
    ItemOut {
        number: opened.case.number.clone(),
        abstained: opened.case.abstained && !opened.is_sealed(),
        summary,
        summary_en,
        deadlines: running.into_iter().map(|limit| LimitOut::of(desk, limit, now)).collect(),
        ..bare(record)
    }
}
