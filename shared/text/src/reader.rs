//! The reader: everything shipped with the crate, put together once and shared.

use std::ops::Range;
use std::sync::Arc;

use dengwen_model::CategoryCode;
use dengwen_rules::Units;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::classify::Verdict;
use crate::extract::gazetteer::Gazetteer;
use crate::extract::place::Fineness;
use crate::extract::{Extract, FormText, Lists, Source, exposure, facts, leadership, person};
use crate::lexicon::Hit;
use crate::link::{Ingredients, LinkKey};
use crate::rarity::{NEVER_BITS, Rarity};
use crate::reading::FoundSubject;
use crate::sign::{Sign, Signs};
use crate::{Classifier, Facts, LexiconError, Model, Normal, Reading, TipText, substance};

/// Most pairs that are weighed for rarity; a longer text has its rarest among the first.
const MOST_PAIRS: usize = 4000;

/// Bits of surprise below which a pair is in every other text.
const LEAST_BITS: u8 = 3;
/// The same of a given name, so that it is no common word.
const NAME_BITS: u8 = 7;
/// Reads tips. Make one at start and share it; reading takes `&self` and keeps nothing.
#[derive(Debug)]
pub struct Reader {
    classifier: Classifier,
    leaves: Vec<CategoryCode>,
    gazetteer: Gazetteer,
    rarity: Rarity,
    units: Arc<Units>,
    key: LinkKey,
    zone: TimeZone,
}

/// A text and what was found in it.
struct Seen {
    normal: Normal,
    hits: Vec<Hit>,
    signs: Signs,
}

/// A reader cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// The shipped vocabulary.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// The model names a leaf that cannot be one.
    #[error("the model's leaf number {0} is not a category code")]
    Leaf(usize),
    /// The model file.
    #[error(transparent)]
    Model(#[from] crate::ModelError),
}

impl Reader {
    /// A reader with the model shipped in this crate.
    ///
    /// # Errors
    /// [`ReaderError`]: none in a build that passed its tests.
    pub fn new(units: Arc<Units>, key: LinkKey) -> Result<Self, ReaderError> {
        Self::with_model(units, key, Model::shipped()?)
    }

    /// A reader with a model of the site's own, as the `train` example makes one.
    ///
    /// # Errors
    /// [`ReaderError`] where the model names leaves that are no category codes.
    pub fn with_model(units: Arc<Units>, key: LinkKey, model: Model) -> Result<Self, ReaderError> {
        let parse = |(at, leaf): (usize, &String)| leaf.parse().map_err(|_| ReaderError::Leaf(at));
        let leaves = model.leaves.iter().enumerate().map(parse).collect::<Result<Vec<CategoryCode>, _>>()?;
        if leaves.is_empty() {
            return Err(ReaderError::Leaf(0));
        }
        let classifier = Classifier::new(model)?;
        let gazetteer = Gazetteer::new(&units, &classifier.script)?;
        let rarity = Rarity::shipped();
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        Ok(Self { classifier, leaves, gazetteer, rarity, units, key, zone })
    }

    /// The same reader over another state of the register.
    ///
    /// # Errors
    /// [`ReaderError::Lexicon`] where the register's names cannot be searched.
    pub fn with_units(self, units: Arc<Units>) -> Result<Self, ReaderError> {
        let gazetteer = Gazetteer::new(&units, &self.classifier.script)?;
        Ok(Self { gazetteer, units, ..self })
    }

    /// Version of the model.
    pub fn version(&self) -> &str {
        &self.classifier.model.version
    }

    /// Reads one tip. Bounded in time and memory whatever the text is.
    pub fn read(&self, tip: &TipText<'_>) -> Reading {
        let script = &self.classifier.script;
        let normal = Normal::new(tip.text, script);
        let hits = self.classifier.lexicon.scan(&normal);
        let signs = self.classifier.signs.scan(&normal);
        let mut verdict = self.classifier.verdict(&normal, &hits, &signs);
        let day = tip.received_at.to_zoned(self.zone.clone()).date();
        let form = FormText::of(&tip.form, &self.gazetteer, |field: &str| Normal::new(field, script));
        let common = |a, b| self.rarity.common(a, b);
        let known = |a, b| self.rarity.known(a, b);
        let written = |text: &str| Normal::new(text, script);
        let lists = Lists {
            gazetteer: &self.gazetteer,
            units: &self.units,
            common: &common,
            known: &known,
            normal: &written,
        };
        let received = tip.text;
        let source = Source { text: &normal, signs: &signs, received, disclaimed: &verdict.disclaimers, day };
        let extract = Extract::of(source, &tip.form, &form, &lists);
        let seen = Seen { normal, hits, signs };
        let told = substance::tells_enough(
            &seen.normal,
            &seen.signs,
            self.set_phrases(&seen.hits),
            &extract,
            &self.rarity,
            |name| {
                self.gazetteer.is_official(name)
                    || person::is_name(name, &self.gazetteer, |a, b| self.rarity.known(a, b))
            },
        );
        // An emergency is heard in two words.
        let urgent = |leaf: usize| self.leaves[leaf].as_str() == "X14" && !verdict.abstained;
        let told = told || verdict.ranked.first().is_some_and(|(leaf, _)| urgent(*leaf));
        if !told {
            self.leave_to_a_person(&mut verdict, &seen.signs);
        }
        self.reading(tip, &seen, verdict, extract, day, told)
    }

    /// Where the set phrases stand that say nothing about the matter.
    fn set_phrases<'h>(&'h self, hits: &'h [Hit]) -> impl Iterator<Item = Range<usize>> + 'h {
        let set = hits.iter().filter(|hit| self.classifier.lexicon.is_boilerplate(hit.group));
        set.map(|hit| hit.start as usize..hit.end as usize)
    }

    /// Too little is told: no leaf is likelier than the others, and "no substance" (X13) is what can be said.
    /// Words of an emergency are heard all the same.
    fn leave_to_a_person(&self, verdict: &mut Verdict, signs: &Signs) {
        /// Share of the confidence that is left.
        const LEFT: f64 = 0.1;
        verdict.abstained = true;
        verdict.secondary.clear();
        verdict.evidence.clear();
        let flat = 1.0 / self.leaves.len() as f64;
        for (_, share) in &mut verdict.ranked {
            *share = LEFT * *share + (1.0 - LEFT) * flat;
        }
        let proper = if signs.has(Sign::Emergency) { "X14" } else { "X13" };
        let top = verdict.ranked.first().map_or(flat, |(_, share)| *share);
        if let Some(leaf) = self.leaves.iter().position(|leaf| leaf.as_str() == proper) {
            verdict.ranked.retain(|(ranked, _)| *ranked != leaf);
            verdict.ranked.insert(0, (leaf, top));
        }
    }

    fn reading(
        &self,
        tip: &TipText<'_>,
        seen: &Seen,
        verdict: Verdict,
        extract: Extract,
        day: Date,
        told: bool,
    ) -> Reading {
        let normal = &seen.normal;
        let leaf = verdict.ranked.first().map_or(0, |(leaf, _)| *leaf);
        let category = self.leaves[leaf].clone();
        let secondary: Vec<CategoryCode> =
            verdict.secondary.iter().map(|&leaf| self.leaves[leaf].clone()).collect();
        let facts = self.facts(tip, seen, &category, &secondary, &verdict, &extract);
        let mut ingredients = self.ingredients(normal, &seen.hits, &verdict, &extract, day);
        ingredients.another = seen.signs.has(Sign::AnotherMatter);
        // Two texts that only point to their files (详见附件) are no copies of one another.
        let elsewhere = tip.form.attachments.is_some() || seen.signs.has(Sign::Pointer);
        if told || !elsewhere {
            ingredients.exact = normal.bare().collect();
        }
        let signature = ingredients.signature(&self.key);
        let shown = |range: std::ops::Range<usize>, why: String| {
            let span = normal.received(range);
            let text = tip.text.chars().skip(span.start).take(span.len()).collect();
            dengwen_model::Evidence { start: span.start, end: span.end, text, why }
        };
        let mut subjects = extract.subjects;
        leadership::put_first(category.as_str(), &mut subjects);
        let unsubjected =
            matches!(category.as_str(), "X11" | "X12" | "X14") && tip.form.subject_name.is_none();
        Reading {
            confidence: verdict.ranked.first().map_or(0.0, |(_, share)| *share),
            candidates: verdict
                .ranked
                .iter()
                .take(3)
                .map(|&(leaf, share)| (self.leaves[leaf].clone(), share))
                .collect(),
            category,
            secondary,
            abstained: verdict.abstained,
            told,
            evidence: verdict.evidence.into_iter().map(|(range, why)| shown(range, why)).collect(),
            subjects: if unsubjected { Vec::new() } else { subjects },
            identity: extract.reporter.identity,
            facts,
            dates: extract.dates.iter().filter(|d| d.day.is_some()).filter_map(|d| d.date()).collect(),
            amounts: extract.amounts,
            signature,
            version: self.version().to_owned(),
        }
    }

    fn facts(
        &self,
        tip: &TipText<'_>,
        seen: &Seen,
        category: &CategoryCode,
        secondary: &[CategoryCode],
        verdict: &Verdict,
        extract: &Extract,
    ) -> Facts {
        let Seen { normal, signs, .. } = seen;
        let told_of = |sign| signs.within(0..normal.len(), sign).any(|at| !extract.aside(at.start));
        // Who intercedes may be named beside the body that is leaned on; who leaks sat where it was known.
        // The office of a committee or a government (县委办主任) has not the rank of its seat.
        let office = |found: &FoundSubject| {
            let ends = |field: &Option<String>, tails: &[&str]| {
                field.as_deref().is_some_and(|field| tails.iter().any(|tail| field.ends_with(tail)))
            };
            ends(&found.subject.title, &["主任"])
                && ends(&found.subject.org, &["县委", "区委", "市委", "旗委", "政府", "办"])
        };
        let high = |found: &FoundSubject| {
            let rank = found.subject.rank_code.as_ref();
            rank.is_some_and(|rank| matches!(rank.as_str(), "0131" | "0132")) && !office(found)
        };
        let leaned_on_from_above =
            category.as_str() == "A04" && (told_of(Sign::CountyHead) || extract.subjects.iter().any(high));
        let leaked_by_the_department =
            matches!(category.as_str(), "A13" | "E02") && told_of(Sign::OrgDepartment);
        let mut found = Facts {
            reporter_named: extract.reporter.named,
            contact_given: extract.reporter.contact,
            signers: extract.reporter.signers,
            joint: extract.reporter.joint,
            upper_level_subject: (extract.upper_level || leaned_on_from_above)
                && !received_above_county(tip.received_by),
            org_dept_subject: extract.org_department
                || leaked_by_the_department
                || exposure::doubts_the_handlers(&normal.chars, signs)
                || (extract.committee && received_above_county(tip.received_by)),
            ..Facts::default()
        };
        let act = category.as_str() != "X13" && normal.len() >= 8 && !verdict.evidence.is_empty();
        let figures = facts::Figures {
            dates: extract.dates.len(),
            numbers: extract.numbers.iter().filter(|n| n.value >= 2.0).count(),
            amounts: extract.amounts.len(),
        };
        facts::concrete(&mut found, signs, figures, act);
        found.document |= tip.form.attachments.is_some();
        let secondary: Vec<&str> = secondary.iter().map(CategoryCode::as_str).collect();
        facts::circumstances(&mut found, signs, normal.len(), category.as_str(), &secondary);
        found.not_downward = exposure::asks_not_down(&normal.chars, signs);
        found.reporter_identifiable = exposure::gives_reporter_away(&normal.chars, signs);
        found
    }

    fn ingredients(
        &self,
        normal: &Normal,
        hits: &[Hit],
        verdict: &Verdict,
        extract: &Extract,
        day: Date,
    ) -> Ingredients {
        // Set phrases say nothing about the matter: two letters share them as two forms share a heading.
        let mut open = vec![true; normal.len()];
        for range in self.set_phrases(hits) {
            open[range].fill(false);
        }
        // Who and where are compared by themselves: without them the wording tells what happened.
        let named = extract.persons.iter().map(|p| &p.range).chain(extract.orgs.iter().map(|o| &o.range));
        let placed = extract.posts.iter().map(|p| &p.range).chain(extract.places.iter().map(|p| &p.range));
        for range in named.chain(placed) {
            open[range.clone()].fill(false);
        }
        let main = &extract.drafts;
        for name in main.iter().flat_map(|draft| draft.names()) {
            close(&normal.chars, name, &mut open);
        }
        let mut made = Ingredients::default();
        let first = main.first();
        made.sure = first.is_some_and(|draft| draft.surname.is_some());
        made.heads = first.and_then(|draft| draft.post.as_ref()).is_some_and(|post| post.heads());
        made.persons.push(first.and_then(|draft| draft.name.clone()).unwrap_or_default());
        made.surnames.push(first.and_then(|draft| draft.surname.clone()).unwrap_or_default());
        if made.persons[0].is_empty() && made.surnames[0].is_empty() {
            // The post stands apart from the name (团县委那个小周 … 挂副书记): the first person named.
            let aside = |at: usize| extract.reporter.aside.iter().any(|range| range.contains(&at));
            let reports = |name: &Option<String>| {
                name.as_ref().is_some_and(|name| extract.reporter.names.contains(name))
            };
            let spoken_of = |p: &&person::Person| !aside(p.range.start) && !reports(&p.name);
            if let Some(person) = extract.persons.iter().find(spoken_of) {
                made.persons[0] = person.name.clone().unwrap_or_default();
                made.surnames[0].clone_from(&person.surname);
            }
        }
        let others = main.iter().skip(1).map(|d| (d.name.clone(), d.surname.clone()));
        let named = extract.persons.iter().map(|p| (p.name.clone(), Some(p.surname.clone())));
        for (name, surname) in others.chain(named) {
            if name.as_ref().is_some_and(|name| extract.reporter.names.contains(name)) {
                continue;
            }
            made.persons.extend(name.filter(|name| !made.persons.contains(name)));
            made.surnames.extend(surname.filter(|surname| !made.surnames.contains(surname)));
        }
        let bodies = main.iter().filter_map(|draft| draft.org.as_ref()).chain(&extract.orgs);
        for org in bodies {
            let core = (org.core.clone(), org.listed);
            if !made.orgs.contains(&core) && made.orgs.len() < 2 {
                made.orgs.push(core);
            }
        }
        made.roles =
            main.iter().take(2).filter_map(|draft| draft.post.as_ref().map(|post| post.kind())).collect();
        made.roles.dedup();
        let named = |fineness| {
            extract.place(fineness).and_then(|place| particular(place.stem(), place.code.is_some()))
        };
        made.places = [Fineness::County, Fineness::Township, Fineness::Village].map(named);
        if made.places[0].is_none() {
            made.places[0] = named(Fineness::City);
            made.wide = true;
        }
        for date in &extract.dates {
            made.months.push(format!("{}-{}", date.year, date.month));
            if let Some(day) = date.day {
                made.days.push(format!("{}-{}-{day}", date.year, date.month));
            }
        }
        made.months.dedup();
        made.years.clone_from(&extract.years);
        made.amounts.clone_from(&extract.amounts);
        made.amounts.dedup();
        made.counts = extract.telling(&normal.chars);
        made.words = self.words(normal, &open);
        made.given = made.persons.iter().map(|name| self.given(name)).collect();
        made.leaves = verdict.ranked.iter().take(3).map(|&(leaf, share)| (leaf as u8 + 1, share)).collect();
        let epoch = jiff::civil::date(2000, 1, 1);
        made.received =
            epoch.until(day).map_or(0, |span| span.get_days().clamp(0, i32::from(u16::MAX)) as u16);
        made
    }

    /// The last two characters of a full name, where they are no common word.
    fn given(&self, name: &str) -> Option<([char; 2], u8)> {
        let chars: Vec<char> = name.chars().collect();
        let pair: [char; 2] = chars.last_chunk().copied()?;
        let bits = self.rarity.bits(pair[0], pair[1]);
        (bits >= NAME_BITS).then_some((pair, bits))
    }

    /// Pairs of neighbouring characters in what is `open`: outside names, bodies, places and posts. A pair that
    /// nobody has seen between two that are words is the seam of the two (食堂|承包), and tells nothing.
    fn words(&self, normal: &Normal, open: &[bool]) -> Vec<([char; 2], u8)> {
        let content = |at: usize| {
            let c = normal.chars[at];
            open[at] && crate::extract::place::han(c) && !substance::FUNCTION.contains(c)
        };
        let bits = |at: usize| self.rarity.bits(normal.chars[at - 1], normal.chars[at]);
        let word = |at: usize| (1..normal.len()).contains(&at) && bits(at) < NEVER_BITS;
        (1..normal.len())
            .filter(|&at| content(at - 1) && content(at))
            .map(|at| (at, bits(at)))
            .filter(|&(at, bits)| {
                bits >= LEAST_BITS && (bits < NEVER_BITS || !(word(at - 1) && word(at + 1)))
            })
            .map(|(at, bits)| ([normal.chars[at - 1], normal.chars[at]], bits))
            .take(MOST_PAIRS)
            .collect()
    }
}

/// Shuts every place at which the name stands, also where nothing around it shows that it is one.
fn close(chars: &[char], name: &str, open: &mut [bool]) {
    let name: Vec<char> = name.chars().collect();
    if name.len() < 2 {
        return;
    }
    for at in 0..=chars.len().saturating_sub(name.len()) {
        if chars[at..].starts_with(&name) {
            open[at..at + name.len()].fill(false);
        }
    }
}

/// The name that tells a place from others: 清江 of 清江经济开发区, nothing of 开发区.
fn particular(stem: &str, listed: bool) -> Option<String> {
    const KINDS: [&str; 6] = ["经济技术", "经济", "高新技术", "经开区", "管委会", "经开"];
    const NONE: [&str; 3] = ["开发区", "高新区", "自治县"];
    let name = KINDS.iter().find_map(|kind| stem.strip_suffix(kind)).unwrap_or(stem);
    let told = name.chars().count() >= 2 && (listed || !NONE.contains(&name));
    told.then(|| name.to_owned())
}

/// Whether the receiving body is a province's or a city's: then a county leader is not above it.
fn received_above_county(received_by: Option<&str>) -> bool {
    received_by.is_some_and(|by| {
        let code: String = by.chars().take_while(char::is_ascii_digit).collect();
        (code.len() >= 6 && code.get(4..6) == Some("00")) || by.contains("省委") || by.contains("市委")
    })
}
