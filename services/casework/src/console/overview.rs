//! The supervisor's overview.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_pages::console::{Figure, OverdueRow, OverviewPage, UnitRow};
use dengwen_pages::page;

use super::shell::{only, shell};
use super::viewer::Viewer;
use super::words;
use crate::access::{FigureReader, Reviewer};
use crate::api::{deadlines, overview};
use crate::desk::Desk;
use crate::refusal::Failure;

/// Limits on the page; the interface lists all.
const SHOWN: u32 = 100;

/// The page.
pub(super) async fn show(State(desk): State<Desk>, viewer: Viewer) -> Result<Response, Failure> {
    only(FigureReader::includes(viewer.principal.role))?;
    let figures = overview::work(&desk, &viewer.principal).await;
    let figures = figures?;
    let limits =
        if Reviewer::includes(viewer.principal.role) { limits(&desk, &viewer).await? } else { Vec::new() };
    let units = desk.runtime().units();
    let shown = OverviewPage {
        shell: shell(&viewer, "/desk/overview"),
        stages: figures
            .cases
            .into_iter()
            .map(|(stage, count)| Figure { name: format!("stage.{stage}"), count })
            .collect(),
        total: figures.total,
        open: figures.limits_open,
        overdue: figures.limits_overdue,
        units: figures
            .units
            .into_iter()
            .map(|(code, unit)| UnitRow {
                unit: words::unit(&units, &code),
                cases: unit.cases,
                overdue: unit.overdue,
            })
            .collect(),
        limits,
    };
    Ok(page(StatusCode::OK, &shown))
}

async fn limits(desk: &Desk, viewer: &Viewer) -> Result<Vec<OverdueRow>, Failure> {
    let query = deadlines::DeadlinesQuery { limit: Some(SHOWN), ..deadlines::DeadlinesQuery::default() };
    let found = deadlines::work(desk, &viewer.principal, query).await;
    let rules = desk.runtime().rules();
    let rows = found?.deadlines.into_iter().map(|row| {
        let limit = words::limit(row.limit, rules, viewer.lang);
        OverdueRow {
            href: format!("/desk/cases/{}", row.case_id),
            number: row.number,
            rule: format!("{} {}", limit.rule, limit.name),
            due: limit.due,
            owner: limit.owner,
            overdue: limit.overdue,
        }
    });
    Ok(rows.collect())
}
