//! One entry: checked, taken, answered with the receipt that is read out to the reporter.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_door::{ExternalId, Submission, Unchecked, answer_once};
use dengwen_http::{IdempotencyKey, Problem, parse_json, problems};
use dengwen_model::TipId;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::desk::Desk;
use crate::entry::wrong_fields;
use crate::sign_in::Clerk;
use crate::{Entry, hex};

/// What the clerk reads out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The tip.
    #[schema(value_type = String)]
    tip_id: TipId,
    /// The same as a list, as an import answers.
    #[schema(value_type = Vec<String>)]
    tip_ids: Vec<TipId>,
    /// 20 digits in groups of four, to be read out.
    receipt: String,
    /// When it reached the line.
    #[schema(value_type = String)]
    received_at: Timestamp,
}

/// Registers one entry from a JSON body, or says what is wrong with which field; then nothing was taken.
pub(crate) async fn register<E: Entry>(
    clerk: Clerk,
    State(desk): State<Desk<E>>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Problem> {
    clerk.still_holds(&desk).await?;
    let Unchecked(entry) = parse_json::<Unchecked<E>>(&body)?;
    let errors = wrong_fields(&entry, &desk.checks().await);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let answer = take_once(&desk, key, &body, entry.into_submission()).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::CREATED, headers, answer).into_response())
}

async fn take_once<E: Entry>(
    desk: &Desk<E>,
    key: Option<IdempotencyKey>,
    body: &[u8],
    mut submission: Submission,
) -> Result<Vec<u8>, Problem> {
    let Some(key) = key else { return take(desk, submission).await };
    let (source, fingerprint) = (E::DESK.source, Sha256::digest(body));
    submission.external.get_or_insert_with(|| ExternalId {
        source: source.to_owned(),
        // Bound to the words: a key used again by mistake must not swallow another entry.
        id: format!("key {} {}", key.as_str(), hex(&fingerprint)),
        same_receipt: true,
    });
    let work = async || take(desk, submission).await;
    answer_once(desk.door(), desk.cache(), source, &key, &fingerprint, work).await
}

async fn take<E>(desk: &Desk<E>, submission: Submission) -> Result<Vec<u8>, Problem> {
    let accepted = desk.door().take(submission).await?;
    let registered = Registered {
        tip_id: accepted.tip,
        tip_ids: vec![accepted.tip],
        receipt: accepted.receipt.grouped(),
        received_at: accepted.received_at,
    };
    serde_json::to_vec(&registered).map_err(|_| problems::INTERNAL.into())
}
