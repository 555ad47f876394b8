//! `dengwen report`: how the line did in a period. Figures alone: no tip, no case, no person; and no number so
//! small that it could tell of one.

mod figures;
mod withheld;

use std::process::ExitCode;

use anyhow::{Context, bail};
use dengwen_model::{Clock, SystemClock};
use dengwen_rules::{beginning_of, date_at};
use dengwen_service::{CommonArgs, block_on, load_rules};
use jiff::civil::Date;

use crate::admin::print_line;
use crate::cli::ReportArgs;
use crate::place::kept_ledger;
use figures::{Period, figures};
use withheld::{Report, withhold};

pub(crate) fn run(common: &CommonArgs, args: &ReportArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    let period = period(args, date_at(SystemClock.now()))?;
    let rules = load_rules(&settings)?;
    let found = block_on(async {
        let ledger = kept_ledger(&settings).await?;
        let mut work = ledger.read().await?;
        figures(work.as_mut(), &rules.taxonomy, &period).await
    })?;
    let report = withhold(&period, found);
    match args.json {
        true => print_line(&serde_json::to_string(&report)?),
        false => print_table(&report),
    }
    Ok(ExitCode::SUCCESS)
}

/// Whole days in Asia/Shanghai.
fn period(args: &ReportArgs, today: Date) -> anyhow::Result<Period> {
    let (first, last) = (args.from.unwrap_or(today.first_of_year()), args.to.unwrap_or(today));
    if first > last {
        bail!("--from {first} is after --to {last}");
    }
    let begins = beginning_of(first).context("--from is out of range")?;
    let ends = last.tomorrow().ok().and_then(beginning_of).context("--to is out of range")?;
    Ok(Period { first, last, begins, ends })
}

fn print_table(report: &Report) {
    print_line(&format!("{} to {}", report.from, report.to));
    for (title, rows) in report.breakdowns() {
        print_line(&format!("\n{title}"));
        for (name, number) in rows {
            print_line(&format!("  {:>8}  {name}", shown(*number)));
        }
    }
    let days = report.median_days_to_close.map_or_else(|| "-".to_owned(), |days| format!("{days:.1}"));
    print_line(&format!("\nmedian days from opening to closing: {days}"));
    print_line("numbers below 5, and what would give them away, are withheld (*)");
}

fn shown(number: Option<u64>) -> String {
    number.map_or_else(|| "*".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(from: Option<&str>, to: Option<&str>) -> ReportArgs {
        let date = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        ReportArgs { from: date(from), to: date(to), json: false }
    }

    #[test]
    fn a_period_is_whole_days_in_china() {
        let today = "2026-03-02".parse().unwrap();
        let year = period(&args(None, None), today).unwrap();
        assert_eq!(
            (year.begins.to_string(), year.ends.to_string()),
            ("2025-12-31T16:00:00Z".into(), "2026-03-02T16:00:00Z".into())
        );
        let day = period(&args(Some("2026-02-28"), Some("2026-02-28")), today).unwrap();
        assert_eq!(day.ends.duration_since(day.begins).as_hours(), 24);
        assert!(period(&args(Some("2026-02-02"), Some("2026-02-01")), today).is_err());
        assert!(period(&args(None, Some("9999-12-31")), today).is_err());
    }
}
