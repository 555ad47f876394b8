//! A desk: one router for whatever is registered there.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use dengwen_door::{Answers, Checker, Checks, Door, Files, HintDesk, NoticeBoard};
use dengwen_rules::Rules;
use dengwen_service::DoorRuntime;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use utoipa::openapi::OpenApi;

use crate::batch::Batches;
use crate::before::Before;
use crate::drafts::{Drafts, sweep};
use crate::{Entry, Paperwork, console, discard, document, hints, import, register};

/// Largest table, in bytes.
pub(crate) const MAX_TABLE: usize = 64 << 20;
/// Largest entry without its files, in bytes.
const MAX_ENTRY: usize = 2 << 20;
/// Tables that are read and taken at a time: each may unpack to many times its size.
const TABLES: usize = 2;

/// What a desk is called, and where it answers.
#[derive(Debug, Clone, Copy)]
pub struct DeskPlan {
    /// Name of the desk in external ids and idempotency scopes, as `phone/calls`.
    pub source: &'static str,
    /// As `phone desk`.
    pub title: &'static str,
    /// One sentence for the OpenAPI document.
    pub about: &'static str,
    /// Where one entry is registered, and what that is called.
    pub entries: &'static str,
    /// As `Register a call`.
    pub entry: &'static str,
    /// Where tables are imported, and what that is called.
    pub import: &'static str,
    /// As `Import a call log`.
    pub table: &'static str,
    /// Where a file that waits is discarded, with `{id}` in it.
    pub discard: &'static str,
    /// Where one asks what may be known of what is written.
    pub hints: &'static str,
    /// Where the OpenAPI document is.
    pub document: &'static str,
}

/// What a desk answers besides what every desk does.
pub struct More<E> {
    /// The routes.
    pub routes: Router<Desk<E>>,
    /// Those of the interface, documented.
    pub document: OpenApi,
}

impl<E> std::fmt::Debug for More<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("More").field("routes", &self.routes).finish_non_exhaustive()
    }
}

/// The routes of the desk where `E` is registered: one entry, tables, and the document of both.
///
/// # Errors
/// Where the built-in rules cannot be read, which a test excludes.
pub fn router<E: Entry>(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    open::<E>(runtime, None, More { routes: Router::new(), document: OpenApi::default() })
}

/// As [`router`], at a desk where files wait or register numbers are given, with what it answers for that.
///
/// # Errors
/// As [`router`].
pub fn router_with<E: Entry>(
    runtime: &DoorRuntime,
    paperwork: Arc<dyn Paperwork>,
    more: More<E>,
) -> anyhow::Result<Router> {
    open(runtime, Some(paperwork), more)
}

fn open<E: Entry>(
    runtime: &DoorRuntime,
    paperwork: Option<Arc<dyn Paperwork>>,
    more: More<E>,
) -> anyhow::Result<Router> {
    if !runtime.notices().has_desk() {
        tracing::warn!("door.casework_url is not set: withdrawn tokens are taken here until they expire");
    }
    let desk = Desk::<E>::new(runtime, paperwork)?;
    let process = runtime.process();
    process.spawn(sweep(desk.drafts().clone(), process.shutdown().clone()));
    let json = document::document::<E>(more.document).to_json()?;
    let document = get(move || async move { ([("content-type", "application/json")], json) });
    let plan = E::DESK;
    Ok(Router::new()
        .route(plan.entries, post(register::register::<E>).layer(DefaultBodyLimit::max(largest(runtime))))
        .route(plan.import, post(import::import::<E>).layer(DefaultBodyLimit::max(MAX_TABLE)))
        .route(plan.discard, post(discard::by_interface::<E>))
        .route(plan.hints, post(hints::answer::<E>))
        .route(plan.document, document)
        .merge(console::router::<E>())
        .merge(more.routes)
        .with_state(desk))
}

/// The largest body of an entry with its files.
fn largest(runtime: &DoorRuntime) -> usize {
    let door = &runtime.process().settings().door;
    door.max_file_bytes.saturating_mul(door.max_files).saturating_add(MAX_ENTRY)
}

/// What a desk's handlers share; `E` is what is registered there. Cheap to clone.
#[derive(Debug)]
pub struct Desk<E> {
    shared: Arc<Shared>,
    entry: PhantomData<fn() -> E>,
}

#[derive(Debug)]
struct Shared {
    door: Arc<Door>,
    answers: Answers,
    notices: Arc<NoticeBoard>,
    checker: Checker,
    tables: Arc<Semaphore>,
    drafts: Drafts,
    batches: Batches,
    before: Before,
    draft_hours: u32,
    ranks: Vec<(String, String)>,
    files: Files,
    max_text: usize,
    paperwork: Option<Arc<dyn Paperwork>>,
    hints: Option<Arc<dyn HintDesk>>,
}

impl<E> Clone for Desk<E> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), entry: PhantomData }
    }
}

impl<E> Desk<E> {
    fn new(runtime: &DoorRuntime, paperwork: Option<Arc<dyn Paperwork>>) -> anyhow::Result<Self> {
        let rules = Rules::built_in()?;
        let ranks = rules.taxonomy.ranks().iter().map(|rank| (rank.code.to_string(), rank.zh.clone()));
        let shared = Shared {
            drafts: Drafts::open(runtime)?,
            batches: Batches::new(
                runtime.process().settings().data.join(format!("mappings-{}", runtime.kind())),
            ),
            before: Before::at(
                runtime.process().settings().data.join(format!("registered-{}.db", runtime.kind())),
                runtime.door().clone(),
            ),
            draft_hours: runtime.process().settings().door.draft_hours,
            ranks: ranks.collect(),
            files: runtime.files().clone(),
            max_text: runtime.process().settings().door.max_text_chars,
            paperwork,
            hints: runtime.hints().cloned(),
            door: runtime.door().clone(),
            answers: runtime.answers().clone(),
            notices: runtime.notices().clone(),
            checker: runtime.checker()?,
            tables: Arc::new(Semaphore::new(TABLES)),
        };
        Ok(Self { shared: Arc::new(shared), entry: PhantomData })
    }

    pub(crate) fn door(&self) -> &Door {
        &self.shared.door
    }

    /// First answers to requests that may be repeated.
    pub(crate) fn answers(&self) -> &Answers {
        &self.shared.answers
    }

    pub(crate) fn notices(&self) -> &NoticeBoard {
        &self.shared.notices
    }

    /// The desk's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.door.clock().now()
    }

    /// The largest file, in bytes.
    pub fn max_file_bytes(&self) -> usize {
        self.shared.files.max_bytes()
    }

    /// Longest text of an entry, in characters.
    pub fn max_text(&self) -> usize {
        self.shared.max_text
    }

    /// The sealed files.
    pub(crate) fn files(&self) -> &Files {
        &self.shared.files
    }

    /// What the desk has besides its form.
    pub(crate) fn paperwork(&self) -> Option<&dyn Paperwork> {
        self.shared.paperwork.as_deref()
    }

    /// Who knows of matters that may be the same.
    pub(crate) fn hints(&self) -> Option<&dyn HintDesk> {
        self.shared.hints.as_deref()
    }

    /// What entries are held against now.
    pub(crate) async fn checks(&self) -> Checks {
        self.shared.checker.now().await
    }

    /// What clerks have begun and not yet registered.
    pub(crate) fn drafts(&self) -> &Drafts {
        &self.shared.drafts
    }

    /// Tables under way.
    pub(crate) fn batches(&self) -> &Batches {
        &self.shared.batches
    }

    /// What was registered before.
    pub(crate) fn before(&self) -> &Before {
        &self.shared.before
    }

    /// Hours for which a draft is kept.
    pub(crate) fn draft_hours(&self) -> u32 {
        self.shared.draft_hours
    }

    /// Codes and names of the ranks.
    pub(crate) fn ranks(&self) -> &[(String, String)] {
        &self.shared.ranks
    }

    /// The places for tables under way.
    pub(crate) fn tables(&self) -> Arc<Semaphore> {
        self.shared.tables.clone()
    }
}
