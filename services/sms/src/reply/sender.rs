//! Sends what waits, gateway by gateway, within each vendor's rate.
//!
//! Before a call the reply is marked as being sent. Whatever then dies, a reply whose fate is unknown is sent
//! again only where the vendor tells it by our reference; else a delivery report settles it, or it is given up:
//! a reporter can live without a second receipt, and two would be noticed.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use dengwen_http::{ClientLimits, client, read_body};
use dengwen_model::{Clock, Entropy};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};

use super::retry_after::retry_after;
use super::{Breaker, QueuedReply, SendState};
use crate::assembly::after;
use crate::gateway::{Gateway, Outgoing, Reply, Sent, Signing};
use crate::settings::Gateways;
use crate::store::{DurableStore, StoreError};

/// Replies that one round looks at.
const MOST: usize = 256;
/// A reply found as being sent after this long was left by a process that died.
const SENDING_FOR: SignedDuration = SignedDuration::from_mins(2);
/// How long a delivery report is waited for, where nobody knows whether a reply was sent.
const REPORT_WITHIN: SignedDuration = SignedDuration::from_mins(30);
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(10);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// Code of a vendor that no connection could be made to.
const NOT_REACHED: &str = "not_reached";
/// Code of an answer that says the vendor cannot just now.
const DOWN: &str = "http_503";
/// Largest answer of a vendor that is read, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

/// Sends replies.
pub struct Sender {
    store: DurableStore,
    gateways: Arc<Gateways>,
    lanes: BTreeMap<String, Lane>,
    outside: reqwest::Client,
    inside: reqwest::Client,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// A vendor's answer.
struct Answered {
    status: u16,
    body: bytes::Bytes,
    /// How long it asks to be left alone.
    asked: Option<SignedDuration>,
}

/// What became of a try.
struct Outcome {
    sent: Sent,
    /// How long the vendor asks to be left alone.
    asked: Option<SignedDuration>,
}

impl From<Sent> for Outcome {
    fn from(sent: Sent) -> Self {
        Self { sent, asked: None }
    }
}

/// One gateway's pace and health.
struct Lane {
    pace: DefaultDirectRateLimiter,
    breaker: Mutex<Breaker>,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender")
    }
}

impl Lane {
    fn new(per_second: NonZeroU32) -> Self {
        Self { pace: RateLimiter::direct(Quota::per_second(per_second)), breaker: Mutex::default() }
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sender {
    /// A sender for these gateways, which waits for a vendor's answer within these limits.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(
        store: DurableStore,
        gateways: Arc<Gateways>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        limits: ClientLimits,
    ) -> reqwest::Result<Self> {
        let lane = |gateway: &Gateway| (gateway.name().to_owned(), Lane::new(gateway.replies().per_second()));
        Ok(Self {
            lanes: gateways.iter().map(lane).collect(),
            store,
            gateways,
            outside: client(limits)?,
            inside: client(ClientLimits { https_only: false, ..limits })?,
            clock,
            entropy,
        })
    }

    /// Does what is due; how many replies there were.
    ///
    /// # Errors
    /// Where the store does not answer; what is left is done next time.
    pub async fn round(&self) -> Result<usize, StoreError> {
        let due = self.store.due_replies(self.clock.now(), MOST).await?;
        let found = due.len();
        let mut lanes: BTreeMap<String, Vec<QueuedReply>> = BTreeMap::new();
        for reply in due {
            lanes.entry(reply.gateway.clone()).or_default().push(reply);
        }
        let work = lanes.into_iter().map(|(name, replies)| self.work_lane(name, replies));
        futures::future::try_join_all(work).await?;
        Ok(found)
    }

    async fn work_lane(&self, name: String, replies: Vec<QueuedReply>) -> Result<(), StoreError> {
        let (Some(gateway), Some(lane)) = (self.gateways.get(&name), self.lanes.get(&name)) else {
            // The operator took the gateway away; nothing can go through it any more.
            for reply in replies {
                self.give_up(&reply, "no_gateway", false).await?;
            }
            return Ok(());
        };
        for reply in replies {
            let now = self.clock.now();
            let closed = lane.breaker().until().filter(|until| *until > now);
            if let Some(until) = closed {
                self.put_off(reply, until).await?;
                continue;
            }
            if lane.pace.check().is_err() {
                self.put_off(reply, after(now, SignedDuration::from_secs(1))).await?;
                continue;
            }
            self.work(gateway, lane, reply, now).await?;
        }
        Ok(())
    }

    async fn put_off(&self, mut reply: QueuedReply, until: Timestamp) -> Result<(), StoreError> {
        reply.due = until;
        self.store.keep_reply(&reply).await
    }

    async fn give_up(&self, reply: &QueuedReply, why: &str, opted_out: bool) -> Result<(), StoreError> {
        count(&reply.gateway, "given_up");
        tracing::warn!(gateway = %reply.gateway, attempts = reply.attempts, why, "a reply was given up");
        self.store.reply_given_up(reply, opted_out).await
    }

    /// One reply, whatever state it is in.
    async fn work(
        &self,
        gateway: &Gateway,
        lane: &Lane,
        mut reply: QueuedReply,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if reply.state != SendState::Ready && !gateway.vendor().knows_references() {
            let sent = self.store.sent_reply(&reply.reference).await?;
            let arrived = sent.is_some_and(|sent| sent.status > crate::gateway::DeliveryStatus::Queued);
            return match (arrived, reply.state) {
                (true, _) => self.store.reply_sent(&reply, None, now).await,
                (false, SendState::Unsettled) => self.give_up(&reply, "unknown", false).await,
                (false, _) => self.wait_for_report(reply, now).await,
            };
        }
        if reply.expires <= now {
            return self.give_up(&reply, "too_late", false).await;
        }
        reply.state = SendState::Sending;
        reply.attempts += 1;
        reply.due = after(now, SENDING_FOR);
        self.store.keep_reply(&reply).await?;
        let outcome = self.send(gateway, &reply, now).await;
        self.settle(gateway, lane, reply, outcome).await
    }

    async fn send(&self, gateway: &Gateway, reply: &QueuedReply, now: Timestamp) -> Outcome {
        let outgoing = Reply {
            to: reply.to.clone(),
            text: reply.text.clone(),
            receipt: reply.receipt.clone(),
            reference: reply.reference.clone(),
            status_url: gateway.status_callback(&reply.reference),
        };
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce);
        let signing = Signing { now, nonce: hex::encode(nonce) };
        match gateway.vendor().send(&outgoing, &signing) {
            Ok(request) => match self.call(request, now).await {
                Ok(answer) => {
                    Outcome { sent: gateway.vendor().sent(answer.status, &answer.body), asked: answer.asked }
                }
                Err(sent) => sent.into(),
            },
            Err(error) => Sent::never(error).into(),
        }
    }

    /// Calls the vendor; an answer that did not come says whether anything was sent at all.
    async fn call(&self, request: Outgoing, now: Timestamp) -> Result<Answered, Sent> {
        // Plain HTTP only where the operator's own setting says so: a gateway on this host.
        let client = if request.url.starts_with("http://") { &self.inside } else { &self.outside };
        let call = client.request(request.method, request.url).headers(request.headers).body(request.body);
        let response = call.send().await.map_err(|error| match error.is_connect() || error.is_builder() {
            true => Sent::later(NOT_REACHED),
            false => Sent::Unknown { code: "no_answer".to_owned() },
        })?;
        let (status, asked) = (response.status().as_u16(), retry_after(response.headers(), now));
        let body = read_body(response, LARGEST_ANSWER).await;
        body.map(|body| Answered { status, body, asked })
            .map_err(|_| Sent::Unknown { code: "no_answer".to_owned() })
    }

    async fn settle(
        &self,
        gateway: &Gateway,
        lane: &Lane,
        reply: QueuedReply,
        outcome: Outcome,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        match outcome.sent {
            Sent::Accepted(id) => {
                lane.breaker().answered();
                count(&reply.gateway, "accepted");
                self.store.reply_sent(&reply, id.as_deref(), now).await
            }
            Sent::Later { code, wait } => {
                match wait {
                    // A limit of this person, not of the gateway.
                    Some(_) => lane.breaker().answered(),
                    None if code == NOT_REACHED => lane.breaker().failed(now, None),
                    // A vendor that is down, and does not say for how long.
                    None if code == DOWN && outcome.asked.is_none() => {
                        lane.breaker().failed(now, Some(FIRST_WAIT));
                    }
                    None => lane.breaker().asked_to_wait(now, outcome.asked.unwrap_or(FIRST_WAIT)),
                }
                self.again(reply, wait.or(outcome.asked), now).await
            }
            Sent::Never { code, opted_out } => {
                lane.breaker().answered();
                self.give_up(&reply, &code, opted_out).await
            }
            Sent::Unknown { .. } => {
                lane.breaker().failed(now, outcome.asked);
                match gateway.vendor().knows_references() {
                    true => self.again(reply, None, now).await,
                    false => self.wait_for_report(reply, now).await,
                }
            }
        }
    }

    /// Tries again later, ever more patiently.
    async fn again(
        &self,
        mut reply: QueuedReply,
        wait: Option<SignedDuration>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        count(&reply.gateway, "later");
        let patience = FIRST_WAIT.saturating_mul(1 << reply.attempts.saturating_sub(1).min(10));
        reply.state = SendState::Ready;
        reply.due = after(now, wait.unwrap_or_default().max(patience.min(LONGEST_WAIT)));
        self.store.keep_reply(&reply).await
    }

    async fn wait_for_report(&self, mut reply: QueuedReply, now: Timestamp) -> Result<(), StoreError> {
        count(&reply.gateway, "unknown");
        reply.state = SendState::Unsettled;
        reply.due = after(now, REPORT_WITHIN);
        self.store.reply_unsettled(&reply, now).await
    }
}

fn count(gateway: &str, outcome: &'static str) {
    metrics::counter!("dengwen_sms_replies", "gateway" => gateway.to_owned(), "outcome" => outcome)
        .increment(1);
}
