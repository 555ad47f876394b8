//! What a tip, a case, an assignment and a deadline are, and which changes of them are legal.
//!
//! No IO. Time and randomness come in as [`Clock`] and [`Entropy`]. Everything here is plain data
//! that the services, the ledger and the messages share; Chinese terms of the trade stand in the
//! doc comments where the English word is not what an officer would say.

mod analysis;
mod assignment;
mod attachment;
mod case;
mod channel;
mod clock;
mod code;
mod deadline;
mod entropy;
mod file;
mod handling;
mod id;
mod phrase;
mod reporter;
mod role;
mod tip;
mod words;

pub use analysis::{Classification, Evidence, IdentityKind, Scope, Subject, SubjectKind};
pub use assignment::{Assignment, AssignmentState, AssignmentTask, Lease};
pub use attachment::Attachment;
pub use case::{Case, CaseStage, Conclusion, Finding, IllegalTransition, Objection, Outcome, Report};
pub use channel::{Channel, SourceKind};
pub use clock::{Clock, ManualClock, SystemClock};
pub use code::{CategoryCode, CodeError, DoorName, RankCode, ReferralCode, RegionCode, RuleId, UnitCode};
pub use deadline::{Deadline, DeadlineOwner, DeadlineState};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use file::{
    AMOUNTS_NEW, CaseFile, CourseEntry, CourseEvent, DATES_NEW, DIRECTED_FOR, Direction, RECOUNTED, RECUSED,
    REOPENED, ROUTE_DOUBTED, ReportedMember, SUBJECT_NEW, TipNote, TipReading, WITHDRAWN,
};
pub use handling::{HandlingForm, Priority};
pub use id::{AssignmentId, CaseId, DeadlineId, EventId, IdError, MessageId, TipId, UserId};
pub use phrase::Phrase;
pub use reporter::{CoarseState, Message, MessageContent, MessageFrom, ReporterIdentity};
pub use role::{Principal, Role, RoleError};
pub use tip::{ChannelDetails, FormKind, SubjectForm, TipContent};
pub use words::{is_blank, is_invisible};
