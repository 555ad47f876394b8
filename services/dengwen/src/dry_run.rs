//! `dengwen try …`: the services' own code on JSON Lines, nothing stored.

use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use dengwen_model::SystemClock;
use dengwen_rules::{Units, try_deadline_line, try_route_line};
use dengwen_service::{CommonArgs, block_on, load_rules};
use dengwen_text::link::LinkKey;
use dengwen_text::{Reader, TryLink, try_classify_line};

use crate::cli::TryCommand;

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
            block_on(async { Ok(run.await?) })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Each answer is out before the next line is read, so that a program can ask one at a time; a line that
/// is not text is one wrong line and does not end the run.
fn answer_lines(
    mut input: impl BufRead,
    mut output: impl Write,
    answer: &mut impl FnMut(&str) -> String,
) -> std::io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        match std::str::from_utf8(&line).map(str::trim) {
            Ok("") => {}
            Ok(text) => output.write_all(format!("{}\n", answer(text)).as_bytes())?,
            Err(_) => output.write_all(b"{\"id\":null,\"error\":\"not UTF-8\"}\n")?,
        }
        output.flush()?;
        line.clear();
    }
    Ok(())
}

/// Answers each line of standard input with one line on standard output.
fn each_line(mut answer: impl FnMut(&str) -> String) -> anyhow::Result<ExitCode> {
    answer_lines(stdin().lock(), stdout().lock(), &mut answer)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_text_is_answered_and_the_next_one_too() {
        let mut output = Vec::new();
        let input = &b"one\r\n\n\xff\xfe\ntwo"[..];
        answer_lines(input, &mut output, &mut |line| format!("<{line}>")).unwrap();
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "<one>\n{\"id\":null,\"error\":\"not UTF-8\"}\n<two>\n"
        );
    }
}
