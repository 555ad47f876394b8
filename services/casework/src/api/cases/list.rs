//! `GET /api/v1/cases`: the cases one may see, newest first; found by number and by codes, never by words.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use dengwen_http::{FieldError, Problem, ValidQuery};
use dengwen_ledger::{CaseFilter, OverdueOn};
use dengwen_model::{CaseId, Principal, Priority};
use dengwen_rules::date_at;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use crate::access::CaseReader;
use crate::desk::Desk;
use crate::read_case::{self, Opened};
use crate::refusal::{DeskError, Failure, Refusal};
use crate::summary::Summary;
use crate::view::CaseFacts;
use crate::{guards, scope};

/// Which cases.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Their number (办理编号), or its end: ASCII letters, digits and hyphens. What tips say is not searched.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 64), custom(function = of_number))]
    pub(crate) number: Option<String>,
    /// The leaf of the taxonomy, as `A02`.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 8))]
    pub(crate) category: Option<String>,
    /// 1 most urgent … 4.
    #[validate(range(min = 1, max = 4))]
    pub(crate) priority: Option<u8>,
    /// Only those with a time limit that has passed; windows for others, as for a reporter's objection, are none.
    pub(crate) overdue: Option<bool>,
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
    /// Only concluded cases that further tips joined since.
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
    /// The same in English.
    pub(crate) summary_en: String,
    /// Tips that came after the case was concluded.
    pub(crate) late_tips: u32,
}

/// List cases.
#[utoipa::path(
    get, path = "/api/v1/cases", tag = "cases", operation_id = "list_cases",
    params(ListQuery),
    responses((status = 200, body = ListOut), (status = 422)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<Json<ListOut>, Failure> {
    Ok(Json(work(&desk, &principal, query).await?))
}

/// Why nothing is listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListRefused {
    /// A field holds no code of its kind.
    #[error("{0} is no code of its kind")]
    Code(&'static str),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ListRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Code(field) => Problem::invalid(vec![FieldError::new(*field, "unknown")]),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// Pages of the ledger that one page looks through, where few of the cases are the reader's; the next page goes on
/// from there.
const PAGES: usize = 8;

/// Lists what fits and may be seen (`scope`).
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    query: ListQuery,
) -> Result<ListOut, ListRefused> {
    let wanted = query.limit.unwrap_or(50);
    let mut filter = filter(desk, principal, &query)?;
    are_known(desk, &filter).await?;
    filter.limit = wanted.max(50);
    let mut work = desk.read().await?;
    let mut cases = Vec::new();
    for _ in 0..PAGES {
        let records = work.cases(&filter).await.map_err(DeskError::from)?;
        let ended = records.len() < usize::try_from(filter.limit).unwrap_or(usize::MAX);
        for record in records {
            (filter.before, filter.before_case) = (Some(record.case.opened_at), Some(record.case.id));
            if filter.late && record.case.waiting_late_tips() == 0 {
                continue;
            }
            let Some(opened) = read_case::open(desk, work.as_mut(), principal, record).await? else {
                continue;
            };
            // To be found by its leaf would tell the leaf.
            if filter.category.is_some() && opened.is_sealed() {
                continue;
            }
            cases.push(row(desk, &opened));
            if cases.len() == usize::try_from(wanted).unwrap_or(usize::MAX) {
                return Ok(page(cases, &filter));
            }
        }
        if ended {
            return Ok(ListOut { cases, next_before: None, next_before_case: None });
        }
    }
    Ok(page(cases, &filter))
}

/// A page after which there may be more.
fn page(cases: Vec<RowOut>, filter: &CaseFilter) -> ListOut {
    ListOut { cases, next_before: filter.before, next_before_case: filter.before_case }
}

fn row(desk: &Desk, opened: &Opened) -> RowOut {
    let Summary { zh: summary, en: summary_en } = Summary::of(desk, opened);
    let late_tips = opened.case.waiting_late_tips();
    RowOut { case: CaseFacts::of(desk, &opened.case, opened.is_sealed()), summary, summary_en, late_tips }
}

fn filter(desk: &Desk, principal: &Principal, query: &ListQuery) -> Result<CaseFilter, ListRefused> {
    let rules = desk.runtime().rules();
    let category = code("category", &query.category)?;
    if category.as_ref().is_some_and(|code| rules.taxonomy.category(code).is_none()) {
        return Err(ListRefused::Code("category"));
    }
    let overdue = OverdueOn { today: date_at(desk.now()), except: guards::WINDOWS };
    Ok(CaseFilter {
        stage: query.stage.map(StageName::as_str),
        received_by: code("received_by", &query.received_by)?,
        handled_by: code("unit", &query.unit)?,
        within: scope::units_of(desk, principal),
        number_end: query.number.as_ref().map(|number| number.trim().to_owned()),
        category,
        priority: query
            .priority
            .map(Priority::try_from)
            .transpose()
            .map_err(|_| ListRefused::Code("priority"))?,
        overdue: query.overdue.unwrap_or_default().then_some(overdue),
        late: query.late.unwrap_or_default(),
        before: query.before,
        before_case: code("before_case", &query.before_case)?,
        limit: 0,
    })
}

/// Refuses a unit that the register does not have: an empty list would say that it has no cases.
async fn are_known(desk: &Desk, filter: &CaseFilter) -> Result<(), ListRefused> {
    for (field, unit) in [("unit", &filter.handled_by), ("received_by", &filter.received_by)] {
        if let Some(unit) = unit
            && !desk.knows_unit(unit).await?
        {
            return Err(ListRefused::Code(field));
        }
    }
    Ok(())
}

fn code<T: FromStr>(field: &'static str, text: &Option<String>) -> Result<Option<T>, ListRefused> {
    text.as_deref().map(str::trim).map(str::parse).transpose().map_err(|_| ListRefused::Code(field))
}

/// What stands in numbers of cases. Nothing else is looked for: a name or words of a tip have no place in an address,
/// which browsers and proxies keep.
fn of_number(text: &str) -> Result<(), ValidationError> {
    let fits = text.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits { Ok(()) } else { Err(ValidationError::new("invalid")) }
}
