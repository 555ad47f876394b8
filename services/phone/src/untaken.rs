//! Calls that nobody took, in a browser. The number that was shown is seen one call at a time, and the audit log
//! knows who sees it before they do.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use dengwen_clerk::{Desk, Seated, Waiting, begin_draft, local, shell, tabs};
use dengwen_http::Problem;
use dengwen_pages::console::{UntakenPage, UntakenRow};
use dengwen_pages::page;
use dengwen_rules::date_at;

use crate::call::CallIn;
use crate::calls::Untaken;
use crate::desk::{Phone, RECORDINGS, read_id};
use crate::form::FORM;

/// Where they are in a browser.
pub(crate) const CALLS: &str = "/desk/phone/calls";

/// The pages.
pub(crate) fn routes() -> Router<Desk<CallIn>> {
    Router::new()
        .route("/desk/phone/calls/{id}", get(look))
        .route("/desk/phone/calls/{id}/write-up", post(write_up))
}

/// A call as lists show it.
pub(crate) fn row(phone: &Phone, card: &Waiting<Untaken>) -> UntakenRow {
    let call = &card.about;
    let due = phone.due(call.began);
    UntakenRow {
        id: card.id.to_string(),
        began: local(call.began, "%Y-%m-%d %H:%M"),
        due: due.to_string(),
        overdue: due < date_at(phone.door.clock().now()),
        lasted: format!("{}:{:02}", call.lasted / 60, call.lasted % 60),
        voicemail: call.voicemail,
    }
}

/// Shows one with its number.
async fn look(
    seated: Seated,
    Extension(phone): Extension<Arc<Phone>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let card = phone.calls.find(&read_id(&id)?)?;
    phone.heard.note(&phone.door, &seated, "call", &card.id).await?;
    let shown = UntakenPage {
        shell: shell(&seated, &FORM),
        tabs: tabs(&FORM, RECORDINGS),
        desk: FORM.href,
        href: CALLS,
        call: row(&phone, &card),
        caller: card.about.caller.unwrap_or_default(),
    };
    Ok(page(StatusCode::OK, &shown))
}

/// Begins the form of what the caller said when they were called back.
async fn write_up(
    State(desk): State<Desk<CallIn>>,
    seated: Seated,
    Extension(phone): Extension<Arc<Phone>>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let card = phone.calls.find(&read_id(&id)?)?;
    let began = local(card.about.began, "%Y-%m-%dT%H:%M");
    let fields = [("calls", card.id.to_string()), ("started_at", began)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
    Ok(Redirect::to(&begin_draft(&desk, &seated, fields).await?))
}
