//! Taking a tip: seal, put on disk, and only then the receipt.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_messages::{Envelope, Event, TipReceived, Topic, TraceParent};
use dengwen_model::{Clock, DoorName, Entropy, TipContent, TipId, UnitCode};
use dengwen_queue::{Outgoing, QueueError, Underway};
use dengwen_seal::{DoorKeys, Receipt, ReceiptHash, SealError, purpose};
use jiff::Timestamp;

use crate::derived::DerivedEntropy;
use crate::particulars::reporter_spans;
use crate::submission::{ExternalId, Submission};

/// A door: knows how to take a tip, and can read nothing that it took.
#[derive(Debug)]
pub struct Door {
    name: DoorName,
    received_by: UnitCode,
    keys: DoorKeys,
    outlet: Arc<dyn Underway>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// A tip that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub tip: TipId,
    /// What the reporter holds.
    pub receipt: Receipt,
    /// When it reached the line.
    pub received_at: Timestamp,
}

/// The tip was not taken; the reporter must be told so.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// It is longer than a sealed box may be.
    #[error("the tip is too long")]
    TooLong,
    /// The disk is full, or too many are being taken at once.
    #[error("the door cannot take it at the moment")]
    Outlet(#[from] QueueError),
}

impl From<SealError> for TakeError {
    fn from(_: SealError) -> Self {
        Self::TooLong
    }
}

impl Door {
    /// A door of this name, for the line of this department.
    pub fn new(
        name: DoorName,
        received_by: UnitCode,
        keys: DoorKeys,
        outlet: Arc<dyn Underway>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { name, received_by, keys, outlet, clock, entropy }
    }

    /// Its name.
    pub fn name(&self) -> &DoorName {
        &self.name
    }

    /// The department whose line it is.
    pub fn received_by(&self) -> &UnitCode {
        &self.received_by
    }

    /// Its keys.
    pub fn keys(&self) -> &DoorKeys {
        &self.keys
    }

    /// Its clock.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Its randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// The store behind it.
    pub fn outlet(&self) -> &Arc<dyn Underway> {
        &self.outlet
    }

    /// Takes one tip. Returns only when it is durable.
    ///
    /// # Errors
    /// See [`TakeError`]; nothing was taken that the reporter could rely on.
    pub async fn take(&self, submission: Submission) -> Result<Accepted, TakeError> {
        let accepted = self.draw(submission.external.as_ref(), submission.received_at);
        self.take_as(&accepted, submission).await?;
        Ok(accepted)
    }

    /// What a tip will be known by: for one that may come again, what every repetition gets.
    pub fn draw(&self, external: Option<&ExternalId>, received_at: Option<Timestamp>) -> Accepted {
        let now = self.clock.now();
        let received_at = received_at.map_or(now, |given| given.min(now));
        match external.filter(|external| external.same_receipt) {
            Some(external) => Accepted {
                tip: TipId::drawn(&self.derived("tip", external)),
                receipt: Receipt::generate(&self.derived("receipt", external)),
                received_at,
            },
            None => {
                let entropy = self.entropy.as_ref();
                let tip = TipId::new(self.clock.as_ref(), entropy);
                Accepted { tip, receipt: Receipt::generate(entropy), received_at }
            }
        }
    }

    /// Takes one tip as what was drawn for it. Returns only when it is durable; taken twice as the same,
    /// it is one tip.
    ///
    /// # Errors
    /// As [`Door::take`].
    pub async fn take_as(&self, accepted: &Accepted, submission: Submission) -> Result<(), TakeError> {
        let message = self.seal(accepted, &submission)?;
        self.outlet.take(accepted.tip.into(), message).await?;
        metrics::counter!("dengwen_door_tips_taken").increment(1);
        Ok(())
    }

    /// Takes several tips, which share commits. After an error some may have been taken without anybody
    /// knowing their receipts; sent again with the same external ids, none becomes a second tip.
    ///
    /// # Errors
    /// See [`TakeError`].
    pub async fn take_all(&self, submissions: Vec<Submission>) -> Result<Vec<Accepted>, TakeError> {
        futures::future::try_join_all(submissions.into_iter().map(|submission| self.take(submission))).await
    }

    /// Seals a tip into the message that travels.
    fn seal(&self, accepted: &Accepted, submission: &Submission) -> Result<Outgoing, TakeError> {
        let entropy = self.entropy.as_ref();
        let receipt_hash = self.keys.receipt.hash(&accepted.receipt);
        let sealed = self.sealed(accepted.tip, accepted.received_at, &receipt_hash, submission)?;
        let trace = TraceParent::new(entropy);
        let event = Event::TipReceived(Box::new(sealed));
        let envelope = Envelope::new(event, "/door", trace, self.clock.as_ref(), entropy);
        Ok(Outgoing {
            message_id: envelope.id,
            topic: topic(&Topic::TipsReceived),
            traceparent: Some(trace.to_string()),
            lookup_key: Some(*receipt_hash.as_bytes()),
            body: envelope.to_bytes().into(),
        })
    }

    /// What is drawn for this id, the same each time, and for nothing else.
    pub(crate) fn derived(&self, what: &str, external: &ExternalId) -> DerivedEntropy {
        let seed = self.keys.answer.locate(&format!("{what}/{}", external.source), &external.id);
        DerivedEntropy::new(*seed.as_bytes())
    }

    fn sealed(
        &self,
        tip: TipId,
        received_at: Timestamp,
        receipt_hash: &ReceiptHash,
        submission: &Submission,
    ) -> Result<TipReceived, TakeError> {
        let entropy = self.entropy.as_ref();
        let id = tip.as_uuid();
        let context = id.as_bytes();
        let reporter_spans = reporter_spans(&submission.content, &submission.identity);
        let content = match reporter_spans.is_empty() {
            true => json(&submission.content),
            false => json(&TipContent { reporter_spans, ..submission.content.clone() }),
        };
        let content = self.keys.line.seal(purpose::TipContent, context, &content, entropy)?;
        let identity = match submission.identity.is_empty() {
            true => None,
            false => {
                let words = json(&submission.identity);
                Some(self.keys.custodian.seal(purpose::Identity, context, &words, entropy)?)
            }
        };
        let reply_to = match &submission.reply_to {
            None => None,
            Some(number) => {
                Some(self.keys.reply.seal(purpose::ReplyAddress, context, number.as_bytes(), entropy)?)
            }
        };
        let external_key = submission.external.as_ref().map(|e| self.keys.external_id.hash(&e.source, &e.id));
        Ok(TipReceived {
            tip,
            door: self.name.clone(),
            channel: submission.content.channel,
            received_at,
            received_by: self.received_by.clone(),
            receipt_hash: STANDARD.encode(receipt_hash.as_bytes()),
            external_key: external_key.map(|key| STANDARD.encode(key.as_bytes())),
            content: STANDARD.encode(content.as_bytes()),
            identity: identity.map(|sealed| STANDARD.encode(sealed.as_bytes())),
            reply_to: reply_to.map(|sealed| STANDARD.encode(sealed.as_bytes())),
        })
    }
}

#[expect(clippy::expect_used, reason = "made of strings, numbers and lists, which always serialise")]
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain data serialises")
}

#[expect(clippy::expect_used, reason = "the key of a topic of ours is one")]
pub(crate) fn topic(topic: &Topic) -> dengwen_queue::Topic {
    topic.key().parse().expect("a topic of ours")
}
