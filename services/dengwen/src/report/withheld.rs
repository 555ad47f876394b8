//! What may be shown of the figures: a number below five could tell of a person, and so could the one number that
//! is left out of a sum.

use jiff::civil::Date;
use serde::Serialize;

use super::figures::{Counts, Figures, Period};

/// Numbers from 1 to below this are withheld.
const SMALL: u64 = 5;

/// Numbers by name; `None` is withheld.
pub(super) type Rows = Vec<(String, Option<u64>)>;

/// The figures as they are shown.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) from: Date,
    pub(super) to: Date,
    #[serde(serialize_with = "as_map")]
    tips_by_channel: Rows,
    #[serde(serialize_with = "as_map")]
    cases_by_group: Rows,
    #[serde(serialize_with = "as_map")]
    cases_by_unit: Rows,
    #[serde(serialize_with = "as_map")]
    cases_by_state: Rows,
    #[serde(serialize_with = "as_map")]
    overdue_by_unit: Rows,
    /// Of cases that were opened in the period and are closed; `None` for too few.
    pub(super) median_days_to_close: Option<f64>,
}

impl Report {
    /// Each breakdown under its title.
    pub(super) fn breakdowns(&self) -> [(&'static str, &Rows); 5] {
        [
            ("tips that came in, by channel", &self.tips_by_channel),
            ("cases that were opened, by group of the taxonomy", &self.cases_by_group),
            ("by the unit that has them", &self.cases_by_unit),
            ("by state", &self.cases_by_state),
            ("with a limit that passed, by unit", &self.overdue_by_unit),
        ]
    }
}

/// Withholds what is too small, and the median of too few.
pub(super) fn withhold(period: &Period, figures: Figures) -> Report {
    let Figures { days_to_close, .. } = &figures;
    let few = u64::try_from(days_to_close.len()).unwrap_or(u64::MAX) < SMALL;
    Report {
        from: period.first,
        to: period.last,
        median_days_to_close: if few { None } else { median(days_to_close.clone()) },
        tips_by_channel: rows(&figures.tips_by_channel),
        cases_by_group: rows(&figures.cases_by_group),
        cases_by_unit: rows(&figures.cases_by_unit),
        cases_by_state: rows(&figures.cases_by_state),
        overdue_by_unit: rows(&figures.overdue_by_unit),
    }
}

/// All rows and their sum. Where the withheld rows alone make up less than the bound, the next larger one is
/// withheld with them: else the sum would give them away.
fn rows(counts: &Counts) -> Rows {
    let mut by_size: Vec<(&String, u64)> = counts.iter().map(|(name, count)| (name, *count)).collect();
    by_size.sort_by_key(|(_, count)| *count);
    let mut small = by_size.iter().take_while(|(_, count)| *count < SMALL).count();
    let hidden: u64 = by_size.iter().take(small).map(|(_, count)| count).sum();
    if small == 1 || (small > 0 && hidden < SMALL) {
        small += 1;
    }
    let withheld: Vec<&String> = by_size.iter().take(small).map(|(name, _)| *name).collect();
    let shown = |name: &String, count: u64| (!withheld.contains(&name)).then_some(count);
    let mut rows: Rows = counts.iter().map(|(name, count)| (name.clone(), shown(name, *count))).collect();
    let total: u64 = counts.values().sum();
    rows.push(("total".to_owned(), (total == 0 || total >= SMALL).then_some(total)));
    rows
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

fn as_map<S: serde::Serializer>(rows: &Rows, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rows.iter().map(|(name, number)| (name, number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(counts: &[(&str, u64)]) -> Vec<Option<u64>> {
        let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        rows(&counts).into_iter().map(|(_, number)| number).collect()
    }

    #[test]
    fn small_numbers_are_withheld_and_not_given_away_by_the_sum() {
        assert_eq!(shown(&[("a", 5), ("b", 90)]), [Some(5), Some(90), Some(95)]);
        assert_eq!(shown(&[("a", 4), ("b", 90), ("c", 7)]), [None, Some(90), None, Some(101)]);
        assert_eq!(shown(&[("a", 4), ("b", 4), ("c", 7)]), [None, None, Some(7), Some(15)]);
        assert_eq!(shown(&[("a", 1), ("b", 1), ("c", 7), ("d", 9)]), [None, None, None, Some(9), Some(18)]);
        assert_eq!(shown(&[("a", 3)]), [None, None]);
        assert_eq!(shown(&[]), [Some(0)]);
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), Some(3.0));
        assert_eq!(median(Vec::new()), None);
    }
}
