//! dengwen-ledger-postgres
