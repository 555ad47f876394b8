//! The driver on Redis (6.2 or later), shared by all replicas.
//!
//! Keys are `dengwen:{kind}:…` with a hash; each script touches one key, so a cluster will do.

mod address;
mod connection;
mod link;

use std::sync::Arc;
use std::time::Duration;

use ::redis::{AsyncCommands, Script, SetExpiry, SetOptions};
use async_trait::async_trait;
use dengwen_model::Clock;

use crate::{ANSWER_KEPT, Begun, CLAIM_KEPT, CacheKey, Claim, Quota, Store, Unavailable, Verdict};
pub use address::UrlError;
use link::Link;

/// What an answer's entry starts with, before the request's hash.
const CLAIMED: u8 = b'C';
const DONE: u8 = b'D';

/// Limits, first answers and sessions in Redis.
#[derive(Debug)]
pub struct Redis {
    clock: Arc<dyn Clock>,
    link: Link,
    gcra: Script,
    give_back: Script,
    begin: Script,
    abandon: Script,
}

impl Redis {
    /// Does not connect yet: a service starts without Redis.
    ///
    /// # Errors
    /// [`UrlError`] where the address cannot be one.
    pub fn open(url: &str, clock: Arc<dyn Clock>) -> Result<Self, UrlError> {
        Ok(Self {
            clock,
            link: Link::new(address::parse(url)?),
            gcra: Script::new(include_str!("redis/gcra.lua")),
            give_back: Script::new(include_str!("redis/give_back.lua")),
            begin: Script::new(include_str!("redis/begin.lua")),
            abandon: Script::new(include_str!("redis/abandon.lua")),
        })
    }
}

fn name(kind: &str, key: &CacheKey) -> String {
    format!("dengwen:{kind}:{}", hex::encode(key.as_bytes()))
}

fn entry(state: u8, request: &CacheKey, rest: &[u8]) -> Vec<u8> {
    [&[state], request.as_bytes().as_slice(), rest].concat()
}

fn claimed(claim: &Claim) -> Vec<u8> {
    entry(CLAIMED, &claim.request, claim.holder.as_bytes())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// What the entry of the first request says to this one.
fn read_entry(entry: &[u8], request: &CacheKey) -> Begun {
    match entry.split_first().and_then(|(state, rest)| Some((*state, rest.split_first_chunk::<32>()?))) {
        Some((_, (theirs, _))) if theirs != request.as_bytes() => Begun::Different,
        Some((DONE, (_, answer))) => Begun::Done(answer.to_vec()),
        _ => Begun::InFlight,
    }
}

#[async_trait]
impl Store for Redis {
    async fn check(&self, quota: &Quota, key: &CacheKey) -> Result<Verdict, Unavailable> {
        let mut call = self.gcra.key(name(&format!("limit:{}", quota.name()), key));
        // Numbers in Lua are doubles: exact for microseconds up to the year 2255.
        call.arg(self.clock.now().as_microsecond());
        call.arg(micros(quota.interval()));
        call.arg(quota.burst().get());
        let wait: i64 =
            self.link.run(async |mut connection| call.invoke_async(&mut connection).await).await?;
        Ok(match u64::try_from(wait) {
            Ok(0) | Err(_) => Verdict::Allowed,
            Ok(wait) => Verdict::Refused { retry_after: Duration::from_micros(wait) },
        })
    }

    async fn give_back(&self, quota: &Quota, key: &CacheKey) -> Result<(), Unavailable> {
        let mut call = self.give_back.key(name(&format!("limit:{}", quota.name()), key));
        call.arg(self.clock.now().as_microsecond()).arg(micros(quota.interval()));
        self.link.run(async |mut connection| call.invoke_async(&mut connection).await).await
    }

    async fn begin(&self, key: &CacheKey, claim: &Claim) -> Result<Begun, Unavailable> {
        let mut call = self.begin.key(name("answer", key));
        call.arg(claimed(claim)).arg(millis(CLAIM_KEPT));
        let first: Option<Vec<u8>> =
            self.link.run(async |mut connection| call.invoke_async(&mut connection).await).await?;
        Ok(first.map_or(Begun::Fresh, |entry| read_entry(&entry, &claim.request)))
    }

    async fn finish(&self, key: &CacheKey, request: &CacheKey, answer: &[u8]) -> Result<(), Unavailable> {
        let (name, value) = (name("answer", key), entry(DONE, request, answer));
        self.set(&name, &value, ANSWER_KEPT).await
    }

    async fn abandon(&self, key: &CacheKey, claim: &Claim) -> Result<(), Unavailable> {
        let mut call = self.abandon.key(name("answer", key));
        call.arg(claimed(claim));
        self.link.run(async |mut connection| call.invoke_async(&mut connection).await).await
    }

    async fn put_session(&self, key: &CacheKey, value: &[u8], ttl: Duration) -> Result<(), Unavailable> {
        self.set(&name("session", key), value, ttl).await
    }

    async fn session(&self, key: &CacheKey) -> Result<Option<Vec<u8>>, Unavailable> {
        let name = name("session", key);
        self.link.run(async |mut connection| connection.get(&name).await).await
    }

    async fn end_session(&self, key: &CacheKey) -> Result<(), Unavailable> {
        let name = name("session", key);
        self.link.run(async |mut connection| connection.del(&name).await).await
    }

    async fn ping(&self) -> Result<(), Unavailable> {
        self.link.run(async |mut connection| connection.ping().await).await
    }
}

impl Redis {
    async fn set(&self, name: &str, value: &[u8], ttl: Duration) -> Result<(), Unavailable> {
        let options = SetOptions::default().with_expiration(SetExpiry::PX(millis(ttl)));
        self.link
            .run(async |mut connection| connection.set_options::<_, _, ()>(name, value, options).await)
            .await
    }
}
