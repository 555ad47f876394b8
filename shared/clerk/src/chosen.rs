//! Which rows of a table somebody chose.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::Deserialize;

/// Numbers of rows, as `2,5,9-120`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RowSet(
    /// In order, and none touches another.
    Vec<RangeInclusive<usize>>,
);

/// Not a list of row numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not row numbers, as 2,5,9-120")]
pub(crate) struct NoRowSet;

impl RowSet {
    fn of(mut ranges: Vec<RangeInclusive<usize>>) -> Self {
        ranges.sort_unstable_by_key(|range| *range.start());
        let mut apart: Vec<RangeInclusive<usize>> = Vec::new();
        for range in ranges {
            match apart.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=*last.end().max(range.end());
                }
                _ => apart.push(range),
            }
        }
        Self(apart)
    }

    pub(crate) fn contains(&self, row: usize) -> bool {
        let after = self.0.partition_point(|range| *range.start() <= row);
        self.0[..after].last().is_some_and(|range| range.contains(&row))
    }
}

impl FromIterator<usize> for RowSet {
    fn from_iter<I: IntoIterator<Item = usize>>(rows: I) -> Self {
        Self::of(rows.into_iter().map(|row| row..=row).collect())
    }
}

impl FromStr for RowSet {
    type Err = NoRowSet;

    fn from_str(text: &str) -> Result<Self, NoRowSet> {
        let number = |text: &str| text.trim().parse().ok().filter(|row| *row > 0);
        let range = |part: &str| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let range = number(from)?..=number(to)?;
            (!range.is_empty()).then_some(range)
        };
        let ranges = text.split(',').map(range).collect::<Option<_>>().ok_or(NoRowSet)?;
        Ok(Self::of(ranges))
    }
}

impl TryFrom<String> for RowSet {
    type Error = NoRowSet;

    fn try_from(text: String) -> Result<Self, NoRowSet> {
        text.parse()
    }
}

/// The rows that shall be taken: every one, unless some are named.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen {
    /// Only these.
    pub(crate) only: Option<RowSet>,
    /// Not these.
    pub(crate) except: Option<RowSet>,
}

impl Chosen {
    pub(crate) fn has(&self, row: usize) -> bool {
        let named = self.only.as_ref().is_none_or(|rows| rows.contains(row));
        named && !self.except.as_ref().is_some_and(|rows| rows.contains(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(set: &RowSet) -> Vec<usize> {
        (0..20).filter(|row| set.contains(*row)).collect()
    }

    #[test]
    fn rows_are_named_one_by_one_and_from_to() {
        for (text, expected) in [
            ("2", vec![2]),
            ("9-11,2, 5", vec![2, 5, 9, 10, 11]),
            ("3-5,4-7,8", vec![3, 4, 5, 6, 7, 8]),
            ("3-9,4", vec![3, 4, 5, 6, 7, 8, 9]),
        ] {
            let set: RowSet = text.parse().unwrap();
            assert_eq!(rows(&set), expected, "{text}");
            assert_eq!(rows(&expected.into_iter().collect()), rows(&set));
        }
        let all: RowSet = format!("1-{}", usize::MAX).parse().unwrap();
        assert!(all.contains(usize::MAX) && !all.contains(0));
        for wrong in ["", ",", "0", "2-", "-2", "5-2", "x", "2,,3", "1-2-3", "99999999999999999999"] {
            assert_eq!(wrong.parse::<RowSet>(), Err(NoRowSet), "{wrong}");
        }
    }

    #[test]
    fn what_is_left_out_is_not_chosen() {
        let set = |text: &str| Some(text.parse().unwrap());
        let has = |only, except| {
            let chosen = Chosen { only, except };
            (1..6).filter(|row| chosen.has(*row)).collect::<Vec<_>>()
        };
        assert_eq!(has(None, None), [1, 2, 3, 4, 5]);
        assert_eq!(has(set("2-4"), None), [2, 3, 4]);
        assert_eq!(has(None, set("2-4")), [1, 5]);
        assert_eq!(has(set("2-4"), set("3")), [2, 4]);
    }
}
