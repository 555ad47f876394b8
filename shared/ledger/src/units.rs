//! The units register as imported.

use async_trait::async_trait;
use dengwen_model::UnitCode;

use crate::LedgerError;

/// One unit; `body` is its entry of the units file as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRecord {
    /// Its code.
    pub code: UnitCode,
    /// The entry.
    pub body: serde_json::Value,
}

/// The units register (机构库).
#[async_trait]
pub trait UnitsRegister {
    /// Replaces the whole register; counts its version up and returns it.
    async fn replace_units(&mut self, units: &[UnitRecord]) -> Result<i64, LedgerError>;
    /// The register's version; 0 before the first import. Services reload when it changes.
    async fn units_version(&mut self) -> Result<i64, LedgerError>;
    /// The units without which open cases would have nobody: those that have them, and those that took them in. Each
    /// with how many cases, by code.
    async fn units_needed(&mut self) -> Result<Vec<(UnitCode, u64)>, LedgerError>;
    /// All units, by code.
    async fn units(&mut self) -> Result<Vec<UnitRecord>, LedgerError>;
}
