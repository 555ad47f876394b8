//! The custodian's page.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_http::Problem;
use dengwen_model::{ReporterIdentity, Role};
use dengwen_pages::console::{IdentityField, IdentityPage};
use dengwen_pages::page;

use super::forms::{self, Fields, Sent, checked, text};
use super::shell::{only, say, shell};
use super::viewer::Viewer;
use crate::api::identity::{self, IdentityIn, IdentityOut};
use crate::desk::Desk;
use crate::refusal::Failure;

/// The form.
pub(super) async fn show(viewer: Viewer) -> Result<Response, Failure> {
    only(viewer.principal.role == Role::Custodian)?;
    Ok(page(StatusCode::OK, &identity_page(&viewer)))
}

/// Opens.
pub(super) async fn open(
    State(desk): State<Desk>,
    viewer: Viewer,
    Sent(fields): Sent,
) -> Result<Response, Failure> {
    only(viewer.principal.role == Role::Custodian)?;
    let mut shown = identity_page(&viewer);
    shown.tip = text(&fields, "tip");
    let status = match try_open(&desk, &viewer, &fields).await {
        Ok(opened) => {
            shown.fields = given(opened.identity);
            shown.second_person = opened.second_person;
            StatusCode::OK
        }
        Err(problem) => {
            shown.reason = text(&fields, "reason");
            shown.shell.error = say(&problem, viewer.lang);
            problem.kind().status()
        }
    };
    Ok(page(status, &shown))
}

async fn try_open(desk: &Desk, viewer: &Viewer, fields: &Fields) -> Result<IdentityOut, Problem> {
    let tip = forms::parsed(fields, "tip")?;
    let second_person = text(fields, "second_person").trim().to_owned();
    let input = checked(IdentityIn { reason: text(fields, "reason"), second_person })?;
    let opened = identity::work(desk, &viewer.principal, tip, input).await;
    opened.map_err(|error| Failure::from(error).into_problem())
}

fn given(identity: ReporterIdentity) -> Vec<IdentityField> {
    let ReporterIdentity { name, phone, email, address, unit, contact_hours } = identity;
    let fields = [
        ("reporter_name", name),
        ("reporter_phone", phone),
        ("reporter_email", email),
        ("reporter_address", address),
        ("console.unit", unit),
        ("contact_hours", contact_hours),
    ];
    fields.into_iter().filter_map(|(name, value)| value.map(|value| IdentityField { name, value })).collect()
}

fn identity_page(viewer: &Viewer) -> IdentityPage {
    IdentityPage {
        shell: shell(viewer, "/desk/identity"),
        tip: String::new(),
        reason: String::new(),
        fields: Vec::new(),
        second_person: String::new(),
    }
}
