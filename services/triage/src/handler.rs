//! From a batch of messages to a committed unit of work.

use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use dengwen_ledger::ModelRecord;
use dengwen_messages::{Envelope, Event};
use dengwen_model::{Classification, IdentityKind};
use dengwen_queue::{ReasonCode, Settlement};
use dengwen_rules::Units;
use dengwen_service::{HandleError, Handler, Runtime, open_model};
use dengwen_text::link::LinkKey;
use dengwen_text::{Model, Reader, Reading, TipText};

use crate::opened::{Opened, open};
use crate::register;

/// Triage's handler.
pub struct Triage {
    runtime: Runtime,
    reader: RwLock<Option<KnownReader>>,
}

/// A reader for the units register and the model that it was made from.
#[derive(Clone)]
struct KnownReader {
    units: Arc<Units>,
    /// The model put in place; `None` for the shipped one.
    model: Option<String>,
    reader: Arc<Reader>,
}

/// A tip, opened and read.
pub(crate) struct ReadTip {
    pub(crate) opened: Opened,
    pub(crate) reading: Reading,
    pub(crate) classification: Classification,
    pub(crate) envelope: Envelope,
}

const UNEXPECTED: ReasonCode = ReasonCode::new("not-a-tip");

impl Triage {
    /// Triage on this runtime.
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime, reader: RwLock::new(None) }
    }

    /// The reader for the present units register and the model in place; made anew when one of them changed.
    async fn reader(&self) -> Result<Arc<Reader>, HandleError> {
        let units = self.runtime.units();
        let mut work = self.runtime.ledger().read().await?;
        let model = work.active_model().await?;
        let known = self.reader.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.units, &units) && known.model == model) {
            return Ok(known.reader);
        }
        let trained = match &model {
            Some(version) => work.model(version).await?.and_then(|record| self.open_model(&record)),
            None => None,
        };
        drop(work);
        let reader = Arc::new(self.make_reader(units.clone(), trained)?);
        let fresh = KnownReader { units, model, reader: reader.clone() };
        *self.reader.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(fresh);
        Ok(reader)
    }

    /// A model that cannot be used must not stop the line: the shipped one reads, and says so in each decision.
    fn open_model(&self, record: &ModelRecord) -> Option<Model> {
        let opened = open_model(&self.runtime, record).ok().and_then(|bytes| Model::from_bytes(&bytes).ok());
        if opened.is_none() {
            tracing::error!(version = %record.version, "the model in place cannot be used; the shipped one reads");
        }
        opened
    }

    fn make_reader(&self, units: Arc<Units>, trained: Option<Model>) -> Result<Reader, HandleError> {
        let key = || LinkKey::new(*self.runtime.keys().index.hash("link", b"signature").as_bytes());
        match trained {
            Some(model) => Reader::with_model(units, key(), model),
            None => Reader::new(units, key()),
        }
        .map_err(|error| {
            tracing::error!(%error, "the reader cannot be made");
            HandleError::Message("no-reader")
        })
    }

    /// Opens and reads a batch off the async threads: it is all computing.
    async fn read(&self, batch: &[Envelope]) -> Result<Vec<Result<ReadTip, Settlement>>, HandleError> {
        let (reader, runtime, batch) = (self.reader().await?, self.runtime.clone(), batch.to_vec());
        let reading = tokio::task::spawn_blocking(move || {
            batch.into_iter().map(|envelope| read_one(&reader, &runtime, envelope)).collect()
        });
        // A panic while reading must not lose the batch: it is given back to the queue.
        Ok(reading.await.unwrap_or_default())
    }
}

fn read_one(reader: &Reader, runtime: &Runtime, envelope: Envelope) -> Result<ReadTip, Settlement> {
    let Event::TipReceived(received) = &envelope.event else {
        return Err(Settlement::Park { reason: UNEXPECTED });
    };
    let opened = open(received, &runtime.keys().line).map_err(|error| {
        tracing::error!(message = %envelope.id, %error, "parking a tip");
        Settlement::Park { reason: error.code().parse().unwrap_or(UNEXPECTED) }
    })?;
    let received_by = opened.received.received_by.to_string();
    let tip = TipText {
        text: &opened.content.text,
        form: crate::casefile::form(&opened.content),
        channel: opened.content.channel,
        received_at: opened.received.received_at,
        received_by: Some(&received_by),
        source_kind: Some(&opened.content.source_kind.0),
    };
    let mut reading = reader.read(&tip);
    know_reporter(&mut reading, opened.content.identity);
    let classification = reading.classification(runtime.rules(), tip.source_kind, 1);
    Ok(ReadTip { opened, reading, classification, envelope })
}

/// Who reports is sealed apart; that they can be reached, and how, the door has told.
fn know_reporter(reading: &mut Reading, told: IdentityKind) {
    reading.facts.reporter_named |= told == IdentityKind::Named;
    reading.facts.contact_given |= told != IdentityKind::Anonymous;
    match (told, reading.identity) {
        (IdentityKind::Named, _) => reading.identity = IdentityKind::Named,
        (IdentityKind::ContactOnly, IdentityKind::Anonymous) => reading.identity = IdentityKind::ContactOnly,
        _ => {}
    }
}

#[async_trait]
impl Handler for Triage {
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        let read = self.read(batch).await?;
        if read.len() != batch.len() {
            return Err(HandleError::Message("reading-failed"));
        }
        let mut decisions = Vec::with_capacity(read.len());
        let mut tips = Vec::with_capacity(read.len());
        for one in read {
            match one {
                Ok(tip) => {
                    tips.push(tip);
                    decisions.push(Settlement::Done);
                }
                Err(settlement) => decisions.push(settlement),
            }
        }
        register::register(&self.runtime, tips).await?;
        self.runtime.wake_relay();
        Ok(decisions)
    }
}
