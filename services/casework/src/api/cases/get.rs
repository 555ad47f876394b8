//! `GET /api/v1/cases/{id}`: a whole case with its reasons: why each tip was joined, why the category,
//! why this unit, why these limits. Its tips come in pages.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidQuery;
use dengwen_model::CaseId;
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use crate::access::CaseReader;
use crate::desk::Desk;
use crate::edge::Id;
use crate::read_case::{TIPS_MAX, TipPage, read_case};
use crate::refusal::{DeskError, Failure};
use crate::view::CaseOut;

/// Which of its tips.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TipsQuery {
    /// The `next_tips_after` of the page before.
    #[validate(length(max = 64))]
    pub(crate) tips_after: Option<String>,
    /// At most so many tips, 20 unless said otherwise.
    #[validate(range(min = 1, max = TIPS_MAX))]
    #[param(minimum = 1, maximum = 50)]
    pub(crate) tips_limit: Option<u32>,
}

impl TipsQuery {
    /// The page; a tip that is none is answered like one that the case does not have.
    pub(crate) fn page(&self) -> Result<TipPage, DeskError> {
        let after = self.tips_after.as_deref().map(str::parse).transpose();
        Ok(TipPage {
            after: after.map_err(|_| DeskError::NotFound)?,
            max: self.tips_limit.map_or(TipPage::default().max, |limit| limit.clamp(1, TIPS_MAX)),
        })
    }
}

/// Read a case.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}", tag = "cases", operation_id = "get_case",
    params(("id" = String, Path, description = "The case"), TipsQuery),
    responses((status = 200, body = CaseOut), (status = 404, description = "No such case, or not yours to see")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    Id(id): Id<CaseId>,
    ValidQuery(query): ValidQuery<TipsQuery>,
) -> Result<Json<CaseOut>, Failure> {
    Ok(Json(read_case(&desk, &principal, id, query.page()?).await?))
}
