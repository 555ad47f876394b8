//! The administrator's page: accounts.

use askama::Template;

use super::{Choice, Shell};

/// One account.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Sign-in name.
    pub name: String,
    /// Translation key of the role.
    pub role: String,
    /// Unit.
    pub unit: String,
    /// May not sign in.
    pub disabled: bool,
    /// Has not yet changed the given password.
    pub must_change: bool,
}

/// The accounts.
#[derive(Debug, Template)]
#[template(path = "console/accounts.html")]
pub struct AccountsPage {
    /// Around it.
    pub shell: Shell,
    /// By name.
    pub accounts: Vec<AccountRow>,
    /// The roles to choose from: code and translation key.
    pub roles: Vec<Choice>,
    /// The account that was just made; empty where none was.
    pub made: String,
    /// Its one-time password, shown once.
    pub password: String,
}
