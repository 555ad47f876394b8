//! The auditor's page: the log alone.

use askama::Template;

use super::Shell;

/// One entry.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// What.
    pub action: String,
    /// To which object.
    pub object: String,
    /// Why.
    pub reason: String,
}

/// The log.
#[derive(Debug, Template)]
#[template(path = "console/audit.html")]
pub struct AuditPage {
    /// Around it.
    pub shell: Shell,
    /// In order.
    pub entries: Vec<AuditRow>,
    /// The first number of the page after; 0 on the last one.
    pub next: i64,
}
