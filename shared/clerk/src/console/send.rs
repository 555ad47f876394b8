//! What is done with a form: kept as a draft, or registered.

use std::io::ErrorKind;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_door::{KeyOwner, NamedRequest};
use dengwen_http::{FieldError, IdempotencyKey, Problem, Text, problems};
use dengwen_pages::console::ReceiptReadPage;
use dengwen_pages::page;
use dengwen_rules::danger_in;
use sha2::{Digest, Sha256};

use super::entry::{form_page, local, unavailable, wrong};
use super::fields::{self, Fields, Sent, of_form};
use super::seated::{Seated, Unseated, give_back};
use super::shell::{shell, tabs};
use crate::desk::Desk;
use crate::drafts::DraftId;
use crate::entry::wrong_fields;
use crate::register::{Registered, take_once};
use crate::{Entry, hex};

/// Saves or registers, as the button says.
pub(crate) async fn send<E: Entry>(
    State(desk): State<Desk<E>>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<Response, Problem> {
    let (seated, id) = match sender(&desk, &parts, &fields).await? {
        Ok(sender) => sender,
        Err(unseated) => return Ok(give_back(unseated, &parts, fields)),
    };
    let registers = fields.get("do").is_none_or(|what| what != "draft");
    let given = of_form(&E::FORM, fields);
    if registers {
        return register(&desk, &seated, &id, given).await;
    }
    keep(&desk, &seated, &id, given).await?;
    Ok(Redirect::to(&format!("{}/drafts/{}?done=draft", E::FORM.href, id.as_str())).into_response())
}

/// Who sent a form, and the id that it bears; or why nobody is seated.
pub(crate) async fn sender<E: Entry>(
    desk: &Desk<E>,
    parts: &Parts,
    fields: &Fields,
) -> Result<Result<(Seated, DraftId), Unseated>, Problem> {
    let seated = match Seated::recognise(parts, desk).await {
        Ok(seated) => seated,
        Err(unseated) => return Ok(Err(unseated)),
    };
    let id = fields.get("draft").and_then(|id| DraftId::parse(id)).ok_or(problems::MALFORMED)?;
    Ok(Ok((seated, id)))
}

/// Saves while the clerk types; the script asks for no page.
pub(crate) async fn save<E: Entry>(
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<StatusCode, Problem> {
    let seated = Seated::recognise(&parts, &desk).await?;
    let id = DraftId::parse(&id).ok_or(problems::NOT_FOUND)?;
    keep(&desk, &seated, &id, of_form(&E::FORM, fields)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a draft.
pub(crate) async fn discard<E: Entry>(
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Redirect, Problem> {
    let seated = Seated::recognise(&parts, &desk).await?;
    let id = DraftId::parse(&id).ok_or(problems::NOT_FOUND)?;
    desk.drafts().discard(seated.id, &id).await.map_err(unavailable)?;
    Ok(Redirect::to(&format!("{}?done=discarded", E::FORM.href)))
}

pub(crate) async fn keep<E: Entry>(
    desk: &Desk<E>,
    seated: &Seated,
    id: &DraftId,
    given: Fields,
) -> Result<(), Problem> {
    let kept = desk.drafts().save(seated.id, id, given).await;
    kept.map(drop).map_err(|error| match error.kind() {
        ErrorKind::QuotaExceeded => Problem::from(problems::CONFLICT).with_detail(Text::new(
            "you have too many drafts; register or delete some",
            "草稿过多，请先登记或删除一些",
        )),
        _ => unavailable(error),
    })
}

async fn register<E: Entry>(
    desk: &Desk<E>,
    seated: &Seated,
    id: &DraftId,
    given: Fields,
) -> Result<Response, Problem> {
    let (reading, mut errors) = fields::entry::<E>(&given)?;
    let checks = desk.checks().await;
    let entry = match reading.judge(|entry| wrong_fields(entry, &checks)) {
        Ok(entry) if errors.is_empty() => entry,
        judged => {
            errors.extend(judged.err().iter().flat_map(Problem::errors).cloned());
            return again(desk, seated, id, given, errors).await;
        }
    };
    let danger: Vec<_> = given.values().flat_map(|text| danger_in(text)).map(ToOwned::to_owned).collect();
    let answer = match take_once(desk, &once::<E>(seated, id, &given)?, &[], entry).await {
        Err(problem) if !problem.errors().is_empty() => {
            return again(desk, seated, id, given, problem.errors().to_vec()).await;
        }
        answer => answer?,
    };
    let registered = serde_json::from_slice(&answer).map_err(|_| problems::INTERNAL)?;
    if let Err(error) = desk.drafts().discard(seated.id, id).await {
        // It is registered all the same; the draft goes when its time is over.
        tracing::warn!(kind = ?error.kind(), "the draft of a registered entry could not be deleted");
    }
    Ok(page(StatusCode::CREATED, &receipt_page::<E>(seated, registered, danger)))
}

/// The form once more, with what is wrong. It is kept: what is wrong today may be put right tomorrow, in
/// another browser.
async fn again<E: Entry>(
    desk: &Desk<E>,
    seated: &Seated,
    id: &DraftId,
    given: Fields,
    errors: Vec<FieldError>,
) -> Result<Response, Problem> {
    keep(desk, seated, id, given.clone()).await?;
    let mut shown = form_page(desk, seated, id, given).await?;
    shown.errors = wrong::<E>(errors, seated.lang);
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown))
}

/// A form that is sent twice is one tip, and gets its receipt again. Bound to the words: whoever goes back
/// and writes up another matter on the same page makes another.
fn once<E: Entry>(seated: &Seated, id: &DraftId, given: &Fields) -> Result<NamedRequest, Problem> {
    let mut words = Sha256::new();
    for (name, value) in given {
        for part in [name, value] {
            words.update((part.len() as u64).to_be_bytes());
            words.update(part);
        }
    }
    let words = words.finalize().to_vec();
    let key = format!("form-{}-{}", id.as_str(), hex(&words));
    let key = IdempotencyKey::parse(&key).ok_or(problems::INTERNAL)?;
    Ok(NamedRequest::new(E::DESK.source, KeyOwner::Staff(seated.id), key, words))
}

fn receipt_page<E: Entry>(seated: &Seated, registered: Registered, danger: Vec<String>) -> ReceiptReadPage {
    ReceiptReadPage {
        shell: shell(seated, &E::FORM),
        plan: &const { E::FORM },
        tabs: tabs(&E::FORM, E::FORM.href),
        groups: registered.receipt.split(' ').map(ToOwned::to_owned).collect(),
        received_at: local(registered.received_at, "%Y-%m-%d %H:%M"),
        number: registered.register_no.unwrap_or_default(),
        danger,
    }
}
