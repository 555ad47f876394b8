//! `GET /api/v1/cases/{id}/files/{file}`: a file that came with a tip or a message of the case, opened. Only
//! for whoever may read the case, in the handling unit only where it was released to it; each reading is in the audit
//! log before the first byte is out.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use dengwen_http::Problem;
use dengwen_ledger::{NewAuditRecord, UnitOfWork};
use dengwen_model::{Attachment, CaseId, Principal};
use dengwen_seal::FileKey;
use dengwen_service::{append_audit, open_message};
use object_store::ObjectStoreExt;

use crate::access::CaseReader;
use crate::boxes::open_tip;
use crate::desk::Desk;
use crate::read_case;
use crate::refusal::{DeskError, Failure, Refusal, problem};
use crate::scope;
use crate::tip_view::file_id;
use crate::view;

/// Why a file is not given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileRefused {
    /// The reader's unit was not given the original.
    #[error("the file was not released to the unit")]
    NotReleased,
    /// The object store does not have it, or does not answer.
    #[error("the file store does not give the file")]
    Store,
    /// It does not open with its key: damaged, or changed.
    #[error("the file does not open")]
    Damaged,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for FileRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::NotReleased => problem(
                403,
                "not-released",
                "The original was not released to your unit; ask the department that took it in",
                "原件未经批准不提供承办单位，请向受理部门申请",
            ),
            Self::Store => {
                problem(503, "no-file", "The file cannot be read at the moment", "附件暂时无法读取")
            }
            Self::Damaged => problem(500, "file-damaged", "The file is damaged", "附件已损坏"),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// A file, opened.
pub(crate) struct Opened {
    name: String,
    media_type: String,
    bytes: Vec<u8>,
}

/// Read a file of a case.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/files/{file}", tag = "cases", operation_id = "get_file",
    params(("id" = String, Path, description = "The case"), ("file" = String, Path, description = "The file, as the case names it")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"), (status = 403, description = "Not released to the unit"), (status = 404)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Failure> {
    let Path((case, file)) = path.map_err(|_| DeskError::NotFound)?;
    let case = case.parse().map_err(|_| DeskError::NotFound)?;
    Ok(download(work(&desk, &principal, case, &file).await?))
}

/// Finds, records, opens.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    case: CaseId,
    file: &str,
) -> Result<Opened, FileRefused> {
    let mut work = desk.read().await?;
    let record = work.case(case).await.map_err(DeskError::from)?.ok_or(DeskError::NotFound)?;
    let opened = read_case::open(desk, work.as_mut(), principal, record).await?.ok_or(DeskError::NotFound)?;
    if view::is_sealed(&opened.case, &opened.assignments) {
        return Err(DeskError::NotFound.into());
    }
    let (tip, found) = find(desk, work.as_mut(), case, file).await?.ok_or(DeskError::NotFound)?;
    if !scope::may_open(desk, principal, &opened.case, &opened.file, file) {
        return Err(FileRefused::NotReleased);
    }
    drop(work);
    log_reading(desk, principal, case, file).await?;
    let sealed = desk.runtime().objects().get(&found.object.as_str().into()).await;
    let sealed = sealed.map_err(|_| FileRefused::Store)?.bytes().await.map_err(|_| FileRefused::Store)?;
    let key = FileKey::from_hex(&found.key).ok_or(FileRefused::Damaged)?;
    let bytes = key.open(&found.object, &sealed).map_err(|_| FileRefused::Damaged)?;
    let ending = infer::get(&bytes).map_or("txt", |kind| kind.extension());
    let name = format!("{tip}-{}.{ending}", file.get(..8).unwrap_or(file));
    Ok(Opened { name, media_type: found.media_type, bytes: bytes.to_vec() })
}

/// The file among those of the case's tips and messages, and the number of its tip.
pub(super) async fn find(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    case: CaseId,
    file: &str,
) -> Result<Option<(String, Attachment)>, DeskError> {
    for record in work.tips_of_case(case).await? {
        let mut files = open_tip(desk.runtime(), record.tip.id, &record.tip.content)?.attachments;
        for message in work.messages_of(record.tip.id).await? {
            files.extend(open_message(desk.runtime(), message.id, &message.text)?.attachments);
        }
        if let Some(found) = files.into_iter().find(|found| file_id(found) == file) {
            return Ok(Some((record.number, found)));
        }
    }
    Ok(None)
}

async fn log_reading(desk: &Desk, principal: &Principal, case: CaseId, file: &str) -> Result<(), DeskError> {
    let mut work = desk.begin().await?;
    let entry = NewAuditRecord {
        at: desk.now(),
        actor: principal.name.clone(),
        role: principal.role.to_string(),
        action: "file.read".to_owned(),
        object: case.to_string(),
        reason: file.to_owned(),
    };
    append_audit(work.as_mut(), vec![entry]).await?;
    work.commit().await?;
    Ok(())
}

/// As an attachment that is shown nowhere, run nowhere and kept by nobody on the way.
pub(crate) fn download(file: Opened) -> Response {
    let Opened { name, media_type, bytes } = file;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    // Both are made by us of digits and known words.
    let value = |text: String| HeaderValue::from_str(&text).ok();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(CONTENT_TYPE, value(media_type).unwrap_or(octets));
    let attachment = HeaderValue::from_static("attachment");
    let named = value(format!("attachment; filename=\"{name}\""));
    headers.insert(CONTENT_DISPOSITION, named.unwrap_or(attachment));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let sandbox = HeaderValue::from_static("sandbox; default-src 'none'");
    headers.insert(CONTENT_SECURITY_POLICY, sandbox);
    response
}
