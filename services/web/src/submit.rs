//! `POST /api/v1/tips`: take a report, answer with its receipt.

use std::net::IpAddr;
use std::sync::OnceLock;

use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_door::{Accepted, Counted, ExternalId, KeyOwner, NamedRequest, refuse_file};
use dengwen_http::{
    ClientAddress, FieldError, IdempotencyKey, Media, Problem, ProblemDocument, Reading, problems, read_json,
};
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
        (status = 400, body = ProblemDocument),
        (status = 403, body = ProblemDocument, description = "Sent by a page of another site"),
        (status = 408, body = ProblemDocument), (status = 413, body = ProblemDocument),
        (status = 415, body = ProblemDocument), (status = 422, body = ProblemDocument),
        (status = 429, body = ProblemDocument), (status = 503, body = ProblemDocument)))]
pub(crate) async fn submit(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    key: Option<IdempotencyKey>,
    request: Request,
) -> Result<Response, Problem> {
    let received = match Media::of(request.headers()) {
        Media::Multipart => read_multipart(&web, request).await?,
        Media::Json => read_body(&web, request).await?,
        Media::Other => return Err(problems::UNSUPPORTED_MEDIA_TYPE.into()),
    };
    let report = received.check(&web).await?;
    let answer = take_once(&web, address, key, report).await?;
    Ok(created(answer))
}

/// A report as it was read, before anything was kept of it.
pub(crate) struct Received {
    pub(crate) tip: Reading<TipIn>,
    pub(crate) files: Vec<Upload>,
    pub(crate) fingerprint: Vec<u8>,
}

/// A report that can be taken.
pub(crate) struct Report {
    tip: TipIn,
    files: Vec<Upload>,
    fingerprint: Vec<u8>,
}

impl Received {
    /// Everything that is wrong with it, before anything is counted or kept.
    pub(crate) async fn check(self, web: &Web) -> Result<Report, Problem> {
        let Self { tip, files, fingerprint } = self;
        let subject = tip.value().and_then(|tip| tip.subject.as_ref());
        let checks = web.checker.for_subject(subject).await;
        let tip = tip.judge(|tip| tip.wrong(!files.is_empty(), &checks))?;
        for (index, file) in files.iter().enumerate() {
            web.files.admit(&file.bytes).map_err(|error| refuse_file(&format!("files[{index}]"), error))?;
        }
        Ok(Report { tip, files, fingerprint })
    }
}

async fn read_body(web: &Web, request: Request) -> Result<Received, Problem> {
    let mut share = web.uploads.begin(&web.door, &request);
    let bytes = bounded(request.into_body(), MAX_JSON, &mut share).await?;
    let fingerprint = Sha256::digest(&bytes).to_vec();
    Ok(Received { tip: read_json(&bytes)?, files: Vec::new(), fingerprint })
}

async fn read_multipart(web: &Web, request: Request) -> Result<Received, Problem> {
    let mut share = web.uploads.begin(&web.door, &request);
    let multipart =
        Multipart::from_request(request, &()).await.map_err(|_| Problem::from(problems::MALFORMED))?;
    let parts = Parts::read(multipart, web.max_files, web.files.max_bytes(), &mut share).await?.whole()?;
    let parts = parts.with_fields(&[TIP_PART])?;
    let tip =
        parts.field(TIP_PART).ok_or_else(|| Problem::invalid(vec![FieldError::new(TIP_PART, "required")]))?;
    Ok(Received { tip: read_json(tip.as_bytes())?, fingerprint: parts.fingerprint(), files: parts.files })
}

/// Takes a checked report; with a key, once.
pub(crate) async fn take_once(
    web: &Web,
    address: IpAddr,
    key: Option<IdempotencyKey>,
    report: Report,
) -> Result<Vec<u8>, Problem> {
    // Counted before anything is kept, and forgiven where we fail. What was promised then and is asked for again
    // under its key is taken without being counted once more: a telephone on a bad line repeats itself.
    let counted = OnceLock::new();
    let answered = answer(web, address, key, report, &counted).await;
    if let Some(counted) = counted.get() {
        counted.forgive(&web.cache, &answered).await;
    }
    answered
}

async fn answer(
    web: &Web,
    address: IpAddr,
    key: Option<IdempotencyKey>,
    report: Report,
    counted: &OnceLock<Counted>,
) -> Result<Vec<u8>, Problem> {
    let Some(key) = key else {
        let out = prepare(web, address, None, counted).await?;
        take(web, &out, None, report).await?;
        return serde_json::to_vec(&out).map_err(|_| problems::INTERNAL.into());
    };
    let owner = KeyOwner::of_stranger(&web.door, address, &key);
    let request = NamedRequest::new(SCOPE, owner, key, report.fingerprint.clone());
    let external = request.external();
    let prepare = async || prepare(web, address, external.as_ref(), counted).await;
    let take = async |out: TipOut| take(web, &out, external.clone(), report).await;
    let answered = web.answers.answer_once(&request, prepare, take).await;
    if answered.as_ref().is_err_and(|problem| *problem.kind() == problems::IDEMPOTENCY_MISMATCH) {
        // Whoever behind the same address tries words under another's key has few tries.
        web.limits.tip_from(&web.door, &web.cache, address).await?;
    }
    answered
}

/// Counts the report, and draws what its reporter will hold.
async fn prepare(
    web: &Web,
    address: IpAddr,
    external: Option<&ExternalId>,
    counted: &OnceLock<Counted>,
) -> Result<TipOut, Problem> {
    let use_of_today = web.limits.tip_from(&web.door, &web.cache, address).await?;
    counted.get_or_init(|| use_of_today);
    let Accepted { tip, receipt, received_at } = web.door.draw(external, None);
    Ok(TipOut { tip_id: tip, receipt: receipt.grouped(), received_at })
}

async fn take(web: &Web, out: &TipOut, external: Option<ExternalId>, report: Report) -> Result<(), Problem> {
    let receipt = out.receipt.parse().map_err(|_| problems::INTERNAL)?;
    let accepted = Accepted { tip: out.tip_id, receipt, received_at: out.received_at };
    let attachments = keep(web, &report.files).await?;
    let mut submission = report.tip.into_submission(attachments);
    submission.external = external;
    Ok(web.door.take_as(&accepted, submission).await?)
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
