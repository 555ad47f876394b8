//! Tips: written once at registration, never changed but for the case they belong to.

use async_trait::async_trait;
use dengwen_model::{CaseId, Channel, DoorName, TipId, UnitCode};
use jiff::Timestamp;

use crate::LedgerError;

/// A tip as it is registered. Bytes are sealed boxes or keyed hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTip {
    /// Made by the door.
    pub id: TipId,
    /// The door that took it.
    pub door: DoorName,
    /// How it came.
    pub channel: Channel,
    /// When the door had it durable.
    pub received_at: Timestamp,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// The department whose line it came in on.
    pub received_by: UnitCode,
    /// Keyed hash of the receipt; unique.
    pub receipt_hash: Vec<u8>,
    /// Keyed hash of the sender's own id; unique where given.
    pub external_key: Option<Vec<u8>>,
    /// Sealed `TipContent`.
    pub content: Vec<u8>,
    /// Sealed `ReporterIdentity`.
    pub identity: Option<Vec<u8>>,
    /// Sealed address for replies.
    pub reply_to: Option<Vec<u8>>,
    /// What triage read in it (`Classification` and more), sealed to the desk.
    pub reading: Vec<u8>,
    /// How it relates to its case: `new`, `copy` or `same_matter`, and the score; JSON without names.
    pub relation: serde_json::Value,
    /// The case it belongs to.
    pub case: CaseId,
}

/// Whether the tip was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Now registered.
    Registered,
    /// This tip, or another with the same external key, was registered before.
    AlreadyThere {
        /// The tip that is there.
        tip: TipId,
    },
}

/// A registered tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipRecord {
    /// As registered.
    pub tip: NewTip,
    /// Its number (举报件编号), as `990000-2026-SMS-000123`.
    pub number: String,
}

/// The tips (举报件).
#[async_trait]
pub trait Tips {
    /// Which of these tips, by id or by external key, are there already. Pairs are (id, external key).
    async fn registered(
        &mut self,
        tips: &[(TipId, Option<Vec<u8>>)],
    ) -> Result<Vec<Option<TipId>>, LedgerError>;

    /// Registers a tip and gives it its number. A second time changes nothing and says so.
    /// Numbers are without gaps or collisions under parallel load: year and channel count by themselves.
    /// So from here to the end of the unit of work others that number for the same department wait:
    /// do the thinking first.
    async fn register_tip(&mut self, tip: &NewTip) -> Result<Registration, LedgerError>;

    /// Registers many tips at once, in their order; as [`Tips::register_tip`] does each, in far fewer
    /// statements. Two of them with the same id or external key are one.
    async fn register_tips(&mut self, tips: &[NewTip]) -> Result<Vec<Registration>, LedgerError>;

    /// One tip.
    async fn tip(&mut self, id: TipId) -> Result<Option<TipRecord>, LedgerError>;

    /// Those of these tips that exist, in the order of their ids.
    async fn tips_by_id(&mut self, ids: &[TipId]) -> Result<Vec<TipRecord>, LedgerError>;

    /// The tip a receipt opens.
    async fn tip_by_receipt(&mut self, receipt_hash: &[u8]) -> Result<Option<TipRecord>, LedgerError>;

    /// The tips of a case, oldest first.
    async fn tips_of_case(&mut self, case: CaseId) -> Result<Vec<TipRecord>, LedgerError>;

    /// Up to `max` tips of a case, oldest first, that come after the tip `after` of the same case: a campaign
    /// brings thousands.
    async fn tips_of_case_after(
        &mut self,
        case: CaseId,
        after: Option<TipId>,
        max: u32,
    ) -> Result<Vec<TipRecord>, LedgerError>;

    /// Up to `max` tips of a channel that were registered from `from` on and before `until`, oldest first, after the
    /// tip `after`: as a register (登记簿) is read.
    async fn tips_registered(
        &mut self,
        channel: Channel,
        from: Timestamp,
        until: Timestamp,
        after: Option<TipId>,
        max: u32,
    ) -> Result<Vec<TipRecord>, LedgerError>;

    /// Moves a tip to another case (a join undone, or made by hand).
    async fn move_tip(&mut self, tip: TipId, case: CaseId) -> Result<(), LedgerError>;

    /// Number of tips that came in from `from` on and before `until`, by channel.
    async fn count_tips_by_channel(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Channel, u64)>, LedgerError>;

    /// Number of tips.
    async fn count_tips(&mut self) -> Result<u64, LedgerError>;
}
