//! The file `taxonomy.yaml`, read and checked.

use std::collections::HashMap;
use std::hash::Hash;

use dengwen_model::{CategoryCode, HandlingForm, Priority, ReferralCode, RuleId, Scope};
use serde::Deserialize;

use super::{
    Category, ContextFlag, Distinguish, FlagRouting, FormInfo, Group, Measure, MustInvestigate,
    MustInvestigateRule, Outcome, Rank, Referral, Taxonomy,
};
use crate::error::RulesError;
use crate::yaml::{Located, RULES_FILE, Source, line_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaxonomyFile {
    version: String,
    #[serde(rename = "language")]
    _language: String,
    groups: Vec<GroupRow>,
    categories: Vec<CategoryRow>,
    handling_forms: Vec<FormRow>,
    referral_directory: Vec<ReferralRow>,
    must_investigate_rules: Vec<MustRow>,
    context_flags: Vec<FlagRow>,
    outcomes: Vec<Located<Outcome>>,
    measures: Vec<Located<Measure>>,
    rank_codes: Vec<Located<Rank>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupRow {
    code: Located<String>,
    zh: String,
    en: String,
    scope: Scope,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryRow {
    code: Located<CategoryCode>,
    zh: String,
    en: String,
    scope: Scope,
    priority_base: Priority,
    default_handling: HandlingForm,
    referral: Option<Located<ReferralCode>>,
    keywords: Vec<Located<String>>,
    #[serde(default)]
    weak: Vec<Located<String>>,
    #[serde(default)]
    neg: Vec<Located<String>>,
    example: String,
    #[serde(default)]
    distinguish: Vec<Located<Distinguish>>,
    #[serde(default)]
    basis: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormRow {
    code: Located<HandlingForm>,
    zh: String,
    en: String,
    result_required: bool,
    deadline: Option<RuleId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferralRow {
    code: Located<ReferralCode>,
    line: String,
    zh: String,
    channels: Vec<String>,
    by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MustRow {
    code: Located<String>,
    zh: String,
    en: String,
    #[serde(default)]
    categories: Vec<Located<CategoryCode>>,
    #[serde(default)]
    source_kinds: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlagRow {
    code: Located<String>,
    zh: String,
    en: String,
    raise_to: Option<Priority>,
    #[serde(default)]
    step: u8,
    #[serde(default)]
    min_signers: u32,
    #[serde(default)]
    min_sources: u32,
    routing: Option<FlagRouting>,
    deadline: Option<RuleId>,
}

pub(super) fn parse(source: Source<'_>) -> Result<Taxonomy, RulesError> {
    let file: TaxonomyFile = source.parse(RULES_FILE)?;
    check(source, &file)?;
    let categories: Vec<Category> = file.categories.into_iter().map(category).collect();
    let referrals: Vec<Referral> = file.referral_directory.into_iter().map(referral).collect();
    let flags: Vec<ContextFlag> = file.context_flags.into_iter().map(flag).collect();
    let ranks: Vec<Rank> = file.rank_codes.into_iter().map(|rank| rank.value).collect();
    Ok(Taxonomy {
        version: file.version,
        groups: file.groups.into_iter().map(group).collect(),
        by_category: positions(categories.iter().map(|category| category.code.clone())),
        categories,
        forms: file.handling_forms.into_iter().map(form).collect(),
        by_referral: positions(referrals.iter().map(|referral| referral.code.clone())),
        referrals,
        must: must_investigate(file.must_investigate_rules),
        by_flag: positions(flags.iter().map(|flag| flag.code.clone())),
        flags,
        outcomes: file.outcomes.into_iter().map(|outcome| outcome.value).collect(),
        measures: file.measures.into_iter().map(|measure| measure.value).collect(),
        by_rank: positions(ranks.iter().map(|rank| rank.code.clone())),
        ranks,
    })
}

fn positions<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    keys.enumerate().map(|(index, key)| (key, index)).collect()
}

fn check(source: Source<'_>, file: &TaxonomyFile) -> Result<(), RulesError> {
    source.unique("group", file.groups.iter().map(|row| &row.code))?;
    source.unique("category", file.categories.iter().map(|row| &row.code))?;
    source.unique("referral", file.referral_directory.iter().map(|row| &row.code))?;
    source.unique("rule", file.must_investigate_rules.iter().map(|row| &row.code))?;
    source.unique("flag", file.context_flags.iter().map(|row| &row.code))?;
    once(source, "handling form", &file.handling_forms, |row| (row.code.value, line_of(&row.code)))?;
    once(source, "outcome", &file.outcomes, |row| (row.value.code.clone(), line_of(row)))?;
    once(source, "measure", &file.measures, |row| (row.value.code.clone(), line_of(row)))?;
    once(source, "rank", &file.rank_codes, |row| (row.value.code.clone(), line_of(row)))?;
    for row in &file.categories {
        check_category(source, file, row)?;
    }
    for category in file.must_investigate_rules.iter().flat_map(|row| &row.categories) {
        if !file.categories.iter().any(|row| row.code.value == category.value) {
            return Err(source.error(line_of(category), format!("unknown category {}", category.value)));
        }
    }
    for row in &file.must_investigate_rules {
        if !matches!(row.code.value.as_str(), "M1" | "M2" | "M3" | "M4") {
            return Err(source.error(line_of(&row.code), "the rules are M1, M2, M3 and M4"));
        }
    }
    for measure in &file.measures {
        let known = |code: &String| file.outcomes.iter().any(|outcome| outcome.value.code == *code);
        if let Some(unknown) = measure.value.outcomes.iter().find(|code| !known(code)) {
            return Err(source.error(line_of(measure), format!("unknown outcome {unknown}")));
        }
    }
    Ok(())
}

fn check_category(source: Source<'_>, file: &TaxonomyFile, row: &CategoryRow) -> Result<(), RulesError> {
    let line = line_of(&row.code);
    let code = row.code.value.as_str();
    let in_group = |group: &GroupRow| code.starts_with(group.code.value.as_str());
    if !file.groups.iter().any(in_group) {
        return Err(source.error(line, format!("category {code} belongs to no group")));
    }
    if !file.handling_forms.iter().any(|form| form.code.value == row.default_handling) {
        return Err(source.error(line, format!("category {code} has an unknown handling form")));
    }
    match (&row.referral, row.scope) {
        (None, Scope::Out) => return Err(source.error(line, format!("category {code} needs a referral"))),
        (Some(referral), Scope::Out) => {
            if !file.referral_directory.iter().any(|entry| entry.code.value == referral.value) {
                return Err(source.error(line_of(referral), format!("unknown referral {}", referral.value)));
            }
        }
        (Some(referral), Scope::In | Scope::Conditional) => {
            return Err(source.error(line_of(referral), format!("category {code} is in scope: no referral")));
        }
        (None, Scope::In | Scope::Conditional) => {}
    }
    for cue in row.keywords.iter().chain(&row.weak).chain(&row.neg) {
        if cue.value.trim().is_empty() {
            return Err(source.error(line_of(cue), format!("category {code} has an empty keyword")));
        }
    }
    for border in &row.distinguish {
        let from = border.value.from.as_str();
        let known = file.groups.iter().any(|group| group.code.value == from)
            || file.categories.iter().any(|other| other.code.value.as_str() == from);
        if !known {
            return Err(source.error(line_of(border), format!("unknown category or group {from}")));
        }
    }
    Ok(())
}

fn once<R, K: Eq + Hash + std::fmt::Debug>(
    source: Source<'_>,
    what: &str,
    rows: &[R],
    key: impl Fn(&R) -> (K, u64),
) -> Result<(), RulesError> {
    let mut seen = std::collections::HashSet::new();
    for (code, line) in rows.iter().map(key) {
        let reason = format!("{what} {code:?} stands twice");
        if !seen.insert(code) {
            return Err(source.error(line, reason));
        }
    }
    Ok(())
}

fn group(row: GroupRow) -> Group {
    Group { code: row.code.value, zh: row.zh, en: row.en, scope: row.scope }
}

fn category(row: CategoryRow) -> Category {
    let values = |cues: Vec<Located<String>>| cues.into_iter().map(|cue| cue.value).collect();
    let group = row.code.value.as_str().chars().take(1).collect();
    Category {
        code: row.code.value,
        group,
        zh: row.zh,
        en: row.en,
        scope: row.scope,
        priority_base: row.priority_base,
        default_handling: row.default_handling,
        referral: row.referral.map(|referral| referral.value),
        keywords: values(row.keywords),
        weak: values(row.weak),
        neg: values(row.neg),
        example: row.example,
        distinguish: row.distinguish.into_iter().map(|border| border.value).collect(),
        basis: row.basis,
    }
}

fn form(row: FormRow) -> FormInfo {
    FormInfo {
        line: line_of(&row.code),
        code: row.code.value,
        zh: row.zh,
        en: row.en,
        result_required: row.result_required,
        deadline: row.deadline,
    }
}

fn referral(row: ReferralRow) -> Referral {
    Referral { code: row.code.value, line: row.line, zh: row.zh, channels: row.channels, by: row.by }
}

fn flag(row: FlagRow) -> ContextFlag {
    ContextFlag {
        line: line_of(&row.code),
        code: row.code.value,
        zh: row.zh,
        en: row.en,
        raise_to: row.raise_to,
        step: row.step,
        min_signers: row.min_signers,
        min_sources: row.min_sources,
        routing: row.routing,
        deadline: row.deadline,
    }
}

fn must_investigate(rows: Vec<MustRow>) -> MustInvestigate {
    let leader_categories = rows.iter().flat_map(|row| &row.categories).map(|c| c.value.clone()).collect();
    let source_kinds = rows.iter().flat_map(|row| &row.source_kinds).cloned().collect();
    let rules = rows
        .into_iter()
        .map(|row| MustInvestigateRule { code: row.code.value, zh: row.zh, en: row.en })
        .collect();
    MustInvestigate { rules, leader_categories, source_kinds }
}
