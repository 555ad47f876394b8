//! The desk as its users meet it: over HTTP, on a SQLite ledger, with a clock that the tests move.

#![expect(clippy::unwrap_used, reason = "a test ends where something unexpected happens")]

mod accounts;
mod accused;
mod acts;
mod at_once;
mod authorization;
mod bench;
mod called_again;
mod console;
mod decisions;
mod departments;
mod directing;
mod files;
mod finding;
mod hints;
mod identity;
mod intake;
mod notices;
mod objecting;
mod officers_day;
mod paging;
mod postgres;
mod pulling;
mod receipts;
mod registers;
mod screening;
mod seed;
