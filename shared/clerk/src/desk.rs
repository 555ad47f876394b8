//! One entry: checked, taken, answered with the receipt that is read out to the reporter.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_cache::Cache;
use dengwen_door::{Door, ExternalId, Submission, Unchecked, answer_once};
use dengwen_http::{IdempotencyKey, Problem, parse_json, problems};
use dengwen_model::TipId;
use dengwen_rules::Rules;
use dengwen_service::DoorRuntime;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::Entry;
use crate::entry::wrong_fields;

/// What a desk's handlers share; `E` is what is registered there.
#[derive(Debug)]
pub struct Desk<E> {
    shared: Arc<Shared>,
    entry: PhantomData<fn() -> E>,
}

#[derive(Debug)]
struct Shared {
    door: Arc<Door>,
    cache: Arc<Cache>,
    ranks: Vec<String>,
    max_text: usize,
}

impl<E> Clone for Desk<E> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), entry: PhantomData }
    }
}

impl<E> Desk<E> {
    /// The desk of this door.
    ///
    /// # Errors
    /// Where the built-in rules cannot be read, which a test excludes.
    pub fn new(runtime: &DoorRuntime) -> anyhow::Result<Self> {
        let ranks = Rules::built_in()?.taxonomy.ranks().iter().map(|rank| rank.code.to_string()).collect();
        let shared = Shared {
            door: runtime.door().clone(),
            cache: runtime.process().cache().clone(),
            ranks,
            max_text: runtime.process().settings().door.max_text_chars,
        };
        Ok(Self { shared: Arc::new(shared), entry: PhantomData })
    }

    /// The door.
    pub fn door(&self) -> &Door {
        &self.shared.door
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    /// The taxonomy's rank codes.
    pub(crate) fn ranks(&self) -> impl Iterator<Item = &str> {
        self.shared.ranks.iter().map(String::as_str)
    }

    pub(crate) fn max_text(&self) -> usize {
        self.shared.max_text
    }
}

/// What the clerk reads out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Registered {
    /// The tip.
    #[schema(value_type = String)]
    pub tip_id: TipId,
    /// The same as a list, as an import answers.
    #[schema(value_type = Vec<String>)]
    pub tip_ids: Vec<TipId>,
    /// 20 digits in groups of four, to be read out.
    pub receipt: String,
    /// When it reached the line.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
}

/// Registers one entry from a JSON body.
///
/// # Errors
/// What is wrong with which field; nothing was taken then.
pub async fn register<E: Entry>(
    desk: &Desk<E>,
    key: Option<IdempotencyKey>,
    body: Bytes,
) -> Result<Response, Problem> {
    let Unchecked(entry) = parse_json::<Unchecked<E>>(&body)?;
    let errors = wrong_fields(&entry, &desk.ranks().collect::<Vec<_>>(), desk.max_text());
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let mut submission = entry.into_submission();
    let answer = match key {
        None => take(desk, submission).await?,
        Some(key) => {
            let fingerprint = Sha256::digest(&body);
            if submission.external.is_none() {
                submission.external = Some(ExternalId {
                    source: E::SOURCE.to_owned(),
                    // Bound to the words: a key used again by mistake must not swallow another entry.
                    id: format!("key {} {}", key.as_str(), hex(&fingerprint)),
                    same_receipt: true,
                });
            }
            let work = async || take(desk, submission).await;
            answer_once(desk.door(), desk.cache(), E::SOURCE, &key, &fingerprint, work).await?
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::CREATED, headers, answer).into_response())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
