//! Replies in the durable store: those that wait, and what became of those that were sent.

use dengwen_queue::Write;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::durable::{REPLIES, SENT, VENDOR_IDS};
use super::{DurableStore, Effects, StoreError};
use crate::assembly::after;
use crate::gateway::{DeliveryStatus, Report};
use crate::reply::QueuedReply;

/// Delivery reports come within 72 hours; what became of a reply is kept this long.
const SENT_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What became of a reply that the vendor has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentReply {
    /// The gateway it went through.
    pub gateway: String,
    /// The number, until the last report has come.
    pub to: Option<String>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The vendor's code for why not.
    pub error_code: Option<String>,
    /// When that was learned.
    pub at: Timestamp,
}

impl DurableStore {
    /// Replies whose time has come.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn due_replies(&self, now: Timestamp, most: usize) -> Result<Vec<QueuedReply>, StoreError> {
        self.due_in(REPLIES, now, most).await
    }

    /// Keeps a reply as it stands now.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn keep_reply(&self, reply: &QueuedReply) -> Result<(), StoreError> {
        let key = self.key(REPLIES, &reply.key);
        let write = Write::Put { space: REPLIES, key, value: self.seal(&key, reply)?, due: Some(reply.due) };
        Ok(self.table().commit(vec![write]).await?)
    }

    /// The vendor has a reply, under this id where it gave one; it is never sent again.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn reply_sent(
        &self,
        reply: &QueuedReply,
        vendor_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writes = vec![self.done(REPLIES, &reply.key)];
        writes.extend(self.awaiting_report(reply, vendor_id, now)?);
        Ok(self.table().commit(writes).await?)
    }

    /// What a delivery report of this reply will be found by.
    fn awaiting_report(
        &self,
        reply: &QueuedReply,
        vendor_id: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Write>, StoreError> {
        let sent = SentReply {
            gateway: reply.gateway.clone(),
            to: Some(reply.to.clone()),
            status: DeliveryStatus::Queued,
            error_code: None,
            at: now,
        };
        let due = Some(after(now, SENT_KEPT));
        let key = self.key(SENT, &reply.reference);
        let mut writes = vec![Write::PutNew { space: SENT, key, value: self.seal(&key, &sent)?, due }];
        if let Some(id) = vendor_id {
            let name = self.key(VENDOR_IDS, &format!("{}/{id}", reply.gateway));
            writes.push(Write::Put { space: VENDOR_IDS, key: name, value: key.to_vec(), due });
        }
        Ok(writes)
    }

    /// Nobody knows whether the vendor has this reply; a report would tell.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn reply_unsettled(&self, reply: &QueuedReply, now: Timestamp) -> Result<(), StoreError> {
        let key = self.key(REPLIES, &reply.key);
        let mut writes =
            vec![Write::Put { space: REPLIES, key, value: self.seal(&key, reply)?, due: Some(reply.due) }];
        writes.extend(self.awaiting_report(reply, None, now)?);
        Ok(self.table().commit(writes).await?)
    }

    /// A reply is over without the vendor having it.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn reply_given_up(&self, reply: &QueuedReply, opted_out: bool) -> Result<(), StoreError> {
        let mut writes = vec![self.done(REPLIES, &reply.key)];
        let effects =
            Effects { opted_out: opted_out.then(|| (reply.to.clone(), true)), ..Effects::default() };
        self.effects(effects, &mut writes)?;
        Ok(self.table().commit(writes).await?)
    }

    /// Keeps what a delivery report says. Reports come in any order: none takes a final one back.
    /// `None` where it is of no reply of ours.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn keep_report(
        &self,
        gateway: &str,
        report: &Report,
        now: Timestamp,
    ) -> Result<Option<SentReply>, StoreError> {
        let mut key = report.reference.as_deref().map(|reference| self.key(SENT, reference));
        if let (None, Some(id)) = (key, &report.external_id) {
            let name = self.key(VENDOR_IDS, &format!("{gateway}/{id}"));
            let found = self.table().get(VENDOR_IDS, &name).await?;
            key = found.and_then(|found| found.try_into().ok());
        }
        let Some(key) = key else { return Ok(None) };
        let Some(mut sent) = self.read::<SentReply>(SENT, &key).await?.filter(|sent| sent.gateway == gateway)
        else {
            return Ok(None);
        };
        if sent.status.is_final() || report.status < sent.status {
            return Ok(Some(sent));
        }
        sent.status = report.status;
        sent.error_code.clone_from(&report.error_code);
        sent.at = now;
        let number = if report.status.is_final() { sent.to.take() } else { sent.to.clone() };
        let due = Some(after(now, SENT_KEPT));
        let mut writes = vec![Write::Put { space: SENT, key, value: self.seal(&key, &sent)?, due }];
        let opted_out = number.filter(|_| report.opted_out).map(|number| (number, true));
        self.effects(Effects { opted_out, ..Effects::default() }, &mut writes)?;
        self.table().commit(writes).await?;
        Ok(Some(sent))
    }

    /// What is known of the reply with this reference.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn sent_reply(&self, reference: &str) -> Result<Option<SentReply>, StoreError> {
        self.read(SENT, &self.key(SENT, reference)).await
    }
}
