//! What several tests of the SMS door share.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use dengwen_sms::assembly::{Waits, Whole};
use dengwen_sms::gateway::{Control, Gateway, Registry, Request, Settings};
use dengwen_sms::intake::{Intake, NotTaken, Sink};
use dengwen_sms::store::{Effects, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// 2026-03-01 12:00 UTC.
pub(crate) fn noon() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// Remembers what it took; refuses while told to.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    pub(crate) taken: Mutex<Vec<(Whole, Option<Control>)>>,
    pub(crate) refusing: Mutex<bool>,
}

impl Collector {
    pub(crate) fn texts(&self) -> Vec<String> {
        self.taken.lock().unwrap().iter().map(|(whole, _)| whole.text.clone()).collect()
    }

    pub(crate) fn refuse(&self, refuse: bool) {
        *self.refusing.lock().unwrap() = refuse;
    }
}

#[async_trait]
impl Sink for Collector {
    async fn take(&self, _: &str, whole: &Whole, control: Option<Control>) -> Result<Effects, NotTaken> {
        if *self.refusing.lock().unwrap() {
            return Err(NotTaken);
        }
        let mut taken = self.taken.lock().unwrap();
        // As the ledger does: one identity, one tip.
        if !taken.iter().any(|(known, _)| known.identity == whole.identity) {
            taken.push((whole.clone(), control));
        }
        Ok(Effects::default())
    }
}

pub(crate) fn intake(store: Arc<dyn Store>, sink: &Arc<Collector>, waits: Waits) -> Intake {
    Intake::new(store, sink.clone(), waits)
}

/// A gateway of this kind with these settings.
pub(crate) fn gateway(kind: &str, pairs: &[(&str, Value)]) -> Gateway {
    let values: BTreeMap<String, Value> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Registry::default().open("main", kind, &mut Settings::new(values)).unwrap()
}

/// A Kannel gateway, the one kind that leaves everything to us.
pub(crate) fn kannel() -> Gateway {
    gateway("kannel", &[("path_secret", "s".into())])
}

/// A part (of, seq) of a long message as Kannel passes it on when it does not join.
pub(crate) fn part(id: &str, reference: u8, total: u8, seq: u8, text: &[u8], sent_at: i64) -> Request {
    let udh: String = [5, 0, 3, reference, total, seq].iter().map(|byte| format!("%{byte:02X}")).collect();
    let text: String = text.iter().map(|byte| format!("%{byte:02X}")).collect();
    let url = format!(
        "https://t.example/sms/main/inbound/s?from=%2B8613900000001&to=12380&ts={sent_at}&id={id}&coding=2&udh={udh}&text={text}"
    );
    let mut request = Request::get(&url);
    request.path_secret = Some("s".into());
    request
}

/// A message in one piece.
pub(crate) fn message(id: &str, from: &str, text: &str) -> Request {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("from", from), ("to", "12380"), ("id", id), ("coding", "0"), ("text", text)])
        .finish();
    let mut request = Request::get(&format!("https://t.example/sms/main/inbound/s?{query}"));
    request.path_secret = Some("s".into());
    request
}

/// UCS-2 of a text.
pub(crate) fn ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// A durable store in a folder, under keys that only the test has.
pub(crate) async fn durable(folder: &std::path::Path) -> dengwen_sms::store::DurableStore {
    // The same keys at every opening, as a service has.
    let entropy = Arc::new(dengwen_model::SeededEntropy::new(7));
    let table = dengwen_queue::KeyedStore::open(&folder.join("sms.db")).await.unwrap();
    let hash = dengwen_seal::ExternalIdKey::generate(entropy.as_ref());
    let keys = dengwen_seal::KeyRing::generate(entropy.as_ref());
    dengwen_sms::store::DurableStore::new(
        table,
        hash,
        keys,
        Arc::new(dengwen_model::SystemClock),
        Arc::new(dengwen_model::SystemEntropy),
    )
}
