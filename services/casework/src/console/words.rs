//! Codes, times and choices as words.

use dengwen_model::{Outcome, RuleId};
use dengwen_pages::Lang;
use dengwen_pages::console::{Choice, LimitRow};
use dengwen_rules::{Rules, Units};
use jiff::Timestamp;

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
        owner: limit.owner,
        counted: either(lang, limit.counted, limit.counted_en),
    }
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

/// The referral directory; its bodies have Chinese names alone.
pub(super) fn referrals(rules: &Rules) -> Vec<Choice> {
    let referral = |referral: &dengwen_rules::Referral| Choice {
        code: referral.code.to_string(),
        name: format!("{} {}", referral.zh, referral.line).trim_end().to_owned(),
    };
    rules.taxonomy.referrals().iter().map(referral).collect()
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

/// G01 to G20; measures have Chinese names alone.
pub(super) fn measures(rules: &Rules) -> Vec<Choice> {
    let measures = rules.taxonomy.measures().iter();
    measures.map(|measure| Choice { code: measure.code.clone(), name: measure.zh.clone() }).collect()
}
