//! Importing a table: which column is which, what would become of each row, then all or by row.

use std::sync::Arc;

use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_http::{FieldError, Problem, Text, problems};
use dengwen_pages::console::{Choice, ColumnChoice, RowFate, TablePage, TableStep, language};
use dengwen_pages::page;
use serde::Deserialize;

use super::entry::{new_id, unavailable};
use super::fields::Sent;
use super::seated::Seated;
use super::shell::{shell, tabs};
use crate::Entry;
use crate::batch::{Batch, Glance, Mapping, Step};
use crate::columns::{Column, common};
use crate::desk::Desk;
use crate::drafts::DraftId;
use crate::import::no_table;
use crate::upload::Upload;

/// Longest name of a mapping, in characters.
const MAX_NAME: usize = 40;
/// Longest sample of a column, in characters.
const MAX_SAMPLE: usize = 30;
/// What a column counts as that is not to be read. No column is called so.
const LEFT_OUT: &str = "-";

/// Where tables are sent.
pub(crate) async fn show<E: Entry>(State(_): State<Desk<E>>, seated: Seated) -> Response {
    page(StatusCode::OK, &table_page::<E>(&seated, TableStep::Choose))
}

/// Reads a table and asks which column is which.
pub(crate) async fn send<E: Entry>(
    State(desk): State<Desk<E>>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let seated = Seated::recognise(&parts, &desk).await?;
    let Upload(bytes) = Upload::from_request(Request::from_parts(parts, body), &desk).await?;
    let place = desk.tables().acquire_owned().await.map_err(|_| Problem::from(problems::UNAVAILABLE))?;
    let table = bytes.clone();
    let seen = tokio::task::spawn_blocking(move || (Glance::at(&table), place)).await;
    let (seen, _place) = seen.map_err(|_| Problem::from(problems::INTERNAL))?;
    let seen = seen.map_err(|error| no_table(&error))?;
    if seen.is_empty() {
        let text = Text::new("the table has no rows", "表格没有数据行");
        return Err(Problem::from(problems::MALFORMED).with_detail(text));
    }
    let batch = desk.batches().begin(new_id(&desk), seated.id, desk.now(), bytes, seen);
    let batch = batch.ok_or_else(|| {
        let text =
            Text::new("two tables are under way here; wait for them", "本台已有两个表格在导入，请稍候");
        Problem::from(problems::CONFLICT).with_detail(text)
    })?;
    Ok(Redirect::to(&at::<E>(&batch)).into_response())
}

/// Which mapping to begin with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    mapping: String,
}

/// A table, at whatever step it is.
pub(crate) async fn show_batch<E: Entry>(
    State(desk): State<Desk<E>>,
    seated: Seated,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let batch = find(&desk, &seated, &id)?;
    let step = match batch.step() {
        Step::Columns => {
            let kept = desk.batches().mappings().await;
            TableStep::Columns {
                columns: columns::<E>(&batch, kept.get(&wanted.mapping), &seated),
                kept: kept.into_keys().collect(),
                mapping: wanted.mapping,
            }
        }
        Step::Judging | Step::Taking => TableStep::Working { done: batch.done() },
        Step::Judged(fates) => {
            TableStep::Judged { good: fates.good, bad: fates.bad, wrong: told::<E>(&fates.wrong, &seated) }
        }
        Step::Taken(taken) => TableStep::Taken { count: taken.len() },
        Step::Failed => TableStep::Failed,
    };
    let mut shown = table_page::<E>(&seated, step);
    (shown.at, shown.total) = (at::<E>(&batch), batch.total);
    Ok(page(StatusCode::OK, &shown))
}

/// Takes the mapping, keeps it where it has a name, and looks at every row.
pub(crate) async fn judge<E: Entry>(
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<Response, Problem> {
    let (_, batch) = own(&desk, &parts, &id).await?;
    let chosen = |column: usize| fields.get(&format!("column_{column}")).map_or("", String::as_str);
    let known: Vec<_> = all::<E>().map(|column| column.names[0]).collect();
    let mut mapping = Mapping::new();
    let names = batch.header.iter().enumerate().map(|(column, header)| {
        let name = chosen(column);
        let name = if known.contains(&name) { name } else { LEFT_OUT };
        mapping.insert(header.clone(), name.to_owned());
        name.to_owned()
    });
    let names = names.collect();
    let name: String = fields.get("name").map_or("", |name| name.trim()).chars().take(MAX_NAME).collect();
    if !name.is_empty() {
        desk.batches().keep(name, mapping).await.map_err(unavailable)?;
    }
    batch.judge::<E>(names, desk.checks().await);
    Ok(Redirect::to(&at::<E>(&batch)).into_response())
}

/// Takes the rows.
pub(crate) async fn take<E: Entry>(
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<Response, Problem> {
    let (seated, batch) = own(&desk, &parts, &id).await?;
    if fields.get("do").is_some_and(|what| what == "stop") {
        desk.batches().drop_of(seated.id, &batch.id);
        return Ok(Redirect::to(&format!("{}/import", E::FORM.href)).into_response());
    }
    let by_row = fields.get("do").is_some_and(|what| what == "by_row");
    let checks = desk.checks().await;
    batch.take(desk, by_row, checks);
    Ok(Redirect::to(&at::<E>(&batch)).into_response())
}

/// Rows and their receipts, for whoever tells the reporters.
pub(crate) async fn receipts<E: Entry>(
    State(desk): State<Desk<E>>,
    seated: Seated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let batch = find(&desk, &seated, &id)?;
    let Step::Taken(taken) = batch.step() else { return Err(problems::NOT_FOUND.into()) };
    let lines = taken.iter().map(|(row, receipt)| format!("{row},{receipt}\r\n"));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"receipts.csv\""),
    ];
    Ok((headers, std::iter::once("row,receipt\r\n".to_owned()).chain(lines).collect::<String>())
        .into_response())
}

/// Whoever sent a form about their table, and the table.
async fn own<E: Entry>(desk: &Desk<E>, parts: &Parts, id: &str) -> Result<(Seated, Arc<Batch>), Problem> {
    let seated = Seated::recognise(parts, desk).await?;
    let batch = find(desk, &seated, id)?;
    Ok((seated, batch))
}

fn find<E: Entry>(desk: &Desk<E>, seated: &Seated, id: &str) -> Result<Arc<Batch>, Problem> {
    let id = DraftId::parse(id).ok_or(problems::NOT_FOUND)?;
    desk.batches().of(seated.id, &id, desk.now()).ok_or_else(|| problems::NOT_FOUND.into())
}

fn at<E: Entry>(batch: &Batch) -> String {
    format!("{}/import/{}", E::FORM.href, batch.id.as_str())
}

/// The columns that the desk reads.
fn all<E: Entry>() -> impl Iterator<Item = &'static Column> {
    E::COLUMNS.iter().chain(common::ALL)
}

/// The table's columns with what each counts as: as the kept mapping says, else by its header.
fn columns<E: Entry>(batch: &Batch, kept: Option<&Mapping>, seated: &Seated) -> Vec<ColumnChoice> {
    let guess = |header: &str| all::<E>().find(|column| column.names.contains(&header));
    let choice = |column: &Column| Choice {
        code: column.names[0].to_owned(),
        name: seated.lang.t(column.label).to_owned(),
    };
    let one = |(number, header): (usize, &String)| ColumnChoice {
        name: format!("column_{number}"),
        header: header.clone(),
        sample: batch.samples[number].chars().take(MAX_SAMPLE).collect(),
        chosen: kept
            .and_then(|kept| kept.get(header).cloned())
            .or_else(|| guess(header).map(|column| column.names[0].to_owned()))
            .unwrap_or_default(),
        choices: all::<E>().map(choice).collect(),
    };
    batch.header.iter().enumerate().map(one).collect()
}

/// What is wrong with which row.
fn told<E: Entry>(wrong: &[(usize, FieldError)], seated: &Seated) -> Vec<RowFate> {
    let label = |field: &str| {
        let last = field.replace('.', "_");
        let column =
            all::<E>().find(|column| column.names.iter().any(|name| *name == field || *name == last));
        column.map_or_else(|| field.to_owned(), |column| seated.lang.t(column.label).to_owned())
    };
    let one = |(row, error): &(usize, FieldError)| RowFate {
        row: *row,
        field: label(&error.field),
        message: error.message.in_language(language(seated.lang)).to_owned(),
    };
    wrong.iter().map(one).collect()
}

fn table_page<E: Entry>(seated: &Seated, step: TableStep) -> TablePage {
    let here = format!("{}/import", E::FORM.href);
    let (shell, tabs) = (shell(seated, &E::FORM), tabs(&E::FORM, &here));
    TablePage { shell, tabs, href: here, at: String::new(), total: 0, step }
}
