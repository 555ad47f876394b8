//! From a vendor's request to whole messages: verified, read, told apart from repetitions, put together.
//!
//! The service and the dry runs run this same code; they differ in the [`Store`] and the [`Sink`].

mod locks;
mod rows;
mod sweep;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::assembly::{Waits, Whole};
use crate::coding::udh::Part;
use crate::gateway::{Answer, Control, Gateway, Parsed, Reject, Report, Request, Verdict};
use crate::store::{Effects, Store, StoreError};
use locks::Locks;

/// Where whole messages go.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Takes a message; returns when it is durable. The same `identity` may come again after a crash and
    /// must not become a second tip.
    ///
    /// # Errors
    /// [`NotTaken`]: the vendor will send it again.
    async fn take(&self, gateway: &str, whole: &Whole, control: Option<Control>)
    -> Result<Effects, NotTaken>;
}

/// The message could not be made durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message could not be taken")]
pub struct NotTaken;

impl From<StoreError> for NotTaken {
    fn from(_: StoreError) -> Self {
        Self
    }
}

/// What became of one row of a request.
#[derive(Debug)]
pub enum Row {
    /// A whole message was taken, with what it asks for.
    Taken(Box<Whole>, Option<Control>),
    /// It was known already; the vendor's id.
    Repeated(Option<String>),
    /// It is kept until the rest comes; the part, and what it says alone.
    Waiting(Option<Part>, Box<Whole>),
    /// It is kept, and will be taken together with what follows (an operator's rule).
    Joining(Box<Whole>),
    /// It is unusable; its place in the batch and why.
    Quarantined(usize, Reject),
}

/// What became of a request for messages.
#[derive(Debug)]
pub struct Received {
    /// As a whole.
    pub verdict: Verdict,
    /// Row by row, where it was believed.
    pub rows: Vec<Row>,
    /// Whether it was a batch.
    pub is_batch: bool,
    /// What the vendor is answered.
    pub answer: Answer,
}

/// The intake. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    store: Arc<dyn Store>,
    sink: Arc<dyn Sink>,
    waits: Waits,
    locks: Arc<Locks>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("waits", &self.waits).finish_non_exhaustive()
    }
}

impl Intake {
    /// An intake with this memory, into this sink.
    pub fn new(store: Arc<dyn Store>, sink: Arc<dyn Sink>, waits: Waits) -> Self {
        Self { store, sink, waits, locks: Arc::new(Locks::default()) }
    }

    /// Takes a request for messages, and says what to answer.
    pub async fn receive(&self, gateway: &Gateway, request: &Request, now: Timestamp) -> Received {
        let parsed = gateway.verify(request, now).and_then(|()| gateway.vendor().messages(request));
        let (verdict, rows, is_batch) = match parsed {
            Err(reject) => (Verdict::Refused(reject), Vec::new(), false),
            Ok(parsed) => {
                let is_batch = matches!(parsed, Parsed::Batch(_));
                let (verdict, rows) = self.take_rows(gateway, parsed, now).await;
                (verdict, rows, is_batch)
            }
        };
        let answer = gateway.vendor().answer(&verdict);
        Received { verdict, rows, is_batch, answer }
    }

    async fn take_rows(
        &self,
        gateway: &Gateway,
        parsed: Parsed<crate::gateway::Message>,
        now: Timestamp,
    ) -> (Verdict, Vec<Row>) {
        let parsed = parsed.into_rows();
        // Where nothing can be used there is nothing to answer for.
        if let Some(Err(first)) =
            parsed.iter().find(|row| row.is_err()).filter(|_| parsed.iter().all(Result::is_err))
        {
            return (Verdict::Refused(*first), Vec::new());
        }
        let mut rows = Vec::with_capacity(parsed.len());
        for (index, row) in parsed.into_iter().enumerate() {
            match row {
                Err(reject) => rows.push(Row::Quarantined(index, reject)),
                Ok(message) => match self.take_message(gateway, message, now).await {
                    Ok(row) => rows.push(row),
                    Err(NotTaken) => return (Verdict::Unavailable, rows),
                },
            }
        }
        (Verdict::Taken, rows)
    }
}

/// Reads a request for delivery reports: what to answer, the reports, and the rows that are unusable.
pub fn reports(
    gateway: &Gateway,
    request: &Request,
    now: Timestamp,
) -> (Verdict, Vec<Report>, Vec<(usize, Reject)>) {
    let parsed = gateway.verify(request, now).and_then(|()| gateway.vendor().reports(request));
    let rows = match parsed {
        Err(reject) => return (Verdict::Refused(reject), Vec::new(), Vec::new()),
        Ok(parsed) => parsed.into_rows(),
    };
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        match row {
            Ok(report) => good.push(report),
            Err(reject) => bad.push((index, reject)),
        }
    }
    match bad.first() {
        Some((_, first)) if good.is_empty() => (Verdict::Refused(*first), good, bad),
        _ => (Verdict::Taken, good, bad),
    }
}
