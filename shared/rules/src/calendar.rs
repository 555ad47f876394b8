//! Which days are working days.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::RulesError;
use crate::yaml::{Located, RULES_FILE, Source, line_of};

/// The statutory calendar: holidays and make-up working days (调休上班日) of the years that are loaded.
///
/// Source of the days: the State Council's yearly notice (国务院办公厅关于部分节假日安排的通知).
#[derive(Debug, Clone)]
pub struct Calendar {
    version: String,
    years: BTreeSet<i16>,
    holidays: HashMap<Date, String>,
    make_up: HashSet<Date>,
}

impl Calendar {
    /// Reads `calendar.yaml`.
    ///
    /// # Errors
    /// The file cannot be used: a bad or doubled date, a day outside the loaded years, a make-up
    /// working day that is not on a weekend or that is also a holiday, another zone.
    pub(crate) fn parse(source: Source<'_>) -> Result<Self, RulesError> {
        let file: CalendarFile = source.parse(RULES_FILE)?;
        if file.tz.value != "Asia/Shanghai" {
            return Err(source.error(line_of(&file.tz), "tz must be Asia/Shanghai"));
        }
        let years: BTreeSet<i16> = file.years_loaded.into_iter().collect();
        let mut calendar =
            Self { version: file.version, years, holidays: HashMap::new(), make_up: HashSet::new() };
        for holiday in file.holidays {
            let date = calendar.date(source, &holiday.date)?;
            if calendar.holidays.insert(date, holiday.zh).is_some() {
                return Err(source.error(line_of(&holiday.date), format!("holiday {date} stands twice")));
            }
        }
        for day in file.make_up_workdays {
            let date = calendar.date(source, &day.date)?;
            let line = line_of(&day.date);
            if !is_weekend(date) {
                return Err(source.error(line, format!("make-up workday {date} is not on a weekend")));
            }
            if calendar.holidays.contains_key(&date) {
                return Err(source.error(line, format!("{date} is both a holiday and a make-up workday")));
            }
            if !calendar.make_up.insert(date) {
                return Err(source.error(line, format!("make-up workday {date} stands twice")));
            }
        }
        Ok(calendar)
    }

    fn date(&self, source: Source<'_>, written: &Located<String>) -> Result<Date, RulesError> {
        let line = line_of(written);
        let date: Date = written
            .value
            .parse()
            .map_err(|_| source.error(line, format!("{} is not a date (YYYY-MM-DD)", written.value)))?;
        if self.is_loaded(date) {
            Ok(date)
        } else {
            Err(source.error(line, format!("{date} is in a year that years_loaded does not name")))
        }
    }

    /// The version that stands in the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the year of a date is loaded; where not, working days are provisional (PR-6).
    pub fn is_loaded(&self, date: Date) -> bool {
        self.years.contains(&date.year())
    }

    /// Whether a date is a working day (PR-7); in a year that is not loaded Monday to Friday (PR-6).
    pub fn is_working_day(&self, date: Date) -> bool {
        if is_weekend(date) { self.make_up.contains(&date) } else { !self.holidays.contains_key(&date) }
    }

    /// Whether a date is a weekend day on which people work (调休上班日).
    pub fn is_make_up_workday(&self, date: Date) -> bool {
        self.make_up.contains(&date)
    }

    /// The holiday's name (`国庆节`), where the date is one.
    pub fn holiday(&self, date: Date) -> Option<&str> {
        self.holidays.get(&date).map(String::as_str)
    }

    /// The years that are loaded, ascending.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.iter().copied()
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    version: String,
    tz: Located<String>,
    years_loaded: Vec<i16>,
    holidays: Vec<Holiday>,
    make_up_workdays: Vec<MakeUpWorkday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    date: Located<String>,
    zh: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MakeUpWorkday {
    date: Located<String>,
    #[serde(rename = "for")]
    _holiday: String,
}
