//! The console: one shell with the desks that a role allows, one page a file.
//!
//! Pages hold what they show, ready to show: codes are translation keys, times are text. Nothing here
//! decides who may see it.

mod accounts;
mod around;
mod audit;
mod case;
mod cases;
mod entry;
mod form;
mod identity;
mod items;
mod overview;
mod receipts;
mod recordings;
mod registers;
mod scans;
mod shell;
mod sign_in;
mod table;

pub use accounts::{AccountRow, AccountsPage};
pub use around::{LANGUAGE_COOKIE, language, language_of, refused_as_page, say};
pub use audit::{AuditPage, AuditRow};
pub use case::{
    CasePage, CourseLine, Fact, FileLink, Given, ItemActions, LimitRow, MessageLine, MessagesPage, Passage,
    PendingExtension, ReviewActions, SealedTip, TipView,
};
pub use cases::{CaseRow, CasesPage};
pub use entry::{DraftLink, EntryPage, HintLine, HintsShown, ReceiptReadPage, StillTypedPage, WrongField};
pub use form::{FieldKind, FormField, FormPlan, FormSection};
pub use identity::{IdentityField, IdentityPage};
pub use items::{ItemCard, ItemsPage, LateCase};
pub use overview::{Figure, OverdueRow, OverviewPage, UnitRow};
pub use receipts::{AnswerLine, ReceiptsPage};
pub use recordings::{RecordingRow, RecordingsPage, UnplayableRow, UntakenPage, UntakenRow};
pub use registers::{RegisterEntry, RegistersPage};
pub use scans::{LabelPage, RefusedScan, ScanPage, ScanRow, ScansPage};
pub use shell::{CLERK_DESKS, Choice, DeskLink, RECEIPTS, REGISTERS, RefusedPage, Shell};
pub use sign_in::{PasswordPage, SignInPage};
pub use table::{BegunTable, ColumnChoice, FateCount, FatesPage, RowFate, TablePage, TableStep};

#[cfg(test)]
mod tests;
