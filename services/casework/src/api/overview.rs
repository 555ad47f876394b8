//! `GET /api/v1/overview`: how many cases stand where, and how many limits run or have passed. Figures
//! alone; an analyst may read them too.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidQuery;
use dengwen_model::{CaseId, Principal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::FigureReader;
use crate::desk::Desk;
use crate::edge::NoQuery;
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
    _: ValidQuery<NoQuery>,
) -> Result<Json<OverviewOut>, Failure> {
    Ok(Json(work(&desk, &principal).await?))
}

/// Counts.
pub(crate) async fn work(desk: &Desk, principal: &Principal) -> Result<OverviewOut, DeskError> {
    let mut figures = OverviewOut::default();
    if principal.unit.is_none() {
        figures.cases = desk.read().await?.count_cases().await?.into_iter().collect();
    } else {
        let counted = &mut figures.cases;
        oversight::each_case(desk, principal, |case| {
            *counted.entry(case.stage.name().to_owned()).or_default() += 1;
        })
        .await?;
    }
    figures.total = figures.cases.values().sum();
    count_limits(desk, principal, &mut figures).await?;
    Ok(figures)
}

/// A unit's open cases are those with a running limit, which every open case has.
async fn count_limits(
    desk: &Desk,
    principal: &Principal,
    figures: &mut OverviewOut,
) -> Result<(), DeskError> {
    let mut held: BTreeMap<String, BTreeMap<CaseId, bool>> = BTreeMap::new();
    oversight::each_running(desk, principal, |found| {
        let overdue = found.state == "overdue";
        figures.limits_overdue += u64::from(overdue);
        figures.limits_open += u64::from(!overdue);
        if let Some((unit, _)) = found.case.stage.held_by() {
            *held.entry(unit.to_string()).or_default().entry(found.case.id).or_default() |= overdue;
        }
    })
    .await?;
    let count = |cases: &BTreeMap<CaseId, bool>| UnitFigures {
        cases: cases.len() as u64,
        overdue: cases.values().filter(|overdue| **overdue).count() as u64,
    };
    figures.units = held.iter().map(|(unit, cases)| (unit.clone(), count(cases))).collect();
    Ok(())
}
