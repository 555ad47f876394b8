//! The broker under test, and a wire to it that can be cut.

#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dengwen_model::{Clock, Entropy, SystemClock, SystemEntropy};
use dengwen_queue::Backoff;
use dengwen_queue_rabbitmq::{RabbitOptions, RabbitQueue};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The broker's address; without one the tests cannot say anything, so they fail.
pub(crate) fn broker_url() -> String {
    std::env::var("DENGWEN_TEST_RABBITMQ").expect("DENGWEN_TEST_RABBITMQ is not set: run ./tests/run")
}

/// Names that no other test and no earlier run used.
pub(crate) fn fresh_prefix() -> String {
    let mut random = [0; 8];
    SystemEntropy.fill(&mut random);
    format!("dengwen.test.{:016x}.", u64::from_le_bytes(random))
}

/// Short delays and back-off, so that nothing has to be waited for long.
pub(crate) fn options(prefix: &str) -> RabbitOptions {
    RabbitOptions {
        prefix: prefix.to_owned(),
        delays: [50, 200].map(Duration::from_millis).to_vec(),
        reconnect: Backoff { first: Duration::from_millis(20), longest: Duration::from_millis(200) },
        ..RabbitOptions::default()
    }
}

pub(crate) fn open(url: &str, options: RabbitOptions) -> Arc<RabbitQueue> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
        (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Arc::new(RabbitQueue::open_with(url, options, clock, entropy).unwrap())
}

/// What the wire does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Carries bytes both ways.
    Up,
    /// Closes every connection, and each new one.
    Down,
    /// Accepts and keeps connections, and carries nothing.
    Silent,
    /// Carries bytes both ways until somebody asks to consume, which gets no answer: so a quorum queue
    /// without a leader behaves.
    Leaderless,
}

/// A proxy in front of the broker.
pub(crate) struct Proxy {
    pub(crate) url: String,
    state: watch::Sender<Wire>,
    accepted: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let broker: lapin::uri::AMQPUri = broker_url().parse().unwrap();
        let upstream = (broker.authority.host.clone(), broker.authority.port);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let user = &broker.authority.userinfo;
        let vhost = broker.vhost.replace('/', "%2f");
        let url = format!("amqp://{}:{}@127.0.0.1:{port}/{vhost}", user.username, user.password);
        let (state, _) = watch::channel(Wire::Up);
        let accepted = Arc::new(AtomicUsize::new(0));
        let (states, count) = (state.clone(), accepted.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(carry(client, upstream.clone(), states.subscribe()));
            }
        });
        Self { url, state, accepted }
    }

    pub(crate) fn set(&self, wire: Wire) {
        self.state.send_replace(wire);
    }

    /// Connections that were ever opened through the proxy.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

async fn carry(mut client: TcpStream, upstream: (String, u16), mut state: watch::Receiver<Wire>) {
    if *state.borrow() == Wire::Down {
        return;
    }
    let Ok(mut broker) = TcpStream::connect(upstream).await else { return };
    loop {
        let now = *state.borrow_and_update();
        match now {
            Wire::Down => return,
            Wire::Silent => {
                if state.changed().await.is_err() {
                    return;
                }
            }
            Wire::Up => tokio::select! {
                _ = copy_bidirectional(&mut client, &mut broker) => return,
                changed = state.changed() => if changed.is_err() { return },
            },
            Wire::Leaderless => tokio::select! {
                () = until_consuming(&mut client, &mut broker) => return,
                changed = state.changed() => if changed.is_err() { return },
            },
        }
    }
}

/// Carries bytes both ways, and from the client no more from its `basic.consume` on: class 60, method 20.
async fn until_consuming(client: &mut TcpStream, broker: &mut TcpStream) {
    let ((mut from_client, mut to_client), (mut from_broker, mut to_broker)) =
        (client.split(), broker.split());
    let asking = async {
        let mut bytes = [0; 4096];
        loop {
            let count = from_client.read(&mut bytes).await.unwrap_or(0);
            if count == 0 {
                return;
            }
            let is_consume = bytes[..count].windows(4).any(|method| method == [0, 60, 0, 20]);
            if is_consume {
                std::future::pending::<()>().await;
            }
            if to_broker.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asking => {}
        _ = tokio::io::copy(&mut from_broker, &mut to_client) => {}
    }
}
