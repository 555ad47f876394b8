//! A desk: one router for whatever is registered there.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use dengwen_cache::Cache;
use dengwen_door::{Checker, Checks, Door, NoticeBoard};
use dengwen_service::DoorRuntime;
use tokio::sync::Semaphore;

use crate::{Entry, document, import, register};

/// Largest table, in bytes.
const MAX_TABLE: usize = 64 << 20;
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
    /// Where the OpenAPI document is.
    pub document: &'static str,
}

/// The routes of the desk where `E` is registered: one entry, tables, and the document of both.
///
/// # Errors
/// Where the built-in rules cannot be read, which a test excludes.
pub fn router<E: Entry>(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    if !runtime.notices().has_desk() {
        tracing::warn!("door.casework_url is not set: withdrawn tokens are taken here until they expire");
    }
    let desk = Desk::<E>::new(runtime)?;
    let json = document::document::<E>().to_json()?;
    let document = get(move || async move { ([("content-type", "application/json")], json) });
    let plan = E::DESK;
    Ok(Router::new()
        .route(plan.entries, post(register::register::<E>))
        .route(plan.import, post(import::import::<E>).layer(DefaultBodyLimit::max(MAX_TABLE)))
        .route(plan.document, document)
        .with_state(desk))
}

/// What a desk's handlers share; `E` is what is registered there. Cheap to clone.
#[derive(Debug)]
pub(crate) struct Desk<E> {
    shared: Arc<Shared>,
    entry: PhantomData<fn() -> E>,
}

#[derive(Debug)]
struct Shared {
    door: Arc<Door>,
    cache: Arc<Cache>,
    notices: Arc<NoticeBoard>,
    checker: Checker,
    tables: Arc<Semaphore>,
}

impl<E> Clone for Desk<E> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), entry: PhantomData }
    }
}

impl<E> Desk<E> {
    fn new(runtime: &DoorRuntime) -> anyhow::Result<Self> {
        let shared = Shared {
            door: runtime.door().clone(),
            cache: runtime.process().cache().clone(),
            notices: runtime.notices().clone(),
            checker: runtime.checker()?,
            tables: Arc::new(Semaphore::new(TABLES)),
        };
        Ok(Self { shared: Arc::new(shared), entry: PhantomData })
    }

    pub(crate) fn door(&self) -> &Door {
        &self.shared.door
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    pub(crate) fn notices(&self) -> &NoticeBoard {
        &self.shared.notices
    }

    /// What entries are held against now.
    pub(crate) async fn checks(&self) -> Checks {
        self.shared.checker.now().await
    }

    /// The places for tables under way.
    pub(crate) fn tables(&self) -> Arc<Semaphore> {
        self.shared.tables.clone()
    }
}
