//! Taking an entry: its number, its files, the tip. The same by the interface and by the form.

use dengwen_door::{Accepted, ExternalId, refuse_file};
use dengwen_http::{FieldError, Problem, problems};
use dengwen_model::Attachment;

use crate::desk::Desk;
use crate::tray::{TrayError, WaitingId};
use crate::{Entry, Paperwork};

/// An entry that was taken.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) accepted: Accepted,
    /// Its register number, at a desk that gives them.
    pub(crate) number: Option<String>,
}

/// Takes an entry that was checked, with the files that wait and those that came along.
pub(crate) async fn take<E: Entry>(
    desk: &Desk<E>,
    mut entry: E,
    uploaded: &[(String, axum::body::Bytes)],
    external: Option<ExternalId>,
) -> Result<Taken, Problem> {
    let mut waiting = entry.common().waiting.clone();
    let mut attachments = Vec::new();
    let number = match desk.paperwork() {
        None => {
            attachments = keep(desk, uploaded).await?;
            None
        }
        Some(paperwork) => {
            let number = number(paperwork, &mut entry).await?;
            waiting.extend(put(paperwork, uploaded).await?);
            number
        }
    };
    attachments.extend(fetch(desk, &waiting).await?);
    let mut submission = entry.into_submission();
    submission.content.attachments = attachments;
    submission.external = submission.external.or(external);
    let accepted = desk.door().take(submission).await?;
    if let Some(paperwork) = desk.paperwork() {
        settle(desk, paperwork, &waiting, number.as_deref(), &accepted).await;
    }
    Ok(Taken { accepted, number })
}

/// The number that the clerk gave, or the next.
async fn number<E: Entry>(paperwork: &dyn Paperwork, entry: &mut E) -> Result<Option<String>, Problem> {
    if let Some(given) = entry.number() {
        return match paperwork.may_use(given) {
            None => Ok(Some(given.to_owned())),
            Some(why) => Err(Problem::invalid(vec![FieldError::with_message("register_no", "unknown", why)])),
        };
    }
    let next = paperwork.number().await.map_err(|error| {
        tracing::error!(kind = ?error.kind(), "no register number can be given");
        Problem::from(problems::UNAVAILABLE)
    })?;
    if let Some(next) = &next {
        entry.set_number(next.clone());
    }
    Ok(next)
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
    let unknown = || Problem::invalid(vec![FieldError::new("waiting", "unknown")]);
    let mut attachments = Vec::with_capacity(waiting.len());
    for id in waiting {
        let paperwork = desk.paperwork().ok_or_else(unknown)?;
        let file = paperwork.read(id).await.map_err(|error| match error {
            TrayError::Missing => unknown(),
            error => error.into(),
        })?;
        let attachment = desk.files().keep(&file.name, &file.bytes, desk.door().entropy()).await;
        attachments.push(attachment.map_err(|error| refuse_file("waiting", error))?);
    }
    Ok(attachments)
}

/// The tip is durable: its files wait no more, and its number is known. What fails here loses nothing.
async fn settle<E>(
    desk: &Desk<E>,
    paperwork: &dyn Paperwork,
    waiting: &[WaitingId],
    number: Option<&str>,
    accepted: &Accepted,
) {
    for id in waiting {
        if let Err(error) = paperwork.done(id).await {
            tracing::error!(%error, "a file of a registered entry still waits at the desk");
        }
    }
    if let Some(number) = number {
        let receipt = desk.door().keys().receipt.hash(&accepted.receipt);
        if let Err(error) = paperwork.registered(number, receipt).await {
            tracing::error!(kind = ?error.kind(), "later paper will not find the entry by its number");
        }
    }
}
