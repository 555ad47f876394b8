//! What an operator may set about a store.

use std::time::Duration;

/// Bounds of a store. The defaults suit a machine with a local disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// Longest wait for the disk before a caller is told that the outcome is unknown.
    pub time_limit: Duration,
    /// How long a consumer may hold a message before another gets it. A process that dies gives
    /// its messages back as soon as another opens the file, whatever the lease.
    pub lease: Duration,
    /// How soon what another process did, a retry that came due or a lapsed lease is noticed.
    pub poll: Duration,
    /// Calls that may wait for the writer; more get `Overloaded`.
    pub max_waiting: usize,
    /// Bytes of messages that may wait for the writer; more get `Overloaded`.
    pub max_waiting_bytes: usize,
    /// The file's share of the disk in bytes, beyond which it says that it is full; `None` leaves
    /// that to the disk.
    pub max_file_bytes: Option<u64>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            time_limit: Duration::from_secs(10),
            lease: Duration::from_secs(120),
            poll: Duration::from_millis(250),
            max_waiting: 8192,
            max_waiting_bytes: 64 * 1024 * 1024,
            max_file_bytes: None,
        }
    }
}
