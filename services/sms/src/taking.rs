//! The door's side of the intake: a whole message becomes a sealed tip on disk, and its sender gets a receipt.
//!
//! The sender's number never stands beside the text: it is sealed to the custodian, and apart from that to this
//! door itself, which alone can send replies.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_cache::{Cache, CacheKey, Quota};
use dengwen_door::{Addition, Door, ExternalId, Limits, Submission};
use dengwen_model::{
    Channel, ChannelDetails, FormKind, IdentityKind, MessageContent, ReporterIdentity, SourceKind,
    SubjectForm, TipContent, is_blank,
};
use dengwen_seal::{Receipt, ReceiptHash};

use crate::assembly::Whole;
use crate::follow_up::{FollowUp, split_receipt};
use crate::gateway::{Control, Gateway};
use crate::intake::{NotTaken, Sink};
use crate::reply::QueuedReply;
use crate::settings::Gateways;
use crate::store::{DurableStore, Effects, LastTip, Store};

/// Where a reply goes, as it is sealed into the tip.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyTo {
    /// The gateway.
    pub gateway: String,
    /// The number.
    pub number: String,
}

impl ReplyTo {
    /// The form in which it is sealed.
    pub fn format(gateway: &str, number: &str) -> String {
        format!("{gateway} {number}")
    }

    /// Reads it back.
    pub fn parse(text: &str) -> Option<Self> {
        let (gateway, number) = text.rsplit_once(' ')?;
        Some(Self { gateway: gateway.to_owned(), number: number.to_owned() })
    }
}

/// Takes whole messages.
pub struct Taking {
    door: Arc<Door>,
    gateways: Arc<Gateways>,
    store: DurableStore,
    cache: Arc<Cache>,
    limits: Limits,
    replies: Quota,
}

impl std::fmt::Debug for Taking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Taking")
    }
}

impl Taking {
    /// Into this door, within these limits a sender, with at most so many replies an hour to one person: that ends loops between machines too.
    pub fn new(
        door: Arc<Door>,
        gateways: Arc<Gateways>,
        store: DurableStore,
        cache: Arc<Cache>,
        limits: Limits,
        replies_per_hour: NonZeroU32,
    ) -> Self {
        let replies = Quota::new("sms-replies", replies_per_hour, Duration::from_secs(3600));
        Self { door, gateways, store, cache, limits, replies }
    }

    /// Whether this gateway sends people free text.
    pub fn answers(&self, gateway: &str) -> bool {
        let gateway = self.gateways.get(gateway);
        gateway.is_some_and(|gateway| gateway.replies().is_enabled() && gateway.vendor().sends_free_text())
    }

    /// Takes a message as a tip of its own; over the sender's daily limit as a further message to the last
    /// tip of the same day: gateways send a message once, so that refusing it would lose it.
    ///
    /// # Errors
    /// [`NotTaken`] where the door cannot put it on disk.
    pub async fn take_tip(&self, gateway: &str, whole: &Whole) -> Result<Effects, NotTaken> {
        let sender = self.door.keys().limit.sender(self.door.clock().now(), whole.from.as_str());
        let counted = self.limits.tip_by(&self.door, &self.cache, whole.from.as_str()).await;
        if counted.is_err() {
            let last = self.store.last_tip(&sender).await?;
            // Another host may have taken the day's tips; then there is nothing here to join it to.
            let outcome = if last.is_some() { "joined" } else { "taken" };
            metrics::counter!("dengwen_sms_over_limit", "outcome" => outcome).increment(1);
            if let Some(receipt) = last {
                return self.join(gateway, whole, receipt).await;
            }
        }
        let Ok(accepted) = self.door.take(submission(gateway, whole)).await else {
            metrics::counter!("dengwen_door_not_taken").increment(1);
            // The gateway sends it again; that is not a second tip of the sender's day.
            if let Ok(counted) = counted {
                counted.give_back(&self.cache).await;
            }
            return Err(NotTaken);
        };
        let reply = match self.gateways.get(gateway) {
            Some(gateway) => self.receipt_reply(gateway, whole, &accepted.receipt).await?,
            None => None,
        };
        let last_tip = LastTip { sender, receipt: self.door.keys().receipt.hash(&accepted.receipt) };
        Ok(Effects { reply, last_tip: Some(last_tip), ..Effects::default() })
    }

    /// Takes a message into the case of an earlier tip. No reply: whoever floods the line learns nothing.
    async fn join(&self, gateway: &str, whole: &Whole, receipt: ReceiptHash) -> Result<Effects, NotTaken> {
        let content = MessageContent { text: whole.text.clone(), attachments: Vec::new(), over_limit: true };
        let addition = Addition {
            receipt,
            receipt_known: true,
            content,
            received_at: whole.arrived_at,
            external: Some(external(gateway, whole)),
        };
        let message = self.door.seal_message(&addition).map_err(|_| NotTaken)?;
        self.door.take_message(message).await.map_err(|_| {
            metrics::counter!("dengwen_door_not_taken").increment(1);
            NotTaken
        })?;
        Ok(Effects::default())
    }

    /// The receipt for whoever can and wants to get it.
    async fn receipt_reply(
        &self,
        gateway: &Gateway,
        whole: &Whole,
        receipt: &Receipt,
    ) -> Result<Option<QueuedReply>, NotTaken> {
        let grouped = receipt.grouped();
        let mut text = gateway.replies().text(&grouped);
        if whole.has_file() {
            text = format!("{text}{}", gateway.replies().no_files());
        }
        let reply = self.reply(gateway, whole, "receipt", text).await?;
        let receipt = grouped.split(' ').map(str::to_owned).collect();
        Ok(reply.map(|reply| QueuedReply { receipt, ..reply }))
    }

    /// What whoever sent no words, or something beside them, is told where the gateway sends free text: that it did
    /// not arrive.
    async fn notice(&self, gateway: &str, whole: &Whole) -> Result<Option<QueuedReply>, NotTaken> {
        let gateway = self.gateways.get(gateway).filter(|gateway| gateway.vendor().sends_free_text());
        let Some(gateway) = gateway else { return Ok(None) };
        let replies = gateway.replies();
        let text = if whole.has_file() { replies.no_files() } else { replies.no_words() };
        self.reply(gateway, whole, "notice", text).await
    }

    /// A reply to the sender of a message, where there can be one; one of each kind at most.
    async fn reply(
        &self,
        gateway: &Gateway,
        whole: &Whole,
        kind: &str,
        text: String,
    ) -> Result<Option<QueuedReply>, NotTaken> {
        let Some(number) = whole.from.number().filter(|_| gateway.replies().is_enabled()) else {
            return Ok(None);
        };
        let from_us = whole
            .to
            .as_deref()
            .is_some_and(|to| to.trim_start_matches('+') == number.trim_start_matches('+'));
        if from_us || self.store.opted_out(number).await? || !self.within_quota(number).await {
            return Ok(None);
        }
        let key = format!("{kind}/{}", whole.identity);
        let now = self.door.clock().now();
        let reference = self.store.reference(&key);
        Ok(Some(QueuedReply::new(key, gateway.name(), number, text, reference, now)))
    }

    async fn within_quota(&self, number: &str) -> bool {
        let token = self.door.keys().limit.sender(self.door.clock().now(), number);
        self.cache.check(&self.replies, &CacheKey::from(token.as_bytes())).await.is_allowed()
    }

    /// A message that begins with a receipt, as something for that receipt's tip.
    fn follow_up(&self, gateway: &str, whole: &Whole) -> Option<FollowUp> {
        let (receipt, said) = split_receipt(&whole.text)?;
        Some(FollowUp {
            gateway: gateway.to_owned(),
            receipt_hash: self.door.keys().receipt.hash(&receipt),
            text: said.to_owned(),
            whole: whole.clone(),
            attempts: 0,
            due: self.door.clock().now(),
        })
    }
}

#[async_trait]
impl Sink for Taking {
    async fn take(
        &self,
        gateway: &str,
        whole: &Whole,
        control: Option<Control>,
    ) -> Result<Effects, NotTaken> {
        let number = whole.from.number().map(str::to_owned);
        let opted = |out: bool| Effects {
            opted_out: number.clone().map(|number| (number, out)),
            ..Effects::default()
        };
        match control {
            Some(Control::OptOut) => return Ok(opted(true)),
            Some(Control::OptIn) => return Ok(opted(false)),
            Some(Control::Help) => return Ok(Effects::default()),
            None => {}
        }
        if whole.has_file() {
            metrics::counter!("dengwen_sms_files_left").increment(1);
        }
        if is_blank(&whole.text) {
            metrics::counter!("dengwen_sms_empty").increment(1);
            return Ok(Effects { reply: self.notice(gateway, whole).await?, ..Effects::default() });
        }
        if let Some(follow_up) = self.follow_up(gateway, whole) {
            let reply = if whole.has_file() { self.notice(gateway, whole).await? } else { None };
            return Ok(Effects { follow_up: Some(follow_up), reply, ..Effects::default() });
        }
        self.take_tip(gateway, whole).await
    }
}

fn submission(gateway: &str, whole: &Whole) -> Submission {
    let number = whole.from.number();
    Submission {
        content: TipContent {
            channel: Channel::Sms,
            form_kind: FormKind::default(),
            text: whole.text.clone(),
            subject: SubjectForm::default(),
            when: None,
            place: None,
            source_kind: SourceKind::default(),
            // A number that was not volunteered is no contact (domain.md 8, question 7).
            identity: IdentityKind::Anonymous,
            attachments: Vec::new(),
            details: ChannelDetails::Sms {
                gateway: gateway.to_owned(),
                parts: whole.count(),
                incomplete: whole.is_incomplete(),
            },
            reporter_spans: Vec::new(),
        },
        identity: ReporterIdentity {
            phone: Some(whole.from.as_str().to_owned()),
            ..ReporterIdentity::default()
        },
        reply_to: number.map(|number| ReplyTo::format(gateway, number)),
        received_at: whole.arrived_at,
        external: Some(external(gateway, whole)),
    }
}

/// The vendor's id of a message, under which it is one message however often it comes.
pub(crate) fn external(gateway: &str, whole: &Whole) -> ExternalId {
    ExternalId { source: format!("sms/{gateway}"), id: whole.identity.clone(), same_receipt: true }
}
