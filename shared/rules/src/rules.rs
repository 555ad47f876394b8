//! All rules together: loaded as one, checked against each other, one version.

use std::path::Path;

use dengwen_model::{CategoryCode, HandlingForm, ReferralCode, RuleId, Scope};

use crate::calendar::Calendar;
use crate::deadlines::DeadlineRules;
use crate::error::RulesError;
use crate::routing::{RoutingTable, ScopeProfile};
use crate::taxonomy::Taxonomy;
use crate::units::Units;
use crate::yaml::{RULES_FILE, Source};

/// The rules of a site.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What a tip can be about.
    pub taxonomy: Taxonomy,
    /// Deadlines, with the calendar.
    pub deadlines: DeadlineRules,
    /// Who manages whom.
    pub routing: RoutingTable,
    version: String,
}

/// The texts of the four rules files.
#[derive(Debug, Clone)]
struct Texts {
    taxonomy: String,
    deadlines: String,
    calendar: String,
    routing: String,
}

const TAXONOMY: &str = "taxonomy.yaml";
const DEADLINES: &str = "deadlines.yaml";
const CALENDAR: &str = "calendar.yaml";
const ROUTING: &str = "routing.yaml";

impl Texts {
    fn built_in() -> Self {
        Self {
            taxonomy: include_str!("../data/taxonomy.yaml").to_owned(),
            deadlines: include_str!("../data/deadlines.yaml").to_owned(),
            calendar: include_str!("../data/calendar.yaml").to_owned(),
            routing: include_str!("../data/routing.yaml").to_owned(),
        }
    }

    fn slot(&mut self, file: &str) -> Option<&mut String> {
        match file {
            TAXONOMY => Some(&mut self.taxonomy),
            DEADLINES => Some(&mut self.deadlines),
            CALENDAR => Some(&mut self.calendar),
            ROUTING => Some(&mut self.routing),
            _ => None,
        }
    }
}

impl Rules {
    /// The built-in rules.
    ///
    /// # Errors
    /// None in a build that passed its tests; they are read like an operator's.
    pub fn built_in() -> Result<Self, RulesError> {
        Self::from_texts(&Texts::built_in(), "")
    }

    /// The built-in rules with an operator's files in place of those of the same name
    /// (`taxonomy.yaml`, `deadlines.yaml`, `calendar.yaml`, `routing.yaml`) in `directory`.
    ///
    /// # Errors
    /// The directory or a file cannot be read, a file cannot be used, or a YAML file there has a name
    /// that no rules file has; with file, line and reason.
    pub fn load(directory: Option<&Path>) -> Result<Self, RulesError> {
        let mut texts = Texts::built_in();
        let Some(directory) = directory else { return Self::from_texts(&texts, "") };
        let failed =
            |path: &Path, reason: String| RulesError { file: path.display().to_string(), line: 0, reason };
        let entries = std::fs::read_dir(directory).map_err(|error| failed(directory, error.to_string()))?;
        for entry in entries {
            let path = entry.map_err(|error| failed(directory, error.to_string()))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if !name.ends_with(".yaml") && !name.ends_with(".yml") {
                continue;
            }
            // units.yaml may lie beside the rules; it is imported, not loaded.
            let Some(slot) = texts.slot(name) else {
                if name == "units.yaml" {
                    continue;
                }
                return Err(failed(&path, "no rules file has this name".to_owned()));
            };
            *slot = read(&path).map_err(|reason| failed(&path, reason))?;
        }
        Self::from_texts(&texts, &format!("{}/", directory.display()))
    }

    fn from_texts(texts: &Texts, prefix: &str) -> Result<Self, RulesError> {
        let named = |file: &str| format!("{prefix}{file}");
        let files = [named(TAXONOMY), named(DEADLINES), named(CALENDAR), named(ROUTING)];
        let [taxonomy_file, deadlines_file, calendar_file, routing_file] = &files;
        let taxonomy_source = Source { file: taxonomy_file, text: &texts.taxonomy };
        let taxonomy = Taxonomy::parse(taxonomy_source)?;
        let calendar = Calendar::parse(Source { file: calendar_file, text: &texts.calendar })?;
        let deadlines =
            DeadlineRules::parse(Source { file: deadlines_file, text: &texts.deadlines }, calendar)?;
        let routing = RoutingTable::parse(Source { file: routing_file, text: &texts.routing }, &taxonomy)?;
        check_deadlines(taxonomy_source, &taxonomy, &deadlines)?;
        let version = version(texts, &taxonomy);
        Ok(Self { taxonomy, deadlines, routing, version })
    }

    /// What every decision records: the taxonomy's own version and a hash over all four files, so that
    /// a changed rule is seen even where its version was forgotten.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Takes another scope profile than the file's, as the site's settings say.
    #[must_use]
    pub fn with_profile(mut self, profile: ScopeProfile) -> Self {
        self.routing.set_profile(profile);
        self
    }

    /// The scope of a leaf: under the narrow profile a conditional leaf is outside. `None` for a leaf
    /// that is not in the taxonomy.
    pub fn scope(&self, category: &CategoryCode) -> Option<Scope> {
        let scope = self.taxonomy.category(category)?.scope;
        Some(match (scope, self.routing.profile()) {
            (Scope::Conditional, ScopeProfile::Narrow) => Scope::Out,
            (scope, _) => scope,
        })
    }

    /// Where a leaf outside the scope belongs; `None` for one inside, and for an unknown one.
    pub fn referral(&self, category: &CategoryCode) -> Option<&ReferralCode> {
        let leaf = self.taxonomy.category(category)?;
        let outside = self.scope(category)? == Scope::Out;
        outside.then(|| leaf.referral.as_ref().unwrap_or_else(|| self.routing.narrow_referral(category)))
    }

    /// The handling form that is proposed for a leaf: its own; under the narrow profile a conditional
    /// leaf is transferred (H8). `None` for an unknown leaf.
    pub fn handling(&self, category: &CategoryCode) -> Option<HandlingForm> {
        let leaf = self.taxonomy.category(category)?;
        let referred = leaf.scope == Scope::Conditional && self.scope(category)? == Scope::Out;
        Some(if referred { HandlingForm::H8 } else { leaf.default_handling })
    }

    /// Whether a referral is sent to another body, and not only explained (H5) or kept (H0).
    pub(crate) fn is_transferred(&self, referral: &ReferralCode, handling: HandlingForm) -> bool {
        let sends = matches!(handling, HandlingForm::H6 | HandlingForm::H7 | HandlingForm::H8);
        sends && self.taxonomy.referral(referral).is_some_and(|entry| !entry.channels.is_empty())
    }

    /// What the rules could not work with in a register, in the order of its lines: ranks that a unit manages and the
    /// taxonomy lacks; a committee that is served but not listed, whose leaders would be hidden from the conflicts of
    /// interest; people without a name; and that there is no unit to hand a case to. Nothing of an empty one.
    pub fn check_units(&self, file: &str, units: &Units) -> Vec<RulesError> {
        let unknown = |unit: &crate::Unit| {
            let lacks = |rank: &crate::Manages| self.taxonomy.seniority(&rank.rank_code).is_none();
            let place = unit.manages.iter().position(lacks)?;
            let rank = &unit.manages.get(place)?.rank_code;
            let reason = format!("unit {} manages unknown rank {rank}", unit.code);
            Some(RulesError { file: file.to_owned(), line: units.rank_line(&unit.code, place), reason })
        };
        let mut faults: Vec<RulesError> = no_handler(file, units).into_iter().collect();
        for unit in units.iter() {
            faults.extend(unlisted(file, units, unit));
            faults.extend(nameless(file, units, unit));
            faults.extend(unknown(unit));
        }
        faults
    }
}

/// The committee that a unit serves is not in the register.
fn unlisted(file: &str, units: &Units, unit: &crate::Unit) -> Option<RulesError> {
    let serves = unit.serves.as_ref().filter(|serves| units.get(serves).is_none())?;
    let reason = format!("unit {} serves {serves}, which is not listed", unit.code);
    Some(RulesError { file: file.to_owned(), line: units.serves_line(&unit.code), reason })
}

/// A leader or member of a unit has no name.
fn nameless(file: &str, units: &Units, unit: &crate::Unit) -> Option<RulesError> {
    let place = unit.people().position(|person| person.name.trim().is_empty())?;
    let who = if place < unit.leaders.len() { "leader" } else { "member" };
    let reason = format!("a {who} of unit {} has no name", unit.code);
    Some(RulesError { file: file.to_owned(), line: units.person_line(&unit.code, place), reason })
}

/// Told at the first entry: any of them could be the one that handles.
fn no_handler(file: &str, units: &Units) -> Option<RulesError> {
    let first = units.iter().next()?;
    if units.iter().any(|unit| unit.handles) {
        return None;
    }
    let reason = "no unit of the register may be given cases (handles: true)".to_owned();
    Some(RulesError { file: file.to_owned(), line: units.line(&first.code), reason })
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > u64::try_from(RULES_FILE.bytes).unwrap_or(u64::MAX) {
        return Err(format!("larger than {} bytes", RULES_FILE.bytes));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// A deadline that a handling form or a flag names must exist.
fn check_deadlines(
    source: Source<'_>,
    taxonomy: &Taxonomy,
    deadlines: &DeadlineRules,
) -> Result<(), RulesError> {
    let forms = taxonomy.forms().iter().map(|form| (&form.deadline, form.line));
    let flags = taxonomy.flags().iter().map(|flag| (&flag.deadline, flag.line));
    let unknown = |(rule, line): (&Option<RuleId>, u64)| {
        let rule = rule.as_ref().filter(|rule| deadlines.get(rule).is_none())?;
        Some(source.error(line, format!("unknown deadline rule {rule}")))
    };
    forms.chain(flags).find_map(unknown).map_or(Ok(()), Err)
}

fn version(texts: &Texts, taxonomy: &Taxonomy) -> String {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for text in [&texts.taxonomy, &texts.deadlines, &texts.calendar, &texts.routing] {
        hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    format!("{}+{:08x}", taxonomy.version(), hasher.digest() >> 32)
}
