//! The RabbitMQ driver of the queue, on lapin. Every test runs on RabbitMQ 3.10. It is written for 4.x as well: what
//! 4.0 to 4.3 do otherwise by their release notes is heeded where it is used here, but no test has run on one yet.
//!
//! What it does about the traps of brokers and clients stands where it does it: confirms in
//! [`publisher`], delivery and reconnection in [`consumer`], queues and exchanges in [`topology`].
//! The driver mends every connection itself; lapin's own recovery can leave confirms unresolved
//! for ever and stays off.

mod address;
mod connect;
mod consumer;
mod held;
mod options;
mod parked;
mod publisher;
mod queue;
mod topology;
mod wire;

pub use options::RabbitOptions;
pub use queue::RabbitQueue;
