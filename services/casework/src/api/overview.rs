//! `GET /api/v1/overview`: how many cases stand where, and how many limits run or have passed. Figures
//! alone; an analyst may read them too.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use dengwen_model::Principal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::FigureReader;
use crate::desk::Desk;
use crate::oversight;
use crate::refusal::{DeskError, Failure};

/// The figures.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct OverviewOut {
    /// Cases by stage.
    pub(crate) cases: BTreeMap<String, u64>,
    /// Cases in all.
    pub(crate) total: u64,
    /// Running limits that have not passed.
    pub(crate) limits_open: u64,
    /// Running limits that have passed.
    pub(crate) limits_overdue: u64,
    /// Open cases by unit, with how many of them have a limit that passed.
    pub(crate) units: BTreeMap<String, UnitFigures>,
}

/// One unit's figures.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct UnitFigures {
    /// Cases in its hands.
    pub(crate) cases: u64,
    /// Of these with a limit that passed.
    pub(crate) overdue: u64,
}

/// Read the figures.
#[utoipa::path(
    get, path = "/api/v1/overview", tag = "oversight", operation_id = "overview",
    responses((status = 200, body = OverviewOut)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    FigureReader(principal): FigureReader,
) -> Result<Json<OverviewOut>, Failure> {
    Ok(Json(work(&desk, &principal).await?))
}

/// Counts.
pub(crate) async fn work(desk: &Desk, principal: &Principal) -> Result<OverviewOut, DeskError> {
    let mut figures = OverviewOut::default();
    oversight::each_visible(desk, principal, |case, running| {
        figures.total += 1;
        *figures.cases.entry(case.stage.name().to_owned()).or_default() += 1;
        let overdue = running.iter().filter(|found| found.state == "overdue").count() as u64;
        figures.limits_overdue += overdue;
        figures.limits_open += running.len() as u64 - overdue;
        if let Some((unit, _)) = case.stage.held_by() {
            let of_unit = figures.units.entry(unit.to_string()).or_default();
            of_unit.cases += 1;
            of_unit.overdue += u64::from(overdue > 0);
        }
    })
    .await?;
    Ok(figures)
}
