//! The command line as the contract fixes it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use dengwen_model::{Role, UnitCode};
use dengwen_service::CommonArgs;

/// Dengwen (登闻): the whole tip line in one process, and its administration.
#[derive(Debug, Parser)]
#[command(name = "dengwen", version, about)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the whole tip line (the default).
    Up(UpArgs),
    /// Issue and withdraw access tokens.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Accounts of staff.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// The units register.
    Units {
        #[command(subcommand)]
        command: UnitsCommand,
    },
    /// Keys: make, rotate, split for a host.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Check settings and rules; says which line is wrong.
    Check,
    /// Try each thing the line depends on.
    Doctor,
    /// Check the ledger's promises, the audit log and what it vouches for; exit 1 and a list where one is broken.
    Verify(VerifyArgs),
    /// Copy everything that this host needs into an empty directory, while the line runs.
    ///
    /// Where parts have hosts of their own, back up the doors' hosts first and the ledger's last: what has left a
    /// door by then is in the ledger, and what is in both is registered once.
    Backup(BackupArgs),
    /// Put a backup into an empty data directory, and check it.
    Restore(RestoreArgs),
    /// Figures for a period, for those who oversee the line; small numbers are withheld.
    Report(ReportArgs),
    /// Messages that were given up and wait for a person.
    Parked {
        #[command(subcommand)]
        command: ParkedCommand,
    },
    /// Make a new model from the shipped examples and the desk's corrections, and compare it with the one in use.
    Train(TrainArgs),
    /// Dry runs: JSON Lines in, JSON Lines out, nothing stored.
    Try {
        #[command(subcommand)]
        command: TryCommand,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::Up(UpArgs::default())
    }
}

#[derive(Debug, Default, Args)]
pub(crate) struct UpArgs {
    /// Where to listen (default 127.0.0.1:8380).
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Also send the sample tips through all four doors and show them arrive.
    #[arg(long)]
    pub(crate) demo: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Put the model of this version in place, instead of making one.
    #[arg(long, value_name = "VERSION", conflicts_with = "list")]
    pub(crate) activate: Option<String>,
    /// List the models, the one in place marked, instead of making one.
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// First day, in Asia/Shanghai, as 2026-01-01 (default: the first day of this year).
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<jiff::civil::Date>,
    /// Last day (default: today).
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<jiff::civil::Date>,
    /// As one JSON object instead of a table; a number that is withheld is null.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// Where to; must be empty or not there.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Also copy the keys: whoever then has the backup reads every tip.
    #[arg(long)]
    pub(crate) with_keys: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// Where the backup is.
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Also hold the audit log to a checkpoint that was carried here: a copy of some host's
    /// `audit-checkpoint.json`. May be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
}

/// The roles and what each may do; the console's words and the contract's differ for some.
const ROLES: &str = "\
What it may do:
  intake      registers calls, letters and tables at the clerks' desks
  screener    (or dispatcher) puts tips in order, corrects classifications, decides objections
  officer     (or investigator) pulls and verifies what their unit was given; needs --unit
  supervisor  (or head) reviews, returns, concludes
  leader      grants extensions and waivers, reopens
  custodian   opens a reporter's identity, with a reason
  analyst     sees figures without text
  auditor     reads the audit log
  admin       manages accounts, reads no tip";

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Print a new token, alone on one line.
    Issue {
        /// What it may do: intake, screener, officer, supervisor, leader, custodian, analyst, auditor or admin.
        #[arg(long, long_help = ROLES)]
        role: Role,
        /// The unit, by its code in the units register. An officer needs one; a screener, supervisor or leader
        /// with a unit sees what it and the units below it have, without one the whole line.
        #[arg(long)]
        unit: Option<UnitCode>,
        /// Whose token it is; shown in the audit log.
        #[arg(long)]
        name: String,
        /// Days until it expires.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
    },
    /// Withdraw a token; reads it from standard input, so that it stays out of the shell's history.
    Withdraw,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add an account; prints its one-time password.
    Add {
        /// Sign-in name.
        #[arg(long)]
        name: String,
        /// Role, as for tokens.
        #[arg(long, long_help = ROLES)]
        role: Role,
        /// Unit.
        #[arg(long)]
        unit: Option<UnitCode>,
    },
    /// List the accounts.
    List,
    /// Give an account a new one-time password and print it; ends its sessions.
    Password {
        /// Sign-in name.
        #[arg(long)]
        name: String,
    },
    /// Close an account.
    Disable {
        /// Sign-in name.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UnitsCommand {
    /// Replace the units register by a YAML file.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Print the register's codes and names.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make all keys that are missing.
    Generate {
        /// Also write the keys that a host of this kind may hold.
        #[arg(long = "for", value_name = "KIND", requires = "into")]
        kind: Option<KeyHost>,
        /// Where to write them.
        #[arg(long, value_name = "DIR", requires = "kind")]
        into: Option<PathBuf>,
    },
    /// Put a new key in place; the old one is kept for opening.
    Rotate {
        /// line, custodian, door, token, audit …
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ParkedCommand {
    /// What is parked and why; never what it says.
    List,
    /// One message: its envelope, with sealed parts left sealed.
    Show {
        /// Its id, as `parked list` prints it.
        id: String,
    },
    /// Put one message, or all, back into its queue.
    Replay {
        /// Its id, or `all`.
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TryCommand {
    /// Read and classify tips.
    Classify,
    /// Recognise copies and the same matter, in the order the tips came.
    Link,
    /// Choose the unit and set the deadlines.
    Route {
        /// Units register (YAML).
        #[arg(long, value_name = "FILE")]
        units: Option<PathBuf>,
    },
    /// Work out deadlines.
    Deadline,
    /// Check, read and answer gateway requests.
    Sms,
}

/// A kind of host, by the keys that it may hold.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum KeyHost {
    /// The web, phone and letter doors.
    Door,
    /// The SMS door.
    Sms,
    /// Triage, dispatch and casework.
    Inner,
    /// Where access tokens are issued.
    Issuer,
    /// The identity custodian.
    Custodian,
}
