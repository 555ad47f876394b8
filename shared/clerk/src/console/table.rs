//! Importing a table: which column is which, what would become of each row, then all or by row.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_http::{FieldError, Problem, Text, problems};
use dengwen_pages::console::{
    BegunTable, Choice, ColumnChoice, FateCount, FatesPage, RowFate, TablePage, TableStep, language,
};
use dengwen_pages::{Lang, page};
use serde::Deserialize;

use super::entry::{local, new_id, unavailable};
use super::fields::{Fields, Sent};
use super::seated::Seated;
use super::shell::{shell, tabs};
use crate::Entry;
use crate::batch::{Batch, Glance, Kept, Step};
use crate::chosen::{Chosen, RowSet};
use crate::columns::{Column, LEFT_OUT, Mapping, all};
use crate::desk::Desk;
use crate::drafts::DraftId;
use crate::fates::{Fate, FateKind, Judged, Verdict};
use crate::import::no_table;
use crate::table::WHOLE_ROW;
use crate::upload::Upload;

/// Longest name of a mapping, in characters.
const MAX_NAME: usize = 40;
/// Longest sample of a column, in characters.
const MAX_SAMPLE: usize = 30;
/// Rows on a page.
const PAGE: usize = 100;
/// What is told to whoever chose the ticked rows and ticked none.
const NONE_TICKED: &str = "none_ticked";

/// Where tables are sent.
pub(crate) async fn show<E: Entry>(State(desk): State<Desk<E>>, seated: Seated) -> Response {
    let begun = |batch: &Arc<Batch>| BegunTable { href: at::<E>(batch), total: batch.total };
    let begun = desk.batches().begun_by(seated.id).iter().map(begun).collect();
    page(StatusCode::OK, &table_page::<E>(&seated, TableStep::Choose { begun }))
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
    let batch = desk.batches().begin::<E>(new_id(&desk), seated.id, desk.now(), bytes, seen);
    let batch = batch.ok_or_else(|| {
        let text = Text::new(
            "colleagues are importing large tables at the moment; send yours again in a few minutes",
            "其他人员正在导入大型表格，请几分钟后再试",
        );
        Problem::from(problems::CONFLICT).with_detail(text)
    })?;
    Ok(Redirect::to(&at::<E>(&batch)).into_response())
}

/// What of a table is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// The mapping to begin with.
    mapping: String,
    /// Only rows with this fate.
    shown: String,
    /// Which page of them.
    page: String,
    /// What to tell.
    told: String,
}

/// A page of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Part {
    /// Only rows with this fate.
    shown: Option<FateKind>,
    /// From 1.
    page: usize,
}

impl Part {
    /// As its names and numbers say; whatever says nothing is all rows, or the first page.
    fn of(shown: &str, page: &str) -> Self {
        let shown = FateKind::ALL.into_iter().find(|kind| kind.name() == shown);
        Self { shown, page: page.parse().unwrap_or(1).max(1) }
    }

    fn pages(self, judged: &Judged) -> usize {
        judged.entries(self.shown).div_ceil(PAGE).max(1)
    }

    /// Its rows.
    fn rows(self, judged: &Judged) -> impl Iterator<Item = &Verdict> {
        judged.with(self.shown).skip((self.page - 1).saturating_mul(PAGE)).take(PAGE)
    }

    fn query(self) -> String {
        format!("page={}&shown={}", self.page, self.shown.map_or("", FateKind::name))
    }
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
            let names = kept_names(&batch, kept.get(&wanted.mapping));
            columns_step::<E>(&batch, &names, &seated, kept.into_keys().collect(), wanted.mapping)
        }
        Step::Judging | Step::Taking => TableStep::Working { done: batch.done() },
        Step::Judged(judged) => TableStep::Judged(fates_page::<E>(
            &batch,
            &judged,
            Part::of(&wanted.shown, &wanted.page),
            &seated,
        )),
        Step::Taken(taken) => TableStep::Taken { count: taken.rows.len(), before: taken.before },
        Step::Failed => TableStep::Failed,
    };
    let mut shown = table_page::<E>(&seated, step);
    if wanted.told == NONE_TICKED {
        shown.shell.error = seated.lang.t("table.none_ticked").to_owned();
    }
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
    let (seated, batch) = own(&desk, &parts, &id).await?;
    let chosen = |column: usize| fields.get(&format!("column_{column}")).cloned();
    let names: Vec<_> =
        (0..batch.header.len()).map(|column| chosen(column).unwrap_or_else(|| LEFT_OUT.to_owned())).collect();
    let name: String = fields.get("name").map_or("", |name| name.trim()).chars().take(MAX_NAME).collect();
    let Ok(mapping) = Mapping::chosen::<E>(names.clone()) else {
        let kept = desk.batches().mappings().await.into_keys().collect();
        let mut shown = table_page::<E>(&seated, columns_step::<E>(&batch, &names, &seated, kept, name));
        shown.shell.error = seated.lang.t("table.one_column").to_owned();
        (shown.at, shown.total) = (at::<E>(&batch), batch.total);
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &shown));
    };
    if !name.is_empty() {
        let kept: Kept = batch.header.iter().cloned().zip(names).collect();
        desk.batches().keep(name, kept).await.map_err(unavailable)?;
    }
    let checks = desk.checks().await;
    batch.judge(desk, mapping, checks);
    Ok(Redirect::to(&at::<E>(&batch)).into_response())
}

/// Keeps what was ticked on a page, and goes to another.
pub(crate) async fn tick<E: Entry>(
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<Response, Problem> {
    let (_, batch) = own(&desk, &parts, &id).await?;
    let mut part = keep_ticks(&batch, &fields);
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    match field("go") {
        "show" => part = Part::of(field("show"), ""),
        "tick" => tick_all(&batch, part, true),
        "untick" => tick_all(&batch, part, false),
        page => part = Part { page: Part::of("", page).page, ..part },
    }
    Ok(Redirect::to(&format!("{}?{}", at::<E>(&batch), part.query())).into_response())
}

/// Keeps which rows of the page that was sent are ticked; answers which page that was.
fn keep_ticks(batch: &Batch, fields: &Fields) -> Part {
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let part = Part::of(field("shown"), field("page"));
    let Step::Judged(judged) = batch.step() else { return part };
    let mut ticked = batch.ticked();
    for verdict in part.rows(&judged).filter(|verdict| verdict.fate.kind().is_right()) {
        match fields.contains_key(&format!("row_{}", verdict.row)) {
            true => ticked.insert(verdict.row),
            false => ticked.remove(&verdict.row),
        };
    }
    part
}

/// Ticks every row that has the fate which is shown, or none of them.
fn tick_all(batch: &Batch, part: Part, tick: bool) {
    let Step::Judged(judged) = batch.step() else { return };
    let mut ticked = batch.ticked();
    for verdict in judged.with(part.shown).filter(|verdict| verdict.fate.kind().is_right()) {
        match tick {
            true => ticked.insert(verdict.row),
            false => ticked.remove(&verdict.row),
        };
    }
}

/// Takes rows: all, those that are right, those that are ticked or the others; or gives the table up.
pub(crate) async fn take<E: Entry>(
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<Response, Problem> {
    let (seated, batch) = own(&desk, &parts, &id).await?;
    let checks = desk.checks().await;
    let part = keep_ticks(&batch, &fields);
    let ticked = || -> RowSet { batch.ticked().iter().copied().collect() };
    match fields.get("do").map_or("", String::as_str) {
        "stop" => {
            desk.batches().drop_of(seated.id, &batch.id);
            return Ok(Redirect::to(&format!("{}/import", E::FORM.href)).into_response());
        }
        "again" => batch.judge_again(desk, checks),
        "only" if batch.ticked().is_empty() => {
            let back = format!("{}?{}&told={NONE_TICKED}", at::<E>(&batch), part.query());
            return Ok(Redirect::to(&back).into_response());
        }
        "only" => batch.take(desk, Chosen { only: Some(ticked()), except: None }, true, checks),
        "except" => batch.take(desk, Chosen { only: None, except: Some(ticked()) }, true, checks),
        how => batch.take(desk, Chosen::default(), how == "by_row", checks),
    }
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
    let lines = taken.rows.iter().map(|(row, receipt)| format!("{row},{receipt}\r\n"));
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
    desk.batches().of(seated.id, &id, desk.now()).ok_or_else(|| {
        let text = Text::new(
            "this table is not here any more: it was given up, replaced by a newer one, or left alone for too long. What was registered makes nothing twice; send it again",
            "该表格已不在本台：已放弃、已被您后来的表格替换，或搁置过久。请重新导入，已登记的行不会重复",
        );
        Problem::from(problems::NOT_FOUND).with_detail(text)
    })
}

fn at<E: Entry>(batch: &Batch) -> String {
    format!("{}/import/{}", E::FORM.href, batch.id.as_str())
}

/// What the table's columns count as: as the kept mapping says, else by its header. One field has one column.
fn kept_names(batch: &Batch, kept: Option<&Kept>) -> Vec<String> {
    let Some(kept) = kept else { return batch.mapping().names.clone() };
    let guessed = batch.mapping();
    let mut given = BTreeSet::new();
    let name = |(header, guessed): (&String, &String)| {
        let name = kept.get(header).unwrap_or(guessed);
        if given.insert(name.clone()) { name.clone() } else { LEFT_OUT.to_owned() }
    };
    batch.header.iter().zip(&guessed.names).map(name).collect()
}

/// The table's columns with what each counts as.
fn columns_step<E: Entry>(
    batch: &Batch,
    names: &[String],
    seated: &Seated,
    kept: Vec<String>,
    mapping: String,
) -> TableStep {
    let choice = |column: &Column| Choice {
        code: column.field().to_owned(),
        name: seated.lang.t(column.label).to_owned(),
    };
    let one = |(number, (header, name)): (usize, (&String, &String))| ColumnChoice {
        name: format!("column_{number}"),
        header: header.clone(),
        sample: batch.samples[number].chars().take(MAX_SAMPLE).collect(),
        chosen: name.clone(),
        choices: all::<E>().map(choice).collect(),
    };
    TableStep::Columns {
        columns: batch.header.iter().zip(names).enumerate().map(one).collect(),
        kept,
        mapping,
    }
}

/// A page of rows and what would become of each.
fn fates_page<E: Entry>(batch: &Batch, judged: &Judged, part: Part, seated: &Seated) -> FatesPage {
    let pages = part.pages(judged);
    let part = Part { page: part.page.min(pages), ..part };
    let ticked = batch.ticked();
    let one = |verdict: &Verdict| RowFate {
        row: match verdict.fate {
            Fate::Blank(last) if last > verdict.row => format!("{}–{last}", verdict.row),
            _ => verdict.row.to_string(),
        },
        fate: format!("table.fate.{}", verdict.fate.kind().name()),
        more: more::<E>(judged, verdict, seated.lang),
        ticked: verdict.fate.kind().is_right().then(|| ticked.contains(&verdict.row)),
        who: verdict.who.to_string(),
        what: verdict.what.to_string(),
    };
    let count = |kind: FateKind| FateCount { code: kind.name(), count: judged.counts.of(kind) };
    FatesPage {
        counts: FateKind::ALL.into_iter().map(count).collect(),
        left_out: left_out::<E>(batch, seated.lang),
        shown: part.shown.map_or("", FateKind::name).to_owned(),
        rows: part.rows(judged).map(one).collect(),
        page: part.page,
        pages,
        right: judged.counts.right(),
        some_wrong: judged.counts.wrong > 0,
        ticked: ticked.len(),
    }
}

/// The columns of which nothing is taken; of each that tells of a field which another column fills, that one too, so
/// that the clerk can say which of both is meant.
fn left_out<E: Entry>(batch: &Batch, lang: Lang) -> Vec<String> {
    let mapping = batch.mapping();
    let out = batch.header.iter().zip(&mapping.names).enumerate().filter(|(_, (_, name))| *name == LEFT_OUT);
    let taken_as =
        |field: &str| mapping.names.iter().position(|name| name == field).map(|at| &batch.header[at]);
    let called = |(at, (header, _)): (usize, (&String, &String))| match header.as_str() {
        "" => format!("#{}", at + 1),
        header => {
            let column = all::<E>().find(|column| column.names.contains(&header));
            match column.and_then(|column| taken_as(column.field())) {
                Some(other) => format!("{header} ({} {other})", lang.t("table.taken_instead")),
                None => header.to_owned(),
            }
        }
    };
    out.map(called).collect()
}

/// What a clerk must know of a row beside its fate.
fn more<E: Entry>(judged: &Judged, verdict: &Verdict, lang: Lang) -> Vec<String> {
    match &verdict.fate {
        Fate::New | Fate::Blank(_) => Vec::new(),
        Fate::Wrong(_) => judged.faults(verdict).map(|fault| told::<E>(fault, lang)).collect(),
        Fate::Registered(earlier) => {
            let at = local(earlier.at, "%Y-%m-%d %H:%M");
            vec![[at.as_str(), earlier.number.as_deref().unwrap_or_default()].join(" ").trim_end().to_owned()]
        }
        Fate::Repeated(row) => vec![format!("{} {row}", lang.t("table.same_as"))],
    }
}

/// What is wrong with which column.
fn told<E: Entry>(fault: &FieldError, lang: Lang) -> String {
    let message = fault.message.in_language(language(lang));
    if fault.field == WHOLE_ROW {
        return message.to_owned();
    }
    let last = fault.field.replace('.', "_");
    let named = |column: &&Column| column.names.iter().any(|name| *name == fault.field || *name == last);
    let column = all::<E>().find(named);
    let column = column.map_or(fault.field.as_str(), |column| lang.t(column.label));
    format!("{column}: {message}")
}

fn table_page<E: Entry>(seated: &Seated, step: TableStep) -> TablePage {
    let here = format!("{}/import", E::FORM.href);
    let (shell, tabs) = (shell(seated, &E::FORM), tabs(&E::FORM, &here));
    TablePage { shell, tabs, href: here, at: String::new(), total: 0, step }
}
