//! Adding accounts: by the administrator's command line, and the first one at the first start.

use dengwen_http::Problem;
use dengwen_ledger::{NewAuditRecord, StaffRecord};
use dengwen_model::{Entropy, Principal, Role, UnitCode, UserId};
use dengwen_service::{Runtime, append_audit};

use super::passwords;
use crate::desk::Desk;
use crate::refusal::{DeskError, Refusal, problem};

/// The name of the administrator that the first start makes.
const FIRST_NAME: &str = "admin";
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

/// Why an account is not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is one of this name.
    #[error("there is an account of this name already")]
    Taken,
    /// Not a sign-in name.
    #[error("a sign-in name is 1 to 64 characters, without spaces at its ends or control characters")]
    Name,
    /// An officer works for a unit.
    #[error("an officer needs a unit")]
    UnitMissing,
    /// No such unit.
    #[error("the units register has no such unit")]
    UnknownUnit,
    /// No such role.
    #[error("unknown role")]
    UnknownRole,
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

/// Adds an account and returns its one-time password, which must be changed at the first sign-in.
///
/// # Errors
/// See [`AccountError`].
pub async fn add_account(runtime: &Runtime, account: NewAccount) -> Result<String, AccountError> {
    check(runtime, &account)?;
    let password = new_password(runtime.entropy());
    let mut salt = [0; 16];
    runtime.entropy().fill(&mut salt);
    let password_hash = passwords::hash(&password, &salt).map_err(AccountError::desk)?;
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
    let entry = NewAuditRecord {
        at: runtime.clock().now(),
        actor: "administrator".to_owned(),
        role: Role::Admin.to_string(),
        action: "account.added".to_owned(),
        object: record.id.to_string(),
        reason: record.role.to_string(),
    };
    append_audit(work.as_mut(), vec![entry]).await.map_err(AccountError::desk)?;
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
    match add_account(runtime, account).await {
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
pub(crate) async fn disable_account(desk: &Desk, by: &Principal, name: &str) -> Result<(), AccountError> {
    let mut work = desk.begin().await.map_err(AccountError::desk)?;
    let account = work.staff_by_name(name).await.map_err(AccountError::desk)?;
    let mut account = account.filter(|account| account.id != by.id).ok_or(AccountError::NotAnother)?;
    account.disabled = true;
    work.update_staff(&account).await.map_err(AccountError::desk)?;
    let entry = NewAuditRecord {
        at: desk.now(),
        actor: by.name.clone(),
        role: by.role.to_string(),
        action: "account.disabled".to_owned(),
        object: account.id.to_string(),
        reason: account.role.to_string(),
    };
    append_audit(work.as_mut(), vec![entry]).await.map_err(AccountError::desk)?;
    work.commit().await.map_err(AccountError::desk)
}

fn check(runtime: &Runtime, account: &NewAccount) -> Result<(), AccountError> {
    let name = &account.name;
    let fits =
        (1..=64).contains(&name.chars().count()) && name.trim() == name && !name.contains(char::is_control);
    if !fits {
        return Err(AccountError::Name);
    }
    match &account.unit {
        None if account.role == Role::Officer => Err(AccountError::UnitMissing),
        Some(unit) if runtime.units().get(unit).is_none() => Err(AccountError::UnknownUnit),
        _ => Ok(()),
    }
}
