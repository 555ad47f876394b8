//! What waits at a desk and is no report: a blank page, a silent call. It is discarded for one of a few reasons,
//! and the audit log knows who did it before it is gone.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Redirect;
use dengwen_door::Act;
use dengwen_http::{FieldError, Problem, ValidJson, problems};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::console::{Seated, Sent};
use crate::desk::Desk;
use crate::sign_in::Clerk;
use crate::tray::{TrayError, WaitingId};
use crate::{End, Entry};

/// Why something is discarded. Codes only: the audit log holds no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DiscardReason {
    /// 空白、无语音: nothing is on it.
    Blank,
    /// 重复: it is there already.
    Duplicate,
    /// 测试.
    Test,
    /// 非举报件: no report.
    NoReport,
    /// 回拨未接通: the caller was called back and did not answer.
    NotReached,
    /// 无法播放: what came cannot be opened, and somebody saw to it.
    Unplayable,
}

impl DiscardReason {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Blank, "blank"),
        (Self::Duplicate, "duplicate"),
        (Self::Test, "test"),
        (Self::NoReport, "no_report"),
        (Self::NotReached, "not_reached"),
        (Self::Unplayable, "unplayable"),
    ];

    fn code(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("", |(_, code)| code)
    }

    fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(reason, _)| *reason)
    }
}

/// What is asked.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiscardIn {
    /// Why.
    reason: DiscardReason,
}

/// Discards a file that waits, by the interface.
pub(crate) async fn by_interface<E: Entry>(
    clerk: Clerk,
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    ValidJson(asked): ValidJson<DiscardIn>,
) -> Result<StatusCode, Problem> {
    discard(&desk, clerk.name(), &id, asked.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Discards a file that waits, from its page.
pub(crate) async fn by_form<E: Entry>(
    State(desk): State<Desk<E>>,
    Path(id): Path<String>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<Redirect, Problem> {
    let seated = Seated::recognise(&parts, &desk).await?;
    let reason = fields.get("reason").and_then(|code| DiscardReason::of(code));
    let reason = reason.ok_or_else(|| Problem::invalid(vec![FieldError::new("reason", "required")]))?;
    let list = discard(&desk, seated.name(), &id, reason).await?;
    Ok(Redirect::to(&format!("{list}?done=discarded")))
}

/// Where the others are.
async fn discard<E>(
    desk: &Desk<E>,
    actor: &str,
    id: &str,
    reason: DiscardReason,
) -> Result<&'static str, Problem> {
    let id: WaitingId = id.parse().map_err(|_| problems::NOT_FOUND)?;
    let paperwork = desk.paperwork().ok_or(problems::NOT_FOUND)?;
    // What cannot be opened any more can be discarded all the same.
    if let Err(TrayError::Missing) = paperwork.read(&id).await {
        return Err(problems::NOT_FOUND.into());
    }
    let kind = paperwork.kind_of(&id);
    let (action, object) = (format!("{kind}.discarded"), format!("{kind} {id}"));
    let act = Act { actor, action: &action, object: &object, reason: reason.code() };
    desk.door().note(&act).await?;
    paperwork.done(&id, End::Discarded).await?;
    Ok(paperwork.plan().list)
}
