//! One extractor a set of roles, so that a handler's signature says who may call it (domain.md 3.3).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use dengwen_model::{Principal, Role};

use super::SignedIn;
use crate::desk::Desk;
use crate::refusal::{DeskError, Failure};

macro_rules! role_set {
    ($(#[$doc:meta])* $name:ident = $($role:ident)|+) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) Principal);

        impl $name {
            /// Whether the role belongs to the set.
            pub(crate) fn includes(role: Role) -> bool {
                matches!(role, $(Role::$role)|+)
            }
        }

        impl FromRequestParts<Desk> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
                let principal = SignedIn::from_request_parts(parts, desk).await?.principal;
                if Self::includes(principal.role) { Ok(Self(principal)) } else { Err(DeskError::Forbidden.into()) }
            }
        }
    };
}

role_set!(
    /// Registers what comes in.
    Clerk = Intake);
role_set!(
    /// Works on assigned items.
    DeskWorker = Officer | Screener | Supervisor);
role_set!(
    /// Reads cases.
    CaseReader = Officer | Screener | Supervisor | Leader);
role_set!(
    /// Reviews what units report.
    Reviewer = Supervisor | Leader);
role_set!(
    /// Puts tips and cases in order.
    ScreenReviewer = Screener | Supervisor);
role_set!(
    /// Decides which unit is the one.
    Dispatcher = Screener | Supervisor | Leader);
role_set!(
    /// Answers reporters.
    Answerer = Screener | Supervisor | Leader);
role_set!(
    /// Keeps and prints the registers.
    RegisterKeeper = Intake | Screener | Supervisor | Leader);
role_set!(
    /// Decides what only a leader may.
    LeaderOnly = Leader);
role_set!(
    /// Keeps the reporters' identities.
    CustodianOnly = Custodian);
role_set!(
    /// Reads figures.
    FigureReader = Supervisor | Leader | Analyst);
