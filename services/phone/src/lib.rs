//! The 12380 phone desk (电话受理): one call at a time, and call logs by CSV or XLSX.

mod call;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::get;
use dengwen_clerk::{Clerk, Desk, ImportOptions, Imported, Registered, Upload};
use dengwen_http::{IdempotencyKey, Problem, ProblemDocument, ValidQuery};
use dengwen_service::DoorRuntime;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::call::CallIn;

/// Largest call log, in bytes.
const MAX_IMPORT: usize = 64 << 20;

#[derive(OpenApi)]
#[openapi(info(title = "Dengwen phone desk", description = "Register calls and call logs. Role intake."))]
struct Document;

/// Starts the phone desk.
///
/// # Errors
/// Where the built-in rules cannot be read, which a test excludes.
pub fn start(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    let desk = Desk::<CallIn>::new(runtime)?;
    let (api, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(call))
        .routes(routes!(import).layer(DefaultBodyLimit::max(MAX_IMPORT)))
        .split_for_parts();
    let json = document.to_json().unwrap_or_default();
    let document = get(move || async move { ([("content-type", "application/json")], json) });
    Ok(api.route("/api/v1/phone/openapi.json", document).with_state(desk))
}

/// Register a call
#[utoipa::path(post, path = "/api/v1/phone/calls", tag = "phone desk", request_body = CallIn,
    responses((status = 201, body = Registered), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn call(
    _clerk: Clerk,
    State(desk): State<Desk<CallIn>>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Problem> {
    dengwen_clerk::register(&desk, key, body).await
}

/// Import a call log
///
/// CSV (UTF-8 or GB18030) or XLSX with a header row, as the body or as the file of a form. `?dry_run=true` only says what would happen,
/// `?by_row=true` takes the rows that are right. The same file twice makes nothing twice.
#[utoipa::path(post, path = "/api/v1/phone/import", tag = "phone desk",
    params(("dry_run" = Option<bool>, Query), ("by_row" = Option<bool>, Query)),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, body = Imported), (status = 200, body = Imported),
        (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn import(
    _clerk: Clerk,
    State(desk): State<Desk<CallIn>>,
    ValidQuery(options): ValidQuery<ImportOptions>,
    Upload(body): Upload,
) -> Result<Response, Problem> {
    dengwen_clerk::import(&desk, options, body).await
}
