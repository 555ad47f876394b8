//! From a batch of messages to a committed unit of work.

use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use dengwen_messages::{Envelope, Event};
use dengwen_model::Classification;
use dengwen_queue::{ReasonCode, Settlement};
use dengwen_rules::Units;
use dengwen_service::{HandleError, Handler, Runtime};
use dengwen_text::link::LinkKey;
use dengwen_text::{Reader, Reading, TipText};

use crate::classification::classification;
use crate::opened::{Opened, open};
use crate::register;

/// Triage's handler.
pub struct Triage {
    runtime: Runtime,
    reader: RwLock<Option<KnownReader>>,
}

/// A reader for the units register that it was made from.
#[derive(Clone)]
struct KnownReader {
    units: Arc<Units>,
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

    /// The reader for the present units register; made anew when the register changed.
    fn reader(&self) -> Arc<Reader> {
        let units = self.runtime.units();
        let known = self.reader.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.units, &units)) {
            return known.reader;
        }
        let key = LinkKey::new(*self.runtime.keys().index.hash("link", b"signature").as_bytes());
        let reader = Arc::new(Reader::new(units.clone(), key));
        let fresh = KnownReader { units, reader: reader.clone() };
        *self.reader.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(fresh);
        reader
    }

    /// Opens and reads a batch off the async threads: it is all computing.
    async fn read(&self, batch: &[Envelope]) -> Vec<Result<ReadTip, Settlement>> {
        let (reader, runtime, batch) = (self.reader(), self.runtime.clone(), batch.to_vec());
        let reading = tokio::task::spawn_blocking(move || {
            batch.into_iter().map(|envelope| read_one(&reader, &runtime, envelope)).collect()
        });
        // A panic while reading must not lose the batch: it is given back to the queue.
        reading.await.unwrap_or_default()
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
    let reading = reader.read(&tip);
    let classification = classification(&reading, &tip, runtime.rules());
    Ok(ReadTip { opened, reading, classification, envelope })
}

#[async_trait]
impl Handler for Triage {
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        let read = self.read(batch).await;
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
