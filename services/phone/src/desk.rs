//! What the phone desk answers besides its form: recordings, by the interface with a token and in a browser.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use dengwen_clerk::{Clerk, Desk, Folder, Parts, Seated, WaitingId, begin_draft, local, shell, tabs};
use dengwen_http::{FieldError, Problem, problems};
use dengwen_pages::console::{RecordingRow, RecordingsPage, refused_as_page};
use dengwen_pages::page;
use dengwen_rules::{Period, Rules, Start, date_at};
use dengwen_service::DoorRuntime;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::call::CallIn;
use crate::form::FORM;
use crate::recordings::Recordings;

/// Where recordings are in a browser.
pub(crate) const RECORDINGS: &str = "/desk/phone/recordings";
/// Where an exchange or a program sends them.
const API: &str = "/api/v1/phone/recordings";

/// What these handlers share.
#[derive(Debug)]
pub(crate) struct Phone {
    pub(crate) recordings: Recordings,
    pub(crate) folder: Option<Folder>,
    pub(crate) rules: Rules,
    pub(crate) write_up_within: Period,
}

impl Phone {
    /// The last day on which a call that came then is to be written up; the day itself where the calendar
    /// does not reach so far.
    fn due(&self, came_at: Timestamp) -> Date {
        let due = self.rules.deadlines.calendar().due(self.write_up_within, Start::Instant(came_at));
        due.map_or_else(|_| date_at(came_at), |due| due.date)
    }

    async fn admit(&self, parts: Parts) -> Result<Vec<WaitingId>, Problem> {
        if parts.files.is_empty() {
            return Err(Problem::invalid(vec![FieldError::new("file", "required")]));
        }
        let mut ids = Vec::with_capacity(parts.files.len());
        for (index, (name, bytes)) in parts.files.iter().enumerate() {
            let admitted = self.recordings.admit(name, bytes.to_vec()).await;
            ids.push(admitted.map_err(|fault| fault.problem(&format!("files[{index}]")))?.id);
        }
        Ok(ids)
    }
}

type Shared = Extension<Arc<Phone>>;

/// The routes.
pub(crate) fn routes(phone: Phone, runtime: &DoorRuntime) -> Router<Desk<CallIn>> {
    let door = &runtime.process().settings().door;
    let uploads =
        DefaultBodyLimit::max(door.max_file_bytes.saturating_mul(door.max_files).saturating_add(1 << 20));
    let pages = Router::new()
        .route(RECORDINGS, get(list).post(upload).layer(uploads))
        .route("/desk/phone/recordings/{id}", get(play))
        .route("/desk/phone/recordings/{id}/write-up", post(write_up))
        .layer(from_fn(refused_as_page));
    Router::new().route(API, post(receive).layer(uploads)).merge(pages).layer(Extension(Arc::new(phone)))
}

/// Takes the files of a form from an exchange that has a clerk's token. The same recording twice is one.
async fn receive(
    clerk: Clerk,
    State(desk): State<Desk<CallIn>>,
    Extension(phone): Shared,
    parts: Parts,
) -> Result<Response, Problem> {
    clerk.still_holds(&desk).await?;
    let ids = phone.admit(parts).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "recordings": ids }))).into_response())
}

/// What waits, in the order in which it is due.
async fn list(State(desk): State<Desk<CallIn>>, seated: Seated, Extension(phone): Shared) -> Response {
    let today = date_at(desk.now());
    let waiting = phone.recordings.tray().list().into_iter().map(|recording| {
        let due = phone.due(recording.came_at);
        let kind = recording.media_type.rsplit(['/', '-']).next().unwrap_or_default().to_uppercase();
        RecordingRow {
            id: recording.id.to_string(),
            came_at: local(recording.came_at, "%Y-%m-%d %H:%M"),
            due: due.to_string(),
            overdue: due < today,
            about: format!("{kind} {} KiB", recording.size.div_ceil(1024)),
        }
    });
    let refused = match &phone.folder {
        Some(folder) => folder.refused().await,
        None => Vec::new(),
    };
    let shown = RecordingsPage {
        shell: shell(&seated, &FORM),
        tabs: tabs(&FORM, RECORDINGS),
        href: RECORDINGS,
        // Oldest first is what is due first.
        waiting: waiting.collect(),
        refused: refused.into_iter().map(|file| (file.name, file.why)).collect(),
    };
    page(StatusCode::OK, &shown)
}

/// Takes recordings that a clerk has.
async fn upload(_seated: Seated, Extension(phone): Shared, parts: Parts) -> Result<Redirect, Problem> {
    phone.admit(parts).await?;
    Ok(Redirect::to(RECORDINGS))
}

/// Plays one. Who heard what is on record by ids, as far as a door keeps records: it has no ledger.
async fn play(seated: Seated, Extension(phone): Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let recording = phone.recordings.tray().find(&id)?;
    let bytes = phone.recordings.tray().read(&id).await?;
    tracing::info!(clerk = %seated.id(), recording = %id, "a recording was opened");
    metrics::counter!("dengwen_phone_recordings_opened").increment(1);
    let media =
        HeaderValue::from_str(&recording.media_type).map_err(|_| Problem::from(problems::INTERNAL))?;
    let headers = [(CONTENT_TYPE, media), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, bytes).into_response())
}

/// Begins the form of the recorded call.
async fn write_up(
    State(desk): State<Desk<CallIn>>,
    seated: Seated,
    Extension(phone): Shared,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let recording = phone.recordings.tray().find(&read_id(&id)?)?;
    let began = local(recording.came_at, "%Y-%m-%dT%H:%M");
    let fields = [("waiting", recording.id.to_string()), ("started_at", began)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
    Ok(Redirect::to(&begin_draft(&desk, &seated, fields).await?))
}

fn read_id(id: &str) -> Result<WaitingId, Problem> {
    id.parse().map_err(|_| problems::NOT_FOUND.into())
}
