//! The service's store: one local file, keys hashed with the doors' key, values sealed to the SMS door's.
//!
//! Whoever takes the disk finds neither a word nor a number, and cannot tell whether a number is there.

use std::sync::Arc;

use async_trait::async_trait;
use dengwen_model::{Clock, Entropy};
use dengwen_queue::{Key, KeyedStore, QueueError, Write};
use dengwen_seal::purpose::{Door, HeldMessage};
use dengwen_seal::{ExternalIdKey, KeyRing, KeyedHash, ReceiptHash, SealedBox};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Change, Effects, LastTip, Store, StoreError};
use crate::assembly::{Group, after};
use crate::follow_up::FollowUp;

const KNOWN: &str = "known";
const GROUPS: &str = "groups";
pub(super) const REPLIES: &str = "replies";
pub(super) const SENT: &str = "sent";
pub(super) const VENDOR_IDS: &str = "vendor-ids";
const FOLLOW_UPS: &str = "follow-ups";
const OPTED_OUT: &str = "opted-out";
const LAST_TIPS: &str = "last-tips";

/// Stands where a reply or a follow-up stood, so that the same key never makes another.
const DONE: &[u8] = b"done";
/// How long a sender's last tip is remembered: the token that finds it lives a day.
const LAST_TIP_FOR: SignedDuration = SignedDuration::from_hours(25);
/// How long an entry that does not open is left alone.
const CLOSED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The durable store. Cheap to clone.
#[derive(Clone)]
pub struct DurableStore(Arc<Inner>);

struct Inner {
    table: KeyedStore,
    hash: ExternalIdKey,
    keys: KeyRing<Door>,
    clock: Arc<dyn Clock>,
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
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self(Arc::new(Inner { table, hash, keys, clock, entropy }))
    }

    pub(super) fn table(&self) -> &KeyedStore {
        &self.0.table
    }

    /// The hashed key of something in a space.
    pub(super) fn key(&self, space: &str, name: &str) -> Key {
        *self.0.hash.hash(&format!("sms/{space}"), name).as_bytes()
    }

    /// Our own reference of a reply towards its vendor: tells nothing, and is the same for the same key.
    pub fn reference(&self, key: &str) -> String {
        hex::encode(&self.key("reference", key)[..16])
    }

    pub(super) fn seal<T: Serialize>(&self, key: &Key, value: &T) -> Result<Vec<u8>, StoreError> {
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

    pub(super) async fn read<T: DeserializeOwned>(
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

    pub(super) async fn due_in<T: DeserializeOwned>(
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

    pub(super) fn effects(&self, effects: Effects, writes: &mut Vec<Write>) -> Result<(), StoreError> {
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
        if let Some(LastTip { sender, receipt }) = &effects.last_tip {
            let key = *sender.as_bytes();
            let due = Some(after(self.0.clock.now(), LAST_TIP_FOR));
            writes.push(Write::Put { space: LAST_TIPS, key, value: self.seal(&key, receipt)?, due });
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

    /// The last tip of this sender's day.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn last_tip(&self, sender: &KeyedHash) -> Result<Option<ReceiptHash>, StoreError> {
        self.read(LAST_TIPS, sender.as_bytes()).await
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

    pub(super) fn done(&self, space: &'static str, name: &str) -> Write {
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

    /// Forgets what was kept long enough.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn forget_old(&self, now: Timestamp) -> Result<(), StoreError> {
        for space in [SENT, VENDOR_IDS, LAST_TIPS] {
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
