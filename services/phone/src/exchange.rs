//! Call records that the exchange sends: `POST /api/v1/phone/cdr`. FreeSWITCH's mod_json_cdr posts each call;
//! of Asterisk, a job sends its tables. It has a secret of its own, with which nothing else can be done.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::routing::post;
use axum::{Extension, Json, Router};
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, Engine};
use dengwen_clerk::no_table;
use dengwen_http::{Bearer, Media, Problem, ProblemDocument, problems};
use serde::Serialize;
use subtle::ConstantTimeEq;
use utoipa::{OpenApi, ToSchema};

use crate::calls::RecordFate;
use crate::cdr::{CallRecords, from_json, from_table};
use crate::desk::Phone;

/// Where records are sent.
const API: &str = "/api/v1/phone/cdr";
/// Largest body: a table of some hundred thousand calls.
const MAX_BODY: usize = 32 << 20;
/// Largest record of one call.
const MAX_RECORD: usize = 1 << 20;
/// Base64 with or without its padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// The field of a form in which mod_json_cdr sends it.
const FIELD: &str = "cdr";

/// The exchange's secret.
pub(crate) struct Exchange(String);

impl Exchange {
    pub(crate) fn new(secret: String) -> Self {
        Self(secret)
    }

    /// Whether it is the exchange: `Bearer <secret>`, or the password of Basic (RFC 7617), whoever the user.
    fn knows(&self, authorization: &str) -> bool {
        let Some((scheme, credentials)) = authorization.split_once(' ') else { return false };
        let credentials = credentials.trim();
        let presented = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => credentials.as_bytes().to_vec(),
            "basic" => {
                let pair = BASE64_STANDARD.decode(credentials).unwrap_or_default();
                let password =
                    pair.iter().position(|byte| *byte == b':').map_or(pair.len(), |colon| colon + 1);
                pair[password..].to_vec()
            }
            _ => return false,
        };
        self.0.as_bytes().ct_eq(&presented).into()
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exchange(hidden)")
    }
}

/// The sender is the exchange.
pub(crate) struct FromExchange;

impl<S: Send + Sync> FromRequestParts<S> for FromExchange {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let phone = parts.extensions.get::<Arc<Phone>>().ok_or(problems::INTERNAL)?;
        // Without a secret nobody may send.
        let exchange = phone.exchange.as_ref().ok_or(problems::NOT_FOUND)?;
        let header = parts.headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        if exchange.knows(header.unwrap_or_default()) { Ok(Self) } else { Err(Bearer::refused()) }
    }
}

/// The route.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route(API, post(receive).layer(DefaultBodyLimit::max(MAX_BODY)))
}

/// The interface, documented.
#[derive(OpenApi)]
#[openapi(paths(receive))]
pub(crate) struct Documented;

/// What became of the records.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct RecordsAdmitted {
    /// Calls that were read.
    pub(crate) calls: usize,
    /// Those that wait to be called back from now on.
    pub(crate) waiting: usize,
    /// Rows without an id or a time that can be read.
    pub(crate) unread: usize,
}

/// Takes the record of a call (JSON, plain or as `cdr` of a form, as it is or in base64), or a table of them. Calls to the line that
/// nobody took wait at the desk; the others are only counted. The same call again is the same.
#[utoipa::path(
    post, path = "/api/v1/phone/cdr", tag = "phone desk", operation_id = "receive_call_records",
    request_body(content = Object, description = "JSON or form: mod_json_cdr; text/csv: a table of call records"),
    responses(
        (status = 200, body = RecordsAdmitted),
        (status = 400, body = ProblemDocument, description = "Neither JSON nor a table of call records"),
        (status = 401, body = ProblemDocument),
        (status = 413, body = ProblemDocument),
        (status = 422, body = ProblemDocument, description = "A record without an id or a time")
    )
)]
async fn receive(
    _: FromExchange,
    Extension(phone): Extension<Arc<Phone>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<RecordsAdmitted>, Problem> {
    let records = match kind(&headers) {
        Kind::Json => one(&body)?,
        Kind::Form => one(&unpacked(field(&body)?)?)?,
        Kind::Packed => one(&unpacked(packed_field(&body)?)?)?,
        Kind::Table => table(body).await?.ok_or(problems::MALFORMED)?,
    };
    Ok(Json(phone.admit_records(records).await?))
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Json,
    /// mod_json_cdr with `encode` on.
    Form,
    /// The same with `base64`: no form at all, but a field's name and what is packed behind it, in lines.
    Packed,
    Table,
}

fn kind(headers: &HeaderMap) -> Kind {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/x-www-form-urlencoded" => Kind::Form,
        "application/x-www-form-base64-encoded" => Kind::Packed,
        // What older versions call a body of JSON.
        "application/x-www-form-plaintext" => Kind::Json,
        _ if matches!(Media::of(headers), Media::Json) => Kind::Json,
        _ => Kind::Table,
    }
}

/// What a form says of the call.
fn field(form: &[u8]) -> Result<Vec<u8>, Problem> {
    let found = url::form_urlencoded::parse(form).find(|(name, _)| name == FIELD);
    found.map(|(_, value)| value.into_owned().into_bytes()).ok_or_else(|| problems::MALFORMED.into())
}

/// What stands behind the field's name, where a program wrote it as a form or as FreeSWITCH does.
fn packed_field(body: &[u8]) -> Result<Vec<u8>, Problem> {
    if body.contains(&b'%') {
        return field(body);
    }
    let value = body.strip_prefix(FIELD.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
    value.map(<[u8]>::to_vec).ok_or_else(|| problems::MALFORMED.into())
}

/// JSON as it is; anything else as base64. In a form a `+` of it may have become a space.
fn unpacked(value: Vec<u8>) -> Result<Vec<u8>, Problem> {
    if value.trim_ascii_start().starts_with(b"{") {
        return Ok(value);
    }
    let sign = |byte: u8| if byte == b' ' { b'+' } else { byte };
    let packed: Vec<u8> = value.into_iter().filter(|byte| !matches!(byte, b'\r' | b'\n')).map(sign).collect();
    LENIENT.decode(packed).map_err(|_| problems::MALFORMED.into())
}

/// The record of one call.
fn one(json: &[u8]) -> Result<CallRecords, Problem> {
    if json.len() > MAX_RECORD {
        return Err(problems::TOO_LARGE.into());
    }
    let record = serde_json::from_slice(json).map_err(|_| problems::MALFORMED)?;
    let call = from_json(&record).map_err(Problem::invalid)?;
    Ok(CallRecords { calls: call.into_iter().collect(), unread: 0 })
}

/// The records of a table, read off the async threads; nothing where it is another table.
pub(crate) async fn table(body: Bytes) -> Result<Option<CallRecords>, Problem> {
    let read = tokio::task::spawn_blocking(move || from_table(&body)).await;
    read.map_err(|_| Problem::from(problems::INTERNAL))?.map_err(|error| no_table(&error))
}

impl Phone {
    /// Takes records of calls. After an error those before are taken; sent again, they make nothing twice.
    pub(crate) async fn admit_records(&self, records: CallRecords) -> Result<RecordsAdmitted, Problem> {
        let now = self.door.clock().now();
        self.calls.sweep(now).await?;
        let mut admitted = RecordsAdmitted { calls: records.calls.len(), waiting: 0, unread: records.unread };
        for call in records.calls {
            if self.calls.admit(call, now).await? == RecordFate::Waits {
                admitted.waiting += 1;
            }
        }
        Ok(admitted)
    }
}
