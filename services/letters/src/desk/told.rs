//! What both faces of the desk do alike, and how its refusals are told.

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use dengwen_clerk::{Parts, TrayError, WaitingId};
use dengwen_door::TakeError;
use dengwen_http::{FieldError, Problem, Text, problems};

use super::Letters;
use crate::attach::NotAttached;
use crate::numbers::RegisterNumber;
use crate::scan::{BrokenPages, ScanFault};
use crate::scans::NotShown;

/// Longer side of a page that is shown, in pixels.
const SHOWN: u32 = 1600;

/// The field of a form that says what becomes of scans with pages that cannot be read: `take`, or `refuse`.
const BROKEN: &str = "broken_pages";

/// Puts every file of a form into the tray, or says which cannot be taken; the ones before it wait then.
pub(super) async fn admit(letters: &Letters, parts: &Parts) -> Result<Vec<WaitingId>, Problem> {
    if parts.files.is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("file", "required")]));
    }
    let broken = match parts.field(BROKEN).map(|value| &value[..]) {
        None | Some(b"" | b"refuse") => BrokenPages::Refuse,
        Some(b"take") => BrokenPages::Take,
        Some(_) => return Err(Problem::invalid(vec![FieldError::new(BROKEN, "unknown_value")])),
    };
    let mut ids = Vec::with_capacity(parts.files.len());
    for (index, (name, bytes)) in parts.files.iter().enumerate() {
        let admitted = letters.scans.admit(name, bytes.to_vec(), broken).await;
        ids.push(admitted.map_err(|fault| fault.problem(&format!("files[{index}]")))?.id);
    }
    Ok(ids)
}

/// The scan as it came: to be kept, never to be opened by a browser in our place.
pub(super) async fn original(letters: &Letters, id: &WaitingId) -> Result<Response, Problem> {
    let waiting = letters.scans.tray().find(id)?;
    let bytes = letters.scans.tray().read(id).await?;
    let extension = waiting.media_type.rsplit('/').next().unwrap_or_default();
    let named = format!("attachment; filename=\"{id}.{extension}\"");
    let named = HeaderValue::from_str(&named).map_err(|_| Problem::from(problems::INTERNAL))?;
    let media = HeaderValue::from_static("application/octet-stream");
    let headers = [(CONTENT_TYPE, media), (CONTENT_DISPOSITION, named), (CACHE_CONTROL, no_store())];
    Ok((headers, bytes).into_response())
}

/// A page as a picture, drawn here: what strangers sent is not given to a browser to read.
pub(super) async fn picture(letters: &Letters, id: &WaitingId, page: u32) -> Result<Response, Problem> {
    let png = letters.scans.page(id, page, SHOWN).await.map_err(|error| match error {
        NotShown::Scan(ScanFault::Page(_)) => problems::NOT_FOUND.into(),
        NotShown::Scan(fault) => Problem::from(problems::CONFLICT).with_detail(fault.text()),
        NotShown::Tray(error) => error.into(),
        NotShown::Program | NotShown::Late => Problem::from(problems::CONFLICT)
            .with_detail(Text::new("pages of PDFs cannot be drawn here", "本机无法显示 PDF 页面")),
    })?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("image/png")), (CACHE_CONTROL, no_store())], png)
        .into_response())
}

/// Sends scans after their letter.
pub(super) async fn attach(letters: &Letters, ids: &[WaitingId], number: &str) -> Result<(), Problem> {
    let number = read_number(number)?;
    for (index, id) in ids.iter().enumerate() {
        match letters.attacher.attach(&letters.scans, id, &number).await {
            Err(NotAttached::Tray(TrayError::Missing)) => {
                // Where that is not known, it is no scan.
                let used = letters.scans.tray().used(id).await.ok_or(problems::NOT_FOUND)?;
                let field = format!("scans[{index}]");
                return Err(Problem::invalid(vec![FieldError::with_message(field, "used", used.text())]));
            }
            attached => attached.map_err(not_attached)?,
        }
    }
    Ok(())
}

fn not_attached(error: NotAttached) -> Problem {
    match error {
        NotAttached::NoLetter => {
            let text = Text::new(
                "no letter was registered under this number at this desk",
                "本受理点没有此登记号的来信",
            );
            Problem::invalid(vec![FieldError::with_message("register_no", "unknown", text)])
        }
        NotAttached::Tray(error) => error.into(),
        NotAttached::File(error) => dengwen_door::refuse_file("scans", error),
        NotAttached::Door(error) => TakeError::into(error),
    }
}

pub(super) fn read_number(number: &str) -> Result<RegisterNumber, Problem> {
    let text = Text::new("not a register number, as L2026-3F2A-000123", "不是登记号，如 L2026-3F2A-000123");
    number
        .parse()
        .map_err(|_| Problem::invalid(vec![FieldError::with_message("register_no", "invalid", text)]))
}

pub(super) fn read_id(id: &str) -> Result<WaitingId, Problem> {
    id.parse().map_err(|_| problems::NOT_FOUND.into())
}

/// A number that nobody has.
pub(super) async fn next_number(letters: &Letters) -> Result<RegisterNumber, Problem> {
    letters.scans.next_number().await.map_err(|error| {
        tracing::error!(kind = ?error.kind(), "no register number can be given");
        problems::UNAVAILABLE.into()
    })
}

fn no_store() -> HeaderValue {
    HeaderValue::from_static("no-store")
}
