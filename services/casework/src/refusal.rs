//! Why the desk does not do something, and how that is told.
//!
//! An operation with several reasons of its own has an error enum that wraps [`DeskError`]; one with a
//! single reason names it as a [`NotNow`]. At the edge any of them becomes an RFC 9457 problem. Internal
//! causes are logged there and never told.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dengwen_http::{Problem, ProblemType, Text};
use dengwen_ledger::LedgerError;
use dengwen_model::IllegalTransition;
use dengwen_service::Chain;

/// What can stand in the way of any operation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    /// There is no such thing, or it is not for this reader to know of.
    #[error("not found")]
    NotFound,
    /// The role or unit does not allow it.
    #[error("not allowed")]
    Forbidden,
    /// Somebody else holds the item, or the lease is over.
    #[error("not held")]
    NotHeld,
    /// Whoever did the one step may not do the other (domain.md I3).
    #[error("the same person may not do both")]
    SamePerson,
    /// The department that commissioned the unit decides, not the unit.
    #[error("another department decides")]
    NotCommissioning,
    /// See there.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The case does not stand where this is possible.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] LedgerError),
    /// A time limit cannot be worked out: the rules lack it.
    #[error("a deadline rule is missing or cannot be counted")]
    Rules,
    /// A value is too long to be sealed.
    #[error("too long to be sealed")]
    TooLong,
    /// A password could not be hashed.
    #[error("a password could not be hashed")]
    Password,
    /// The process is about to stop.
    #[error("the process is stopping")]
    Stopping,
}

/// The one thing that stands in the way of an operation, besides what can stand in the way of any.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{slug}")]
pub(crate) struct NotNow {
    slug: &'static str,
    english: &'static str,
    chinese: &'static str,
}

impl NotNow {
    /// With the last part of its stable type, and its title.
    pub(crate) const fn new(slug: &'static str, english: &'static str, chinese: &'static str) -> Self {
        Self { slug, english, chinese }
    }
}

/// An error that knows how it is told.
pub(crate) trait Refusal: std::error::Error + 'static {
    /// What the client is told.
    fn problem(&self) -> Problem;
}

impl Refusal for DeskError {
    fn problem(&self) -> Problem {
        match self {
            Self::NotFound => problem(
                404,
                "not-found",
                "No such thing, or not yours to see",
                "未找到，或不在您的查看范围内",
            ),
            Self::Forbidden => {
                problem(403, "forbidden", "Your role does not allow this", "您的角色无权进行此操作")
            }
            Self::NotHeld => problem(
                409,
                "not-held",
                "The item is not in your hands: pull it first, or its lease is over",
                "该件不在您手中：请先领取，或领取已过期",
            ),
            Self::SamePerson => problem(
                403,
                "same-person",
                "Whoever worked on it may not decide on it: another person has to",
                "承办人不得审批自己办理的事项，须由他人决定",
            ),
            Self::NotCommissioning => problem(
                403,
                "other-department",
                "The department that commissioned the unit decides on this, or one above it: never the unit itself",
                "须由交办（立项）的组织部门或其上级决定，承办单位不得自行审定",
            ),
            Self::NotNow(NotNow { slug, english, chinese }) => problem(409, slug, english, chinese),
            Self::Illegal(error) => problem(
                409,
                "illegal-transition",
                "Not possible where the case stands now",
                "按办理件目前所处环节，不能进行此操作",
            )
            .with_detail(Text::composed(error.to_string(), error.to_string())),
            Self::Ledger(LedgerError::Conflict { .. }) => problem(
                409,
                "conflict",
                "Somebody else changed it meanwhile; read it again",
                "他人已先行修改，请重新读取",
            ),
            Self::Ledger(error) if error.is_transient() => problem(
                503,
                "unavailable",
                "The ledger does not answer at the moment; try again",
                "台账暂时不可用，请稍后再试",
            ),
            Self::Ledger(_) | Self::Rules | Self::Password => {
                problem(500, "internal", "Something went wrong on our side", "系统内部错误")
            }
            Self::Stopping => {
                problem(503, "unavailable", "The desk is stopping; try again", "台账暂时不可用，请稍后再试")
            }
            Self::TooLong => problem(413, "too-long", "Too long to be kept", "内容过长，无法保存"),
        }
    }
}

/// A problem of the desk: its status, the last part of its stable type, and its title.
pub(crate) fn problem(
    status: u16,
    slug: &'static str,
    english: &'static str,
    chinese: &'static str,
) -> Problem {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    ProblemType::new(slug, status, Text::new(english, chinese)).into()
}

/// A refusal on its way to the client.
pub(crate) struct Failure(Problem);

impl Failure {
    /// The problem.
    pub(crate) fn into_problem(self) -> Problem {
        self.0
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl<E: Refusal> From<E> for Failure {
    fn from(error: E) -> Self {
        let problem = error.problem();
        if problem.kind().status().is_server_error() {
            tracing::error!(error = %Chain(&error), "an operation of the desk failed");
        }
        Self(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
