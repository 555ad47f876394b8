//! The first console: the same operations as the interface, from a browser without JavaScript.
//!
//! Each page is a file. A form is answered with a redirect to the page it came from, or with that page
//! again, saying what is wrong and holding what was typed.

mod accounts;
mod actions;
mod audit;
mod case_actions;
mod case_page;
mod cases;
mod clerk;
mod forms;
mod identity;
mod item_actions;
mod items;
mod language;
mod overview;
mod reasons;
mod receipts;
mod registers;
mod shell;
mod sign_in;
mod viewer;
mod words;

use axum::Router;
use axum::middleware::from_fn;
use axum::response::Redirect;
use axum::routing::{any, get, post};
use dengwen_door::ClerkCookie;
use dengwen_pages::console::refused_as_page;

use crate::desk::Desk;
use crate::refusal::{DeskError, Failure};
use viewer::Viewer;

/// The console's routes.
pub(crate) fn router() -> Router<Desk> {
    Router::new()
        .route("/desk", get(home))
        .route("/desk/sign-in", get(sign_in::show).post(sign_in::send))
        .route("/desk/sign-out", post(sign_in::leave))
        .route("/desk/password", get(sign_in::show_password).post(sign_in::send_password))
        .route(ClerkCookie::RENEW_PATH, get(clerk::issue))
        .route("/desk/language", get(language::choose))
        .route("/desk/items", get(items::show))
        .route("/desk/pull", post(items::pull))
        .route("/desk/items/{id}/{action}", post(item_actions::send))
        .route("/desk/cases", get(cases::show))
        .route("/desk/cases/{id}", get(case_page::show))
        .route("/desk/cases/{id}/files/{file}", get(case_page::file))
        .route("/desk/cases/{id}/tips/{tip}", get(case_page::messages))
        .route("/desk/cases/{id}/{action}", post(case_actions::send))
        .route("/desk/receipts", get(receipts::show).post(receipts::look))
        .route("/desk/registers", get(registers::show))
        .route("/desk/overview", get(overview::show))
        .route("/desk/accounts", get(accounts::show).post(accounts::add))
        .route("/desk/accounts/disable", post(accounts::disable))
        .route("/desk/identity", get(identity::show).post(identity::open))
        .route("/desk/audit", get(audit::show))
        // The desks of other parts have longer names of their own.
        .route("/desk/{*nowhere}", any(nowhere))
        .layer(from_fn(refused_as_page))
}

/// No such page, in the language that was chosen.
async fn nowhere() -> Failure {
    DeskError::NotFound.into()
}

/// The first desk that the role allows.
async fn home(viewer: Viewer) -> Redirect {
    Redirect::to(shell::first_desk(viewer.principal.role))
}
