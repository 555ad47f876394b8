//! The web door: what the public sees. The form and the receipt page work without JavaScript; the JSON
//! API does the same for programs.
//!
//! It can take a tip and give a receipt while everything behind it is away. How a tip stands it asks
//! casework, and says that the tip is safe where casework does not answer.

mod addition;
mod elsewhere;
mod form;
mod mailbox;
mod mine;
mod missing;
mod parts;
mod receipt_page;
mod submit;
#[cfg(test)]
mod tests;
mod tip_in;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::get;
use dengwen_cache::Cache;
use dengwen_door::{Answers, Checker, Door, Files, Limits, ReceiptDesk};
use dengwen_pages::{CodeChoice, RankChoice};
use dengwen_rules::Rules;
use dengwen_rules::person::{POLITICAL_STATUSES, PersonCode, SEXES};
use dengwen_service::DoorRuntime;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::uploads::Uploads;

/// Largest bodies that are held in memory at a time; smaller ones are more.
const UPLOADS: usize = 8;

/// What the handlers share.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    door: Arc<Door>,
    files: Files,
    cache: Arc<Cache>,
    answers: Answers,
    limits: Limits,
    desk: Arc<dyn ReceiptDesk>,
    uploads: Uploads,
    ranks: Arc<[RankChoice]>,
    genders: Arc<[CodeChoice]>,
    political_statuses: Arc<[CodeChoice]>,
    checker: Checker,
    max_text: usize,
    max_files: usize,
}

#[derive(OpenApi)]
#[openapi(info(title = "Dengwen web door", description = "Report, and follow a report by its receipt."))]
struct Document;

/// Starts the web door.
///
/// # Errors
/// Where the built-in rules cannot be read, which a test excludes.
pub fn start(runtime: &DoorRuntime, desk: Arc<dyn ReceiptDesk>) -> anyhow::Result<Router> {
    let settings = runtime.process().settings();
    let rules = Rules::built_in()?;
    let ranks = rules.taxonomy.ranks().iter();
    let ranks = ranks.map(|rank| RankChoice { code: rank.code.to_string(), name: rank.zh.clone() });
    let web = Web {
        door: runtime.door().clone(),
        files: runtime.files().clone(),
        cache: runtime.process().cache().clone(),
        answers: runtime.answers().clone(),
        limits: runtime.limits(),
        desk,
        uploads: Uploads::new(UPLOADS, largest(runtime.files().max_bytes(), settings.door.max_files)),
        ranks: ranks.collect(),
        genders: choices(&SEXES[..2]),
        political_statuses: choices(&POLITICAL_STATUSES),
        checker: runtime.checker()?,
        max_text: settings.door.max_text_chars,
        max_files: settings.door.max_files,
    };
    Ok(router(web))
}

fn choices(list: &[PersonCode]) -> Arc<[CodeChoice]> {
    list.iter().map(|entry| CodeChoice { code: entry.code, zh: entry.zh, en: entry.en }).collect()
}

/// The largest body, in bytes: the files, and what is said beside them.
fn largest(max_file: usize, max_files: usize) -> usize {
    max_file * max_files + (1 << 20)
}

fn router(web: Web) -> Router {
    let upload = DefaultBodyLimit::max(largest(web.files.max_bytes(), web.max_files));
    let (api, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(submit::submit).layer(upload))
        .routes(routes!(mine::look))
        .routes(routes!(mine::write).layer(upload))
        .split_for_parts();
    let json = document.to_json().unwrap_or_default();
    Router::new()
        .route("/", get(form::show).post(form::submit).layer(upload))
        .route("/receipt", get(receipt_page::show).post(receipt_page::open))
        // A page that answered a message may be asked for again by its address, as for another language.
        .route("/receipt/message", get(receipt_page::show).post(receipt_page::write).layer(upload))
        .route(
            "/api/v1/web/openapi.json",
            get(move || async move { ([("content-type", "application/json")], json) }),
        )
        .merge(api)
        .merge(dengwen_pages::asset_routes())
        .fallback(missing::show)
        .layer(from_fn(elsewhere::kept_out))
        .with_state(web)
}
