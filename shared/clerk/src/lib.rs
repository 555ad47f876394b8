//! What the clerks' desks share: sign-in by token, one entry at a time, and import of tables.
//!
//! The phone and the letter desk differ in what an entry is ([`Entry`]: its fields, its columns, what it
//! becomes); everything else is here. A desk is a door like the others: it holds no ledger and cannot
//! read back what it took.

mod desk;
mod document;
mod entry;
mod import;
mod register;
mod sign_in;
mod table;
mod time;
mod upload;
mod workbook;

pub use desk::{DeskPlan, router};
pub use entry::{Common, Entry};
pub use table::Row;

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
