//! The ledger's contract on PostgreSQL.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

#[expect(dead_code, reason = "the contract needs less of it than the tests beside it")]
mod database;

use database::fresh;

dengwen_ledger::contract_suite!(fresh);
