//! `GET /api/v1/cases/{id}/tips/{tip}/messages`: the messages between the line and whoever holds a tip's receipt,
//! from the newest page back.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use dengwen_http::ValidQuery;
use dengwen_model::{CaseId, MessageId, Principal, TipId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::access::CaseReader;
use crate::desk::Desk;
use crate::read_case;
use crate::refusal::{DeskError, Failure};
use crate::tip_view::{self, MessageOut};
use crate::view;

/// Which page.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessagesQuery {
    /// Before this message: the `next_before` of the page before.
    #[validate(length(max = 64))]
    pub(crate) before: Option<String>,
    /// At most so many, 50 unless said otherwise.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagesOut {
    /// Oldest first.
    pub(crate) messages: Vec<MessageOut>,
    /// The first message of this page, for `before`; `null` where there are no earlier ones.
    #[schema(value_type = Option<String>)]
    pub(crate) next_before: Option<MessageId>,
}

/// Read the messages of a tip.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/tips/{tip}/messages", tag = "cases", operation_id = "tip_messages",
    params(
        ("id" = String, Path, description = "The case"),
        ("tip" = String, Path, description = "One of its tips"),
        MessagesQuery
    ),
    responses((status = 200, body = MessagesOut), (status = 404, description = "No such tip, or not yours to see")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    path: Result<Path<(String, String)>, PathRejection>,
    ValidQuery(query): ValidQuery<MessagesQuery>,
) -> Result<Json<MessagesOut>, Failure> {
    let Path((case, tip)) = path.map_err(|_| DeskError::NotFound)?;
    let case = case.parse().map_err(|_| DeskError::NotFound)?;
    let tip = tip.parse().map_err(|_| DeskError::NotFound)?;
    Ok(Json(work(&desk, &principal, case, tip, query).await?))
}

/// Reads.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    case: CaseId,
    tip: TipId,
    query: MessagesQuery,
) -> Result<MessagesOut, DeskError> {
    let before = query.before.as_deref().map(str::parse).transpose().map_err(|_| DeskError::NotFound)?;
    let mut work = desk.read().await?;
    let record = work.case(case).await?.ok_or(DeskError::NotFound)?;
    let opened = read_case::open(desk, work.as_mut(), principal, record).await?.ok_or(DeskError::NotFound)?;
    let known = work.tip(tip).await?.is_some_and(|record| record.tip.case == case);
    if !known || view::is_sealed(&opened.case, &opened.assignments) {
        return Err(DeskError::NotFound);
    }
    let max = query.limit.unwrap_or(50).clamp(1, 100);
    let page = tip_view::messages(desk, work.as_mut(), &opened.file, tip, before, max).await?;
    drop(work);
    read_case::log_reading(desk, principal, case).await?;
    let next_before = page.shown.first().filter(|_| page.earlier).map(|message| message.message_id);
    Ok(MessagesOut { messages: page.shown, next_before })
}
