//! The ledger on PostgreSQL (tested with 15): several replicas of each service work on it at once.
//!
//! READ COMMITTED with row locks, `SKIP LOCKED` where several take from one heap, and advisory locks of the
//! transaction where a rule spans rows. Batches travel as arrays: one statement, however many rows.

mod assignments;
mod audit;
mod cases;
mod connect;
mod counters;
mod deadlines;
mod dump;
mod error;
mod index;
mod learning;
mod looks;
mod mailbox;
mod outbox;
mod row;
mod staff;
mod tips;
mod unit_of_work;
mod units;
mod verify;

pub use connect::PostgresLedger;
pub use unit_of_work::PostgresUnitOfWork;
