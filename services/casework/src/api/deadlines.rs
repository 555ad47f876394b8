//! `GET /api/v1/deadlines`: the running limits over all cases one may see, the most pressing first.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidQuery;
use dengwen_model::{CaseId, Principal};
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
}

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
    let mut deadlines = Vec::new();
    let now = desk.now();
    oversight::each_visible(desk, principal, |case, running| {
        for found in running.into_iter().filter(|found| wanted.is_none_or(|state| state == found.state)) {
            deadlines.push(RunningOut {
                case_id: case.id,
                number: case.number.clone(),
                stage: case.stage.name(),
                priority: case.priority,
                limit: LimitOut::of(desk, &found.limit, now),
            });
        }
    })
    .await?;
    deadlines.sort_by_key(|row| (row.limit.due, row.priority));
    Ok(DeadlinesOut { deadlines })
}
