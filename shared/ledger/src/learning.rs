//! What the classifier learns from: corrections made by persons, and the models made from them.

use async_trait::async_trait;
use dengwen_model::{CategoryCode, TipId, UserId};
use jiff::Timestamp;

use crate::LedgerError;

/// A labelled example: a person said which leaf a tip belongs to.
///
/// The words are not copied: they stay where they are, sealed, and are opened only for training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The tip that was labelled.
    pub tip: TipId,
    /// The leaf that a person gave.
    pub leaf: CategoryCode,
    /// The leaf that stood there before.
    pub before: CategoryCode,
    /// Versions of rules and model that had decided before.
    pub decided_by: String,
    /// Who corrected.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// A trained model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRecord {
    /// Its version, which every decision made with it names.
    pub version: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// How it was measured against the one in use, as the administrator was shown it.
    pub report: serde_json::Value,
    /// The model, sealed: its vocabulary tells of the words it learned from.
    pub sealed: Vec<u8>,
}

/// Corrections and models.
#[async_trait]
pub trait Learning {
    /// Keeps corrections; a later one of the same tip takes the place of the earlier.
    async fn keep_corrections(&mut self, corrections: &[Correction]) -> Result<(), LedgerError>;

    /// All corrections, by tip.
    async fn corrections(&mut self) -> Result<Vec<Correction>, LedgerError>;

    /// Keeps a model. `false` if one of this version is there already; models never change.
    async fn insert_model(&mut self, record: &ModelRecord) -> Result<bool, LedgerError>;

    /// A model by its version.
    async fn model(&mut self, version: &str) -> Result<Option<ModelRecord>, LedgerError>;

    /// Versions of all models, the oldest first.
    async fn model_versions(&mut self) -> Result<Vec<(String, Timestamp)>, LedgerError>;

    /// Puts a model in place. `false` if there is none of this version.
    async fn activate_model(&mut self, version: &str, at: Timestamp) -> Result<bool, LedgerError>;

    /// The version of the model put in place last; `None` while the shipped one is in use.
    async fn active_model(&mut self) -> Result<Option<String>, LedgerError>;
}
