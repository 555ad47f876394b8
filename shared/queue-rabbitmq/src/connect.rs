//! One way to reach the broker, with a time limit on each step.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dengwen_model::{Clock, Entropy};
use dengwen_queue::{QueueError, QueueName};
use lapin::options::ConfirmSelectOptions;
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};

use crate::topology::Topology;
use crate::{RabbitOptions, address};

/// What every part of the driver shares.
pub(crate) struct Broker {
    uri: AMQPUri,
    pub(crate) options: RabbitOptions,
    pub(crate) topology: Topology,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Queues that did not answer a consumer on a connection that did.
    leaderless: Mutex<BTreeSet<QueueName>>,
}

/// A channel with the connection that carries it. Dropping it closes both.
pub(crate) struct Session {
    pub(crate) channel: Channel,
    _connection: Connection,
}

impl Broker {
    pub(crate) fn new(
        url: &str,
        options: RabbitOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, QueueError> {
        let uri = address::parse(url, &options)?;
        if address::is_encrypted(&uri) {
            // A process that has chosen its cryptography already keeps its choice.
            let _already_chosen = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let topology = Topology::new(&options)?;
        Ok(Self { uri, options, topology, clock, entropy, leaderless: Mutex::default() })
    }

    /// A fresh connection with one channel on it, in confirm mode, and everything declared that
    /// was ever asked for: the broker may be a new one.
    pub(crate) async fn session(&self, purpose: &str) -> Result<Session, QueueError> {
        let properties =
            ConnectionProperties::default().with_connection_name(format!("dengwen {purpose}").into());
        let tls = OwnedTLSConfig { identity: None, cert_chain: self.options.extra_roots.clone() };
        let runtime = lapin::runtime::default_runtime().map_err(QueueError::unavailable)?;
        let connection = Connection::connect_uri_with_config(self.uri.clone(), properties, tls, runtime);
        let connection = within(self.options.connect_limit, connection).await?;
        let prepared = async {
            let channel = connection.create_channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            self.topology.declare_all(&channel).await?;
            Ok(channel)
        };
        Ok(Session { channel: self.within(prepared).await?, _connection: connection })
    }

    /// Remembers whether the queue has a leader, for [`ensure_led`](Self::ensure_led).
    pub(crate) fn note_leader(&self, queue: &QueueName, is_there: bool) {
        let mut leaderless = self.leaderless.lock().unwrap_or_else(PoisonError::into_inner);
        if is_there {
            leaderless.remove(queue);
        } else {
            leaderless.insert(queue.clone());
        }
    }

    /// An error where a queue that is consumed here had no leader when it was last asked.
    pub(crate) fn ensure_led(&self) -> Result<(), QueueError> {
        let leaderless = self.leaderless.lock().unwrap_or_else(PoisonError::into_inner);
        leaderless.first().map_or(Ok(()), |queue| Err(QueueError::NoLeader(queue.clone())))
    }

    /// Waits for the broker no longer than the options say.
    pub(crate) async fn within<T>(
        &self,
        call: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, QueueError> {
        within(self.options.time_limit, call).await
    }
}

impl std::fmt::Debug for Broker {
    // The address holds a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("prefix", &self.options.prefix).finish_non_exhaustive()
    }
}

async fn within<T>(limit: Duration, call: impl Future<Output = lapin::Result<T>>) -> Result<T, QueueError> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(QueueError::unavailable),
        Err(_) => Err(QueueError::Timeout),
    }
}
