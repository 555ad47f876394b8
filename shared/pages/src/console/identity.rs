//! The custodian's page: opening an identity.

use askama::Template;

use super::Shell;

/// A field of an identity.
#[derive(Debug, Clone)]
pub struct IdentityField {
    /// Translation key.
    pub name: &'static str,
    /// What the reporter gave.
    pub value: String,
}

/// Opening an identity.
#[derive(Debug, Template)]
#[template(path = "console/identity.html")]
pub struct IdentityPage {
    /// Around it.
    pub shell: Shell,
    /// The tip as typed before.
    pub tip: String,
    /// The reason as typed before.
    pub reason: String,
    /// What was opened; empty before.
    pub fields: Vec<IdentityField>,
    /// Who stood for it.
    pub second_person: String,
}
