//! Accounts of staff, withdrawn tokens, console sessions.

use async_trait::async_trait;
use dengwen_model::{Role, UnitCode, UserId};
use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization;

use crate::LedgerError;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRecord {
    /// Its id.
    pub id: UserId,
    /// Sign-in name; unique, also without regard to case and width.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Unit.
    pub unit: Option<UnitCode>,
    /// Argon2id hash in PHC string form.
    pub password_hash: String,
    /// The password was given by somebody else and must be changed at the first sign-in.
    pub must_change: bool,
    /// May not sign in.
    pub disabled: bool,
}

impl StaffRecord {
    /// What no other account's name may come to: the name without case and width, in which nobody tells two apart.
    pub fn name_key(&self) -> String {
        let plain: String = self.name.nfkc().flat_map(char::to_lowercase).collect();
        plain.nfkc().collect()
    }
}

/// A signed-in console session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie's token.
    pub token_hash: Vec<u8>,
    /// Whose.
    pub user: UserId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The staff register.
#[async_trait]
pub trait Staff {
    /// Adds an account. `false` if the name is taken.
    async fn insert_staff(&mut self, record: &StaffRecord) -> Result<bool, LedgerError>;
    /// Changes an account.
    async fn update_staff(&mut self, record: &StaffRecord) -> Result<(), LedgerError>;
    /// By sign-in name.
    async fn staff_by_name(&mut self, name: &str) -> Result<Option<StaffRecord>, LedgerError>;
    /// By id.
    async fn staff(&mut self, id: UserId) -> Result<Option<StaffRecord>, LedgerError>;
    /// All accounts, by name.
    async fn all_staff(&mut self) -> Result<Vec<StaffRecord>, LedgerError>;
    /// Withdraws an access token, or those of a browser's session, by its id; it runs out at `expires_at`.
    async fn withdraw_token(
        &mut self,
        token: UserId,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), LedgerError>;
    /// Whether a token was withdrawn.
    async fn is_withdrawn(&mut self, token: UserId) -> Result<bool, LedgerError>;
    /// The withdrawn tokens that were not forgotten yet, and the disabled accounts: whose tokens no longer hold.
    async fn all_withdrawn(&mut self) -> Result<Vec<UserId>, LedgerError>;
    /// Stores a session.
    async fn insert_session(&mut self, session: &Session) -> Result<(), LedgerError>;
    /// The session of a cookie, if it still runs.
    async fn session(&mut self, token_hash: &[u8], now: Timestamp) -> Result<Option<Session>, LedgerError>;
    /// Ends the sessions of an account but this one. The hashes of their tokens.
    async fn end_other_sessions(&mut self, user: UserId, kept: &[u8]) -> Result<Vec<Vec<u8>>, LedgerError>;
    /// Ends a session.
    async fn delete_session(&mut self, token_hash: &[u8]) -> Result<(), LedgerError>;
    /// Deletes the sessions and the withdrawn tokens that ran out before `now`. How many sessions.
    async fn forget_sessions(&mut self, now: Timestamp) -> Result<u64, LedgerError>;
}
