//! The pages: what waits, one scan beside what was read on it, a label to print.

use axum::Extension;
use axum::extract::{Path, Query, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_clerk::{Desk, Parts, Seated, Waiting, WaitingId, begin_draft, local, shell, tabs};
use dengwen_http::{FieldError, Problem, problems};
use dengwen_pages::console::{LabelPage, RefusedScan, ScanPage, ScanRow, ScansPage, language};
use dengwen_pages::{Lang, page};
use serde::Deserialize;

use super::{Letters, told};
use crate::form::FORM;
use crate::label;
use crate::letter::LetterIn;
use crate::scan::ScanKind;
use crate::scans::{Reading, ScanNote};

const SCANS: &str = "/desk/letters/scans";
/// Pages that one page of the desk shows.
const SHOWN: u32 = 50;

/// What was just done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct After {
    /// `uploaded`, `attached` or `discarded`.
    #[serde(default)]
    done: String,
}

fn row(waiting: &Waiting<ScanNote>, lang: Lang) -> ScanRow {
    let reading = match &waiting.about.reading {
        Reading::Waiting => "letter.reading.waiting",
        Reading::Draft { .. } => "letter.reading.draft",
        Reading::Nothing => "letter.reading.nothing",
        Reading::Unavailable => "letter.reading.unavailable",
    };
    ScanRow {
        id: waiting.id.to_string(),
        name: waiting.name.clone(),
        came_at: local(waiting.came_at, "%Y-%m-%d %H:%M"),
        pages: waiting.about.pages,
        flaws: waiting
            .about
            .flaws
            .iter()
            .map(|flaw| flaw.text().in_language(language(lang)).to_owned())
            .collect(),
        reading: reading.to_owned(),
        label: waiting.about.label.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What waits.
pub(super) async fn list(
    State(desk): State<Desk<LetterIn>>,
    seated: Seated,
    Extension(letters): Extension<Letters>,
    Query(after): Query<After>,
) -> Response {
    let mut shell = shell(&seated, &FORM);
    if matches!(after.done.as_str(), "uploaded" | "attached" | "discarded") {
        shell.done = format!("done.{}", after.done);
    }
    let refused = match &letters.folder {
        Some(folder) => folder.refused().await,
        None => Vec::new(),
    };
    let lang = shell.lang;
    let waiting = letters.scans.tray().list();
    let used = letters.scans.tray().used_before(waiting.iter().map(|scan| &scan.id)).await;
    let rows = waiting.iter().zip(used).map(|(scan, used)| {
        let mut row = row(scan, lang);
        row.flaws.extend(used.map(|used| used.text().in_language(language(lang)).to_owned()));
        row
    });
    let shown = ScansPage {
        shell,
        tabs: tabs(&FORM, SCANS),
        waiting: rows.collect(),
        refused: refused.into_iter().map(|file| RefusedScan { name: file.name, why: file.why }).collect(),
        has_folder: letters.folder.is_some(),
        missing: letters.scans.programs().await.missing(),
        max_mib: desk.max_file_bytes() >> 20,
    };
    page(StatusCode::OK, &shown)
}

/// Puts files into the tray.
pub(super) async fn upload(
    _seated: Seated,
    Extension(letters): Extension<Letters>,
    parts: Parts,
) -> Result<Redirect, Problem> {
    told::admit(&letters, &parts).await?;
    Ok(Redirect::to("/desk/letters/scans?done=uploaded"))
}

/// One scan.
pub(super) async fn show(
    seated: Seated,
    Extension(letters): Extension<Letters>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let waiting = letters.scans.tray().find(&told::read_id(&id)?)?;
    let pages = waiting.about.pages;
    let (draft, read) = match &waiting.about.reading {
        Reading::Draft { text, pages } => (text.clone(), *pages),
        _ => (String::new(), 0),
    };
    let shell = shell(&seated, &FORM);
    let lang = shell.lang;
    let shown = ScanPage {
        shell,
        tabs: tabs(&FORM, SCANS),
        scan: row(&waiting, lang),
        broken: waiting.about.broken_pages(),
        shown: (1..=pages.min(SHOWN)).collect(),
        can_draw: waiting.about.kind != ScanKind::Pdf
            || (!waiting.about.late && letters.scans.programs().await.can_draw()),
        draft,
        read,
    };
    Ok(page(StatusCode::OK, &shown))
}

/// A scan as it came.
pub(super) async fn original(
    _seated: Seated,
    Extension(letters): Extension<Letters>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    told::original(&letters, &told::read_id(&id)?).await
}

/// A page as a picture.
pub(super) async fn picture(
    _seated: Seated,
    Extension(letters): Extension<Letters>,
    Path((id, page)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    told::picture(&letters, &told::read_id(&id)?, page).await
}

/// What was chosen in the list.
struct Chosen {
    scans: Vec<WaitingId>,
    register_no: String,
}

fn chosen(form: &[u8]) -> Result<Chosen, Problem> {
    let mut chosen = Chosen { scans: Vec::new(), register_no: String::new() };
    for (name, value) in url::form_urlencoded::parse(form) {
        match name.as_ref() {
            "scan" => chosen.scans.push(told::read_id(&value)?),
            "register_no" => chosen.register_no = value.trim().to_owned(),
            _ => {}
        }
    }
    match chosen.scans.len() {
        1..=50 => Ok(chosen),
        0 => Err(Problem::invalid(vec![FieldError::new("scan", "required")])),
        _ => Err(problems::MALFORMED.into()),
    }
}

/// Begins a letter with the chosen scans: a draft with what is known of them.
pub(super) async fn begin(
    State(desk): State<Desk<LetterIn>>,
    seated: Seated,
    Extension(letters): Extension<Letters>,
    RawForm(form): RawForm,
) -> Result<Redirect, Problem> {
    let chosen = chosen(&form)?;
    let (mut pages, mut words, mut number) = (0, Vec::new(), None);
    for id in &chosen.scans {
        let waiting = letters.scans.tray().find(id)?;
        pages += waiting.about.pages;
        if let Reading::Draft { text, .. } = waiting.about.reading {
            words.push(text);
        }
        number = number.or(waiting.about.label);
    }
    let ids: Vec<_> = chosen.scans.iter().map(ToString::to_string).collect();
    let free = number.filter(|number| letters.numbers.is_free(number)).map(|number| number.to_string());
    let words: String = words.join("\n\n").chars().take(desk.max_text()).collect();
    let fields = [
        ("letter_type", "letter".to_owned()),
        ("received_at", local(desk.now(), "%Y-%m-%dT%H:%M")),
        ("pages", pages.to_string()),
        ("waiting", ids.join(",")),
        ("register_no", free.unwrap_or_default()),
        ("text", words),
    ];
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Redirect::to(&begin_draft(&desk, &seated, fields).await?))
}

/// Sends the chosen scans after a letter that was registered.
pub(super) async fn attach(
    _seated: Seated,
    Extension(letters): Extension<Letters>,
    RawForm(form): RawForm,
) -> Result<Redirect, Problem> {
    let chosen = chosen(&form)?;
    told::attach(&letters, &chosen.scans, &chosen.register_no).await?;
    Ok(Redirect::to("/desk/letters/scans?done=attached"))
}

/// A number that nobody has, with its label.
pub(super) async fn new_label(
    _seated: Seated,
    Extension(letters): Extension<Letters>,
) -> Result<Redirect, Problem> {
    let number = told::next_number(&letters).await?;
    Ok(Redirect::to(&format!("/desk/letters/labels/{number}")))
}

/// A label to print; as a picture where the address ends so.
pub(super) async fn label(seated: Seated, Path(number): Path<String>) -> Result<Response, Problem> {
    if let Some(number) = number.strip_suffix(".svg") {
        let svg = label::svg(&told::read_number(number)?);
        return Ok(([("content-type", "image/svg+xml")], svg).into_response());
    }
    let number = told::read_number(&number)?;
    let shown = LabelPage {
        shell: shell(&seated, &FORM),
        tabs: tabs(&FORM, SCANS),
        svg: label::svg(&number),
        number: number.to_string(),
    };
    Ok(page(StatusCode::OK, &shown))
}
