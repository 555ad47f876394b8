//! What the tip line remembers: repositories over one unit of work.
//!
//! A driver (one crate a database) implements [`Ledger`] and [`UnitOfWork`]; the same contract suite
//! ([`contract`]) runs on each. Nothing of a database, its pool or its SQL is visible here.
//!
//! The pattern: a service asks for a unit of work, reads and writes through the repositories it
//! gives, puts what must be told to others into the outbox, and commits the whole or nothing.
//! A relay then publishes the outbox.

mod assignments;
mod audit;
mod cases;
pub mod contract;
mod deadlines;
pub mod driver;
mod error;
mod index;
mod learning;
mod looks;
mod mailbox;
mod outbox;
mod staff;
mod tips;
mod units;
mod verify;

use std::path::Path;

use async_trait::async_trait;

pub use assignments::{AssignmentRecord, Assignments};
pub use audit::{Audit, AuditRecord, NewAuditRecord};
pub use cases::{CaseFilter, CaseRecord, Cases, OverdueOn};
pub use deadlines::{Deadlines, LadderStep};
pub use error::LedgerError;
pub use index::{LinkEntry, LinkIndex};
pub use learning::{Correction, Learning, ModelRecord};
pub use looks::Looks;
pub use mailbox::{Mailbox, MailboxRecord};
pub use outbox::{Outbox, OutboxRecord};
pub use staff::{Session, Staff, StaffRecord};
pub use tips::{NewTip, Registration, TipRecord, Tips};
pub use units::{UnitRecord, UnitsRegister};
pub use verify::{BrokenPromise, RunningLimit, SealedFile, Verify, Withdrawal};

/// One database. Cheap to clone behind an `Arc`.
#[async_trait]
pub trait Ledger: Send + Sync + std::fmt::Debug + 'static {
    /// Brings the schema up to this version (forward only); safe when several processes start at once.
    async fn migrate(&self) -> Result<(), LedgerError>;

    /// Whether its schema was ever brought up here. Makes nothing, neither a file nor a table.
    async fn is_there(&self) -> Result<bool, LedgerError>;

    /// Begins a unit of work that writes. On SQLite there is one writer at a time; on PostgreSQL rows
    /// are locked as the methods say.
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, LedgerError>;

    /// Begins a unit of work that only reads, on a consistent state.
    async fn read(&self) -> Result<Box<dyn UnitOfWork>, LedgerError>;

    /// Whether a writing unit of work keeps every other writer out (SQLite). Then none may be held while
    /// anything but the ledger is waited for.
    fn has_one_writer(&self) -> bool {
        false
    }

    /// Writes a copy of everything, as it is at one moment, into a new file that this driver can read back.
    /// Others go on reading and writing meanwhile.
    async fn back_up(&self, file: &Path) -> Result<(), LedgerError>;

    /// Fills this database from such a file. [`LedgerError::NotEmpty`] where it holds anything.
    async fn restore(&self, file: &Path) -> Result<(), LedgerError>;

    /// Whether the database answers; bounded to a second.
    async fn ping(&self) -> Result<(), LedgerError>;

    /// Finishes what runs and lets go of the database.
    async fn close(&self);
}

/// One transaction. Dropped without [`UnitOfWork::commit`], nothing of it remains.
#[async_trait]
pub trait UnitOfWork:
    Tips
    + Cases
    + Assignments
    + Deadlines
    + Outbox
    + Audit
    + Mailbox
    + Staff
    + UnitsRegister
    + LinkIndex
    + Learning
    + Looks
    + Verify
    + Send
{
    /// Makes it durable. Drop a unit of work in which a call failed: PostgreSQL refuses to commit it.
    async fn commit(self: Box<Self>) -> Result<(), LedgerError>;

    /// Gives up, and waits until its locks are free. Dropping it gives up too, but its locks are free only
    /// a moment later.
    async fn roll_back(self: Box<Self>) -> Result<(), LedgerError>;

    /// Serialises this unit of work against others that name one of the same keys, until it ends
    /// (PostgreSQL: transaction-level advisory locks taken in sorted order; SQLite: the writer alone suffices).
    async fn lock_keys(&mut self, keys: &[i64]) -> Result<(), LedgerError>;
}
