//! Taking an entry: its number, its files, the tip. The same by the interface and by the form.

use dengwen_door::{Accepted, ExternalId, refuse_file};
use dengwen_http::{FieldError, Problem, Text, problems};
use dengwen_model::Attachment;
use jiff::Timestamp;

use crate::desk::Desk;
use crate::tray::{TrayError, WaitingId};
use crate::{End, Entry, Paperwork};

/// What an entry is known by from now on.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) accepted: Accepted,
    /// Its register number, at a desk that gives them.
    pub(crate) number: Option<String>,
}

/// What of an entry decides by what it will be known.
pub(crate) struct Marks {
    number: Option<String>,
    external: Option<ExternalId>,
    received_at: Option<Timestamp>,
}

impl Marks {
    /// Of an entry; `external` tells a repeat, where the entry brings no number of its own.
    pub(crate) fn of<E: Entry>(entry: &E, external: Option<ExternalId>) -> Self {
        Self {
            number: entry.number().map(ToOwned::to_owned),
            external: entry.common().external(E::DESK.source).or(external),
            received_at: entry.received_at(),
        }
    }
}

/// What an entry will be known by. Nothing is taken yet.
pub(crate) async fn prepare<E: Entry>(desk: &Desk<E>, marks: Marks) -> Result<Taken, Problem> {
    let number = match desk.paperwork() {
        Some(paperwork) => number(paperwork, marks.number).await?,
        None => None,
    };
    let accepted = desk.door().draw(marks.external.as_ref(), marks.received_at);
    Ok(Taken { accepted, number })
}

/// Takes an entry as what it will be known by, with the files that wait and those that came along. Answers
/// which files wait until it is [settled](settle).
pub(crate) async fn take_as<E: Entry>(
    desk: &Desk<E>,
    taken: &Taken,
    mut entry: E,
    uploaded: &[(String, axum::body::Bytes)],
    external: Option<ExternalId>,
) -> Result<Vec<WaitingId>, Problem> {
    if let Some(number) = &taken.number {
        entry.set_number(number.clone());
    }
    let mut waiting = each_once(&entry.common().waiting);
    let mut attachments = Vec::new();
    match desk.paperwork() {
        None => attachments = keep(desk, uploaded).await?,
        Some(paperwork) => waiting.extend(put(paperwork, uploaded).await?),
    }
    attachments.extend(fetch(desk, &waiting).await?);
    let mut submission = entry.into_submission();
    submission.content.attachments = attachments;
    submission.external = submission.external.or(external);
    desk.door().take_as(&taken.accepted, submission).await?;
    Ok(waiting)
}

/// One that is named twice goes along once.
fn each_once(named: &[WaitingId]) -> Vec<WaitingId> {
    let mut ids: Vec<WaitingId> = Vec::with_capacity(named.len());
    for id in named {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    ids
}

/// The number that the clerk gave, or the next.
async fn number(paperwork: &dyn Paperwork, given: Option<String>) -> Result<Option<String>, Problem> {
    if let Some(given) = given {
        return match paperwork.may_use(&given) {
            None => Ok(Some(given)),
            Some((code, why)) => {
                Err(Problem::invalid(vec![FieldError::with_message("register_no", code, why)]))
            }
        };
    }
    paperwork.number().await.map_err(|error| {
        tracing::error!(kind = ?error.kind(), "no register number can be given");
        problems::UNAVAILABLE.into()
    })
}

/// Checks what came along as the desk does; it waits at the desk until the entry is taken.
async fn put(
    paperwork: &dyn Paperwork,
    uploaded: &[(String, axum::body::Bytes)],
) -> Result<Vec<WaitingId>, Problem> {
    let mut ids = Vec::with_capacity(uploaded.len());
    for (index, (name, bytes)) in uploaded.iter().enumerate() {
        let put = paperwork.put(name, bytes.to_vec()).await;
        ids.push(put.map_err(|fault| fault.problem(&format!("files[{index}]")))?);
    }
    Ok(ids)
}

/// Files of a desk where none wait.
async fn keep<E>(
    desk: &Desk<E>,
    uploaded: &[(String, axum::body::Bytes)],
) -> Result<Vec<Attachment>, Problem> {
    for (index, (_, bytes)) in uploaded.iter().enumerate() {
        desk.files().admit(bytes).map_err(|error| refuse_file(&format!("files[{index}]"), error))?;
    }
    let mut kept = Vec::with_capacity(uploaded.len());
    for (index, (name, bytes)) in uploaded.iter().enumerate() {
        let attachment = desk.files().keep(name, bytes, desk.door().entropy()).await;
        kept.push(attachment.map_err(|error| refuse_file(&format!("files[{index}]"), error))?);
    }
    Ok(kept)
}

/// Files that wait, sealed as attachments.
async fn fetch<E>(desk: &Desk<E>, waiting: &[WaitingId]) -> Result<Vec<Attachment>, Problem> {
    let mut attachments = Vec::with_capacity(waiting.len());
    for (index, id) in waiting.iter().enumerate() {
        let Some(paperwork) = desk.paperwork() else {
            return Err(Problem::invalid(vec![FieldError::new("waiting", "unknown")]));
        };
        let file = match paperwork.read(id).await {
            Err(TrayError::Missing) => {
                return Err(Problem::invalid(vec![waits_not(paperwork, index, id).await]));
            }
            read => read?,
        };
        let Some(file) = file else { continue };
        let attachment = desk.files().keep(&file.name, &file.bytes, desk.door().entropy()).await;
        attachments.push(attachment.map_err(|error| refuse_file("waiting", error))?);
    }
    Ok(attachments)
}

/// Which of the files waits no more, and with what it went.
async fn waits_not(paperwork: &dyn Paperwork, index: usize, id: &WaitingId) -> FieldError {
    let field = format!("{}s[{index}]", paperwork.kind_of(id));
    match paperwork.used(id).await {
        Some(used) => FieldError::with_message(field, "used", used.text()),
        None => {
            FieldError::with_message(field, "unknown", Text::new("no such file waits", "没有此待登记文件"))
        }
    }
}

/// The tip is durable: its files wait no more, its number is known, and that it was registered under its own
/// number, if it has one. What fails here loses nothing.
pub(crate) async fn settle<E>(desk: &Desk<E>, waited: &[WaitingId], taken: &Taken, own: Option<ExternalId>) {
    if let Some(own) = own {
        desk.before().note(vec![(own, taken.number.clone())]).await;
    }
    let Some(paperwork) = desk.paperwork() else { return };
    for id in waited {
        if let Err(error) = paperwork.done(id, End::Registered(taken.number.as_deref())).await {
            tracing::error!(%error, "a file of a registered entry still waits at the desk");
        }
    }
    if let Some(number) = &taken.number {
        let receipt = desk.door().keys().receipt.hash(&taken.accepted.receipt);
        if let Err(error) = paperwork.registered(number, receipt).await {
            tracing::error!(kind = ?error.kind(), "later paper will not find the entry by its number");
        }
    }
}
