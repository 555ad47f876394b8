//! From a batch of messages to a committed unit of work.

use async_trait::async_trait;
use dengwen_messages::{Envelope, Event};
use dengwen_model::{Classification, IdentityKind};
use dengwen_queue::{ReasonCode, Settlement};
use dengwen_service::{HandleError, Handler, LinkCache, NoReader, Readers, Runtime};
use dengwen_text::{Reader, Reading, TipText};

use crate::opened::{Opened, open};
use crate::register;

/// Triage's handler.
pub struct Triage {
    runtime: Runtime,
    readers: Readers,
    links: LinkCache,
}

/// A tip, opened and read.
pub(crate) struct ReadTip {
    pub(crate) opened: Opened,
    pub(crate) reading: Reading,
    pub(crate) classification: Classification,
    pub(crate) envelope: Envelope,
}

const UNEXPECTED: ReasonCode = ReasonCode::new("not-a-tip");
const NO_SUCH_UNIT: ReasonCode = ReasonCode::new("tip-of-no-known-unit");

impl Triage {
    /// Triage on this runtime.
    pub fn new(runtime: Runtime) -> Self {
        let memory = usize::try_from(runtime.settings().triage.index_memory_mib).unwrap_or(usize::MAX);
        let links = LinkCache::new(memory.saturating_mul(1 << 20));
        Self { readers: Readers::new(runtime.clone()), links, runtime }
    }

    /// Opens and reads a batch off the async threads: it is all computing.
    async fn read(&self, batch: &[Envelope]) -> Result<Vec<Result<ReadTip, Settlement>>, HandleError> {
        let reader = self.readers.current().await.map_err(|error| match error {
            NoReader::Ledger(error) => HandleError::Ledger(error),
            NoReader::Made(error) => {
                tracing::error!(%error, "the reader cannot be made");
                HandleError::Message("no-reader")
            }
        })?;
        let (runtime, batch) = (self.runtime.clone(), batch.to_vec());
        let reading = tokio::task::spawn_blocking(move || {
            batch.into_iter().map(|envelope| read_one(&reader, &runtime, envelope)).collect()
        });
        // A panic while reading must not lose the batch: it is given back to the queue.
        Ok(reading.await.unwrap_or_default())
    }

    /// Parks what names a department that the register does not have: it would get a number in a series that is
    /// nobody's, and no way from there. The door keeps its tip and sends it again, so it is registered once the
    /// department is imported.
    async fn know_department(&self, tips: &mut [Result<ReadTip, Settlement>]) -> Result<(), HandleError> {
        let is_unknown = |tip: &Result<ReadTip, Settlement>| {
            let units = self.runtime.units();
            tip.as_ref().is_ok_and(|tip| units.get(&tip.opened.received.received_by).is_none())
        };
        if !tips.iter().any(is_unknown) {
            return Ok(());
        }
        // It may have been imported since.
        self.runtime.load_units().await?;
        for tip in tips.iter_mut().filter(|tip| is_unknown(tip)) {
            *tip = Err(Settlement::Park { reason: NO_SUCH_UNIT });
        }
        Ok(())
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
        let mut read = self.read(batch).await?;
        if read.len() != batch.len() {
            return Err(HandleError::Message("reading-failed"));
        }
        self.know_department(&mut read).await?;
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
        register::register(&self.runtime, &self.links, tips).await?;
        self.runtime.wake_relay();
        Ok(decisions)
    }
}
