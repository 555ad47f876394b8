//! The registration form: new, or a draft to go on with.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_http::{FieldError, Problem, problems};
use dengwen_model::Entropy;
use dengwen_pages::console::{Choice, DraftLink, EntryPage, FieldKind, HintsShown, WrongField, language};
use dengwen_pages::{Lang, page};
use dengwen_rules::{danger_in, danger_words, shanghai};
use jiff::Timestamp;
use serde::Deserialize;

use super::fields::{Fields, of_form};
use super::seated::Seated;
use super::send::keep;
use super::shell::{shell, tabs};
use crate::Entry;
use crate::desk::Desk;
use crate::drafts::DraftId;

/// Characters of a draft that the list of drafts shows.
const SUMMARY: usize = 20;

/// What was just done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct After {
    /// `draft` or `discarded`.
    #[serde(default)]
    done: String,
}

/// An empty form.
pub(crate) async fn show<E: Entry>(
    State(desk): State<Desk<E>>,
    seated: Seated,
    Query(after): Query<After>,
) -> Result<Response, Problem> {
    let now = local(desk.door().clock().now(), "%Y-%m-%dT%H:%M");
    let moments = E::FORM.fields().filter(|field| field.kind == FieldKind::Moment);
    let given = moments.take(1).map(|field| (field.name.to_owned(), now.clone())).collect();
    let mut shown = form_page(&desk, &seated, &new_id(&desk), given).await?;
    if after.done == "discarded" {
        shown.shell.done = "done.discarded".to_owned();
    }
    Ok(page(StatusCode::OK, &shown))
}

/// A draft.
pub(crate) async fn show_draft<E: Entry>(
    State(desk): State<Desk<E>>,
    seated: Seated,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Result<Response, Problem> {
    let id = DraftId::parse(&id).ok_or(problems::NOT_FOUND)?;
    let draft = desk.drafts().load(seated.id, &id).await.map_err(unavailable)?.ok_or(problems::NOT_FOUND)?;
    let mut shown = form_page(&desk, &seated, &id, draft.fields).await?;
    shown.saved_at = local(draft.saved_at, "%H:%M:%S");
    if after.done == "draft" {
        shown.shell.done = "done.draft".to_owned();
    }
    Ok(page(StatusCode::OK, &shown))
}

/// The form with what was given.
pub(crate) async fn form_page<E: Entry>(
    desk: &Desk<E>,
    seated: &Seated,
    id: &DraftId,
    given: Fields,
) -> Result<EntryPage, Problem> {
    let drafts = desk.drafts().list(seated.id).await.map_err(unavailable)?;
    let drafts = drafts.into_iter().map(|(id, draft)| DraftLink {
        id: id.as_str().to_owned(),
        saved_at: local(draft.saved_at, "%m-%d %H:%M"),
        summary: summary(&draft.fields),
    });
    let danger = given.values().flat_map(|text| danger_in(text)).map(ToOwned::to_owned);
    let choice = |(code, name): &(String, String)| Choice { code: code.clone(), name: name.clone() };
    Ok(EntryPage {
        shell: shell(seated, &E::FORM),
        plan: &const { E::FORM },
        tabs: tabs(&E::FORM, E::FORM.href),
        draft: id.as_str().to_owned(),
        danger: danger.collect(),
        given,
        errors: Vec::new(),
        hints: HintsShown::NotAsked,
        ranks: desk.ranks().iter().map(choice).collect(),
        drafts: drafts.collect(),
        saved_at: String::new(),
        keep_hours: desk.draft_hours(),
        danger_words: danger_words().join("|"),
    })
}

/// What is wrong, under the form's labels.
pub(crate) fn wrong<E: Entry>(errors: Vec<FieldError>, lang: Lang) -> Vec<WrongField> {
    // A file that waits is named by its kind and place.
    let of_files = |name: &str| if name.contains('[') { "waiting" } else { name }.to_owned();
    let label = |name: &str| {
        let name = of_files(name);
        E::FORM.fields().find(|field| field.name == name).map(|field| field.label)
    };
    let told = Problem::invalid(errors).document(language(lang), None).errors;
    told.into_iter()
        .map(|error| WrongField {
            label: label(&error.field).map_or_else(|| error.field.clone(), ToOwned::to_owned),
            name: of_files(&error.field),
            message: error.message,
        })
        .collect()
}

/// Begins an entry for the clerk, with what is known of it; answers with the draft's address.
///
/// # Errors
/// Where the clerk has too many drafts, or the disk takes none.
pub async fn begin_draft<E: Entry>(
    desk: &Desk<E>,
    seated: &Seated,
    fields: Fields,
) -> Result<String, Problem> {
    let id = new_id(desk);
    keep(desk, seated, &id, of_form(&E::FORM, fields)).await?;
    Ok(format!("{}/drafts/{}", E::FORM.href, id.as_str()))
}

/// A new id.
pub(crate) fn new_id<E: Entry>(desk: &Desk<E>) -> DraftId {
    let entropy: &dyn Entropy = desk.door().entropy();
    DraftId::generate(entropy)
}

/// An instant as the desk shows it.
pub fn local(instant: Timestamp, format: &str) -> String {
    instant.to_zoned(shanghai()).strftime(format).to_string()
}

/// The disk failed; what it said may name a path, and is not told.
pub(crate) fn unavailable(error: std::io::Error) -> Problem {
    tracing::error!(kind = ?error.kind(), "the desk's files cannot be used");
    problems::UNAVAILABLE.into()
}

fn summary(fields: &Fields) -> String {
    let told = ["subject.name", "subject.org", "text"].iter().filter_map(|name| fields.get(*name));
    told.cloned().collect::<Vec<_>>().join(" ").chars().take(SUMMARY).collect()
}
