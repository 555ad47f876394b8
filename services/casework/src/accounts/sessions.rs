//! Signing in and out at the console.

use dengwen_door::ClerkCookie;
use dengwen_http::Problem;
use dengwen_ledger::{NewAuditRecord, Session, StaffRecord, UnitOfWork};
use dengwen_model::UserId;
use dengwen_service::append_audit;
use jiff::{SignedDuration, Timestamp};

use super::passwords::MAX_PASSWORD;
use super::register::MIN_PASSWORD;
use crate::access::{SessionToken, SignedIn, session_id};
use crate::desk::Desk;
use crate::refusal::{DeskError, Refusal, problem};

/// A session lasts one working day; the desk asks again the next.
pub(crate) const SESSION_SECONDS: i64 = 10 * 3600;

/// Why somebody cannot sign in. A wrong name and a wrong password are the same.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInRefused {
    /// Name and password do not fit.
    #[error("name and password do not fit")]
    Wrong,
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany,
    /// The new password is too short, too long, or the old one.
    #[error("the new password cannot be used")]
    NewPassword,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for SignInRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Wrong => {
                problem(401, "sign-in-refused", "Name and password do not fit", "用户名或密码不正确")
            }
            Self::TooMany => problem(
                429,
                "too-many-attempts",
                "Too many attempts; wait a quarter of an hour",
                "尝试次数过多，请一刻钟后再试",
            ),
            Self::NewPassword => problem(
                422,
                "new-password",
                "The new password must be another one, of 15 to 256 characters",
                "新密码须与原密码不同，长度为 15 至 256 个字符",
            ),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// What a wrong name or password is told.
pub(crate) fn wrong() -> Problem {
    SignInRefused::Wrong.problem()
}

/// Signs in; the cookie's token, and whether the password must be changed first. A session that the browser had
/// before, whoever put it there, ends with it.
pub(crate) async fn sign_in(
    desk: &Desk,
    name: &str,
    password: String,
    before: Option<SessionToken>,
) -> Result<(SessionToken, StaffRecord), SignInRefused> {
    if !desk.allow_attempt(name).await {
        return Err(SignInRefused::TooMany);
    }
    let account = desk.read().await?.staff_by_name(name).await.map_err(DeskError::from)?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let fits = password.len() <= MAX_PASSWORD && desk.passwords().check(password, hash).await?;
    let account = account.filter(|account| fits && !account.disabled).ok_or(SignInRefused::Wrong)?;
    let mut work = desk.begin().await?;
    work.forget_sessions(desk.now()).await.map_err(DeskError::from)?;
    if let Some(before) = before {
        end(desk, work.as_mut(), &before).await?;
    }
    let token = open(desk, work.as_mut(), account.id).await?;
    audit(desk, work.as_mut(), &account, "session.opened").await?;
    work.commit().await.map_err(DeskError::from)?;
    Ok((token, account))
}

/// Ends a session, and with it the tokens by which the doors knew its browser.
pub(crate) async fn sign_out(desk: &Desk, token: &SessionToken) -> Result<(), DeskError> {
    let mut work = desk.begin().await?;
    end(desk, work.as_mut(), token).await?;
    work.commit().await?;
    Ok(())
}

/// Ends the sessions of an account but the one whose token has this hash, and with each the tokens by which the doors
/// knew its browser.
pub(super) async fn end_sessions(
    work: &mut dyn UnitOfWork,
    user: UserId,
    kept: &[u8],
    now: Timestamp,
) -> Result<(), DeskError> {
    for ended in work.end_other_sessions(user, kept).await? {
        withdraw_tokens(work, session_id(&ended), now).await?;
    }
    Ok(())
}

/// Opens a session under a token that nobody has seen before.
async fn open(desk: &Desk, work: &mut dyn UnitOfWork, user: UserId) -> Result<SessionToken, DeskError> {
    let token = SessionToken::generate(desk.runtime().entropy());
    let lasts = SignedDuration::from_secs(SESSION_SECONDS);
    let expires_at = desk.now().saturating_add(lasts).map_err(|_| DeskError::Rules)?;
    work.insert_session(&Session { token_hash: token.hash(), user, expires_at }).await?;
    Ok(token)
}

async fn end(desk: &Desk, work: &mut dyn UnitOfWork, token: &SessionToken) -> Result<(), DeskError> {
    work.delete_session(&token.hash()).await?;
    withdraw_tokens(work, token.id(), desk.now()).await
}

/// Withdraws what was issued to the browser of a session.
async fn withdraw_tokens(
    work: &mut dyn UnitOfWork,
    session: UserId,
    now: Timestamp,
) -> Result<(), DeskError> {
    let run_out = now.saturating_add(SignedDuration::from_secs(ClerkCookie::SECONDS));
    Ok(work.withdraw_token(session, now, run_out.map_err(|_| DeskError::Rules)?).await?)
}

/// Changes the password of whoever is signed in. Every session of theirs ends; the browser that changed it gets a
/// new one, since whoever knew the old password may know its token too.
pub(crate) async fn change_password(
    desk: &Desk,
    who: &SignedIn,
    old: String,
    new: String,
) -> Result<Option<SessionToken>, SignInRefused> {
    let name = &who.principal.name;
    if !desk.allow_attempt(name).await {
        return Err(SignInRefused::TooMany);
    }
    let fits = new.chars().count() >= MIN_PASSWORD && new.len() <= MAX_PASSWORD && new != old;
    if !fits {
        return Err(SignInRefused::NewPassword);
    }
    let account = desk.read().await?.staff_by_name(name).await.map_err(DeskError::from)?;
    let mut account = account.ok_or(SignInRefused::Wrong)?;
    if !desk.passwords().check(old, Some(account.password_hash.clone())).await? {
        return Err(SignInRefused::Wrong);
    }
    account.password_hash = desk.passwords().hash(new, desk.runtime().entropy()).await?;
    account.must_change = false;
    let mut work = desk.begin().await?;
    work.update_staff(&account).await.map_err(DeskError::from)?;
    let renewed = match who.session() {
        Some(_) => Some(open(desk, work.as_mut(), account.id).await?),
        None => None,
    };
    let kept = renewed.as_ref().map(SessionToken::hash).unwrap_or_default();
    end_sessions(work.as_mut(), account.id, &kept, desk.now()).await?;
    audit(desk, work.as_mut(), &account, "password.changed").await?;
    work.commit().await.map_err(DeskError::from)?;
    Ok(renewed)
}

async fn audit(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    account: &StaffRecord,
    action: &str,
) -> Result<(), DeskError> {
    let entry = NewAuditRecord {
        at: desk.now(),
        actor: account.name.clone(),
        role: account.role.to_string(),
        action: action.to_owned(),
        object: account.id.to_string(),
        reason: String::new(),
    };
    Ok(append_audit(work, vec![entry]).await?)
}
