//! dengwen-ledger
