//! The service's store: one local file, keys hashed with the doors' key, values sealed to the SMS door's.
//!
//! Whoever takes the disk finds neither a word nor a number, and cannot tell whether a number is there.

use std::sync::Arc;

use async_trait::async_trait;
use dengwen_model::Entropy;
use dengwen_queue::{Key, KeyedStore, QueueError, Write};
use dengwen_seal::purpose::{Door, HeldMessage};
use dengwen_seal::{ExternalIdKey, KeyRing, SealedBox};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Change, Effects, Store, StoreError};
use crate::assembly::{Group, after};
use crate::follow_up::FollowUp;
use crate::gateway::{DeliveryStatus, Report};
use crate::reply::QueuedReply;

const KNOWN: &str = "known";
const GROUPS: &str = "groups";
const REPLIES: &str = "replies";
const SENT: &str = "sent";
const VENDOR_IDS: &str = "vendor-ids";
const FOLLOW_UPS: &str = "follow-ups";
const OPTED_OUT: &str = "opted-out";

/// Stands where a reply or a follow-up stood, so that the same key never makes another.
const DONE: &[u8] = b"done";
/// Delivery reports come within 72 hours; what became of a reply is kept this long.
const SENT_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long an entry that does not open is left alone.
const CLOSED_FOR: SignedDuration = SignedDuration::from_hours(1);

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

/// The durable store. Cheap to clone.
#[derive(Clone)]
pub struct DurableStore(Arc<Inner>);

struct Inner {
    table: KeyedStore,
    hash: ExternalIdKey,
    keys: KeyRing<Door>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for DurableStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DurableStore")
    }
}

impl From<QueueError> for StoreError {
    fn from(error: QueueError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the SMS door's store does not answer");
        Self
    }
}

impl DurableStore {
    /// A store in this table, under these keys.
    pub fn new(
        table: KeyedStore,
        hash: ExternalIdKey,
        keys: KeyRing<Door>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self(Arc::new(Inner { table, hash, keys, entropy }))
    }

    /// The hashed key of something in a space.
    fn key(&self, space: &str, name: &str) -> Key {
        *self.0.hash.hash(&format!("sms/{space}"), name).as_bytes()
    }

    /// Our own reference of a reply towards its vendor: tells nothing, and is the same for the same key.
    pub fn reference(&self, key: &str) -> String {
        hex::encode(&self.key("reference", key)[..16])
    }

    fn seal<T: Serialize>(&self, key: &Key, value: &T) -> Result<Vec<u8>, StoreError> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(value).map_err(|_| StoreError)?);
        let sealed = self.0.keys.public().seal(HeldMessage, key, &plain, self.0.entropy.as_ref());
        Ok(sealed.map_err(|_| StoreError)?.as_bytes().to_vec())
    }

    fn open<T: DeserializeOwned>(&self, key: &Key, sealed: Vec<u8>) -> Result<T, StoreError> {
        let opened = SealedBox::from_bytes(sealed)
            .ok()
            .and_then(|sealed| self.0.keys.open(HeldMessage, key, &sealed).ok());
        let opened = opened.ok_or_else(|| {
            tracing::error!("an entry of the SMS door's store does not open with this host's keys");
            StoreError
        })?;
        serde_json::from_slice(&opened).map_err(|_| StoreError)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        space: &'static str,
        key: &Key,
    ) -> Result<Option<T>, StoreError> {
        match self.0.table.get(space, key).await? {
            None => Ok(None),
            Some(value) if value == DONE => Ok(None),
            Some(sealed) => self.open(key, sealed).map(Some),
        }
    }

    async fn due_in<T: DeserializeOwned>(
        &self,
        space: &'static str,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.0.table.due(space, now, u32::try_from(most).unwrap_or(u32::MAX)).await?;
        let mut opened = Vec::with_capacity(rows.len());
        let mut closed = Vec::new();
        for (key, value) in rows {
            match self.open(&key, value.clone()) {
                Ok(one) => opened.push(one),
                // It must not hold the others up, and is looked at again: its key may have been put back.
                Err(StoreError) => {
                    closed.push(Write::Put { space, key, value, due: Some(after(now, CLOSED_FOR)) });
                }
            }
        }
        self.0.table.commit(closed).await?;
        Ok(opened)
    }

    fn writes(&self, change: Change) -> Result<Vec<Write>, StoreError> {
        let mut writes = Vec::with_capacity(change.known.len() + 2);
        for name in &change.known {
            writes.push(Write::PutNew {
                space: KNOWN,
                key: self.key(KNOWN, name),
                value: Vec::new(),
                due: None,
            });
        }
        if let Some(name) = &change.drop {
            writes.push(Write::Delete { space: GROUPS, key: self.key(GROUPS, name) });
        }
        if let Some(group) = &change.keep {
            let key = self.key(GROUPS, &group.key);
            writes.push(Write::Put {
                space: GROUPS,
                key,
                value: self.seal(&key, group)?,
                due: Some(group.due),
            });
        }
        self.effects(change.effects, &mut writes)?;
        Ok(writes)
    }

    fn effects(&self, effects: Effects, writes: &mut Vec<Write>) -> Result<(), StoreError> {
        if let Some(reply) = &effects.reply {
            let key = self.key(REPLIES, &reply.key);
            writes.push(Write::PutNew {
                space: REPLIES,
                key,
                value: self.seal(&key, reply)?,
                due: Some(reply.due),
            });
        }
        if let Some(follow_up) = &effects.follow_up {
            let key = self.key(FOLLOW_UPS, &follow_up.whole.identity);
            let value = self.seal(&key, follow_up)?;
            writes.push(Write::PutNew { space: FOLLOW_UPS, key, value, due: Some(follow_up.due) });
        }
        if let Some((number, out)) = &effects.opted_out {
            let key = self.key(OPTED_OUT, number);
            writes.push(match out {
                true => Write::PutNew { space: OPTED_OUT, key, value: Vec::new(), due: None },
                false => Write::Delete { space: OPTED_OUT, key },
            });
        }
        Ok(())
    }

    /// Replies whose time has come.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn due_replies(&self, now: Timestamp, most: usize) -> Result<Vec<QueuedReply>, StoreError> {
        self.due_in(REPLIES, now, most).await
    }

    /// When the next reply, follow-up or group is due.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut next = None;
        for space in [REPLIES, FOLLOW_UPS, GROUPS] {
            next = next.into_iter().chain(self.0.table.next_due(space).await?).min();
        }
        Ok(next)
    }

    /// Keeps a reply as it stands now.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn keep_reply(&self, reply: &QueuedReply) -> Result<(), StoreError> {
        let key = self.key(REPLIES, &reply.key);
        let write = Write::Put { space: REPLIES, key, value: self.seal(&key, reply)?, due: Some(reply.due) };
        Ok(self.0.table.commit(vec![write]).await?)
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
        Ok(self.0.table.commit(writes).await?)
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
        Ok(self.0.table.commit(writes).await?)
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
        Ok(self.0.table.commit(writes).await?)
    }

    fn done(&self, space: &'static str, name: &str) -> Write {
        Write::Put { space, key: self.key(space, name), value: DONE.to_vec(), due: None }
    }

    /// Follow-ups whose time has come.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn due_follow_ups(&self, now: Timestamp, most: usize) -> Result<Vec<FollowUp>, StoreError> {
        self.due_in(FOLLOW_UPS, now, most).await
    }

    /// Puts a follow-up off.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn keep_follow_up(&self, follow_up: &FollowUp) -> Result<(), StoreError> {
        let key = self.key(FOLLOW_UPS, &follow_up.whole.identity);
        let value = self.seal(&key, follow_up)?;
        let write = Write::Put { space: FOLLOW_UPS, key, value, due: Some(follow_up.due) };
        Ok(self.0.table.commit(vec![write]).await?)
    }

    /// A follow-up is where it belongs.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn follow_up_done(&self, follow_up: &FollowUp, effects: Effects) -> Result<(), StoreError> {
        let mut writes = vec![self.done(FOLLOW_UPS, &follow_up.whole.identity)];
        self.effects(effects, &mut writes)?;
        Ok(self.0.table.commit(writes).await?)
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
            let found = self.0.table.get(VENDOR_IDS, &name).await?;
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
        self.0.table.commit(writes).await?;
        Ok(Some(sent))
    }

    /// What is known of the reply with this reference.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn sent_reply(&self, reference: &str) -> Result<Option<SentReply>, StoreError> {
        self.read(SENT, &self.key(SENT, reference)).await
    }

    /// Forgets what was kept long enough.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn forget_old(&self, now: Timestamp) -> Result<(), StoreError> {
        for space in [SENT, VENDOR_IDS] {
            let old = self.0.table.due(space, now, 1000).await?;
            let writes = old.into_iter().map(|(key, _)| Write::Delete { space, key }).collect();
            self.0.table.commit(writes).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Store for DurableStore {
    async fn knows_any(&self, keys: &[String]) -> Result<bool, StoreError> {
        let keys: Vec<Key> = keys.iter().map(|name| self.key(KNOWN, name)).collect();
        Ok(self.0.table.contains_any(KNOWN, &keys).await?)
    }

    async fn group(&self, key: &str) -> Result<Option<Group>, StoreError> {
        self.read(GROUPS, &self.key(GROUPS, key)).await
    }

    async fn commit(&self, change: Change) -> Result<(), StoreError> {
        let writes = self.writes(change)?;
        Ok(self.0.table.commit(writes).await?)
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Group>, StoreError> {
        self.due_in(GROUPS, now, most).await
    }

    async fn opted_out(&self, number: &str) -> Result<bool, StoreError> {
        let key = self.key(OPTED_OUT, number);
        Ok(self.0.table.contains_any(OPTED_OUT, &[key]).await?)
    }
}
