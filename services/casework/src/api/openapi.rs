//! The frame of the OpenAPI document.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

/// Where the document is served.
pub(crate) const OPENAPI_PATH: &str = "/api/v1/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Dengwen: the desk",
        description = "What officers, supervisors and the identity custodian of a tip line do. Errors are RFC 9457 problem details with a stable `type`."
    ),
    tags(
        (name = "assignments", description = "Items of a unit, pulled by one officer at a time"),
        (name = "screening", description = "Decisions on items that a person has to put in order"),
        (name = "cases", description = "Reading, reviewing and deciding cases"),
        (name = "oversight", description = "Limits and figures over many cases"),
        (name = "intake", description = "What clerks ask while they register"),
        (name = "identity", description = "Opening a reporter's identity"),
        (name = "session", description = "Console sessions"),
        (name = "internal", description = "Between the doors and the desk; never reachable from outside")
    )
)]
struct Frame;

/// The document without its operations.
pub(super) fn base() -> utoipa::openapi::OpenApi {
    let mut document = Frame::openapi();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("dwt1");
    components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-dengwen")));
    components.add_security_scheme("session", cookie);
    let door =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("derived from the receipt key");
    components.add_security_scheme("door", SecurityScheme::Http(door.build()));
    document
}

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    super::operations().split_for_parts().1
}
