//! Codes, times and choices as words.

use dengwen_model::{Outcome, RuleId};
use dengwen_pages::Lang;
use dengwen_pages::console::{Choice, LimitRow};
use dengwen_rules::{Rules, Units};
use jiff::Timestamp;

use crate::read_case::named_units;
use crate::view::LimitOut;

/// Date and time in Asia/Shanghai.
pub(super) fn time(at: Timestamp) -> String {
    at.to_zoned(dengwen_rules::shanghai()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What is known in both languages.
pub(super) fn either(lang: Lang, zh: String, en: String) -> String {
    if lang == Lang::En { en } else { zh }
}

/// A time limit as a row.
pub(super) fn limit(limit: LimitOut, rules: &Rules, lang: Lang) -> LimitRow {
    let english =
        limit.rule.parse::<RuleId>().ok().and_then(|id| rules.deadlines.get(&id)).map(|rule| &rule.en);
    let name = match (lang, english) {
        (Lang::En, Some(english)) => english.clone(),
        _ => limit.name,
    };
    LimitRow {
        rule: limit.rule,
        name,
        due: limit.due.to_string(),
        state: format!("limit.{}", limit.state),
        overdue: limit.state == "overdue",
        owner: with_name(&limit.owner, &limit.owner_name),
        counted: either(lang, limit.counted, limit.counted_en),
    }
}

/// A unit's code with its name beside it.
pub(super) fn with_name(code: &str, name: &str) -> String {
    if name.is_empty() || name == code { code.to_owned() } else { format!("{code} {name}") }
}

/// A line with the name behind each unit's code that stands in it, once a unit.
pub(super) fn with_names(units: &Units, line: &str) -> String {
    let (mut said, mut rest) = (String::new(), line);
    let mut named: Vec<&str> = Vec::new();
    for unit in named_units(units, line) {
        let code = unit.code.as_str();
        let Some((before, after)) = rest.split_once(code).filter(|_| !named.contains(&code)) else {
            continue;
        };
        said.push_str(&format!("{before}{code} {}", unit.name));
        // A name runs into the words behind it where nothing stands between.
        said.push_str(if after.starts_with(char::is_alphanumeric) { " " } else { "" });
        rest = after;
        named.push(code);
    }
    said + rest
}

/// A unit's code and name.
pub(super) fn unit(units: &Units, code: &str) -> String {
    let unit = code.parse().ok().and_then(|code| units.get(&code));
    unit.map_or_else(|| code.to_owned(), |unit| format!("{code} {}", unit.name))
}

/// A category's code and name.
pub(super) fn category(rules: &Rules, code: &str, lang: Lang) -> String {
    let leaf = code.parse().ok().and_then(|code| rules.taxonomy.category(&code));
    match (leaf, lang) {
        (Some(leaf), Lang::Zh) => format!("{code} {}", leaf.zh),
        (Some(leaf), Lang::En) => format!("{code} {}", leaf.en),
        (None, _) => code.to_owned(),
    }
}

/// A category's name in Chinese, as it stands in a report.
pub(super) fn category_name(rules: &Rules, code: &str) -> String {
    let leaf = code.parse().ok().and_then(|code| rules.taxonomy.category(&code));
    leaf.map_or_else(|| code.to_owned(), |leaf| leaf.zh.clone())
}

/// A context flag's name; the code where the rules do not know it.
pub(super) fn flag(rules: &Rules, code: &str, lang: Lang) -> String {
    match (rules.taxonomy.flag(code), lang) {
        (Some(flag), Lang::Zh) => flag.zh.clone(),
        (Some(flag), Lang::En) => flag.en.clone(),
        (None, _) => code.to_owned(),
    }
}

/// The leaves of the taxonomy.
pub(super) fn categories(rules: &Rules, lang: Lang) -> Vec<Choice> {
    let leaf = |leaf: &dengwen_rules::Category| Choice {
        code: leaf.code.to_string(),
        name: if lang == Lang::Zh { leaf.zh.clone() } else { leaf.en.clone() },
    };
    rules.taxonomy.categories().iter().map(leaf).collect()
}

/// The referral directory.
pub(super) fn referrals(rules: &Rules, lang: Lang) -> Vec<Choice> {
    let referral = |referral: &dengwen_rules::Referral| Choice {
        code: referral.code.to_string(),
        name: format!("{} {}", referral_name(referral, lang), referral.line).trim_end().to_owned(),
    };
    rules.taxonomy.referrals().iter().map(referral).collect()
}

/// The body that a matter is referred to; its code where the rules do not know it.
pub(super) fn referral(rules: &Rules, code: &str, lang: Lang) -> String {
    let known = code.parse().ok().and_then(|code| rules.taxonomy.referral(&code));
    known.map_or_else(|| code.to_owned(), |referral| referral_name(referral, lang).to_owned())
}

/// The rules name bodies in Chinese; one that is newer than its English name keeps the Chinese.
fn referral_name(referral: &dengwen_rules::Referral, lang: Lang) -> &str {
    let english = lang.told("referral", referral.code.as_str()).filter(|_| lang == Lang::En);
    english.unwrap_or(&referral.zh)
}

/// O1 to O5: O6 has a procedure of its own.
pub(super) fn outcomes(rules: &Rules, lang: Lang) -> Vec<Choice> {
    let o6 = format!("{:?}", Outcome::O6);
    let outcomes = rules.taxonomy.outcomes().iter().filter(|outcome| outcome.code != o6);
    outcomes
        .map(|outcome| Choice {
            code: outcome.code.clone(),
            name: if lang == Lang::Zh { outcome.zh.clone() } else { outcome.en.clone() },
        })
        .collect()
}

/// G01 to G20. The rules name them in Chinese; one that is newer than its English name keeps the Chinese.
pub(super) fn measures(rules: &Rules, lang: Lang) -> Vec<Choice> {
    let english = |code: &str| lang.told("measure", code).filter(|_| lang == Lang::En);
    let name = |code: &str, chinese: &str| english(code).unwrap_or(chinese).to_owned();
    let measures = rules.taxonomy.measures().iter();
    measures
        .map(|measure| Choice { code: measure.code.clone(), name: name(&measure.code, &measure.zh) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_named_behind_its_code_once_in_a_line() {
        let units = Units::sample().unwrap();
        let line = "990121-ZZB C2：不得转990121-ZZB，上提一级至990100-ZZB";
        let (county, city) = ("中共清岚县委组织部", "中共临沅市委组织部");
        assert_eq!(
            with_names(&units, line),
            format!("990121-ZZB {county} C2：不得转990121-ZZB，上提一级至990100-ZZB {city}")
        );
        assert_eq!(with_names(&units, "R1 990999-ZZQ 不详"), "R1 990999-ZZQ 不详");
    }
}
