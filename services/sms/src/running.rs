//! The SMS door in a process: its store, its routes, and the tasks behind them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use dengwen_door::ReceiptDesk;
use dengwen_http::ClientLimits;
use dengwen_messages::Queues;
use dengwen_model::Clock;
use dengwen_queue::{KeyedStore, Subscription};
use dengwen_service::{DoorRuntime, consume};
use jiff::SignedDuration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::follow_up::FollowUps;
use crate::gateway::Registry;
use crate::intake::Intake;
use crate::reply::{Sender, Wanted};
use crate::routes::{Webhooks, router};
use crate::settings;
use crate::store::DurableStore;
use crate::taking::Taking;

/// The longest that nobody looks whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// After a failure of the store.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Starts the SMS door with the kinds of the contract.
///
/// # Errors
/// Where the settings of a gateway are wrong, or the door's store cannot be opened.
pub async fn start(runtime: &DoorRuntime, desk: Arc<dyn ReceiptDesk>) -> anyhow::Result<Router> {
    start_with(runtime, desk, &Registry::default()).await
}

/// As [`start`], with further kinds of gateway.
///
/// # Errors
/// As [`start`].
pub async fn start_with(
    runtime: &DoorRuntime,
    desk: Arc<dyn ReceiptDesk>,
    registry: &Registry,
) -> anyhow::Result<Router> {
    let process = runtime.process();
    let (options, gateways) = settings::read(&process.settings().sms, registry)?;
    let gateways = Arc::new(gateways);
    let door = runtime.door().clone();
    let table = KeyedStore::open(&process.settings().data.join("sms.db")).await?;
    let held = runtime.keys().replies()?.door;
    let hash = door.keys().external_id.clone();
    let store = DurableStore::new(table, hash, held, process.shared_clock(), process.shared_entropy());
    let taking = Arc::new(Taking::new(
        door.clone(),
        gateways.clone(),
        store.clone(),
        process.cache().clone(),
        runtime.limits(),
        options.replies_per_hour,
    ));
    let intake = Intake::new(Arc::new(store.clone()), taking.clone(), options.waits());
    let wake = Arc::new(Notify::new());
    let clock = process.shared_clock();
    let sender = Sender::new(
        store.clone(),
        gateways.clone(),
        clock.clone(),
        process.shared_entropy(),
        ClientLimits::OUTSIDE,
    )?;
    let follow_ups = FollowUps { store: store.clone(), desk, taking, door: door.clone() };
    let tending = Tending {
        store: store.clone(),
        clock: clock.clone(),
        wake: wake.clone(),
        stop: process.shutdown().clone(),
    };
    process.spawn(tending.clone().sweep(intake.clone(), follow_ups));
    process.spawn(tending.send(sender));
    let (queue, binding) = Queues::replies(door.name());
    let wanted = Wanted {
        store: store.clone(),
        gateways: gateways.clone(),
        keys: runtime.keys().replies()?,
        clock: clock.clone(),
        wake: wake.clone(),
    };
    process.spawn(consume(process.clone(), Subscription::new(&queue, &binding)?, Arc::new(wanted)));
    Ok(router(Webhooks { gateways, intake, store, clock, wake }))
}

/// The tasks that do what is due.
#[derive(Clone)]
struct Tending {
    store: DurableStore,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    stop: CancellationToken,
}

impl Tending {
    /// Hands over what waited long enough, brings follow-ups, forgets what is old.
    async fn sweep(self, intake: Intake, follow_ups: FollowUps) {
        while !self.stop.is_cancelled() {
            let woken = self.wake.notified();
            let now = self.clock.now();
            let swept = intake.sweep(now).await.map_err(|_| ());
            let brought = follow_ups.round().await.map_err(|_| ());
            let forgotten = self.store.forget_old(now).await.map_err(|_| ());
            match (swept, brought, forgotten) {
                (Ok(0), Ok(0), Ok(())) => self.rest(woken).await,
                (Ok(_), Ok(_), Ok(())) => self.wake.notify_waiters(),
                _ => self.pause().await,
            }
        }
    }

    /// Sends replies.
    async fn send(self, sender: Sender) {
        while !self.stop.is_cancelled() {
            let woken = self.wake.notified();
            match sender.round().await {
                Ok(0) => self.rest(woken).await,
                Ok(_) => {}
                Err(_) => self.pause().await,
            }
        }
    }

    /// Until something is due, somebody wakes us, or it is time to stop.
    async fn rest(&self, woken: impl Future<Output = ()>) {
        let due = self.store.next_due().await.ok().flatten();
        let until = due.map(|due| due.duration_since(self.clock.now()).max(SignedDuration::from_millis(100)));
        let until =
            until.and_then(|until| Duration::try_from(until).ok()).unwrap_or(LOOK_EVERY).min(LOOK_EVERY);
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = woken => {}
            () = tokio::time::sleep(until) => {}
        }
    }

    async fn pause(&self) {
        tokio::select! { () = self.stop.cancelled() => {}, () = tokio::time::sleep(AFTER_FAILURE) => {} }
    }
}
