//! The ledger on SQLite: one file, one writer at a time, readers beside it.
//!
//! WAL with `synchronous = FULL`: a commit that returned is on the disk. Within a process writers wait in
//! the order in which they came; between processes the file's own lock decides.

mod assignments;
mod audit;
mod cases;
mod copy;
mod counters;
mod deadlines;
mod error;
mod index;
mod learning;
mod looks;
mod mailbox;
mod open;
mod outbox;
mod row;
mod staff;
mod tips;
mod unit_of_work;
mod units;
mod verify;

pub use copy::copy_file;
pub use open::SqliteLedger;
pub use unit_of_work::SqliteUnitOfWork;
