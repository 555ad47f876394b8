//! The queue as services see it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dengwen_model::{Clock, Entropy};
use dengwen_queue::metrics::{count_published, report_depths};
use dengwen_queue::{
    Consumer, Depth, Depths, MAX_BODY_BYTES, Outgoing, Parked, ParkedEntry, ParkedId, Publisher, Queue,
    QueueError, QueueName, Subscription,
};
use lapin::options::QueueDeclareOptions;
use lapin::types::{FieldTable, ShortString};
use tokio::sync::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::connect::{Broker, Session};
use crate::consumer::RabbitConsumer;
use crate::held::Desk;
use crate::publisher::Lanes;
use crate::wire::Head;
use crate::{RabbitOptions, parked};

const REPORT_EVERY: Duration = Duration::from_secs(15);
/// A process that is told to end has 10 s for everything.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// A queue at a RabbitMQ broker. Clones share its connections.
#[derive(Clone)]
pub struct RabbitQueue {
    inner: Arc<Inner>,
}

struct Inner {
    broker: Arc<Broker>,
    lanes: Lanes,
    /// For declaring and counting.
    control: Mutex<Option<Session>>,
    /// Calls that look at parked messages, which hide them from each other.
    looking: Mutex<()>,
    in_flight: std::sync::Mutex<HashMap<QueueName, Arc<AtomicU64>>>,
    closing: CancellationToken,
    tasks: TaskTracker,
    _close_on_drop: DropGuard,
}

impl std::fmt::Debug for RabbitQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RabbitQueue").field("broker", &self.inner.broker).finish_non_exhaustive()
    }
}

impl RabbitQueue {
    /// A queue at `amqp://…` or `amqps://…`. Connects when it is first used, so that a service
    /// can start while the broker is away. Needs a running Tokio runtime.
    ///
    /// # Errors
    /// Where the address or an option cannot be used.
    pub fn open(url: &str, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, QueueError> {
        Self::open_with(url, RabbitOptions::default(), clock, entropy)
    }

    /// The same with other bounds and names.
    ///
    /// # Errors
    /// Where the address or an option cannot be used.
    pub fn open_with(
        url: &str,
        options: RabbitOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, QueueError> {
        let broker = Arc::new(Broker::new(url, options, clock, entropy)?);
        let (closing, tasks) = (CancellationToken::new(), TaskTracker::new());
        let lanes = Lanes::start(broker.clone(), &closing, &tasks);
        tasks.close();
        let inner = Arc::new(Inner {
            broker,
            lanes,
            control: Mutex::default(),
            looking: Mutex::default(),
            in_flight: std::sync::Mutex::default(),
            _close_on_drop: closing.clone().drop_guard(),
            closing,
            tasks,
        });
        report(&inner);
        Ok(Self { inner })
    }

    fn ensure_open(&self) -> Result<(), QueueError> {
        if self.inner.closing.is_cancelled() { Err(QueueError::Closed) } else { Ok(()) }
    }
}

impl Inner {
    /// Does something over the control connection, which is made anew after any fault.
    async fn control<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        let mut control = self.control.lock().await;
        let session = match control.take().filter(|session| session.channel.status().connected()) {
            Some(session) => session,
            None => self.broker.session("control").await?,
        };
        let result = work(&session).await;
        if result.is_ok() {
            *control = Some(session);
        }
        result
    }

    async fn count(&self, session: &Session, queue: ShortString) -> Result<u64, QueueError> {
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
        let declared = session.channel.queue_declare(queue, passive, FieldTable::default());
        Ok(self.broker.within(declared).await?.message_count().into())
    }

    async fn depths(&self) -> Result<Depths, QueueError> {
        let topology = &self.broker.topology;
        self.control(async |session| {
            let mut queues = Vec::new();
            for subscription in topology.declared() {
                let ready = self.count(session, topology.queue(&subscription.queue)).await?;
                let in_flight = self.in_flight(&subscription.queue).load(Ordering::Relaxed);
                queues.push(Depth { queue: subscription.queue, ready, delayed: 0, in_flight, oldest: None });
            }
            let parked = self.count(session, topology.parked()).await?;
            let unrouted = self.count(session, topology.unrouted()).await?;
            Ok(Depths { queues, parked, unrouted })
        })
        .await
    }

    fn in_flight(&self, queue: &QueueName) -> Arc<AtomicU64> {
        let mut counts = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(queue.clone()).or_default().clone()
    }
}

/// Reports the depths for as long as the queue is used.
fn report(inner: &Arc<Inner>) {
    let (weak, closing) = (Arc::downgrade(inner), inner.closing.clone());
    inner.tasks.spawn(async move {
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(REPORT_EVERY) => {}
            }
            let Some(inner) = weak.upgrade() else { return };
            tokio::select! {
                () = closing.cancelled() => return,
                depths = inner.depths() => if let Ok(depths) = depths { report_depths(&depths) },
            }
        }
    });
}

#[async_trait]
impl Publisher for RabbitQueue {
    async fn publish(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        self.ensure_open()?;
        if messages.is_empty() {
            return Ok(());
        }
        if let Some(large) = messages.iter().find(|message| message.body.len() > MAX_BODY_BYTES) {
            return Err(QueueError::TooLarge { size: large.body.len(), limit: MAX_BODY_BYTES });
        }
        let broker = &self.inner.broker;
        let now = broker.clock.now();
        let count = messages.len();
        let frames = messages.into_iter().map(|message| {
            let key = message.topic.as_str().into();
            Head::of(&message, now).frame(broker.topology.topics(), key, message.body)
        });
        self.inner.lanes.publish(frames.collect()).await?;
        count_published(count);
        Ok(())
    }
}

#[async_trait]
impl Parked for RabbitQueue {
    async fn parked_list(&self, limit: usize) -> Result<Vec<ParkedEntry>, QueueError> {
        self.ensure_open()?;
        let _alone = self.inner.looking.lock().await;
        parked::list(&self.inner.broker, limit).await
    }

    async fn parked_show(&self, id: &ParkedId) -> Result<(ParkedEntry, Bytes), QueueError> {
        self.ensure_open()?;
        let _alone = self.inner.looking.lock().await;
        parked::show(&self.inner.broker, id).await
    }

    async fn parked_replay(&self, id: &ParkedId) -> Result<(), QueueError> {
        self.ensure_open()?;
        let _alone = self.inner.looking.lock().await;
        parked::replay(&self.inner.broker, id).await
    }

    async fn parked_discard(&self, id: &ParkedId) -> Result<(), QueueError> {
        self.ensure_open()?;
        let _alone = self.inner.looking.lock().await;
        parked::discard(&self.inner.broker, id).await
    }
}

#[async_trait]
impl Queue for RabbitQueue {
    /// Where the broker is away this is an error, but the queues are remembered and declared on
    /// every later connection.
    async fn declare(&self, subscriptions: &[Subscription]) -> Result<(), QueueError> {
        self.ensure_open()?;
        let broker = &self.inner.broker;
        broker.topology.remember(subscriptions);
        self.inner
            .control(async |session| broker.within(broker.topology.declare_all(&session.channel)).await)
            .await
    }

    async fn consume(
        &self,
        subscription: &Subscription,
        prefetch: u16,
    ) -> Result<Box<dyn Consumer>, QueueError> {
        self.ensure_open()?;
        self.inner.broker.topology.remember(std::slice::from_ref(subscription));
        let desk = Desk {
            broker: self.inner.broker.clone(),
            lanes: self.inner.lanes.clone(),
            subscription: subscription.clone(),
            in_flight: self.inner.in_flight(&subscription.queue),
            runtime: tokio::runtime::Handle::current(),
            _queue: self.clone(),
        };
        Ok(Box::new(RabbitConsumer::start(desk, prefetch, self.inner.closing.clone()).await?))
    }

    async fn depths(&self) -> Result<Depths, QueueError> {
        self.ensure_open()?;
        self.inner.depths().await
    }

    async fn health(&self) -> Result<(), QueueError> {
        self.ensure_open()?;
        self.inner.lanes.probe().await?;
        self.inner.broker.ensure_led()
    }

    async fn close(&self) {
        self.inner.closing.cancel();
        // What a silent broker has not confirmed by then is unknown, as after any lost connection.
        let _given_up = tokio::time::timeout(CLOSE_LIMIT, self.inner.tasks.wait()).await;
        self.inner.control.lock().await.take();
    }
}
