//! The desk in a browser: the same entries as by JSON, without JavaScript, and better with it.
//!
//! Each page is a file. The clerk signs in at casework's console; here a short-lived token in a cookie
//! tells who it is.

mod entry;
mod fields;
mod hints;
mod seated;
mod send;
mod shell;
mod table;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use dengwen_pages::console::refused_as_page;

pub use entry::{begin_draft, local};
pub(crate) use fields::Sent;
pub use seated::Seated;
pub use shell::{shell, tabs};

use crate::desk::{Desk, MAX_TABLE};
use crate::{Entry, discard};

/// The pages of the desk where `E` is registered.
pub(crate) fn router<E: Entry>() -> Router<Desk<E>> {
    let at = |path: &str| format!("{}{path}", E::FORM.href);
    Router::new()
        .route(&at(""), get(entry::show::<E>).post(send::send::<E>))
        .route(&at("/hints"), post(hints::look::<E>))
        .route(&at("/waiting/{id}/discard"), post(discard::by_form::<E>))
        .route(&at("/drafts/{draft}"), get(entry::show_draft::<E>).post(send::save::<E>))
        .route(&at("/drafts/{draft}/discard"), post(send::discard::<E>))
        .route(
            &at("/import"),
            get(table::show::<E>).post(table::send::<E>).layer(DefaultBodyLimit::max(MAX_TABLE)),
        )
        .route(&at("/import/{table}"), get(table::show_batch::<E>))
        .route(&at("/import/{table}/columns"), post(table::judge::<E>))
        .route(&at("/import/{table}/ticks"), post(table::tick::<E>))
        .route(&at("/import/{table}/take"), post(table::take::<E>))
        .route(&at("/import/{table}/receipts.csv"), get(table::receipts::<E>))
        .layer(from_fn(refused_as_page))
}
