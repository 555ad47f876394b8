//! dengwen-ledger-sqlite
