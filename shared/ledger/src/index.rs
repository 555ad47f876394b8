//! The index by which triage finds what is known: keyed hashes only.

use async_trait::async_trait;
use dengwen_model::{CaseId, TipId};

use crate::{CaseRecord, LedgerError};

/// What a tip is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEntry {
    /// The tip.
    pub tip: TipId,
    /// Its case.
    pub case: CaseId,
    /// Fixed-size signature of text and fields, made by the text crate under the index key.
    pub signature: Vec<u8>,
    /// Keyed hashes under which it is found (fingerprint, subject, region and organisation, rare n-grams).
    pub keys: Vec<i64>,
    /// Counts the entries in the order in which they were committed; 0 before it is stored. A moved entry
    /// counts as new, so whoever follows the index sees the move.
    pub seq: i64,
}

/// The link index.
#[async_trait]
pub trait LinkIndex {
    /// Adds entries.
    async fn insert_links(&mut self, entries: &[LinkEntry]) -> Result<(), LedgerError>;

    /// Entries that share at least one key, the newest first, at most `per_key` for each key.
    async fn links_by_keys(&mut self, keys: &[i64], per_key: u32) -> Result<Vec<LinkEntry>, LedgerError>;

    /// Cases that are not over and have a tip under one of these keys, the newest first, at most `max`.
    /// Not locked: they are only looked at.
    async fn open_cases_by_keys(&mut self, keys: &[i64], max: u32) -> Result<Vec<CaseRecord>, LedgerError>;

    /// Up to `max` entries after `seq`, in order: to rebuild an index in memory and keep it fresh.
    async fn links_after(&mut self, seq: i64, max: u32) -> Result<Vec<LinkEntry>, LedgerError>;

    /// The `seq` of the last entry; 0 where there is none.
    async fn last_link(&mut self) -> Result<i64, LedgerError>;

    /// Moves a tip's entry to another case.
    async fn move_link(&mut self, tip: TipId, case: CaseId) -> Result<(), LedgerError>;
}
