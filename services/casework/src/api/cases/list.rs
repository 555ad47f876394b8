//! `GET /api/v1/cases`: the cases one may see, newest first.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidQuery;
use dengwen_ledger::CaseFilter;
use dengwen_model::{CaseId, Principal, Role};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::access::CaseReader;
use crate::desk::Desk;
use crate::late;
use crate::read_case::{self, Opened};
use crate::refusal::{DeskError, Failure};
use crate::view::{self, CaseFacts};

/// Which cases.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Where they stand, as `reported`.
    #[param(value_type = Option<String>)]
    pub(crate) stage: Option<StageName>,
    /// The unit that has them now.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 40))]
    pub(crate) unit: Option<String>,
    /// The department that took them in.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 40))]
    pub(crate) received_by: Option<String>,
    /// Only concluded cases that further tips joined since. An officer is listed those that the own unit
    /// had.
    pub(crate) late: Option<bool>,
    /// Opened before this instant: the `next_before` of the page before.
    #[param(value_type = Option<String>)]
    pub(crate) before: Option<Timestamp>,
    /// The `next_before_case` of the page before.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 64))]
    pub(crate) before_case: Option<String>,
    /// At most so many, 50 unless said otherwise.
    #[validate(range(min = 1, max = 200))]
    pub(crate) limit: Option<u32>,
}

/// The names of the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StageName {
    Opened,
    Dispatched,
    Objected,
    Verifying,
    Reported,
    Concluded,
    FedBack,
    Closed,
    Referred,
    PassedUp,
    Kept,
}

impl StageName {
    pub(crate) const ALL: [Self; 11] = [
        Self::Opened,
        Self::Dispatched,
        Self::Objected,
        Self::Verifying,
        Self::Reported,
        Self::Concluded,
        Self::FedBack,
        Self::Closed,
        Self::Referred,
        Self::PassedUp,
        Self::Kept,
    ];

    /// As `CaseStage::name`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Dispatched => "dispatched",
            Self::Objected => "objected",
            Self::Verifying => "verifying",
            Self::Reported => "reported",
            Self::Concluded => "concluded",
            Self::FedBack => "fed_back",
            Self::Closed => "closed",
            Self::Referred => "referred",
            Self::PassedUp => "passed_up",
            Self::Kept => "kept",
        }
    }
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListOut {
    /// Newest first.
    pub(crate) cases: Vec<RowOut>,
    /// Where the next page begins; `null` on the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) next_before: Option<Timestamp>,
    /// The last case of this page, for `before_case`.
    #[schema(value_type = Option<String>)]
    pub(crate) next_before_case: Option<CaseId>,
}

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowOut {
    /// The case without names.
    #[serde(flatten)]
    pub(crate) case: CaseFacts,
    /// The summary in neutral words.
    pub(crate) summary: String,
    /// Tips that came after the case was concluded.
    pub(crate) late_tips: u32,
}

/// List cases.
#[utoipa::path(
    get, path = "/api/v1/cases", tag = "cases", operation_id = "list_cases",
    params(ListQuery),
    responses((status = 200, body = ListOut)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<ListOut>, Failure> {
    Ok(Json(work(&desk, &principal, query).await?))
}

/// Lists.
pub(crate) async fn work(desk: &Desk, principal: &Principal, query: ListQuery) -> Result<ListOut, DeskError> {
    if query.late == Some(true) {
        return with_late_tips(desk, principal, &query).await;
    }
    let filter = filter(principal, &query)?;
    let mut work = desk.read().await?;
    let records = work.cases(&filter).await?;
    let full = records.len() >= usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let last = records.last().filter(|_| full);
    let (next_before, next_before_case) = last.map(|record| (record.case.opened_at, record.case.id)).unzip();
    let mut cases = Vec::with_capacity(records.len());
    for record in records {
        let Some(opened) = read_case::open(desk, work.as_mut(), principal, record).await? else { continue };
        cases.push(row(desk, &opened));
    }
    Ok(ListOut { cases, next_before, next_before_case })
}

fn row(desk: &Desk, opened: &Opened) -> RowOut {
    let summary = view::summary(&opened.case, &opened.file, &opened.assignments);
    RowOut { case: CaseFacts::of(desk, &opened.case), summary, late_tips: late::waiting(&opened.case) }
}

/// Pages of the ledger that one page with late tips looks through; the next page goes on from there.
const PAGES: usize = 8;

/// A concluded case is nobody's by its stage, so the ledger cannot narrow it to a unit: who had it last
/// decides, as everywhere (`scope`).
async fn with_late_tips(desk: &Desk, principal: &Principal, query: &ListQuery) -> Result<ListOut, DeskError> {
    let wanted = usize::try_from(query.limit.unwrap_or(50)).unwrap_or(usize::MAX);
    let mut filter = CaseFilter { handled_by: None, late: true, limit: 200, ..filter(principal, query)? };
    let mut work = desk.read().await?;
    let mut cases = Vec::new();
    for _ in 0..PAGES {
        let records = work.cases(&filter).await?;
        let ended = records.len() < 200;
        for record in records {
            (filter.before, filter.before_case) = (Some(record.case.opened_at), Some(record.case.id));
            if late::waiting(&record.case) == 0 {
                continue;
            }
            let Some(opened) = read_case::open(desk, work.as_mut(), principal, record).await? else {
                continue;
            };
            cases.push(row(desk, &opened));
            if cases.len() == wanted {
                return Ok(ListOut {
                    cases,
                    next_before: filter.before,
                    next_before_case: filter.before_case,
                });
            }
        }
        if ended {
            return Ok(ListOut { cases, next_before: None, next_before_case: None });
        }
    }
    Ok(ListOut { cases, next_before: filter.before, next_before_case: filter.before_case })
}

fn code_case(text: &Option<String>) -> Result<Option<CaseId>, DeskError> {
    text.as_deref().map(str::parse).transpose().map_err(|_| DeskError::NotFound)
}

/// An officer's list is narrowed to the own unit by the ledger; for others the visible ones are picked.
fn filter(principal: &Principal, query: &ListQuery) -> Result<CaseFilter, DeskError> {
    let code =
        |text: &Option<String>| text.as_deref().map(str::parse).transpose().map_err(|_| DeskError::NotFound);
    let mut handled_by = code(&query.unit)?;
    if principal.role == Role::Officer && handled_by.is_none() {
        handled_by.clone_from(&principal.unit);
    }
    Ok(CaseFilter {
        stage: query.stage.map(StageName::as_str),
        received_by: code(&query.received_by)?,
        handled_by,
        late: false,
        before: query.before,
        before_case: code_case(&query.before_case)?,
        limit: query.limit.unwrap_or(50),
    })
}
