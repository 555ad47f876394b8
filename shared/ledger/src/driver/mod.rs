//! What every driver does the same way: how values are stored, numbers made, and the statements whose
//! SQL is one text for all databases.
//!
//! For the driver crates only. sqlx has no type that stands for "any of my databases" without giving up
//! its typed rows, and only the drivers may depend on it; so the shared statements are macros
//! (`sql_*!`), expanded in each driver to plain code. What differs between databases (row locks, lists as
//! parameters, inserts of many rows) is a function in the driver's module of the same name, called by
//! the macro as `crate::<module>::<function>`.
//!
//! A driver crate has: `row` (made by [`crate::sql_rows`]), `error::failed`, and a unit of work with
//! `reader()`, `writer()` and `writes()`.

#![expect(clippy::crate_in_macro_def, reason = "the macros call into the driver that expands them")]

mod columns;
mod numbers;
mod value;

mod sql_assignments;
mod sql_audit;
mod sql_cases;
mod sql_deadlines;
mod sql_index;
mod sql_learning;
mod sql_looks;
mod sql_mailbox;
mod sql_outbox;
mod sql_rows;
mod sql_staff;
mod sql_tips;
mod sql_units;
mod sql_verify;

pub use columns::{AssignmentColumns, CaseColumns, DeadlineColumns, LinkColumns, holder};
pub use numbers::{Intake, Known, case_series, number, numbers};
pub use sql_verify::{COLUMN_CHANGED, HELD_AT_ONCE, Object, PROMISES, Promise, first_odd};
pub use value::{
    NEVER, channel, instant, json_text, micros, queued_at, sender, sender_name, stored_count, text,
};
