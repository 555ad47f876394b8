//! The whole tip line in one process, and the administrator's command line.

mod admin;
mod backup;
mod check;
mod cli;
mod demo;
mod doctor;
mod dry_run;
mod parked;
mod place;
mod report;
mod train;
mod up;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        // Whoever reads has read enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let common = cli.common;
    match cli.command.unwrap_or_default() {
        Command::Up(args) => up::run(&common, &args),
        Command::Token { command } => admin::token(&common, command),
        Command::User { command } => admin::user(&common, command),
        Command::Units { command } => admin::units(&common, command),
        Command::Keys { command } => admin::keys(&common, command),
        Command::Check => check::run(&common),
        Command::Doctor => doctor::run(&common),
        Command::Verify(args) => verify::run(&common, &args),
        Command::Backup(args) => backup::back_up(&common, &args),
        Command::Restore(args) => backup::restore(&common, &args),
        Command::Report(args) => report::run(&common, &args),
        Command::Parked { command } => parked::run(&common, command),
        Command::Train(args) => train::run(&common, &args),
        Command::Try { command } => dry_run::run(&common, command),
    }
}

/// The error and its causes, a line each.
#[expect(clippy::print_stderr, reason = "the command line's own output")]
fn complain(error: &anyhow::Error) {
    eprintln!("dengwen: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
