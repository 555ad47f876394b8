//! The durable queue between services, and every door's spool.
//!
//! Messages are opaque bytes with an id, a topic and, where there is one, a trace context. A
//! publish succeeds only once the messages are durable; a message is delivered at least once, in no
//! promised order, and settled in one of three ways: done, later (bounded), or parked for a person.
//! Receivers drop the repetitions by message id.
//!
//! [`EmbeddedQueue`] keeps all of it in one local file. The RabbitMQ driver is a crate of its own.
//! Both keep the promises of the `contract` module, which is a feature.

mod backoff;
#[cfg(feature = "contract")]
pub mod contract;
mod delivery;
mod embedded;
mod error;
mod keyed_store;
mod message;
pub mod metrics;
mod name;
mod parked;
mod queue;
mod spool;
mod sqlite;
mod store;

pub use backoff::Backoff;
pub use delivery::{Delivery, Settle, Settlement, settle_all};
pub use embedded::EmbeddedQueue;
pub use error::{Cause, QueueError};
pub use keyed_store::{Key, KeyedStore, Write};
pub use message::{LookupKey, MAX_BODY_BYTES, Outgoing, Received};
pub use name::{Binding, NameError, QueueName, ReasonCode, Topic};
pub use parked::{Parked, ParkedEntry, ParkedId, ParkedIdError};
pub use queue::{Consumer, Depth, Depths, Publisher, Queue, Subscription};
pub use spool::{EntryId, Forwarder, ForwarderOptions, Spool, SpoolState, Underway};
pub use store::StoreOptions;
