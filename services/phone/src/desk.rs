//! What the phone desk answers besides its form: recordings, by the interface with a token and in a browser.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use dengwen_clerk::{
    Clerk, Desk, Folder, NotPut, Parts, Seated, TrayError, WaitingId, begin_draft, local, shell, tabs,
};
use dengwen_door::Door;
use dengwen_http::{FieldError, Problem, ProblemDocument, Text, problems};
use dengwen_pages::console::{RecordingRow, RecordingsPage, UnplayableRow, language, refused_as_page};
use dengwen_pages::{Lang, page};
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
use crate::sound;
use crate::unplayable::Why;
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

    /// Takes the files of a form, each by itself; or says which of them cannot be played, and then the others wait.
    async fn admit(&self, parts: Parts, by: Sender) -> Result<Vec<WaitingId>, Problem> {
        if parts.files.is_empty() {
            return Err(Problem::invalid(vec![FieldError::new("file", "required")]));
        }
        let (mut ids, mut wrong) = (Vec::with_capacity(parts.files.len()), Vec::new());
        for (index, (name, bytes)) in parts.files.iter().enumerate() {
            let admitted = match by {
                Sender::Clerk => self.recordings.admit(name, bytes.to_vec()).await,
                Sender::Program => self.recordings.receive(name, bytes.to_vec()).await,
            };
            match admitted {
                Ok(recording) => ids.push(recording.id),
                Err(NotPut::Refused { code, why }) => {
                    wrong.push(FieldError::with_message(format!("files[{index}]"), code, why));
                }
                Err(NotPut::Tray(error)) => return Err(error.into()),
            }
        }
        if wrong.is_empty() { Ok(ids) } else { Err(Problem::invalid(wrong)) }
    }
}

/// Who sends a recording.
#[derive(Debug, Clone, Copy)]
enum Sender {
    /// A clerk, who reads the answer and has the file.
    Clerk,
    /// An exchange or a program, which may do neither.
    Program,
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
        .route("/desk/phone/recordings/{id}/file", get(save))
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
        (status = 422, body = ProblemDocument, description = "Which files cannot be played; the others wait, and a clerk sees that these came")
    )
)]
async fn receive(
    clerk: Clerk,
    State(desk): State<Desk<CallIn>>,
    Extension(phone): Shared,
    parts: Parts,
) -> Result<Response, Problem> {
    clerk.still_holds(&desk).await?;
    let recordings = phone.admit(parts, Sender::Program).await?;
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
    let mut shell = shell(&seated, &FORM);
    let lang = shell.lang;
    let waiting = phone.recordings.tray().list();
    let used = phone.recordings.tray().used_before(waiting.iter().map(|recording| &recording.id)).await;
    let waiting = waiting.into_iter().zip(used).map(|(recording, used)| {
        let flaws = recording.about.flaws.iter().map(|flaw| flaw.text());
        let due = phone.due(recording.came_at);
        let kind = recording.media_type.rsplit(['/', '-']).next().unwrap_or_default().to_uppercase();
        RecordingRow {
            id: recording.id.to_string(),
            came_at: local(recording.came_at, "%Y-%m-%d %H:%M"),
            due: due.to_string(),
            overdue: due < today,
            about: format!("{kind} {} KiB", recording.size.div_ceil(1024)),
            flaws: flaws.chain(used.map(|used| used.text())).map(|text| in_words(&text, lang)).collect(),
        }
    });
    let unplayable = phone.recordings.unplayable().list().into_iter().map(|came| {
        let due = phone.due(came.came_at);
        UnplayableRow {
            id: came.id.to_string(),
            came_at: local(came.came_at, "%Y-%m-%d %H:%M"),
            due: due.to_string(),
            overdue: due < today,
            why: in_words(&came.about.why.text(), lang),
            about: match came.about.why {
                Why::Empty => String::new(),
                _ => format!("{} KiB", came.size.div_ceil(1024)),
            },
            name: came.name,
        }
    });
    let refused = match &phone.folder {
        Some(folder) => folder.refused().await,
        None => Vec::new(),
    };
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
        unplayable: unplayable.collect(),
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
        phone.admit(parts, Sender::Clerk).await?;
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
    let bytes = sound::playable(&recording.media_type, bytes);
    playback::play(&recording.media_type, &id, bytes, &asked)
}

/// What cannot be played, as it came: to be saved, never to be opened by a browser. The audit log knows who has it before
/// they do.
async fn save(seated: Seated, Extension(phone): Shared, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let bytes = match phone.recordings.tray().read(&id).await {
        Err(TrayError::Missing) => phone.recordings.unplayable().read(&id).await?,
        read => read?,
    };
    phone.heard.note(&phone.door, &seated, "recording", &id).await?;
    let named = format!("attachment; filename=\"{id}.bin\"");
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CONTENT_DISPOSITION, &named),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

fn in_words(text: &Text, lang: Lang) -> String {
    text.in_language(language(lang)).to_owned()
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
