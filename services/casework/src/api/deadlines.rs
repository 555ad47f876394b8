//! `GET /api/v1/deadlines`: the running limits over all cases one may see, the most pressing first.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidQuery;
use dengwen_model::{Case, CaseId, Deadline, DeadlineId, Principal, Priority};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::access::Reviewer;
use crate::desk::Desk;
use crate::oversight;
use crate::refusal::{DeskError, Failure};
use crate::view::LimitOut;

/// Which limits.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadlinesQuery {
    /// `open` or `overdue`; both without it.
    #[param(value_type = Option<String>)]
    pub(crate) state: Option<LimitState>,
    /// At most so many, the earliest due first; 500 unless said otherwise.
    #[validate(range(min = 1, max = 5000))]
    pub(crate) limit: Option<u32>,
}

const DEFAULT_LIMIT: u32 = 500;

type Found = (Case, Deadline);

/// A running limit's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LimitState {
    /// Not yet passed.
    Open,
    /// Passed.
    Overdue,
}

impl LimitState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue => "overdue",
        }
    }
}

/// Running limits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadlinesOut {
    /// How many there are.
    pub(crate) total: u64,
    /// The earliest due first.
    pub(crate) deadlines: Vec<RunningOut>,
}

/// A running limit with its case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunningOut {
    /// The case.
    #[schema(value_type = String)]
    pub(crate) case_id: CaseId,
    /// Its number.
    pub(crate) number: String,
    /// Where the case stands.
    pub(crate) stage: &'static str,
    /// 1 most urgent.
    #[schema(value_type = u8)]
    pub(crate) priority: dengwen_model::Priority,
    /// The limit.
    #[serde(flatten)]
    pub(crate) limit: LimitOut,
}

/// List running limits.
#[utoipa::path(
    get, path = "/api/v1/deadlines", tag = "oversight", operation_id = "deadlines",
    params(DeadlinesQuery),
    responses((status = 200, body = DeadlinesOut)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    ValidQuery(query): ValidQuery<DeadlinesQuery>,
) -> Result<Json<DeadlinesOut>, Failure> {
    Ok(Json(work(&desk, &principal, query).await?))
}

/// Lists.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    query: DeadlinesQuery,
) -> Result<DeadlinesOut, DeskError> {
    let wanted = query.state.map(LimitState::as_str);
    let limit = usize::try_from(query.limit.unwrap_or(DEFAULT_LIMIT)).unwrap_or(usize::MAX);
    let mut total = 0;
    // Only the most pressing are kept, however many run.
    let mut pressing: BTreeMap<(Date, Priority, DeadlineId), Found> = BTreeMap::new();
    oversight::each_running(desk, principal, |found| {
        if wanted.is_some_and(|state| state != found.state) {
            return;
        }
        total += 1;
        let key = (found.limit.due, found.case.priority, found.limit.id);
        let beyond =
            pressing.len() >= limit && pressing.last_key_value().is_some_and(|(last, _)| key > *last);
        if !beyond {
            pressing.insert(key, (found.case.clone(), found.limit.clone()));
            if pressing.len() > limit {
                pressing.pop_last();
            }
        }
    })
    .await?;
    let now = desk.now();
    let row = |(case, limit): Found| RunningOut {
        case_id: case.id,
        number: case.number,
        stage: case.stage.name(),
        priority: case.priority,
        limit: LimitOut::of(desk, &limit, now),
    };
    Ok(DeadlinesOut { total, deadlines: pressing.into_values().map(row).collect() })
}
