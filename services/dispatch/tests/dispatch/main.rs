//! Dispatch on a ledger of its own, with a clock that the tests move.

#![expect(clippy::unwrap_used, reason = "a test ends where something unexpected happens")]

mod clock;
mod due;
mod hand_over;
mod left_behind;
mod recount;
mod review;
mod rig;
