//! Which division codes there are (`divisions.yaml`): for checking what somebody chose from a list.

use std::collections::{BTreeMap, HashSet};

use dengwen_model::RegionCode;
use serde::Deserialize;

use crate::error::RulesError;
use crate::yaml::{RULES_FILE, Source};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DivisionsFile {
    whole: Vec<String>,
    counties: BTreeMap<String, String>,
}

/// The published divisions down to the county. Townships and villages below one are not listed: they
/// change every year, and a code that begins with a known county's is taken.
#[derive(Debug, Clone)]
pub struct Divisions {
    /// Provinces, cities and counties by their significant digits: two, four, six.
    known: HashSet<String>,
    whole: HashSet<String>,
}

impl Divisions {
    /// The built-in list.
    ///
    /// # Errors
    /// None in a build that passed its tests.
    pub fn built_in() -> Result<Self, RulesError> {
        Self::parse("divisions.yaml", include_str!("../data/divisions.yaml"))
    }

    fn parse(file: &str, text: &str) -> Result<Self, RulesError> {
        let source = Source { file, text };
        let file: DivisionsFile = source.parse(RULES_FILE)?;
        let mut known = HashSet::new();
        for (city, counties) in &file.counties {
            let wrong =
                || source.error(0, format!("{city}: not four digits and a list of two-digit counties"));
            if city.len() != 4 || !is_digits(city) {
                return Err(wrong());
            }
            known.insert(city[..2].to_owned());
            known.insert(city.clone());
            for range in counties.split_whitespace() {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let (Ok(first), Ok(last)) = (first.parse::<u8>(), last.parse::<u8>()) else {
                    return Err(wrong());
                };
                known.extend((first..=last).map(|county| format!("{city}{county:02}")));
            }
        }
        Ok(Self { known, whole: file.whole.into_iter().collect() })
    }

    /// Whether the list has this division, or the county that it lies in.
    pub fn has(&self, code: &RegionCode) -> bool {
        let code = code.as_str();
        let Some(province) = code.get(..2).filter(|_| is_division_code(code)) else { return false };
        let county = &code[..6];
        let digits = match (&county[2..4], &county[4..]) {
            ("00", "00") => &county[..2],
            (_, "00") => &county[..4],
            _ => county,
        };
        self.whole.contains(province) || self.known.contains(digits)
    }

    /// Whether the list knows the province of this code.
    pub fn has_province_of(&self, code: &RegionCode) -> bool {
        let province = code.as_str().get(..2).unwrap_or_default();
        is_division_code(code.as_str()) && (self.whole.contains(province) || self.known.contains(province))
    }
}

/// Whether a text has the shape of a division code: six digits to the county, nine to the township,
/// twelve to the village.
pub fn is_division_code(code: &str) -> bool {
    matches!(code.len(), 6 | 9 | 12) && is_digits(code)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(code: &str) -> bool {
        Divisions::built_in().unwrap().has(&code.parse().unwrap())
    }

    #[test]
    fn published_divisions_and_what_lies_in_them_are_known() {
        for code in ["110000", "110100", "110101", "330106", "330106001", "330106001002", "659001", "469001"]
        {
            assert!(has(code), "{code}");
        }
        for code in ["710000", "810000", "820000", "710101"] {
            assert!(has(code), "{code}: no parts are listed");
        }
        assert!(has("110103"), "given up in 2010, still in older lists");
    }

    #[test]
    fn what_was_never_published_is_not() {
        for code in
            ["000000", "100000", "119900", "110199", "119999001", "990121", "11010", "1101011", "11010X"]
        {
            assert!(!has(code), "{code}");
        }
    }

    #[test]
    fn a_broken_list_is_said() {
        for text in
            ["whole: []\ncounties: {\"11\": \"01\"}", "whole: []\ncounties: {\"1101\": \"x\"}", "whole: 1"]
        {
            assert!(Divisions::parse("divisions.yaml", text).is_err(), "{text}");
        }
    }
}
