//! The file `routing.yaml`, read and checked against the taxonomy.

use std::collections::{HashMap, HashSet};

use dengwen_model::{CategoryCode, RankCode, ReferralCode};
use serde::Deserialize;

use super::table::{ConflictInfo, PostRule, RankRule, ReferralUnit, RoutingTable, ScopeProfile, Vertical};
use crate::error::RulesError;
use crate::taxonomy::Taxonomy;
use crate::units::{Level, UnitKind};
use crate::yaml::{Located, RULES_FILE, Source, line_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoutingFile {
    version: String,
    scope_profile: ScopeProfile,
    narrow_referral: NarrowReferral,
    levels: Vec<LevelRow>,
    posts: Vec<PostRule>,
    vertical: Vec<Vertical>,
    head_titles: Vec<String>,
    deputy_titles: Vec<String>,
    ranks: Vec<Located<RankRule>>,
    protective_categories: Vec<Located<CategoryCode>>,
    urgent_categories: Vec<Located<CategoryCode>>,
    co_handlers: Vec<CoHandler>,
    referral_units: Vec<ReferralUnitRow>,
    conflicts: Vec<Located<ConflictInfo>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NarrowReferral {
    default: Located<ReferralCode>,
    categories: Vec<NarrowRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NarrowRow {
    category: Located<CategoryCode>,
    referral: Located<ReferralCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelRow {
    level: Located<Level>,
    ranks: Vec<Located<RankCode>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CoHandler {
    category: Located<CategoryCode>,
    name_ends: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferralUnitRow {
    referral: Located<ReferralCode>,
    kind: Option<UnitKind>,
    #[serde(default)]
    name_ends: Vec<String>,
    #[serde(default)]
    by_rank: bool,
}

/// The file and what its codes must be found in.
#[derive(Clone, Copy)]
struct Checked<'a> {
    source: Source<'a>,
    taxonomy: &'a Taxonomy,
}

impl Checked<'_> {
    fn category(self, code: Located<CategoryCode>) -> Result<CategoryCode, RulesError> {
        match self.taxonomy.category(&code.value) {
            Some(_) => Ok(code.value),
            None => Err(self.source.error(line_of(&code), format!("unknown category {}", code.value))),
        }
    }

    fn referral(self, code: Located<ReferralCode>) -> Result<ReferralCode, RulesError> {
        match self.taxonomy.referral(&code.value) {
            Some(_) => Ok(code.value),
            None => Err(self.source.error(line_of(&code), format!("unknown referral {}", code.value))),
        }
    }

    fn rank(self, code: &RankCode, line: u64) -> Result<usize, RulesError> {
        let unknown = || self.source.error(line, format!("unknown rank {code}"));
        self.taxonomy.seniority(code).ok_or_else(unknown)
    }

    fn categories(self, codes: Vec<Located<CategoryCode>>) -> Result<HashSet<CategoryCode>, RulesError> {
        codes.into_iter().map(|code| self.category(code)).collect()
    }
}

pub(super) fn parse(source: Source<'_>, taxonomy: &Taxonomy) -> Result<RoutingTable, RulesError> {
    let file: RoutingFile = source.parse(RULES_FILE)?;
    let checked = Checked { source, taxonomy };
    Ok(RoutingTable {
        version: file.version,
        profile: file.scope_profile,
        narrow_default: checked.referral(file.narrow_referral.default)?,
        narrow: narrow(checked, file.narrow_referral.categories)?,
        levels: levels(checked, file.levels)?,
        posts: file.posts,
        vertical: file.vertical,
        head_titles: file.head_titles,
        deputy_titles: file.deputy_titles,
        ranks: ranks(checked, file.ranks)?,
        protective: checked.categories(file.protective_categories)?,
        urgent: checked.categories(file.urgent_categories)?,
        co_handlers: co_handlers(checked, file.co_handlers)?,
        referral_units: referral_units(checked, file.referral_units)?,
        conflicts: conflicts(source, file.conflicts)?,
    })
}

fn narrow(
    checked: Checked<'_>,
    rows: Vec<NarrowRow>,
) -> Result<HashMap<CategoryCode, ReferralCode>, RulesError> {
    rows.into_iter()
        .map(|row| Ok((checked.category(row.category)?, checked.referral(row.referral)?)))
        .collect()
}

fn levels(checked: Checked<'_>, rows: Vec<LevelRow>) -> Result<HashMap<Level, usize>, RulesError> {
    let mut levels = HashMap::new();
    for row in rows {
        let line = line_of(&row.level);
        let mut highest = None;
        for rank in &row.ranks {
            let seniority = checked.rank(&rank.value, line_of(rank))?;
            highest = Some(highest.map_or(seniority, |top: usize| top.min(seniority)));
        }
        let Some(highest) = highest else {
            return Err(checked.source.error(line, "a level that manages no rank is left out"));
        };
        if levels.insert(row.level.value, highest).is_some() {
            return Err(checked.source.error(line, "this level stands twice"));
        }
    }
    Ok(levels)
}

fn ranks(checked: Checked<'_>, rows: Vec<Located<RankRule>>) -> Result<Vec<RankRule>, RulesError> {
    for row in &rows {
        for rank in [&row.value.head, &row.value.deputy, &row.value.other] {
            checked.rank(rank, line_of(row))?;
        }
    }
    Ok(rows.into_iter().map(|row| row.value).collect())
}

fn co_handlers(
    checked: Checked<'_>,
    rows: Vec<CoHandler>,
) -> Result<HashMap<CategoryCode, Vec<String>>, RulesError> {
    let mut handlers: HashMap<CategoryCode, Vec<String>> = HashMap::new();
    for row in rows {
        handlers.entry(checked.category(row.category)?).or_default().push(row.name_ends);
    }
    Ok(handlers)
}

fn referral_units(
    checked: Checked<'_>,
    rows: Vec<ReferralUnitRow>,
) -> Result<HashMap<ReferralCode, ReferralUnit>, RulesError> {
    let mut units = HashMap::new();
    for row in rows {
        let line = line_of(&row.referral);
        if row.kind.is_none() && row.name_ends.is_empty() {
            return Err(checked.source.error(line, "a referral unit has a kind or name_ends"));
        }
        let unit = ReferralUnit { kind: row.kind, name_ends: row.name_ends, by_rank: row.by_rank };
        if units.insert(checked.referral(row.referral)?, unit).is_some() {
            return Err(checked.source.error(line, "this referral stands twice"));
        }
    }
    Ok(units)
}

fn conflicts(source: Source<'_>, rows: Vec<Located<ConflictInfo>>) -> Result<Vec<ConflictInfo>, RulesError> {
    let mut seen = HashSet::new();
    for row in &rows {
        if !seen.insert(row.value.code) {
            return Err(source.error(line_of(row), format!("conflict {} stands twice", row.value.code)));
        }
    }
    Ok(rows.into_iter().map(|row| row.value).collect())
}
