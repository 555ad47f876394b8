//! What the letter desk answers besides its form: scans, labels, numbers. By the interface with a token, and
//! in a browser.

mod api;
mod pages;
mod told;

pub(crate) use api::Documented;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use axum::{Extension, Router};
use dengwen_clerk::{Desk, Folder};
use dengwen_pages::console::refused_as_page;
use dengwen_service::DoorRuntime;

use crate::attach::Attacher;
use crate::letter::LetterIn;
use crate::numbers::Numbers;
use crate::scans::Scans;

/// What these handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Letters {
    pub(crate) scans: Scans,
    pub(crate) attacher: Attacher,
    pub(crate) numbers: Numbers,
    pub(crate) folder: Option<Folder>,
}

/// The routes.
pub(crate) fn routes(letters: Letters, runtime: &DoorRuntime) -> Router<Desk<LetterIn>> {
    let door = &runtime.process().settings().door;
    let uploads =
        DefaultBodyLimit::max(door.max_file_bytes.saturating_mul(door.max_files).saturating_add(1 << 20));
    let api = Router::new()
        .route("/api/v1/letters/scans", get(api::list).post(api::upload).layer(uploads))
        .route("/api/v1/letters/scans/{id}", get(api::original))
        .route("/api/v1/letters/scans/{id}/pages/{page}", get(api::page))
        .route("/api/v1/letters/numbers", post(api::number))
        .route("/api/v1/letters/numbers/{number}/label", get(api::label))
        .route("/api/v1/letters/numbers/{number}/scans", post(api::attach));
    let pages = Router::new()
        .route("/desk/letters/scans", get(pages::list).post(pages::upload).layer(uploads))
        .route("/desk/letters/scans/begin", post(pages::begin))
        .route("/desk/letters/scans/attach", post(pages::attach))
        .route("/desk/letters/scans/{id}", get(pages::show))
        .route("/desk/letters/scans/{id}/file", get(pages::original))
        .route("/desk/letters/scans/{id}/pages/{page}", get(pages::picture))
        .route("/desk/letters/labels", post(pages::new_label))
        .route("/desk/letters/labels/{number}", get(pages::label))
        .layer(from_fn(refused_as_page));
    api.merge(pages).layer(Extension(letters))
}
