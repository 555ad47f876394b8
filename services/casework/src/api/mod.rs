//! The desk's HTTP interface, one endpoint a file, and the OpenAPI document made of them.

pub(crate) mod assignments;
pub(crate) mod called_again;
pub(crate) mod cases;
pub(crate) mod deadlines;
pub(crate) mod hints;
pub(crate) mod identity;
mod openapi;
pub(crate) mod overview;
pub(crate) mod pull;
pub(crate) mod registers;
pub(crate) mod session;

pub(crate) use openapi::OPENAPI_PATH;
pub use openapi::document;

use axum::routing::get;
use axum::{Json, Router};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::desk::Desk;
use crate::{notices, receipts};

/// Every operation, with its documentation.
fn operations() -> OpenApiRouter<Desk> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(pull::handler))
        .routes(routes!(assignments::mine::handler))
        .routes(routes!(assignments::get::handler))
        .routes(routes!(assignments::accept::handler))
        .routes(routes!(assignments::object::handler))
        .routes(routes!(assignments::extend::handler))
        .routes(routes!(assignments::release::handler))
        .routes(routes!(assignments::report::handler))
        .routes(routes!(assignments::refer::handler))
        .routes(routes!(assignments::keep::handler))
        .routes(routes!(assignments::explain::handler))
        .routes(routes!(assignments::classify::handler))
        .routes(routes!(assignments::pass_up::handler))
        .routes(routes!(cases::list::handler))
        .routes(routes!(cases::get::handler))
        .routes(routes!(cases::file::handler))
        .routes(routes!(cases::messages::handler))
        .routes(routes!(cases::approve::handler))
        .routes(routes!(cases::send_back::handler))
        .routes(routes!(cases::conclude::handler))
        .routes(routes!(cases::feedback::handler))
        .routes(routes!(cases::close::handler))
        .routes(routes!(cases::archive::handler))
        .routes(routes!(cases::reopen::handler))
        .routes(routes!(cases::reassign::handler))
        .routes(routes!(cases::jurisdiction::handler))
        .routes(routes!(cases::release_file::handler))
        .routes(routes!(cases::split::handler))
        .routes(routes!(cases::ask::handler))
        .routes(routes!(cases::objection::handler))
        .routes(routes!(cases::clarify::handler))
        .routes(routes!(deadlines::handler))
        .routes(routes!(overview::handler))
        .routes(routes!(registers::handler))
        .routes(routes!(hints::handler))
        .routes(routes!(called_again::handler))
        .routes(routes!(identity::handler))
        .routes(routes!(session::open::handler, session::show::handler, session::stop::handler))
        .routes(routes!(session::password::handler))
        .routes(routes!(receipts::look::handler))
        .routes(routes!(receipts::write::handler))
        .routes(routes!(notices::handler))
}

/// The routes, with the document among them.
pub(crate) fn router() -> Router<Desk> {
    let (router, document) = operations().split_for_parts();
    router.route(OPENAPI_PATH, get(move || std::future::ready(Json(document.clone()))))
}
