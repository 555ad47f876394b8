//! What the clerks' desks share: sign-in by token, one entry at a time by JSON or by a form, drafts, and
//! import of tables.
//!
//! The phone and the letter desk differ in what an entry is ([`Entry`]: its fields, its form, its columns,
//! what it becomes); everything else is here. A desk is a door like the others: it holds no ledger and cannot
//! read back what it took.

mod batch;
mod before;
mod chosen;
mod columns;
mod console;
mod delimited;
mod desk;
mod discard;
mod document;
mod drafts;
mod entry;
mod exchange;
mod fates;
mod folder;
mod hints;
mod import;
mod imported;
mod paperwork;
mod parts;
mod register;
mod rows;
pub mod sections;
mod sign_in;
mod table;
mod taking;
mod time;
mod tray;
mod upload;
mod workbook;

pub use columns::{Column, Holds};
pub use console::{Seated, begin_draft, local, shell, tabs};
pub use dengwen_pages::console::{FieldKind, FormField, FormPlan, FormSection};
pub use desk::{Desk, DeskPlan, More, router, router_with};
pub use entry::{Common, Entry};
pub use folder::{Fate, Folder, Found, RefusedFile, TakesFiles};
pub use import::no_table;
pub use paperwork::{End, NotPut, Paperwork, PaperworkPlan, Put};
pub use parts::Parts;
pub use sign_in::Clerk;
pub use table::{Row, TableError, read_table};
pub use tray::{NoWaitingId, Tray, TrayError, Used, Waiting, WaitingId};

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
