//! Messages from the desk that go out through the door that the tip came in by.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dengwen_messages::{Envelope, Event, ReplyWanted};
use dengwen_model::Clock;
use dengwen_queue::{ReasonCode, Settlement};
use dengwen_seal::purpose::{ReplyAddress, ReplyText};
use dengwen_seal::{ReplyKeys, SealedBox};
use dengwen_service::{HandleError, Handler};
use tokio::sync::Notify;

use super::QueuedReply;
use crate::settings::Gateways;
use crate::store::{Change, DurableStore, Effects, Store, StoreError};
use crate::taking::ReplyTo;

const UNEXPECTED: ReasonCode = ReasonCode::new("not-a-reply");
const SEALED_FOR_ANOTHER: ReasonCode = ReasonCode::new("reply-does-not-open");

/// Queues what the desk wants people told.
pub struct Wanted {
    /// Where replies wait.
    pub store: DurableStore,
    /// The gateways that they can go through.
    pub gateways: Arc<Gateways>,
    /// Opens where a reply goes and what it says.
    pub keys: ReplyKeys,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Wakes the sender.
    pub wake: Arc<Notify>,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wanted")
    }
}

impl Wanted {
    async fn queue(&self, wanted: &ReplyWanted) -> Settlement {
        let Some((to, text)) = self.open(wanted) else {
            return Settlement::Park { reason: SEALED_FOR_ANOTHER };
        };
        match self.keep(wanted, &to, text).await {
            Ok(()) => Settlement::Done,
            Err(StoreError) => Settlement::Retry { after: None },
        }
    }

    fn open(&self, wanted: &ReplyWanted) -> Option<(ReplyTo, String)> {
        let sealed = |text: &str| SealedBox::from_bytes(BASE64_STANDARD.decode(text).ok()?).ok();
        let context = wanted.tip.as_uuid();
        let to = self.keys.door.open(ReplyAddress, context.as_bytes(), &sealed(&wanted.reply_to)?).ok()?;
        let text = self.keys.door.open(ReplyText, context.as_bytes(), &sealed(&wanted.text)?).ok()?;
        Some((ReplyTo::parse(std::str::from_utf8(&to).ok()?)?, String::from_utf8(text.to_vec()).ok()?))
    }

    async fn keep(&self, wanted: &ReplyWanted, to: &ReplyTo, text: String) -> Result<(), StoreError> {
        // A gateway that sends approved templates only has none for what the desk writes; the mailbox has it.
        let gateway = self.gateways.get(&to.gateway);
        let can = gateway
            .is_some_and(|gateway| gateway.replies().is_enabled() && gateway.vendor().sends_free_text());
        if !can || self.store.opted_out(&to.number).await? {
            metrics::counter!("dengwen_sms_replies", "gateway" => to.gateway.clone(), "outcome" => "not_sendable")
                .increment(1);
            return Ok(());
        }
        let key = format!("wanted/{}", wanted.reply);
        let now = self.clock.now();
        let reply =
            QueuedReply::new(key.clone(), &to.gateway, &to.number, text, self.store.reference(&key), now);
        let effects = Effects { reply: Some(reply), ..Effects::default() };
        self.store.commit(Change { effects, ..Change::default() }).await?;
        self.wake.notify_waiters();
        Ok(())
    }
}

#[async_trait]
impl Handler for Wanted {
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        let mut decisions = Vec::with_capacity(batch.len());
        for envelope in batch {
            decisions.push(match &envelope.event {
                Event::ReplyWanted(wanted) => self.queue(wanted).await,
                _ => Settlement::Park { reason: UNEXPECTED },
            });
        }
        Ok(decisions)
    }
}
