//! `POST /api/v1/tips`: take a report, answer with its receipt.

use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_door::{ExternalId, Unchecked, answer_once, refuse_file};
use dengwen_http::{ClientAddress, IdempotencyKey, Problem, ProblemDocument, parse_json, problems};
use dengwen_model::{Attachment, TipId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::Web;
use crate::parts::{Parts, Upload, bounded};
use crate::tip_in::TipIn;

/// What the reporter holds from now on.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct TipOut {
    /// For asking about a fault; opens nothing.
    #[schema(value_type = String)]
    pub(crate) tip_id: TipId,
    /// 20 digits in groups of four. Nobody can recover it.
    pub(crate) receipt: String,
    /// When it was safe with the line.
    #[schema(value_type = String)]
    pub(crate) received_at: Timestamp,
}

/// Name of the JSON part of a multipart report.
const TIP_PART: &str = "tip";
const SCOPE: &str = "web/tips";
/// Longest report without files, in bytes: the route's limit is for files.
const MAX_JSON: usize = 1 << 20;

/// Report
///
/// JSON, or multipart with a `tip` part (the same JSON) and `file` parts. Answered only when the report is
/// durable. With `Idempotency-Key` a repeat gets the first answer again.
#[utoipa::path(post, path = "/api/v1/tips", tag = "reporters",
    request_body(content = TipIn, content_type = "application/json"),
    responses(
        (status = 201, body = TipOut),
        (status = 400, body = ProblemDocument), (status = 413, body = ProblemDocument),
        (status = 415, body = ProblemDocument), (status = 422, body = ProblemDocument),
        (status = 429, body = ProblemDocument), (status = 503, body = ProblemDocument)))]
pub(crate) async fn submit(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    key: Option<IdempotencyKey>,
    request: Request,
) -> Result<Response, Problem> {
    let media =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let received = if media.starts_with("multipart/form-data") {
        read_multipart(&web, request).await?
    } else if is_json(media) {
        read_json(&web, request).await?
    } else {
        return Err(problems::UNSUPPORTED_MEDIA_TYPE.into());
    };
    received.check(&web).await?;
    let answer = take_once(&web, address, key.as_ref(), received).await?;
    Ok(created(answer))
}

pub(crate) fn is_json(media: &str) -> bool {
    let kind = media.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// A report as it was read, before anything was kept of it.
pub(crate) struct Received {
    pub(crate) tip: TipIn,
    pub(crate) files: Vec<Upload>,
    pub(crate) fingerprint: Vec<u8>,
}

impl Received {
    /// Everything that is wrong with it, before anything is counted or kept.
    pub(crate) async fn check(&self, web: &Web) -> Result<(), Problem> {
        let checks = web.checker.for_subject(&self.tip.subject).await;
        self.tip.check(!self.files.is_empty(), &checks)?;
        for (index, file) in self.files.iter().enumerate() {
            web.files.admit(&file.bytes).map_err(|error| refuse_file(&format!("files[{index}]"), error))?;
        }
        Ok(())
    }
}

async fn read_json(web: &Web, request: Request) -> Result<Received, Problem> {
    let mut share = web.uploads.begin(&web.door, &request);
    let bytes = bounded(request.into_body(), MAX_JSON, &mut share).await?;
    let fingerprint = Sha256::digest(&bytes).to_vec();
    let Unchecked(tip) = parse_json(&bytes)?;
    Ok(Received { tip, files: Vec::new(), fingerprint })
}

async fn read_multipart(web: &Web, request: Request) -> Result<Received, Problem> {
    let mut share = web.uploads.begin(&web.door, &request);
    let multipart =
        Multipart::from_request(request, &()).await.map_err(|_| Problem::from(problems::MALFORMED))?;
    let parts = Parts::read(multipart, web.max_files, web.files.max_bytes(), &mut share).await?;
    let tip = parts
        .field(TIP_PART)
        .ok_or_else(|| Problem::invalid(vec![dengwen_http::FieldError::new(TIP_PART, "required")]))?;
    let Unchecked(read) = parse_json(tip.as_bytes())?;
    Ok(Received { tip: read, fingerprint: parts.fingerprint(), files: parts.files })
}

/// Takes a checked report; with a key, once.
pub(crate) async fn take_once(
    web: &Web,
    address: std::net::IpAddr,
    key: Option<&IdempotencyKey>,
    received: Received,
) -> Result<Vec<u8>, Problem> {
    let Some(key) = key else { return take(web, address, None, received).await };
    let fingerprint = received.fingerprint.clone();
    // Bound to the words as well, so that a key that somebody guesses opens nothing.
    let external = ExternalId {
        source: SCOPE.to_owned(),
        id: format!("{} {}", key.as_str(), hex(&fingerprint)),
        same_receipt: true,
    };
    let work = async || take(web, address, Some(external), received).await;
    answer_once(&web.door, &web.cache, SCOPE, key, &fingerprint, work).await
}

async fn take(
    web: &Web,
    address: std::net::IpAddr,
    external: Option<ExternalId>,
    received: Received,
) -> Result<Vec<u8>, Problem> {
    web.limits.tip_from(&web.door, &web.cache, address).await?;
    let attachments = keep(web, &received.files).await?;
    let mut submission = received.tip.into_submission(attachments);
    submission.external = external;
    let accepted = web.door.take(submission).await?;
    let out = TipOut {
        tip_id: accepted.tip,
        receipt: accepted.receipt.grouped(),
        received_at: accepted.received_at,
    };
    serde_json::to_vec(&out).map_err(|_| problems::INTERNAL.into())
}

/// Keeps files that were admitted, each sealed under its own key.
pub(crate) async fn keep(web: &Web, files: &[Upload]) -> Result<Vec<Attachment>, Problem> {
    let mut kept = Vec::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        let attachment = web.files.keep(&file.name, &file.bytes, web.door.entropy()).await;
        kept.push(attachment.map_err(|error| refuse_file(&format!("files[{index}]"), error))?);
    }
    Ok(kept)
}

fn created(answer: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::CREATED, headers, answer).into_response()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
