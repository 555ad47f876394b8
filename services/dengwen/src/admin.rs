//! Tokens, accounts, the units register, keys.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use dengwen_casework::{NewAccount, add_account};
use dengwen_ledger::{NewAuditRecord, UnitOfWork};
use dengwen_model::{Clock, Principal, Role, SystemClock, SystemEntropy, UnitCode, UserId};
use dengwen_rules::{Rules, RulesError, Units};
use dengwen_seal::{AccessClaims, HostKind, KeyDirectory, KeyName};
use dengwen_service::{
    CommonArgs, Process, Runtime, Settings, append_audit, block_on, key_directory, load_rules, open_ledger,
    records,
};

use crate::cli::{KeyHost, KeysCommand, TokenCommand, UnitsCommand, UserCommand};

/// `dengwen token …`
pub(crate) fn token(common: &CommonArgs, command: TokenCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    match command {
        TokenCommand::Issue { role, unit, name, days } => {
            if name.trim().is_empty() {
                bail!("--name: the audit log has to name somebody");
            }
            let keys = prepared_keys(&settings)?.issuer()?;
            check_unit(&settings, role, unit.as_ref())?;
            let id = UserId::new(&SystemClock, &SystemEntropy);
            let now = SystemClock.now();
            let expires = now.checked_add(jiff::SignedDuration::from_hours(24 * i64::from(days)))?;
            let principal = Principal { id, role, unit, name };
            let token = keys.tokens.issue(&AccessClaims::new(principal, now, expires))?;
            print_line(token.as_str());
        }
        TokenCommand::Withdraw => {
            let mut token = String::new();
            std::io::stdin().take(4096).read_to_string(&mut token)?;
            let keys = prepared_keys(&settings)?.issuer()?;
            let claims = keys.tokens.verifier().verify(token.trim(), SystemClock.now())?;
            with_ledger(&settings, async |work| {
                work.withdraw_token(claims.id, SystemClock.now(), claims.expires_at).await?;
                note(work, "token.withdrawn", claims.id.to_string()).await
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An officer's token without a unit opens nothing, nor does anybody's of a unit that is not in the register.
fn check_unit(settings: &Settings, role: Role, unit: Option<&UnitCode>) -> anyhow::Result<()> {
    let Some(unit) = unit else {
        if role == Role::Officer {
            bail!("an officer works for a unit: give --unit CODE (`dengwen units list` shows the codes)");
        }
        return Ok(());
    };
    let known = with_ledger(settings, async |work| {
        // A line that was never started has the sample organisation as soon as it is.
        if work.units_version().await? == 0 {
            return Ok(Units::sample()?.get(unit).is_some());
        }
        Ok(work.units().await?.iter().any(|row| row.code == *unit))
    })?;
    if !known {
        bail!("--unit {unit}: the units register has no such unit (`dengwen units list` shows the codes)");
    }
    Ok(())
}

/// `dengwen user …`
pub(crate) fn user(common: &CommonArgs, command: UserCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    match command {
        UserCommand::Add { name, role, unit } => {
            let password = block_on(async {
                let runtime = Runtime::open(Process::open(settings).await?).await?;
                Ok(add_account(&runtime, NewAccount { name, role, unit }).await?)
            })?;
            print_line(&format!("one-time password: {password}"));
        }
        UserCommand::List => {
            for record in with_ledger(&settings, async |work| Ok(work.all_staff().await?))? {
                let unit = record.unit.map_or_else(|| "-".to_owned(), |unit| unit.to_string());
                let state = if record.disabled { "disabled" } else { "active" };
                print_line(&format!("{}\t{}\t{unit}\t{state}", record.name, record.role));
            }
        }
        UserCommand::Disable { name } => {
            let found = with_ledger(&settings, async |work| {
                let Some(mut record) = work.staff_by_name(&name).await? else { return Ok(false) };
                record.disabled = true;
                work.update_staff(&record).await?;
                note(work, "user.disabled", record.id.to_string()).await?;
                Ok(true)
            })?;
            if !found {
                bail!("no account of this name");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `dengwen units …`
pub(crate) fn units(common: &CommonArgs, command: UnitsCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    match command {
        UnitsCommand::Import { file } => {
            let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let name = file.display().to_string();
            let units = Units::parse(&name, &text)?;
            if units.is_empty() {
                bail!("{name}: no units; an empty register would leave nobody to hand a case to");
            }
            check_register(&name, &units, &load_rules(&settings)?)?;
            if units.get(&settings.line.received_by).is_none() {
                let line = &settings.line.received_by;
                print_line(&format!("warning: {line}, whose line this is (line.received_by), is not in it"));
            }
            let rows = records(&units)?;
            let version = with_ledger(&settings, async |work| {
                let version = work.replace_units(&rows).await?;
                note(work, "units.imported", version.to_string()).await?;
                Ok(version)
            })?;
            print_line(&format!("{} units, register version {version}", rows.len()));
        }
        UnitsCommand::List => {
            for row in with_ledger(&settings, async |work| Ok(work.units().await?))? {
                let name = row.body.get("name").and_then(|name| name.as_str()).unwrap_or_default();
                print_line(&format!("{}\t{name}", row.code));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `dengwen keys …`
pub(crate) fn keys(common: &CommonArgs, command: KeysCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    let directory = KeyDirectory::new(settings.keys_dir());
    match command {
        KeysCommand::Generate { kind, into } => {
            let made = directory.generate_missing(&SystemEntropy)?;
            let names: Vec<_> = made.iter().map(ToString::to_string).collect();
            let made = if names.is_empty() { "none; all are there".to_owned() } else { names.join(" ") };
            print_line(&format!("keys made: {made}"));
            if let (Some(kind), Some(into)) = (kind, into) {
                let host = match kind {
                    KeyHost::Door => HostKind::Door,
                    KeyHost::Sms => HostKind::SmsDoor,
                    KeyHost::Inner => HostKind::Inner,
                    KeyHost::Issuer => HostKind::Issuer,
                    KeyHost::Custodian => HostKind::Custodian,
                };
                directory.export(host, &into)?;
                print_line(&format!("keys of that host: {}", into.display()));
            }
        }
        KeysCommand::Rotate { name } => {
            directory.rotate(name.parse::<KeyName>()?, &SystemEntropy)?;
            print_line("rotated; restart the services that hold the secret, then the doors");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a register that the rules cannot work with, and says what else its author should look at.
pub(crate) fn check_register(file: &str, units: &Units, rules: &Rules) -> Result<(), RulesError> {
    if let Some(fault) = rules.check_units(file, units).into_iter().next() {
        return Err(fault);
    }
    for warning in units.warnings() {
        print_line(&format!("warning: {warning}"));
    }
    Ok(())
}

fn prepared_keys(settings: &Settings) -> anyhow::Result<KeyDirectory> {
    std::fs::create_dir_all(&settings.data)?;
    key_directory(settings, &SystemEntropy)
}

/// An error where no line was ever started with these settings: what only looks must not make an empty one and
/// find it in order.
pub(crate) fn ensure_line(settings: &Settings) -> anyhow::Result<()> {
    if !settings.data.is_dir() {
        bail!("{}: no line keeps its data there; is --data (DENGWEN_DATA) right?", settings.data.display());
    }
    Ok(())
}

/// Runs one unit of work on the settings' ledger and commits it.
pub(crate) fn with_ledger<T>(
    settings: &Settings,
    task: impl AsyncFnOnce(&mut dyn UnitOfWork) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    std::fs::create_dir_all(&settings.data)?;
    block_on(async {
        let ledger = open_ledger(settings).await?;
        ledger.migrate().await?;
        let mut work = ledger.begin().await?;
        let result = task(work.as_mut()).await?;
        work.commit().await?;
        ledger.close().await;
        Ok(result)
    })
}

async fn note(work: &mut dyn UnitOfWork, action: &str, object: String) -> anyhow::Result<()> {
    let entry = NewAuditRecord {
        at: SystemClock.now(),
        actor: "command line".to_owned(),
        role: "admin".to_owned(),
        action: action.to_owned(),
        object,
        reason: String::new(),
    };
    Ok(append_audit(work, vec![entry]).await?)
}

/// The command line's own output. Whoever closes the pipe after the first line does not end a process that serves.
pub(crate) fn print_line(text: &str) {
    writeln!(std::io::stdout(), "{text}").ok();
}
