//! Accounts of staff: passwords, first administrator, sign-in sessions.

mod noted;
mod passwords;
mod register;
mod sessions;

pub use noted::{By, COMMAND_LINE};
pub(crate) use passwords::MAX_PASSWORD;
pub(crate) use passwords::Passwords;
pub use register::{
    AccountError, NewAccount, add_account, disable_account, first_administrator, new_password, reset_password,
};
pub(crate) use register::{all, disable_another};
pub(crate) use sessions::{SESSION_SECONDS, change_password, sign_in, sign_out, wrong};
