//! Tokens, accounts, the units register, keys.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use dengwen_casework::{COMMAND_LINE, NewAccount, add_account, disable_account, reset_password};
use dengwen_ledger::{Ledger, NewAuditRecord, UnitOfWork};
use dengwen_model::{Clock, Principal, Role, SystemClock, SystemEntropy, UnitCode, UserId};
use dengwen_rules::{Rules, Units};
use dengwen_seal::{AccessClaims, HostKind, KeyDirectory, KeyName};
use dengwen_service::{
    Chain, CommonArgs, Process, Runtime, Settings, TOKEN_WITHDRAWN, UNITS_IMPORTED, append_audit, block_on,
    key_directory, load_rules, open_ledger, records, register_evidence, withdrawal_entry,
};

use crate::cli::{KeyHost, KeysCommand, TokenCommand, UnitsCommand, UserCommand};
use crate::place::{kept_ledger, ledger_file};

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
            let whose = whose(&principal);
            let token = keys.tokens.issue(&AccessClaims::new(principal, now, expires))?;
            if settings.queue_is_embedded() && ledger_file(&settings).is_some_and(|file| !file.exists()) {
                say_aside(&format!(
                    "{}: no line here yet; this token is for the line that `dengwen up` starts there",
                    settings.data.display()
                ));
            } else {
                note_where_there(&settings, "token.issued", id.to_string(), whose);
            }
            print_line(token.as_str());
        }
        TokenCommand::Withdraw => {
            // Before anything is asked for.
            with_kept_ledger(&settings, async |_| Ok(()))?;
            let mut token = String::new();
            std::io::stdin().take(4096).read_to_string(&mut token)?;
            let keys = KeyDirectory::new(settings.keys_dir()).issuer()?;
            let claims = keys.tokens.verifier().verify(token.trim(), SystemClock.now())?;
            with_kept_ledger(&settings, async |work| {
                let (now, until) = (SystemClock.now(), claims.expires_at);
                work.withdraw_token(claims.id, now, until).await?;
                let (actor, role) = COMMAND_LINE;
                let by = (actor, role.to_string());
                let entry = withdrawal_entry(by, TOKEN_WITHDRAWN, claims.id, now, until);
                Ok(append_audit(work, vec![entry]).await?)
            })?;
            print_line("withdrawn");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whose token it is, for the audit log.
fn whose(principal: &Principal) -> String {
    let unit = principal.unit.as_ref().map_or_else(String::new, |unit| format!(" of {unit}"));
    format!("{} for {}{unit}", principal.role, principal.name)
}

/// An officer's token without a unit opens nothing, nor does anybody's of a unit that is not in the register.
fn check_unit(settings: &Settings, role: Role, unit: Option<&UnitCode>) -> anyhow::Result<()> {
    let Some(unit) = unit else {
        if role == Role::Officer {
            bail!("an officer works for a unit: give --unit CODE (`dengwen units list` shows the codes)");
        }
        return Ok(());
    };
    if !block_on(async { is_known(settings, unit).await })? {
        bail!("--unit {unit}: the units register has no such unit (`dengwen units list` shows the codes)");
    }
    Ok(())
}

/// Whether the register has this unit. A line that was never started has the sample organisation as soon as it is.
async fn is_known(settings: &Settings, unit: &UnitCode) -> anyhow::Result<bool> {
    let in_sample = || anyhow::Ok(Units::sample()?.get(unit).is_some());
    let ledger = open_ledger(settings).await?;
    if !ledger.is_there().await? {
        return in_sample();
    }
    ledger.migrate().await?;
    let mut work = ledger.read().await?;
    match work.units_version().await? {
        0 => in_sample(),
        _ => Ok(work.units().await?.iter().any(|row| row.code == *unit)),
    }
}

/// `dengwen user …`
pub(crate) fn user(common: &CommonArgs, command: UserCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    match command {
        UserCommand::Add { name, role, unit } => {
            let new = block_on(is_new(&settings))?;
            let data = settings.data.clone();
            let password = block_on(async {
                let runtime = Runtime::open(Process::open(settings).await?).await?;
                Ok(add_account(&runtime, NewAccount { name, role, unit }, COMMAND_LINE).await?)
            })?;
            if new {
                say_new(&data);
            }
            print_line(&format!("one-time password: {password}"));
        }
        UserCommand::Password { name } => {
            let password = with_kept_ledger(&settings, async |work| {
                Ok(reset_password(work, &name, &SystemClock, &SystemEntropy).await?)
            })?;
            print_line(&format!("one-time password: {password}"));
        }
        UserCommand::List => {
            for record in with_kept_ledger(&settings, async |work| Ok(work.all_staff().await?))? {
                let unit = record.unit.map_or_else(|| "-".to_owned(), |unit| unit.to_string());
                let state = match (record.disabled, record.must_change) {
                    (true, _) => "disabled",
                    (false, true) => "one-time password",
                    (false, false) => "active",
                };
                print_line(&format!("{}\t{}\t{unit}\t{state}", record.name, record.role));
            }
        }
        UserCommand::Disable { name } => {
            with_kept_ledger(&settings, async |work| Ok(disable_account(work, &name, &SystemClock).await?))?;
            print_line("disabled");
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
            let new = block_on(is_new(&settings))?;
            let version = with_ledger(&settings, async |work| {
                keeps_what_is_needed(&name, &units, &work.units_needed().await?)?;
                let version = work.replace_units(&rows).await?;
                let reason = register_evidence(&rows).after("");
                note(work, UNITS_IMPORTED, version.to_string(), reason).await?;
                Ok(version)
            })?;
            if new {
                say_new(&settings.data);
            }
            print_line(&format!("{} units, register version {version}", rows.len()));
        }
        UnitsCommand::List => {
            for row in with_kept_ledger(&settings, async |work| Ok(work.units().await?))? {
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
            print_line(&format!("keys of this line: {}", directory.path().display()));
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
            let name = name.parse::<KeyName>()?;
            directory.rotate(name, &SystemEntropy)?;
            note_where_there(&settings, "key.rotated", name.to_string(), String::new());
            print_line("rotated; restart the services that hold the secret, then the doors");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a register that the rules cannot work with, naming all that is wrong with it, and says what else its author
/// should look at.
pub(crate) fn check_register(file: &str, units: &Units, rules: &Rules) -> anyhow::Result<()> {
    let faults = rules.check_units(file, units);
    if !faults.is_empty() {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        bail!("{}", told.join("\n  and "));
    }
    for warning in units.warnings() {
        print_line(&format!("warning: {warning}"));
    }
    Ok(())
}

/// Refuses a register without units that open cases need: nobody could see or do anything of these any more.
fn keeps_what_is_needed(file: &str, units: &Units, needed: &[(UnitCode, u64)]) -> anyhow::Result<()> {
    let gone = needed.iter().filter(|(unit, _)| units.get(unit).is_none());
    let gone: Vec<String> = gone.map(|(unit, cases)| format!("{unit} ({cases})")).collect();
    if gone.is_empty() {
        return Ok(());
    }
    bail!(
        "{file}: lacks units that open cases have or came to (how many): {}\n  \
         keep each, with `handles: false` where it shall get no new ones, until its cases are closed or were directed \
         to another unit at the desk",
        gone.join(", ")
    )
}

/// Whether there is no line yet where the settings say.
async fn is_new(settings: &Settings) -> anyhow::Result<bool> {
    Ok(!open_ledger(settings).await?.is_there().await?)
}

/// A command that may be the first of a line made one: where `--data` was mistyped that must not go unseen.
fn say_new(data: &Path) {
    say_aside(&format!(
        "{}: no line was here; a new one was made. If that is not what you meant: is --data (DENGWEN_DATA) right?",
        data.display()
    ));
}

fn prepared_keys(settings: &Settings) -> anyhow::Result<KeyDirectory> {
    std::fs::create_dir_all(&settings.data)?;
    key_directory(settings, &SystemEntropy)
}

/// Runs one unit of work on the settings' ledger, which is made where it is not there, and commits it.
fn with_ledger<T>(
    settings: &Settings,
    task: impl AsyncFnOnce(&mut dyn UnitOfWork) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    std::fs::create_dir_all(&settings.data)?;
    block_on(async {
        let ledger = open_ledger(settings).await?;
        ledger.migrate().await?;
        run_on(ledger, task).await
    })
}

/// [`with_ledger`] for what makes no sense without a line.
fn with_kept_ledger<T>(
    settings: &Settings,
    task: impl AsyncFnOnce(&mut dyn UnitOfWork) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    block_on(async { run_on(kept_ledger(settings).await?, task).await })
}

async fn run_on<T>(
    ledger: Arc<dyn Ledger>,
    task: impl AsyncFnOnce(&mut dyn UnitOfWork) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut work = ledger.begin().await?;
    let result = task(work.as_mut()).await?;
    work.commit().await?;
    ledger.close().await;
    Ok(result)
}

/// Notes what was done in the audit log, where this host has a ledger. It is done all the same where it cannot be
/// noted: a token may be needed to find out why the ledger is away.
fn note_where_there(settings: &Settings, action: &str, object: String, reason: String) {
    let noted = block_on(async {
        let ledger = open_ledger(settings).await?;
        match ledger.is_there().await? {
            true => {
                ledger.migrate().await?;
                run_on(ledger, async |work| note(work, action, object, reason).await).await
            }
            false => Ok(()),
        }
    });
    if let Err(error) = noted {
        say_aside(&format!("done, but not noted in the audit log: {}", Chain(error.as_ref())));
    }
}

async fn note(work: &mut dyn UnitOfWork, action: &str, object: String, reason: String) -> anyhow::Result<()> {
    let (actor, role) = COMMAND_LINE;
    let entry = NewAuditRecord {
        at: SystemClock.now(),
        actor: actor.to_owned(),
        role: role.to_string(),
        action: action.to_owned(),
        object,
        reason,
    };
    Ok(append_audit(work, vec![entry]).await?)
}

/// What is told beside an output that a program may read.
#[expect(clippy::print_stderr, reason = "the command line's own output")]
pub(crate) fn say_aside(text: &str) {
    eprintln!("dengwen: {text}");
}

/// The command line's own output. Whoever closes the pipe after the first line does not end a process that serves.
pub(crate) fn print_line(text: &str) {
    writeln!(std::io::stdout(), "{text}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_keeps_the_units_that_open_cases_need() {
        let units = Units::sample().unwrap();
        let needed = |code: &str, cases| (code.parse::<UnitCode>().unwrap(), cases);
        let known = needed("990121-ZZB", 3);
        keeps_what_is_needed("units.yaml", &units, &[]).unwrap();
        keeps_what_is_needed("units.yaml", &units, std::slice::from_ref(&known)).unwrap();
        let needed = [known, needed("880001-ZZB", 2), needed("880002-ZZB", 1)];
        let told = keeps_what_is_needed("units.yaml", &units, &needed).unwrap_err().to_string();
        assert!(told.contains("880001-ZZB (2), 880002-ZZB (1)") && !told.contains("990121-ZZB"), "{told}");
    }
}
