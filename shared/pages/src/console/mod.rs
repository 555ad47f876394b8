//! The console: one shell with the desks that a role allows, one page a file.
//!
//! Pages hold what they show, ready to show: codes are translation keys, times are text. Nothing here
//! decides who may see it.

mod accounts;
mod audit;
mod case;
mod cases;
mod identity;
mod items;
mod overview;
mod shell;
mod sign_in;

pub use accounts::{AccountRow, AccountsPage};
pub use audit::{AuditPage, AuditRow};
pub use case::{
    CasePage, CourseLine, Fact, FileLink, Given, ItemActions, LimitRow, MessageLine, Passage,
    PendingExtension, ReviewActions, TipView,
};
pub use cases::{CaseRow, CasesPage};
pub use identity::{IdentityField, IdentityPage};
pub use items::{ItemCard, ItemsPage, LateCase};
pub use overview::{Figure, OverdueRow, OverviewPage, UnitRow};
pub use shell::{Choice, DeskLink, RefusedPage, Shell};
pub use sign_in::{PasswordPage, SignInPage};

#[cfg(test)]
mod tests;
