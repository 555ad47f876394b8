//! The letter desk (来信来访): letters, visits and e-mails registered by a clerk, one at a time or by table.

mod letter;

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

use crate::letter::LetterIn;

/// Largest register, in bytes.
const MAX_IMPORT: usize = 64 << 20;

#[derive(OpenApi)]
#[openapi(info(
    title = "Dengwen letter desk",
    description = "Register letters, visits and e-mails. Role intake."
))]
struct Document;

/// Starts the letter desk.
///
/// # Errors
/// Where the built-in rules cannot be read, which a test excludes.
pub fn start(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    let desk = Desk::<LetterIn>::new(runtime)?;
    let (api, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(letter))
        .routes(routes!(import).layer(DefaultBodyLimit::max(MAX_IMPORT)))
        .split_for_parts();
    let json = document.to_json().unwrap_or_default();
    let document = get(move || async move { ([("content-type", "application/json")], json) });
    Ok(api.route("/api/v1/letters/openapi.json", document).with_state(desk))
}

/// Register a letter, visit or e-mail
#[utoipa::path(post, path = "/api/v1/letters", tag = "letter desk", request_body = LetterIn,
    responses((status = 201, body = Registered), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn letter(
    _clerk: Clerk,
    State(desk): State<Desk<LetterIn>>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Problem> {
    dengwen_clerk::register(&desk, key, body).await
}

/// Import a register of letters
///
/// CSV (UTF-8 or GB18030) or XLSX with a header row, as the body or as the file of a form. `?dry_run=true` only says what would happen,
/// `?by_row=true` takes the rows that are right. The same file twice makes nothing twice.
#[utoipa::path(post, path = "/api/v1/letters/import", tag = "letter desk",
    params(("dry_run" = Option<bool>, Query), ("by_row" = Option<bool>, Query)),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, body = Imported), (status = 200, body = Imported),
        (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn import(
    _clerk: Clerk,
    State(desk): State<Desk<LetterIn>>,
    ValidQuery(options): ValidQuery<ImportOptions>,
    Upload(body): Upload,
) -> Result<Response, Problem> {
    dengwen_clerk::import(&desk, options, body).await
}
