//! Signing in, and changing the password.

use askama::Template;

use super::Shell;

/// Name and password.
#[derive(Debug, Template)]
#[template(path = "console/sign_in.html")]
pub struct SignInPage {
    /// Around it.
    pub shell: Shell,
    /// The name as typed before.
    pub name: String,
}

/// Changing one's own password.
#[derive(Debug, Template)]
#[template(path = "console/password.html")]
pub struct PasswordPage {
    /// Around it.
    pub shell: Shell,
    /// The password was given by somebody else.
    pub must_change: bool,
}
