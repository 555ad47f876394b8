//! `dengwen parked …`: what was given up, for a person to look at and put back.

use std::process::ExitCode;

use anyhow::bail;
use dengwen_queue::{ParkedEntry, ParkedId};
use dengwen_service::{CommonArgs, Process, Settings, block_on};

use crate::admin::print_line;
use crate::cli::ParkedCommand;
use crate::place::{ensure_line, queue_file};

/// Parked messages that are listed, or replayed by `all`.
const LISTED: usize = 1000;

pub(crate) fn run(common: &CommonArgs, command: ParkedCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    ensure_queue(&settings)?;
    block_on(async {
        let process = Process::open(settings).await?;
        let queue = process.queue();
        match command {
            ParkedCommand::List => {
                let entries = queue.parked_list(LISTED).await?;
                entries.iter().for_each(|entry| print_line(&describe(entry)));
                print_line(&format!("{} parked", entries.len()));
            }
            ParkedCommand::Show { id } => {
                let (entry, bytes) = queue.parked_show(&id.parse::<ParkedId>()?).await?;
                print_line(&describe(&entry));
                print_line(&String::from_utf8_lossy(&bytes));
            }
            ParkedCommand::Replay { id } if id == "all" => {
                let entries = queue.parked_list(LISTED).await?;
                let mut back = 0;
                for entry in &entries {
                    match queue.parked_replay(&entry.id).await {
                        Ok(()) => back += 1,
                        // A stranger's message leads nowhere; the others are not to wait for it.
                        Err(error) => print_line(&format!("{}\tstays parked: {error}", entry.id)),
                    }
                }
                print_line(&format!("{back} put back"));
                return Ok(if back == entries.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            ParkedCommand::Replay { id } => {
                queue.parked_replay(&id.parse::<ParkedId>()?).await?;
                print_line("put back");
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// An embedded queue is not made to find that nothing is parked in it.
fn ensure_queue(settings: &Settings) -> anyhow::Result<()> {
    ensure_line(settings)?;
    match queue_file(settings).filter(|file| !file.exists()) {
        Some(file) => bail!("{}: this line has no queue yet; its first start makes one", file.display()),
        None => Ok(()),
    }
}

fn describe(entry: &ParkedEntry) -> String {
    format!(
        "{}\t{}\t{}\t{} attempts\t{} bytes\t{}",
        entry.id, entry.topic, entry.reason, entry.attempts, entry.size, entry.published_at
    )
}
