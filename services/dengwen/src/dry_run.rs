//! `dengwen try …`: the services' own code on JSON Lines, nothing stored.

use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use dengwen_model::SystemClock;
use dengwen_rules::{Units, try_deadline_line, try_route_line};
use dengwen_service::{CommonArgs, block_on, load_rules, next_line};
use dengwen_text::link::LinkKey;
use dengwen_text::{Reader, TryLink, try_classify_line};

use crate::admin::say_aside;
use crate::cli::TryCommand;

/// A longer line is not read into memory.
const LONGEST_LINE: u64 = 64 << 20;

pub(crate) fn run(common: &CommonArgs, command: TryCommand) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    let rules = load_rules(&settings)?;
    // Dry runs keep nothing, so the key need not be secret.
    let key = LinkKey::new([0; 32]);
    match command {
        TryCommand::Classify => {
            let reader = Reader::new(Arc::new(Units::sample()?), key)?;
            each_line(|line| try_classify_line(&reader, &rules, line))
        }
        TryCommand::Link => {
            let reader = Reader::new(Arc::new(Units::sample()?), key)?;
            let mut known = TryLink::new(&reader);
            each_line(|line| known.line(line))
        }
        TryCommand::Route { units } => {
            let units = match units {
                None => Units::sample()?,
                Some(file) => {
                    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
                    Units::parse(&file.display().to_string(), &text)?
                }
            };
            each_line(|line| try_route_line(&units, &rules, line))
        }
        TryCommand::Deadline => each_line(|line| try_deadline_line(&rules, line)),
        TryCommand::Sms => {
            let run = dengwen_sms::dry_run::try_sms(stdin().lock(), stdout().lock(), &SystemClock);
            Ok(ended(block_on(async { Ok(run.await?) })?))
        }
    }
}

/// Answers each line of standard input with one line on standard output.
fn each_line(mut answer: impl FnMut(&str) -> String) -> anyhow::Result<ExitCode> {
    Ok(ended(answer_lines(stdin().lock(), stdout().lock(), &mut answer)?))
}

/// Each answer is out before the next line is read, so that a program can ask one at a time; a line that cannot be
/// used does not end the run. How many could not.
fn answer_lines(
    mut input: impl BufRead,
    mut output: impl Write,
    answer: &mut impl FnMut(&str) -> String,
) -> std::io::Result<u64> {
    let mut refused = 0;
    while let Some(line) = next_line(&mut input, LONGEST_LINE)? {
        let answer = match line {
            Ok(line) if line.is_empty() => continue,
            Ok(line) => answer(&line),
            Err(fault) => serde_json::json!({"id": null, "error": fault.to_string()}).to_string(),
        };
        refused += u64::from(is_refusal(&answer));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(refused)
}

/// No answer to a line that can be used has a field of this name.
fn is_refusal(answer: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Refusal {
        error: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_str::<Refusal>(answer).is_ok_and(|answer| answer.error.is_some())
}

/// 1 where a line could not be used: whoever runs this over a file is to see it, however long the output is.
fn ended(refused: u64) -> ExitCode {
    match refused {
        0 => ExitCode::SUCCESS,
        refused => {
            say_aside(&format!("lines that could not be used: {refused}; each is answered with its error"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_cannot_be_used_is_answered_and_counted_and_the_next_one_answered_too() {
        let mut output = Vec::new();
        let input = &b"one\r\n\n\xff\xfe\n{}\ntwo"[..];
        let refused = answer_lines(input, &mut output, &mut |line| match line {
            "{}" => r#"{"id":7,"error":"text: missing"}"#.to_owned(),
            line => format!("<{line}>"),
        });
        assert_eq!(refused.unwrap(), 2);
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "<one>\n{\"id\":null,\"error\":\"not UTF-8\"}\n{\"id\":7,\"error\":\"text: missing\"}\n<two>\n"
        );
    }
}
