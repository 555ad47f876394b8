//! `GET /api/v1/session`: who one is, by token or session.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use dengwen_ledger::StaffRecord;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Means, SignedIn};
use crate::desk::Desk;
use crate::refusal::Failure;

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionOut {
    /// Name.
    pub(crate) name: String,
    /// Role.
    #[schema(value_type = String)]
    pub(crate) role: dengwen_model::Role,
    /// Unit.
    #[schema(value_type = Option<String>)]
    pub(crate) unit: Option<dengwen_model::UnitCode>,
    /// Nothing but changing the password is possible.
    pub(crate) must_change: bool,
}

impl From<StaffRecord> for SessionOut {
    fn from(account: StaffRecord) -> Self {
        let StaffRecord { name, role, unit, must_change, .. } = account;
        Self { name, role, unit, must_change }
    }
}

/// Read who you are.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "session", operation_id = "who_am_i",
    responses((status = 200, body = SessionOut), (status = 401)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(State(desk): State<Desk>, parts: Parts) -> Result<Json<SessionOut>, Failure> {
    let SignedIn { principal, by } = SignedIn::recognise(&parts, &desk).await?;
    let must_change = matches!(by, Means::Session { must_change: true, .. });
    Ok(Json(SessionOut { name: principal.name, role: principal.role, unit: principal.unit, must_change }))
}
