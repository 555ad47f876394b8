//! Signing in and out at the console.

use dengwen_door::ClerkCookie;
use dengwen_http::Problem;
use dengwen_ledger::{NewAuditRecord, Session, StaffRecord, UnitOfWork};
use dengwen_model::UserId;
use dengwen_service::append_audit;
use jiff::{SignedDuration, Timestamp};

use super::noted::{self, By};
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
    let mut entries = match before {
        Some(before) => end(desk, work.as_mut(), &before).await?,
        None => Vec::new(),
    };
    let (token, opened) = open(desk, work.as_mut(), &account).await?;
    entries.push(opened);
    append_audit(work.as_mut(), entries).await.map_err(DeskError::from)?;
    work.commit().await.map_err(DeskError::from)?;
    Ok((token, account))
}

/// Ends a session, and with it the tokens by which the doors knew its browser.
pub(crate) async fn sign_out(desk: &Desk, token: &SessionToken) -> Result<(), DeskError> {
    let mut work = desk.begin().await?;
    let entries = end(desk, work.as_mut(), token).await?;
    append_audit(work.as_mut(), entries).await?;
    work.commit().await?;
    Ok(())
}

/// Ends the sessions of an account but the one whose token has this hash, and with each the tokens by which the doors
/// knew its browser. What is to be noted.
pub(super) async fn end_sessions(
    work: &mut dyn UnitOfWork,
    user: UserId,
    kept: &[u8],
    by: By<'_>,
    now: Timestamp,
) -> Result<Vec<NewAuditRecord>, DeskError> {
    let mut entries = Vec::new();
    for ended in work.end_other_sessions(user, kept).await? {
        let session = session_id(&ended);
        let until = withdraw_tokens(work, session, now).await?;
        entries.push(noted::ended(by, session, now, until));
    }
    Ok(entries)
}

/// Opens a session under a token that nobody has seen before. The token, and what is to be noted.
async fn open(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    account: &StaffRecord,
) -> Result<(SessionToken, NewAuditRecord), DeskError> {
    let token = SessionToken::generate(desk.runtime().entropy());
    let lasts = SignedDuration::from_secs(SESSION_SECONDS);
    let expires_at = desk.now().saturating_add(lasts).map_err(|_| DeskError::Rules)?;
    let session = Session { token_hash: token.hash(), user: account.id, expires_at };
    work.insert_session(&session).await?;
    Ok((token, noted::opened(account, &session, desk.now())))
}

/// Ends the session of a token. What is to be noted: nothing where no session has it, as anybody may send any token.
async fn end(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    token: &SessionToken,
) -> Result<Vec<NewAuditRecord>, DeskError> {
    let session = work.session(&token.hash(), desk.now()).await?;
    let account = match session {
        Some(session) => work.staff(session.user).await?,
        None => None,
    };
    work.delete_session(&token.hash()).await?;
    let until = withdraw_tokens(work, token.id(), desk.now()).await?;
    let noted =
        |account: StaffRecord| noted::ended((&account.name, account.role), token.id(), desk.now(), until);
    Ok(account.map(noted).into_iter().collect())
}

/// Withdraws what was issued to the browser of a session; until when it would have held.
async fn withdraw_tokens(
    work: &mut dyn UnitOfWork,
    session: UserId,
    now: Timestamp,
) -> Result<Timestamp, DeskError> {
    let lasts = SignedDuration::from_secs(ClerkCookie::SECONDS);
    let until = now.saturating_add(lasts).map_err(|_| DeskError::Rules)?;
    work.withdraw_token(session, now, until).await?;
    Ok(until)
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
        Some(_) => Some(open(desk, work.as_mut(), &account).await?),
        None => None,
    };
    let kept = renewed.as_ref().map(|(token, _)| token.hash()).unwrap_or_default();
    let (own, now) = ((account.name.as_str(), account.role), desk.now());
    let mut entries = end_sessions(work.as_mut(), account.id, &kept, own, now).await?;
    let (token, opened) = renewed.unzip();
    entries.push(noted::account(own, &account, "password.changed", now));
    entries.extend(opened);
    append_audit(work.as_mut(), entries).await.map_err(DeskError::from)?;
    work.commit().await.map_err(DeskError::from)?;
    Ok(token)
}
