//! Adding, disabling and reopening accounts: by the console and the administrator's command line, and the first one
//! at the first start.

use dengwen_http::Problem;
use dengwen_ledger::{StaffRecord, UnitOfWork};
use dengwen_model::{Clock, Entropy, Principal, Role, UnitCode, UserId};
use dengwen_service::{Runtime, append_audit};
use jiff::Timestamp;

use super::noted::{self, By, COMMAND_LINE};
use super::passwords;
use super::sessions::end_sessions;
use crate::desk::Desk;
use crate::refusal::{DeskError, Refusal, problem};

/// The name of the administrator that the first start makes.
const FIRST_NAME: &str = "admin";
/// Who makes it, in the audit log.
const FIRST_START: By<'static> = ("first start", Role::Admin);
/// Shortest password that is taken, in characters (NIST SP 800-63B-4: 15 where it is the only factor).
pub(crate) const MIN_PASSWORD: usize = 15;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Sign-in name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Unit, where the role has one.
    pub unit: Option<UnitCode>,
}

/// Why an account is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is one of this name.
    #[error("there is an account of this name already")]
    Taken,
    /// Not a sign-in name.
    #[error("a sign-in name is 1 to 64 characters, without spaces at its ends or control characters")]
    Name,
    /// An officer works for a unit.
    #[error("an officer works for a unit (`dengwen units list` shows the codes)")]
    UnitMissing,
    /// No such unit.
    #[error("the units register has no such unit (`dengwen units list` shows the codes)")]
    UnknownUnit,
    /// No such role.
    #[error("unknown role")]
    UnknownRole,
    /// There is none of this name.
    #[error("no account of this name (`dengwen user list` shows them)")]
    Unknown,
    /// It may not sign in any more.
    #[error("the account is disabled and stays so; add another one")]
    Disabled,
    /// No such account, or one's own.
    #[error("no other account of this name")]
    NotAnother,
    /// The ledger failed, or the password could not be hashed.
    #[error("the account could not be stored")]
    Desk(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AccountError {
    fn desk(error: impl Into<DeskError>) -> Self {
        Self::Desk(Box::new(error.into()))
    }
}

impl Refusal for AccountError {
    fn problem(&self) -> Problem {
        match self {
            Self::Taken => problem(409, "name-taken", "There is an account of this name", "该用户名已存在"),
            Self::Name => problem(
                422,
                "account-name",
                "A sign-in name is 1 to 64 characters, without spaces at its ends",
                "用户名须为 1 至 64 个字符，首尾无空格",
            ),
            Self::UnitMissing => {
                problem(422, "unit-missing", "An officer needs a unit", "查核人员须有所属单位")
            }
            Self::UnknownUnit => {
                problem(422, "unknown-unit", "The units register has no such unit", "机构库中没有该单位")
            }
            Self::UnknownRole => problem(422, "unknown-role", "No such role", "没有该角色"),
            Self::Unknown => problem(404, "unknown-account", "There is no such account", "没有该用户"),
            Self::Disabled => problem(409, "account-disabled", "The account is disabled", "该账号已停用"),
            Self::NotAnother => problem(
                409,
                "not-another",
                "There is no such account, or it is your own",
                "没有该用户，或是您本人的账号",
            ),
            Self::Desk(_) => problem(503, "unavailable", "The account could not be stored", "账号未能保存"),
        }
    }
}

/// A password that is given once: 20 characters of an alphabet without look-alikes (99 bits).
pub fn new_password(entropy: &dyn Entropy) -> String {
    const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
    let mut bytes = [0; 20];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// A new password and its hash.
fn one_time_password(entropy: &dyn Entropy) -> Result<(String, String), AccountError> {
    let password = new_password(entropy);
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let hash = passwords::hash(&password, &salt).map_err(AccountError::desk)?;
    Ok((password, hash))
}

/// Adds an account and returns its one-time password, which must be changed at the first sign-in.
///
/// # Errors
/// See [`AccountError`].
pub async fn add_account(runtime: &Runtime, account: NewAccount, by: By<'_>) -> Result<String, AccountError> {
    check(runtime, &account)?;
    let (password, password_hash) = one_time_password(runtime.entropy())?;
    let record = StaffRecord {
        id: UserId::new(runtime.clock(), runtime.entropy()),
        name: account.name,
        role: account.role,
        unit: account.unit,
        password_hash,
        must_change: true,
        disabled: false,
    };
    let mut work = runtime.ledger().begin().await.map_err(AccountError::desk)?;
    if !work.insert_staff(&record).await.map_err(AccountError::desk)? {
        return Err(AccountError::Taken);
    }
    note(work.as_mut(), &record, by, "account.added", runtime.clock().now()).await?;
    work.commit().await.map_err(AccountError::desk)?;
    Ok(password)
}

/// Makes the first administrator where there is no account yet; its name and one-time password.
///
/// # Errors
/// As [`add_account`].
pub async fn first_administrator(runtime: &Runtime) -> Result<Option<(String, String)>, AccountError> {
    let mut work = runtime.ledger().read().await.map_err(AccountError::desk)?;
    if !work.all_staff().await.map_err(AccountError::desk)?.is_empty() {
        return Ok(None);
    }
    drop(work);
    let account = NewAccount { name: FIRST_NAME.to_owned(), role: Role::Admin, unit: None };
    match add_account(runtime, account, FIRST_START).await {
        Ok(password) => Ok(Some((FIRST_NAME.to_owned(), password))),
        // Another process of the line was faster.
        Err(AccountError::Taken) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All accounts, by name.
pub(crate) async fn all(desk: &Desk) -> Result<Vec<StaffRecord>, DeskError> {
    Ok(desk.read().await?.all_staff().await?)
}

/// Disables another's account.
pub(crate) async fn disable_another(desk: &Desk, by: &Principal, name: &str) -> Result<(), AccountError> {
    let mut work = desk.begin().await.map_err(AccountError::desk)?;
    let account = work.staff_by_name(name).await.map_err(AccountError::desk)?;
    let account = account.filter(|account| account.id != by.id).ok_or(AccountError::NotAnother)?;
    disable(work.as_mut(), account, (&by.name, by.role), desk.now()).await?;
    work.commit().await.map_err(AccountError::desk)
}

/// Disables an account for the administrator's command line. Whoever calls it commits.
///
/// # Errors
/// [`AccountError::Unknown`]; else as the ledger's.
pub async fn disable_account(
    work: &mut dyn UnitOfWork,
    name: &str,
    clock: &dyn Clock,
) -> Result<(), AccountError> {
    let account = work.staff_by_name(name).await.map_err(AccountError::desk)?;
    disable(work, account.ok_or(AccountError::Unknown)?, COMMAND_LINE, clock.now()).await
}

/// Its sessions and tokens hold no longer than it does.
async fn disable(
    work: &mut dyn UnitOfWork,
    mut account: StaffRecord,
    by: By<'_>,
    now: Timestamp,
) -> Result<(), AccountError> {
    account.disabled = true;
    work.update_staff(&account).await.map_err(AccountError::desk)?;
    note(work, &account, by, "account.disabled", now).await
}

/// Gives an account a new one-time password, for the administrator's command line. Whoever is signed in with the old
/// one, at the console or at a clerks' desk, is no longer. Whoever calls it commits.
///
/// # Errors
/// [`AccountError::Unknown`] and [`AccountError::Disabled`]; else as the ledger's.
pub async fn reset_password(
    work: &mut dyn UnitOfWork,
    name: &str,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<String, AccountError> {
    let account = work.staff_by_name(name).await.map_err(AccountError::desk)?;
    let mut account = account.ok_or(AccountError::Unknown)?;
    if account.disabled {
        return Err(AccountError::Disabled);
    }
    let (password, password_hash) = one_time_password(entropy)?;
    (account.password_hash, account.must_change) = (password_hash, true);
    work.update_staff(&account).await.map_err(AccountError::desk)?;
    let now = clock.now();
    let mut entries =
        end_sessions(work, account.id, &[], COMMAND_LINE, now).await.map_err(AccountError::desk)?;
    entries.push(noted::account(COMMAND_LINE, &account, "password.reset", now));
    append_audit(work, entries).await.map_err(AccountError::desk)?;
    Ok(password)
}

/// What was done to an account, by whom.
async fn note(
    work: &mut dyn UnitOfWork,
    account: &StaffRecord,
    by: By<'_>,
    action: &str,
    now: Timestamp,
) -> Result<(), AccountError> {
    let entry = noted::account(by, account, action, now);
    append_audit(work, vec![entry]).await.map_err(AccountError::desk)
}

/// Signs that nobody sees: with one of them a name looks like another's.
const UNSEEN: [char; 14] = [
    '\u{AD}', '\u{200B}', '\u{200C}', '\u{200D}', '\u{200E}', '\u{200F}', '\u{202A}', '\u{202B}', '\u{202C}',
    '\u{202D}', '\u{202E}', '\u{2060}', '\u{3164}', '\u{FEFF}',
];

fn check(runtime: &Runtime, account: &NewAccount) -> Result<(), AccountError> {
    let name = &account.name;
    let is_unseen = |c: char| c.is_control() || UNSEEN.contains(&c);
    let fits = (1..=64).contains(&name.chars().count()) && name.trim() == name && !name.contains(is_unseen);
    if !fits {
        return Err(AccountError::Name);
    }
    match &account.unit {
        None if account.role == Role::Officer => Err(AccountError::UnitMissing),
        Some(unit) if runtime.units().get(unit).is_none() => Err(AccountError::UnknownUnit),
        _ => Ok(()),
    }
}
