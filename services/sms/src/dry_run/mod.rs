//! `dengwen try sms`: requests as JSON Lines in, what would become of them as JSON Lines out, nothing stored.

mod case;
mod outcome;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use async_trait::async_trait;
use dengwen_model::Clock;

use crate::assembly::{Waits, Whole};
use crate::gateway::{Control, Registry};
use crate::intake::{Intake, NotTaken, Sink};
use crate::store::{Effects, MemoryStore};

pub use case::Case;
pub use outcome::Outcome;

/// Longest input line in bytes.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

/// The dry run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// Reading or writing failed.
    #[error("reading or writing failed")]
    Io(#[from] std::io::Error),
}

/// Takes nothing anywhere.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Sink for Nowhere {
    async fn take(&self, _: &str, _: &Whole, _: Option<Control>) -> Result<Effects, NotTaken> {
        Ok(Effects::default())
    }
}

/// Runs every line of `input` and writes one line each, in the order of the input.
///
/// Lines of one `seq.group` share a store and run in the order of `seq.step`; every other line starts with
/// an empty store. `clock` is the time for lines without `now`. A line that is no case is answered with
/// what is wrong with it, and never with what it says.
///
/// # Errors
/// [`DryRunError`] where reading or writing fails.
pub async fn try_sms(
    mut input: impl BufRead,
    mut output: impl Write,
    clock: &dyn Clock,
) -> Result<(), DryRunError> {
    let mut run = Run { registry: Registry::default(), groups: BTreeMap::new(), queue: BTreeMap::new() };
    for number in 1.. {
        let Some(line) = next_line(&mut input)? else { break };
        match line.as_ref().map(|line| line.trim()) {
            Ok("") => {}
            Ok(line) => match Case::parse(line) {
                Ok(case) => run.place(number, case, clock).await,
                Err(why) => drop(run.queue.insert(number, Slot::Bad(why))),
            },
            Err(why) => drop(run.queue.insert(number, Slot::Bad(why))),
        }
        run.write_ready(&mut output)?;
    }
    run.finish(clock).await;
    run.write_ready(&mut output)?;
    Ok(())
}

/// The next line, or why it cannot be read; `None` at the end.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Result<String, &'static str>>> {
    let mut line = Vec::new();
    if std::io::Read::take(&mut *input, LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
        skip_line(input)?;
        return Ok(Some(Err("the line is too long")));
    }
    Ok(Some(String::from_utf8(line).map_err(|_| "not UTF-8")))
}

/// Leaves out what is left of a line.
fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let rest = input.fill_buf()?;
        let (length, found) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (rest.len(), rest.is_empty()),
        };
        input.consume(length);
        if found {
            return Ok(());
        }
    }
}

/// The place of an output line.
enum Slot {
    Bad(&'static str),
    Waiting(Box<Case>),
    Done(Box<Outcome>),
    Nothing,
}

/// One group's store and the step that comes next.
struct Group {
    intake: Intake,
    next: u64,
}

struct Run {
    registry: Registry,
    groups: BTreeMap<String, Group>,
    queue: BTreeMap<usize, Slot>,
}

fn intake() -> Intake {
    Intake::new(Arc::new(MemoryStore::default()), Arc::new(Nowhere), Waits::default())
}

impl Run {
    /// Runs a case now if its turn has come, else keeps it.
    async fn place(&mut self, number: usize, case: Case, clock: &dyn Clock) {
        let Some(seq) = case.seq() else {
            let outcome = case.run(&self.registry, &intake(), clock).await;
            self.queue.insert(number, Slot::Done(Box::new(outcome)));
            return;
        };
        let group = seq.group.clone();
        self.queue.insert(number, Slot::Waiting(Box::new(case)));
        self.groups.entry(group.clone()).or_insert_with(|| Group { intake: intake(), next: 1 });
        self.advance(&group, false, clock).await;
    }

    /// Runs the steps of a group as far as they follow each other; all that are there at the end.
    async fn advance(&mut self, name: &str, all: bool, clock: &dyn Clock) {
        while let Some((number, step)) = self.next_step(name) {
            let Some(group) = self.groups.get_mut(name).filter(|group| all || step <= group.next) else {
                return;
            };
            let Some(Slot::Waiting(case)) = self.queue.insert(number, Slot::Nothing) else { return };
            let outcome = case.run(&self.registry, &group.intake, clock).await;
            group.next = step.saturating_add(1);
            self.queue.insert(number, Slot::Done(Box::new(outcome)));
        }
    }

    /// The waiting case of the group with the lowest step.
    fn next_step(&self, name: &str) -> Option<(usize, u64)> {
        let waiting = self.queue.iter().filter_map(|(number, slot)| match slot {
            Slot::Waiting(case) => case.seq().filter(|seq| seq.group == name).map(|seq| (*number, seq.step)),
            _ => None,
        });
        waiting.min_by_key(|(number, step)| (*step, *number))
    }

    async fn finish(&mut self, clock: &dyn Clock) {
        let names: Vec<String> = self.groups.keys().cloned().collect();
        for name in names {
            self.advance(&name, true, clock).await;
        }
    }

    /// Writes what is done, up to the first line that waits for another step.
    fn write_ready(&mut self, output: &mut impl Write) -> Result<(), DryRunError> {
        while let Some(entry) = self.queue.first_entry() {
            match entry.get() {
                Slot::Waiting(_) => break,
                Slot::Nothing => {}
                Slot::Bad(why) => {
                    let answer = serde_json::json!({ "id": null, "error": why });
                    writeln!(output, "{answer}")?;
                }
                Slot::Done(outcome) => {
                    serde_json::to_writer(&mut *output, outcome).map_err(std::io::Error::from)?;
                    output.write_all(b"\n")?;
                }
            }
            entry.remove();
        }
        output.flush()?;
        Ok(())
    }
}
