//! What an operator or a test may set.

use std::time::Duration;

use dengwen_queue::Backoff;

/// Bounds and names of the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RabbitOptions {
    /// Before every name at the broker. The version in it changes whenever an argument of a queue
    /// or exchange does, since a broker never changes those of an existing one.
    pub prefix: String,
    /// Longest wait for an answer of the broker, confirms included.
    pub time_limit: Duration,
    /// Longest wait for a new connection, handshake included.
    pub connect_limit: Duration,
    /// Seconds between heartbeats; the connection is given up after two were missed. An address
    /// may say otherwise.
    pub heartbeat_seconds: u16,
    /// The delays a retried message can get; the next longer one is taken.
    pub delays: Vec<Duration>,
    /// Waits between tries to reach the broker.
    pub reconnect: Backoff,
    /// Publishing channels, each with its own connection and task.
    pub lanes: usize,
    /// Calls that may wait to be published; more get `Overloaded`.
    pub max_waiting: usize,
    /// Bytes of messages that may wait to be published; more get `Overloaded`.
    pub max_waiting_bytes: usize,
    /// Certificates (PEM) to trust besides the machine's own, for `amqps:`.
    pub extra_roots: Option<String>,
}

impl Default for RabbitOptions {
    fn default() -> Self {
        Self {
            prefix: "dengwen.v1.".to_owned(),
            time_limit: Duration::from_secs(10),
            connect_limit: Duration::from_secs(5),
            heartbeat_seconds: 15,
            delays: [1, 10, 60, 600].map(Duration::from_secs).to_vec(),
            reconnect: Backoff::RECONNECT,
            lanes: 2,
            max_waiting: 8192,
            max_waiting_bytes: 64 * 1024 * 1024,
            extra_roots: None,
        }
    }
}
