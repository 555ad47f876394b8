//! `POST /internal/v1/receipts`: the state and messages that a receipt opens.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use dengwen_door::{Look, MailboxView};
use dengwen_http::{Problem, problems};
use dengwen_ledger::TipRecord;
use dengwen_model::{CaseFile, CaseStage, CoarseState, CourseEntry, CourseEvent, Message};
use dengwen_seal::ReceiptHash;
use dengwen_service::{open_case_file, open_message};
use jiff::Timestamp;

use super::door_key::FromDoor;
use crate::desk::Desk;
use crate::guards::mark;
use crate::late;
use crate::refusal::{DeskError, Failure};

/// Look up a receipt.
#[utoipa::path(
    post, path = "/internal/v1/receipts", tag = "internal", operation_id = "look_up_receipt",
    request_body(content = Object, description = "`receipt_hash`: the keyed hash, base64"),
    responses((status = 200, body = Object, description = "`state`, `updated_at`, `messages`"), (status = 404)),
    security(("door" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    _: FromDoor,
    body: Bytes,
) -> Result<Json<MailboxView>, Failure> {
    let Look { receipt_hash } =
        serde_json::from_slice(&body).map_err(|_| Problem::from(problems::MALFORMED))?;
    Ok(Json(work(&desk, &receipt_hash).await?))
}

/// Looks.
pub(crate) async fn work(desk: &Desk, receipt: &ReceiptHash) -> Result<MailboxView, DeskError> {
    let mut work = desk.read().await?;
    let tip = work.tip_by_receipt(receipt.as_bytes()).await?.ok_or(DeskError::NotFound)?;
    let (state, since) = match work.case(tip.tip.case).await? {
        Some(record) => {
            let file = open_case_file(desk.runtime(), record.case.id, &record.file)?;
            let state = late::state(&record.case, &file, &tip);
            (state, since(state, &record.case.stage, &file, &tip))
        }
        None => (CoarseState::Received, tip.tip.registered_at),
    };
    let mut messages = Vec::new();
    for record in work.messages_before(tip.tip.id, None, MESSAGES).await? {
        let content = open_message(desk.runtime(), record.id, &record.text)?;
        let files = content.attachments.len();
        messages.push(Message { from: record.from, at: record.at, text: content.text, files });
    }
    let updated_at = messages.iter().map(|message| message.at).chain([since]).max().unwrap_or(since);
    Ok(MailboxView { state, updated_at, messages })
}

/// Messages that a receipt shows: the newest, in a page that a poor line can load.
const MESSAGES: u32 = 200;

/// Since when the coarse state holds. Not the case's last change: that would tell one reporter when
/// others wrote and when officers worked.
fn since(state: CoarseState, stage: &CaseStage, file: &CaseFile, tip: &TipRecord) -> Timestamp {
    let begins = |event: &CourseEvent| match state {
        CoarseState::Received => false,
        CoarseState::InProgress => matches!(event, CourseEvent::Dispatched { .. }),
        CoarseState::PassedOn | CoarseState::Concluded => ends(event, stage),
    };
    let reopened = |entry: &CourseEntry| matches!(&entry.event, CourseEvent::Noted { what, .. } if what == mark::REOPENED);
    let round = file.course.iter().rposition(reopened).unwrap_or(0);
    let round = &file.course[round..];
    let began =
        round.iter().find(|entry| begins(&entry.event) || state == CoarseState::Received && reopened(entry));
    // A tip that joined later came into the state with its registration.
    began.map_or(tip.tip.registered_at, |entry| entry.at.max(tip.tip.registered_at))
}

fn ends(event: &CourseEvent, stage: &CaseStage) -> bool {
    let noted =
        |wanted: &[&str]| matches!(event, CourseEvent::Noted { what, .. } if wanted.contains(&what.as_str()));
    match stage {
        CaseStage::Referred { .. } => noted(&["referred"]),
        CaseStage::PassedUp { .. } => noted(&["passed_up"]),
        CaseStage::Kept { .. } => noted(&["kept", "explained"]),
        _ => matches!(event, CourseEvent::Concluded { .. }),
    }
}
