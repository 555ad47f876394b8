//! Routing: managing level (干部管理权限) × region × conflict of interest. Decides who may and must
//! verify a tip; never a unit that the subject leads, works in or supervises.

mod climb;
mod clocks;
mod conflict;
mod decision;
mod direct;
mod draft;
mod place;
mod post;
mod receiver;
mod referral;
mod request;
mod router;
mod sideways;
mod table;
mod table_file;
mod words;

pub use self::conflict::Conflict;
pub use self::decision::{PathStep, RouteDecision, SetDeadline};
pub use self::direct::Unfit;
pub(crate) use self::receiver::Receiver;
pub use self::request::{Events, RouteRequest};
pub use self::router::{RouteError, Router};
pub use self::table::{ConflictInfo, RoutingTable, ScopeProfile};
pub use self::words::in_english;
