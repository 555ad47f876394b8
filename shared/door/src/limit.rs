//! How much a source may do at a door. A source is a keyed token that changes every day.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use dengwen_cache::{Cache, CacheKey, Quota, Verdict};
use dengwen_http::{Problem, problems};
use dengwen_seal::ReceiptHash;

use crate::Door;

/// The limits of a door.
#[derive(Debug, Clone)]
pub struct Limits {
    tips: Option<Quota>,
    lookups: Option<Quota>,
    messages: Option<Quota>,
}

/// Messages under one receipt in a day: enough for whoever answers an officer, too few to bury a case.
const MESSAGES_PER_DAY: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);

impl Limits {
    /// So many tips a day and look-ups an hour for each source (nought: one).
    pub fn new(tips_per_day: u32, lookups_per_hour: u32) -> Self {
        let count = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            tips: Some(Quota::new("tips", count(tips_per_day), DAY)),
            lookups: Some(Quota::new("lookups", count(lookups_per_hour), HOUR)),
            messages: Some(Quota::new("messages", MESSAGES_PER_DAY, DAY)),
        }
    }

    /// No limits, for load tests.
    pub fn off() -> Self {
        Self { tips: None, lookups: None, messages: None }
    }

    /// Counts a tip from this address.
    ///
    /// # Errors
    /// [`problems::RATE_LIMITED`] with the time to wait.
    pub async fn tip_from(&self, door: &Door, cache: &Cache, address: IpAddr) -> Result<Counted, Problem> {
        let token = door.keys().limit.address(door.clock().now(), address);
        check(self.tips.as_ref(), cache, token.as_bytes()).await
    }

    /// Counts a tip from this sender's number.
    ///
    /// # Errors
    /// As [`Limits::tip_from`].
    pub async fn tip_by(&self, door: &Door, cache: &Cache, sender: &str) -> Result<Counted, Problem> {
        let token = door.keys().limit.sender(door.clock().now(), sender);
        check(self.tips.as_ref(), cache, token.as_bytes()).await
    }

    /// Counts a message under this receipt, wherever it comes from.
    ///
    /// # Errors
    /// As [`Limits::tip_from`].
    pub async fn message_under(&self, cache: &Cache, receipt: &ReceiptHash) -> Result<Counted, Problem> {
        check(self.messages.as_ref(), cache, receipt.as_bytes()).await
    }

    /// Counts a look at a receipt, or a message under one, from this address.
    ///
    /// # Errors
    /// As [`Limits::tip_from`].
    pub async fn lookup_from(&self, door: &Door, cache: &Cache, address: IpAddr) -> Result<Counted, Problem> {
        let token = door.keys().limit.address(door.clock().now(), address);
        check(self.lookups.as_ref(), cache, token.as_bytes()).await
    }
}

/// What was counted of a source.
#[derive(Debug, Clone)]
pub struct Counted(Option<(Quota, CacheKey)>);

impl Counted {
    /// Takes it back.
    pub async fn give_back(&self, cache: &Cache) {
        if let Self(Some((quota, key))) = self {
            cache.give_back(quota, key).await;
        }
    }

    /// Takes it back where nothing came of it by a fault of ours (any 5xx): a reporter's day is not used up by
    /// a line that could not take what they sent.
    pub async fn forgive<T>(&self, cache: &Cache, outcome: &Result<T, Problem>) {
        if outcome.as_ref().is_err_and(|problem| problem.status().is_server_error()) {
            self.give_back(cache).await;
        }
    }
}

async fn check(quota: Option<&Quota>, cache: &Cache, token: &[u8; 32]) -> Result<Counted, Problem> {
    let Some(quota) = quota else { return Ok(Counted(None)) };
    let key = CacheKey::from(token);
    match cache.check(quota, &key).await {
        Verdict::Allowed => Ok(Counted(Some((*quota, key)))),
        Verdict::Refused { retry_after } => {
            metrics::counter!("dengwen_door_limited", "quota" => quota.name()).increment(1);
            Err(Problem::from(problems::RATE_LIMITED).with_retry_after(retry_after))
        }
    }
}
