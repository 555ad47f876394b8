//! The auditor's page: the log alone.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_ledger::AuditRecord;
use dengwen_model::Role;
use dengwen_pages::console::{AuditPage, AuditRow};
use dengwen_pages::page;
use serde::Deserialize;

use super::forms::Asked;
use super::shell::{only, shell};
use super::viewer::Viewer;
use super::words;
use crate::desk::Desk;
use crate::refusal::{DeskError, Failure};

/// Entries a page.
const PAGE: u32 = 100;

/// From which entry on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct From {
    from: Option<i64>,
}

/// The page.
pub(super) async fn show(
    State(desk): State<Desk>,
    viewer: Viewer,
    Asked(from): Asked<From>,
) -> Result<Response, Failure> {
    only(viewer.principal.role == Role::Auditor)?;
    let records = read(&desk, from.from.unwrap_or(1).max(1)).await;
    let records = records?;
    let full = records.len() >= PAGE as usize;
    let next = records.last().filter(|_| full).map_or(0, |record| record.seq + 1);
    let entries = records.into_iter().map(row).collect();
    Ok(page(StatusCode::OK, &AuditPage { shell: shell(&viewer, "/desk/audit"), entries, next }))
}

async fn read(desk: &Desk, from: i64) -> Result<Vec<AuditRecord>, DeskError> {
    Ok(desk.read().await?.audit_from(from, PAGE).await?)
}

fn row(record: AuditRecord) -> AuditRow {
    let entry = record.entry;
    AuditRow {
        seq: record.seq,
        at: words::time(entry.at),
        actor: entry.actor,
        role: entry.role,
        action: entry.action,
        object: entry.object,
        reason: entry.reason,
    }
}
