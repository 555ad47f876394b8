//! One entry: checked, taken, answered with the receipt that is read out to the reporter.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_door::{Accepted, KeyOwner, NamedRequest};
use dengwen_http::{IdempotencyKey, Problem, problems};
use dengwen_model::TipId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Entry;
use crate::desk::Desk;
use crate::entry::{read_entry, wrong_fields};
use crate::parts::Sent;
use crate::sign_in::Clerk;
use crate::taking::{Marks, Taken, prepare, settle, take_as};

/// What the clerk reads out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Registered {
    /// The tip.
    #[schema(value_type = String)]
    tip_id: TipId,
    /// The same as a list, as an import answers.
    #[schema(value_type = Vec<String>)]
    tip_ids: Vec<TipId>,
    /// 20 digits in groups of four, to be read out.
    pub(crate) receipt: String,
    /// When it reached the line.
    #[schema(value_type = String)]
    pub(crate) received_at: Timestamp,
    /// The register number, at a desk that gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) register_no: Option<String>,
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
    let checks = desk.checks().await;
    let entry = read_entry::<E>(&sent.json)?.judge(|entry| wrong_fields(entry, &checks))?;
    let answer = match key {
        Some(key) => {
            let owner = KeyOwner::Staff(clerk.id());
            let request = NamedRequest::new(E::DESK.source, owner, key, sent.fingerprint.clone());
            take_once(&desk, &request, &sent.files, entry).await?
        }
        None => take_anew(&desk, &sent.files, entry).await?,
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::CREATED, headers, answer).into_response())
}

/// Takes an entry that nobody will know again.
async fn take_anew<E: Entry>(
    desk: &Desk<E>,
    files: &[(String, Bytes)],
    entry: E,
) -> Result<Vec<u8>, Problem> {
    let taken = prepare(desk, Marks::of(&entry, None)).await?;
    let own = entry.common().external(E::DESK.source);
    let waited = take_as(desk, &taken, entry, files, None).await?;
    settle(desk, &waited, &taken, own).await;
    serde_json::to_vec(&Registered::of(&taken)).map_err(|_| problems::INTERNAL.into())
}

/// Takes an entry once, however often it is sent: a repeat gets the first [`Registered`], also when its files
/// wait no more and its number is given away.
pub(crate) async fn take_once<E: Entry>(
    desk: &Desk<E>,
    request: &NamedRequest,
    files: &[(String, Bytes)],
    entry: E,
) -> Result<Vec<u8>, Problem> {
    let external = request.external();
    let own = entry.common().external(E::DESK.source);
    let mut done = None;
    let marks = Marks::of(&entry, external.clone());
    let promise = async || prepare(desk, marks).await.map(|taken| Registered::of(&taken));
    let take = async |registered: Registered| {
        let taken = registered.taken()?;
        let waited = take_as(desk, &taken, entry, files, external.clone()).await?;
        done = Some((waited, taken));
        Ok(())
    };
    let answer = desk.answers().answer_once(request, promise, take).await?;
    if let Some((waited, taken)) = done {
        settle(desk, &waited, &taken, own).await;
    }
    Ok(answer)
}

impl Registered {
    fn of(taken: &Taken) -> Self {
        let Taken { accepted, number } = taken;
        Self {
            tip_id: accepted.tip,
            tip_ids: vec![accepted.tip],
            receipt: accepted.receipt.grouped(),
            received_at: accepted.received_at,
            register_no: number.clone(),
        }
    }

    /// What the entry is known by that was answered so.
    fn taken(self) -> Result<Taken, Problem> {
        let receipt = self.receipt.parse().map_err(|_| problems::INTERNAL)?;
        let accepted = Accepted { tip: self.tip_id, receipt, received_at: self.received_at };
        Ok(Taken { accepted, number: self.register_no })
    }
}
