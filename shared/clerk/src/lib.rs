//! What the clerks' desks share: sign-in by token, one entry at a time, and import of tables.
//!
//! The phone and the letter desk differ in what an entry is ([`Entry`]); everything else is here. A desk
//! is a door like the others: it holds no ledger and cannot read back what it took.

mod desk;
mod entry;
mod import;
mod sign_in;
mod table;
mod upload;

pub use desk::{Desk, Registered, register};
pub use entry::{Common, Entry, local_instant};
pub use import::{ImportOptions, Imported, RowError, TakenRow, import};
pub use sign_in::Clerk;
pub use table::{Row, TableError, read_table};
pub use upload::Upload;
