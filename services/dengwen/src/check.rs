//! `dengwen check`: settings and rules, with the line that is wrong.

use std::path::Path;
use std::process::ExitCode;

use dengwen_rules::Units;
use dengwen_service::{CommonArgs, load_rules};

use crate::admin::{check_register, print_line};

pub(crate) fn run(common: &CommonArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    print_line("settings: well-formed");
    for (name, source) in &settings.sources {
        print_line(&format!("  {name} from the {source}"));
    }
    let rules = load_rules(&settings)?;
    print_line(&format!(
        "rules: {} categories, {} deadline rules, version {}",
        rules.taxonomy.categories().len(),
        rules.deadlines.rules().len(),
        rules.version()
    ));
    let file = common.config.as_deref();
    dengwen_phone::check_settings(&settings).map_err(|error| placed(file, "phone", error))?;
    dengwen_letters::check_settings(&settings).map_err(|error| placed(file, "letters", error))?;
    let gateways =
        dengwen_sms::check_settings(&settings.sms).map_err(|error| placed(file, "sms", error.into()))?;
    print_line(&format!("sms gateways: {gateways}"));
    if let Some(directory) = &settings.rules {
        let file = directory.join("units.yaml");
        if file.exists() {
            let name = file.display().to_string();
            let units = Units::parse(&name, &std::fs::read_to_string(&file)?)?;
            print_line(&format!("units file: {} units", units.len()));
            check_register(&name, &units, &rules)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The error with the line of the settings file that it speaks of, where that is found.
fn placed(file: Option<&Path>, table: &str, error: anyhow::Error) -> anyhow::Error {
    let Some(file) = file else { return error };
    let text = std::fs::read_to_string(file).unwrap_or_default();
    match line_of(&text, table, &format!("{error:#}")) {
        Some(line) => error.context(format!("{}, line {line}", file.display())),
        None => error,
    }
}

/// The line, from 1, of the key that a message names, or of the table: the one that the message begins with
/// (`[sms.gateways.main]: …`), else the first of these settings.
fn line_of(text: &str, table: &str, message: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let named = message.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (named, said) = named.map_or((None, message), |(name, said)| (Some(name), said));
    let is_head = |line: &str| {
        let head = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(head, _)| head.trim());
        match named {
            Some(named) => head == Some(named),
            None => head.is_some_and(|head| head.split('.').next() == Some(table)),
        }
    };
    let head = lines.iter().position(|line| is_head(line))?;
    let end = match named {
        Some(_) => lines[head + 1..].iter().position(|line| line.starts_with('[')),
        None => None,
    };
    let end = end.map_or(lines.len(), |length| head + 1 + length);
    let words: Vec<&str> = said.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let key = |line: &str| line.split_once('=').map(|(key, _)| key.trim().to_owned());
    let told = (head + 1..end).find(|at| key(lines[*at]).is_some_and(|key| words.contains(&key.as_str())));
    Some(told.unwrap_or(head) + 1)
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn the_line_that_a_message_speaks_of_is_found() {
        let text = "listen = \"127.0.0.1:1\"\n[sms]\n[sms.gateways.main]\nkind = \"nosuch\"\ncolour = 1\n[letters.mailbox]\nhost = \"x\"\n";
        let line = |table, message| line_of(text, table, message);
        assert_eq!(line("sms", "[sms.gateways.main]: unknown kind of gateway"), Some(4));
        assert_eq!(line("sms", "[sms.gateways.main]: unknown setting `colour`"), Some(5));
        assert_eq!(line("sms", "[sms.gateways.main]: missing `auth_token`"), Some(3));
        assert_eq!(line("letters", "missing field user in mailbox"), Some(6));
        assert_eq!(line("phone", "anything"), None);
    }
}
