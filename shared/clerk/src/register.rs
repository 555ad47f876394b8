//! One entry: checked, taken, answered with the receipt that is read out to the reporter.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_door::{ExternalId, Unchecked, answer_once};
use dengwen_http::{IdempotencyKey, Problem, parse_json, problems};
use dengwen_model::TipId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::Desk;
use crate::entry::wrong_fields;
use crate::parts::Sent;
use crate::sign_in::Clerk;
use crate::taking::take;
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
    /// The register number, at a desk that gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    register_no: Option<String>,
}

/// Registers one entry from a JSON body, or from a form of an `entry` part and files; or says what is wrong with
/// which field or file. Then nothing was taken.
pub(crate) async fn register<E: Entry>(
    clerk: Clerk,
    State(desk): State<Desk<E>>,
    key: Option<IdempotencyKey>,
    sent: Sent,
) -> Result<Response, Problem> {
    clerk.still_holds(&desk).await?;
    let Unchecked(entry) = parse_json::<Unchecked<E>>(&sent.json)?;
    let errors = wrong_fields(&entry, &desk.checks().await);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let answer = take_once(&desk, key, &sent, entry).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::CREATED, headers, answer).into_response())
}

async fn take_once<E: Entry>(
    desk: &Desk<E>,
    key: Option<IdempotencyKey>,
    sent: &Sent,
    entry: E,
) -> Result<Vec<u8>, Problem> {
    let Some(key) = key else { return registered(desk, entry, sent, None).await };
    let (source, fingerprint) = (E::DESK.source, &sent.fingerprint);
    let external = ExternalId {
        source: source.to_owned(),
        // Bound to the words: a key used again by mistake must not swallow another entry.
        id: format!("key {} {}", key.as_str(), hex(fingerprint)),
        same_receipt: true,
    };
    let work = async || registered(desk, entry, sent, Some(external)).await;
    answer_once(desk.door(), desk.cache(), source, &key, fingerprint, work).await
}

async fn registered<E: Entry>(
    desk: &Desk<E>,
    entry: E,
    sent: &Sent,
    external: Option<ExternalId>,
) -> Result<Vec<u8>, Problem> {
    let taken = take(desk, entry, &sent.files, external).await?;
    let registered = Registered {
        tip_id: taken.accepted.tip,
        tip_ids: vec![taken.accepted.tip],
        receipt: taken.accepted.receipt.grouped(),
        received_at: taken.accepted.received_at,
        register_no: taken.number,
    };
    serde_json::to_vec(&registered).map_err(|_| problems::INTERNAL.into())
}
