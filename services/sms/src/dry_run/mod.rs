//! `dengwen try sms`: requests as JSON Lines in, what would become of them as JSON Lines out, nothing stored.

mod case;
mod outcome;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use async_trait::async_trait;
use dengwen_model::Clock;
use dengwen_service::next_line;
use serde_json::Value;

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

/// Runs every line of `input` and writes one line each, in the order of the input. How many were no cases.
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
) -> Result<u64, DryRunError> {
    let (groups, queue) = (BTreeMap::new(), BTreeMap::new());
    let mut run = Run { registry: Registry::default(), groups, queue, refused: 0 };
    for number in 1.. {
        let Some(line) = next_line(&mut input, LONGEST_LINE)? else { break };
        match line.as_deref() {
            Ok("") => {}
            Ok(line) => match Case::parse(line) {
                Ok(case) => run.place(number, case, clock).await,
                Err(why) => run.refuse(number, id_of(line), why.to_owned()),
            },
            Err(why) => run.refuse(number, Value::Null, why.to_string()),
        }
        run.write_ready(&mut output)?;
    }
    run.finish(clock).await;
    run.write_ready(&mut output)?;
    Ok(run.refused)
}

/// The id of a line that is no case, as far as it can be read.
fn id_of(line: &str) -> Value {
    let line: Option<serde_json::Map<String, Value>> = serde_json::from_str(line).ok();
    line.and_then(|mut line| line.remove("id")).unwrap_or_default()
}

/// The place of an output line.
enum Slot {
    Bad(Value, String),
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
    /// Lines that are no cases.
    refused: u64,
}

fn intake() -> Intake {
    Intake::new(Arc::new(MemoryStore::default()), Arc::new(Nowhere), Waits::default())
}

impl Run {
    /// Answers a line that is no case.
    fn refuse(&mut self, number: usize, id: Value, why: String) {
        self.refused += 1;
        self.queue.insert(number, Slot::Bad(id, why));
    }

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
                Slot::Bad(id, why) => {
                    let answer = serde_json::json!({ "id": id, "error": why });
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
