//! What the phone desk answers besides its form: recordings, by the interface with a token and in a browser.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use dengwen_clerk::{Clerk, Desk, Folder, Parts, Seated, WaitingId, begin_draft, local, shell, tabs};
use dengwen_door::Door;
use dengwen_http::{FieldError, Problem, ProblemDocument, Text, problems};
use dengwen_pages::console::{RecordingRow, RecordingsPage, refused_as_page};
use dengwen_pages::page;
use dengwen_rules::{Period, Rules, Start, date_at};
use dengwen_service::DoorRuntime;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::call::CallIn;
use crate::calls::Calls;
use crate::exchange::{self, Exchange};
use crate::form::FORM;
use crate::heard::Heard;
use crate::playback;
use crate::recordings::Recordings;
use crate::untaken::{self, CALLS};

/// Where recordings are in a browser.
pub(crate) const RECORDINGS: &str = "/desk/phone/recordings";
/// Where an exchange or a program sends them.
const API: &str = "/api/v1/phone/recordings";

/// What these handlers share.
#[derive(Debug)]
pub(crate) struct Phone {
    pub(crate) door: Arc<Door>,
    pub(crate) heard: Heard,
    pub(crate) recordings: Recordings,
    pub(crate) calls: Calls,
    /// Who may send call records.
    pub(crate) exchange: Option<Exchange>,
    pub(crate) folder: Option<Folder>,
    pub(crate) rules: Rules,
    pub(crate) write_up_within: Period,
}

impl Phone {
    /// The last day on which a call that came then is to be written up; the day itself where the calendar
    /// does not reach so far.
    pub(crate) fn due(&self, came_at: Timestamp) -> Date {
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
        .merge(untaken::routes())
        .layer(from_fn(refused_as_page));
    Router::new()
        .route(API, post(receive).layer(uploads))
        .merge(exchange::routes())
        .merge(pages)
        .layer(Extension(Arc::new(phone)))
}

/// The interface besides registering and importing, documented.
#[derive(OpenApi)]
#[openapi(paths(receive))]
pub(crate) struct Documented;

/// Recordings that were taken.
#[derive(Serialize, ToSchema)]
struct Admitted {
    #[schema(value_type = Vec<String>)]
    recordings: Vec<WaitingId>,
}

/// Takes the files of a form from an exchange that has a clerk's token. The same recording twice is one.
#[utoipa::path(
    post, path = "/api/v1/phone/recordings", tag = "phone desk", operation_id = "receive_recordings",
    request_body(content = Object, content_type = "multipart/form-data", description = "Files: WAV, MP3, AMR"),
    responses(
        (status = 201, body = Admitted),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument, description = "Which file cannot be taken; those before it wait")
    )
)]
async fn receive(
    clerk: Clerk,
    State(desk): State<Desk<CallIn>>,
    Extension(phone): Shared,
    parts: Parts,
) -> Result<Response, Problem> {
    clerk.still_holds(&desk).await?;
    let recordings = phone.admit(parts).await?;
    Ok((StatusCode::CREATED, Json(Admitted { recordings })).into_response())
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
struct After {
    /// `discarded`.
    #[serde(default)]
    done: String,
}

/// What waits, in the order in which it is due.
async fn list(
    State(desk): State<Desk<CallIn>>,
    seated: Seated,
    Extension(phone): Shared,
    Query(after): Query<After>,
) -> Response {
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
    let mut shell = shell(&seated, &FORM);
    if after.done == "discarded" {
        shell.done = "done.discarded".to_owned();
    }
    let shown = RecordingsPage {
        shell,
        tabs: tabs(&FORM, RECORDINGS),
        desk: FORM.href,
        href: RECORDINGS,
        // Oldest first is what is due first.
        waiting: waiting.collect(),
        calls_href: CALLS,
        calls: phone.calls.waiting().iter().map(|card| untaken::row(&phone, card)).collect(),
        refused: refused.into_iter().map(|file| (file.name, file.why)).collect(),
    };
    page(StatusCode::OK, &shown)
}

/// Takes recordings that a clerk has, and tables of call records.
async fn upload(_seated: Seated, Extension(phone): Shared, mut parts: Parts) -> Result<Redirect, Problem> {
    let (tables, files): (Vec<_>, Vec<_>) = parts.files.into_iter().partition(|(name, _)| is_table(name));
    let tables_alone = !tables.is_empty() && files.is_empty();
    for (_, table) in tables {
        let records = exchange::table(table).await?.ok_or_else(|| {
            Problem::from(problems::MALFORMED)
                .with_detail(Text::new("no call records of an exchange", "不是交换机话单"))
        })?;
        phone.admit_records(records).await?;
    }
    parts.files = files;
    if !tables_alone {
        phone.admit(parts).await?;
    }
    Ok(Redirect::to(RECORDINGS))
}

/// What is called a table is read as one; all else must be a recording.
fn is_table(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case("csv"))
}

/// Plays one, or the part of it that is asked for. The audit log knows who hears it before they do.
async fn play(
    seated: Seated,
    Extension(phone): Shared,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let recording = phone.recordings.tray().find(&read_id(&id)?)?;
    let bytes = phone.recordings.tray().read(&recording.id).await?;
    phone.heard.note(&phone.door, &seated, "recording", &recording.id).await?;
    playback::play(&recording.media_type, &id, bytes, &asked)
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

pub(crate) fn read_id(id: &str) -> Result<WaitingId, Problem> {
    id.parse().map_err(|_| problems::NOT_FOUND.into())
}
