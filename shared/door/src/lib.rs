//! What every door does: seal, put on disk, give a receipt; keep files; ask casework
//! for a receipt, and hear from it whose token no longer holds.
//!
//! A door holds no database and can read nothing that it took. What differs between the channels
//! (forms, webhooks, desks) is in their services.

mod act;
mod checks;
mod clerk_cookie;
mod derived;
mod desk;
mod entry;
mod files;
mod hints;
mod limit;
mod message;
mod named_request;
mod notice_board;
mod notices;
mod once;
mod particulars;
mod refuse;
mod submission;
mod take;
mod telephone;

pub use act::Act;
pub use checks::{Checker, Checks};
pub use clerk_cookie::ClerkCookie;
pub use desk::{DeskAway, HttpDesk, LOOK_PATH, Look, MailboxView, ReceiptDesk, WRITE_PATH};
pub use entry::{ReporterIn, SubjectIn, given, has_control};
pub use files::{FileError, Files};
pub use hints::{HINTS_PATH, Hint, HintDesk, Hints, Sketch};
pub use limit::{Counted, Limits};
pub use message::Addition;
pub use named_request::{KeyOwner, NamedRequest};
pub use notice_board::NoticeBoard;
pub use notices::{NOTICES_PATH, NoticeDesk, Notices};
pub use once::Answers;
pub use refuse::refuse_file;
pub use submission::{ExternalId, Submission};
pub use take::{Accepted, Door, TakeError};
