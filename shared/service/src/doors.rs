//! What a door's process has: the door itself, its files, the way to casework.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_door::{
    Answers, Checker, Door, Files, HintDesk, HttpDesk, Limits, NoticeBoard, NoticeDesk, ReceiptDesk,
};
use dengwen_http::ClientLimits;
use dengwen_messages::{Envelope, Event, Queues};
use dengwen_model::{DoorName, Entropy};
use dengwen_queue::{
    Backoff, EntryId, Forwarder, ForwarderOptions, Queue, ReasonCode, Settlement, Spool, Subscription,
    Underway,
};
use dengwen_rules::Rules;
use dengwen_seal::KeyDirectory;

use crate::consume::{HandleError, Handler};
use crate::{Process, consume, drivers};

/// The ground of one door. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DoorRuntime {
    process: Process,
    kind: &'static str,
    door: Arc<Door>,
    files: Files,
    keys: Arc<KeyDirectory>,
    notices: Arc<NoticeBoard>,
    hints: Option<Arc<dyn HintDesk>>,
    answers: Answers,
}

impl DoorRuntime {
    /// Opens a door of this kind (`web`, `sms`, `phone`, `letters`). Broker, cache and casework may be away.
    ///
    /// # Errors
    /// Where keys are missing or the spool cannot be used.
    pub async fn open(process: Process, kind: &'static str) -> anyhow::Result<Self> {
        let settings = process.settings();
        let keys = drivers::key_directory(settings, process.entropy())?;
        let name = door_name(&process, kind)?;
        let outlet = outlet(&process, &name, kind).await?;
        let door = Door::new(
            name,
            settings.line.received_by.clone(),
            keys.door()?,
            outlet,
            process.shared_clock(),
            process.shared_entropy(),
        );
        let files = Files::new(drivers::open_objects(settings)?, settings.door.max_file_bytes);
        let desk = remote_desk(&process, &door)?.map(Arc::new);
        let notices = match desk.clone() {
            None => NoticeBoard::silent(process.shared_clock()),
            Some(desk) => {
                let file = settings.data.join(format!("notices-{kind}.json"));
                NoticeBoard::remote(desk, process.shared_clock(), file)
            }
        };
        let hints = desk.map(|desk| desk as Arc<dyn HintDesk>);
        let (door, keys, notices) = (Arc::new(door), Arc::new(keys), Arc::new(notices));
        let path = settings.data.join(format!("answers-{kind}.db"));
        let answers = Answers::open(door.clone(), process.cache().clone(), &path).await?;
        process.spawn(answers.clone().sweep(process.shutdown().clone()));
        Ok(Self { process, kind, door, files, keys, notices, hints, answers })
    }

    /// The same door with casework in its own process.
    #[must_use]
    pub fn beside<D: NoticeDesk + HintDesk + 'static>(mut self, desk: Arc<D>) -> Self {
        self.notices = Arc::new(NoticeBoard::local(desk.clone(), self.process.shared_clock()));
        self.hints = Some(desk);
        self
    }

    /// The process it runs in.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The kind of door: `web`, `sms`, `phone`, `letters`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The door.
    pub fn door(&self) -> &Arc<Door> {
        &self.door
    }

    /// The sealed files.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// What a source may do here.
    pub fn limits(&self) -> Limits {
        let limits = &self.process.settings().limits;
        match limits.dangerous_limits_off {
            true => Limits::off(),
            false => Limits::new(limits.tips_per_day, limits.lookups_per_hour),
        }
    }

    /// The keys that this host holds.
    pub fn keys(&self) -> &KeyDirectory {
        &self.keys
    }

    /// First answers to requests that may be repeated.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// What casework tells the doors.
    pub fn notices(&self) -> &Arc<NoticeBoard> {
        &self.notices
    }

    /// Who knows of matters that may be the same as what is written; nobody where it was not told where casework
    /// is.
    pub fn hints(&self) -> Option<&Arc<dyn HintDesk>> {
        self.hints.as_ref()
    }

    /// What entries are held against.
    ///
    /// # Errors
    /// Where the built-in rules cannot be read, which a test excludes.
    pub fn checker(&self) -> anyhow::Result<Checker> {
        let max_text = self.process.settings().door.max_text_chars;
        Ok(Checker::new(&Rules::built_in()?, self.notices.clone(), max_text)?)
    }

    /// Casework in another process, where the settings name one.
    ///
    /// # Errors
    /// Where no `door.casework_url` is set.
    pub fn remote_desk(&self) -> anyhow::Result<Arc<dyn ReceiptDesk>> {
        let desk = remote_desk(&self.process, &self.door)?.ok_or_else(|| {
            anyhow::anyhow!(
                "set door.casework_url (DENGWEN_CASEWORK_URL): where casework answers for receipts"
            )
        })?;
        Ok(Arc::new(desk))
    }
}

fn remote_desk(process: &Process, door: &Door) -> anyhow::Result<Option<HttpDesk>> {
    let Some(base) = process.settings().door.casework_url.as_deref() else { return Ok(None) };
    let secret = door.keys().receipt.internal_secret();
    Ok(Some(HttpDesk::new(dengwen_http::client(ClientLimits::INSIDE)?, base, secret.to_string())))
}

/// The name that registrations and replies come back to; kept, so that a restart is the same door.
fn door_name(process: &Process, kind: &str) -> anyhow::Result<DoorName> {
    if let Some(name) = &process.settings().door.name {
        return Ok(name.clone());
    }
    let path = process.settings().data.join(format!("door-{kind}"));
    if let Ok(name) = std::fs::read_to_string(&path) {
        return Ok(name.trim().parse()?);
    }
    let name = format!("{kind}-{}", random_word(process.entropy()));
    std::fs::write(&path, &name)?;
    Ok(name.parse()?)
}

fn random_word(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 4];
    entropy.fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The embedded queue itself, or a spool with its forwarder and the registrations that empty it.
async fn outlet(process: &Process, name: &DoorName, kind: &str) -> anyhow::Result<Arc<dyn Underway>> {
    let (queue, binding) = Queues::registered(name);
    let registrations = Subscription::new(&queue, &binding)?;
    if let Some(embedded) = process.embedded_outlet() {
        process.queue().declare(&[tips()?, mail()?, acts()?]).await?;
        return Ok(embedded.clone());
    }
    let clock = process.shared_clock();
    let spool = drivers::open_spool(process.settings(), &clock, &process.shared_entropy(), kind).await?;
    let options = ForwarderOptions {
        resend: resend(process.settings().door.resend_after_s),
        ..ForwarderOptions::default()
    };
    let remote = Arc::new(ByQueue(process.queue().clone()));
    let forwarder = Forwarder::new(spool.clone(), remote, options);
    let stop = process.shutdown().clone();
    process.spawn(async move { forwarder.run(stop).await });
    process.spawn(consume(process.clone(), registrations, Arc::new(Forget(spool.clone()))));
    let watched = spool.clone();
    process.check("spool", move || {
        let spool = watched.clone();
        async move { spool.health().await.map_err(|error| error.to_string().into()) }
    });
    Ok(Arc::new(spool))
}

/// Nothing is sent again sooner than the operator said: a delay is never below half of its bound.
fn resend(soonest_s: u32) -> Backoff {
    let first = Duration::from_secs(soonest_s.into()) * 2;
    Backoff { first, longest: Backoff::RESEND.longest.max(first) }
}

fn mail() -> anyhow::Result<Subscription> {
    Ok(Subscription::new(Queues::MAIL.0, Queues::MAIL.1)?.with_max_attempts(u32::MAX))
}

fn acts() -> anyhow::Result<Subscription> {
    Ok(Subscription::new(Queues::ACTS.0, Queues::ACTS.1)?)
}

fn tips() -> anyhow::Result<Subscription> {
    Ok(Subscription::new(Queues::TRIAGE.0, Queues::TRIAGE.1)?.with_max_attempts(20))
}

/// A queue as a forwarder wants it.
#[derive(Debug)]
struct ByQueue(Arc<dyn Queue>);

#[async_trait]
impl dengwen_queue::Publisher for ByQueue {
    async fn publish(&self, messages: Vec<dengwen_queue::Outgoing>) -> Result<(), dengwen_queue::QueueError> {
        self.0.publish(messages).await
    }
}

/// Forgets what the ledger has.
struct Forget(Spool);

const UNEXPECTED: ReasonCode = ReasonCode::new("not-a-registration");

#[async_trait]
impl Handler for Forget {
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        let answered: Vec<_> = batch.iter().filter_map(entry).collect();
        if let Err(error) = self.0.forget(&answered).await {
            tracing::warn!(%error, "what is registered is still in the spool");
            return Ok(batch.iter().map(|_| Settlement::Retry { after: None }).collect());
        }
        let decide = |envelope: &Envelope| match entry(envelope) {
            Some(_) => Settlement::Done,
            None => Settlement::Park { reason: UNEXPECTED },
        };
        Ok(batch.iter().map(decide).collect())
    }
}

/// The entry that was answered for.
fn entry(envelope: &Envelope) -> Option<EntryId> {
    match &envelope.event {
        Event::TipRegistered(registered) => Some(registered.tip.into()),
        Event::MessageSettled(settled) => Some(settled.message.into()),
        _ => None,
    }
}
