//! Triage behind a door, on a ledger and a queue of its own.

use std::time::Duration;

use dengwen_door::Submission;
use dengwen_ledger::{CaseFilter, ModelRecord};
use dengwen_messages::Envelope;
use dengwen_model::{
    Case, Channel, ChannelDetails, FormKind, IdentityKind, ReporterIdentity, SourceKind, SubjectForm,
    TipContent,
};
use dengwen_queue::{Settlement, Subscription};
use dengwen_service::{DoorRuntime, Handler, Runtime, open_reading};
use dengwen_testkit::Replicas;
use dengwen_triage::Triage;

/// A replica of triage with a door before it.
pub(crate) struct Rig {
    pub(crate) runtime: Runtime,
    pub(crate) triage: Triage,
    door: DoorRuntime,
    _replicas: Option<Replicas>,
}

impl Rig {
    /// With a ledger of its own.
    pub(crate) async fn open() -> Self {
        let replicas = Replicas::on_sqlite();
        let rig = Self::of(&replicas, "one").await;
        Self { _replicas: Some(replicas), ..rig }
    }

    /// One of several replicas.
    pub(crate) async fn of(replicas: &Replicas, name: &str) -> Self {
        // Late enough for the months that the texts name.
        replicas.clock.set("2026-11-02T01:00:00Z".parse().unwrap());
        let runtime = replicas.replica(name).await;
        let door = DoorRuntime::open(runtime.process().clone(), "web").await.unwrap();
        Self { triage: Triage::new(runtime.clone()), runtime, door, _replicas: None }
    }

    /// Takes a tip through the door; the message that triage gets.
    pub(crate) async fn received(&self, text: &str) -> Envelope {
        let content = TipContent {
            channel: Channel::Web,
            form_kind: FormKind::Person,
            text: text.to_owned(),
            subject: SubjectForm::default(),
            when: None,
            place: None,
            source_kind: SourceKind::default(),
            identity: IdentityKind::Anonymous,
            attachments: Vec::new(),
            details: ChannelDetails::Web,
            reporter_spans: Vec::new(),
        };
        let identity = ReporterIdentity::default();
        let submission = Submission { content, identity, reply_to: None, received_at: None, external: None };
        self.door.door().take(submission).await.unwrap();
        let tips = Subscription::new("triage.tips", "tips.received").unwrap();
        let mut consumer = self.runtime.queue().consume(&tips, 1).await.unwrap();
        let delivery = consumer.next_batch(1).await.unwrap().remove(0);
        let envelope = Envelope::from_bytes(&delivery.message().body).unwrap();
        delivery.settle(Settlement::Done).await.unwrap();
        envelope
    }

    pub(crate) async fn handle(&self, batch: &[Envelope]) {
        let decisions = self.triage.handle(batch).await.unwrap();
        assert!(decisions.iter().all(|decision| *decision == Settlement::Done));
    }

    /// The cases, oldest first.
    pub(crate) async fn cases(&self) -> Vec<Case> {
        let filter = CaseFilter { limit: 500, ..CaseFilter::default() };
        let mut records = self.runtime.ledger().read().await.unwrap().cases(&filter).await.unwrap();
        records.sort_by(|a, b| a.case.number.cmp(&b.case.number));
        records.into_iter().map(|record| record.case).collect()
    }

    /// The topics of the next messages, in their order.
    pub(crate) async fn told(&self, heard: &Subscription, count: usize) -> Vec<String> {
        let mut consumer = self.runtime.queue().consume(heard, 1).await.unwrap();
        let mut topics = Vec::new();
        while topics.len() < count {
            let batch = tokio::time::timeout(Duration::from_secs(30), consumer.next_batch(1)).await;
            for delivery in batch.unwrap().unwrap() {
                topics.push(delivery.message().topic.to_string());
                delivery.settle(Settlement::Done).await.unwrap();
            }
        }
        topics
    }

    /// Keeps a model and puts it in place, as `dengwen train --activate` does.
    pub(crate) async fn put_in_place(&self, version: &str, sealed: Vec<u8>) {
        let made_at = self.runtime.clock().now();
        let record =
            ModelRecord { version: version.to_owned(), made_at, report: serde_json::Value::Null, sealed };
        let mut work = self.runtime.ledger().begin().await.unwrap();
        assert!(work.insert_model(&record).await.unwrap());
        assert!(work.activate_model(version, made_at).await.unwrap());
        work.commit().await.unwrap();
    }

    /// Takes a tip in and gives the versions that decided on it.
    pub(crate) async fn decided_by(&self, text: &str) -> String {
        let received = self.received(text).await;
        self.handle(&[received]).await;
        let case = self.cases().await.pop().unwrap();
        let tips = self.runtime.ledger().read().await.unwrap().tips_of_case(case.id).await.unwrap();
        let tip = &tips.last().unwrap().tip;
        open_reading(&self.runtime, tip.id, &tip.reading).unwrap().classification.version
    }
}
