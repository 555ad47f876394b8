//! Posts, bodies, divisions and registered units, found by one automaton.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use daachorse::CharwiseDoubleArrayAhoCorasick;
use dengwen_model::RegionCode;
use dengwen_rules::Units;

use super::names::NameLists;
use super::place::Fineness;
use super::{org_words, place};
use crate::lexicon::{LexiconError, lines};
use crate::{Normal, Script};

/// How a post leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lead {
    /// Heads a body of its own.
    Whole,
    /// Party secretary.
    Party,
    /// Heads a section or sits in one.
    Part,
    /// A village post.
    Village,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A post.
    Title(Lead),
    /// A body, with its core.
    Department(String),
    /// A division, with its code.
    Division(RegionCode),
    /// A unit of the register: its place there.
    Unit(usize),
    /// What a body's name may end with; whether such a body is the seat of a place (党委, 政府).
    BodyEnding(bool),
    /// What a place's name ends with.
    PlaceSuffix(Fineness),
}

/// A word found, with one meaning.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found<'g> {
    pub(crate) range: Range<usize>,
    pub(crate) meaning: &'g Meaning,
}

/// The lists, ready to search.
pub(crate) struct Gazetteer {
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    meanings: Vec<Vec<Meaning>>,
    /// How names begin.
    pub(crate) names: &'static NameLists,
    officials: HashSet<Vec<char>>,
}

impl std::fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gazetteer({} words)", self.meanings.len())
    }
}

impl Gazetteer {
    /// The shipped lists and the register's names.
    ///
    /// # Errors
    /// [`LexiconError`] where a shipped list is broken.
    pub(crate) fn new(units: &Units, script: &Script) -> Result<Self, LexiconError> {
        let mut words: HashMap<String, Vec<Meaning>> = HashMap::new();
        titles(&mut words)?;
        departments(&mut words)?;
        divisions(&mut words)?;
        for (ending, seat) in org_words::ENDINGS {
            words.entry((*ending).to_owned()).or_default().push(Meaning::BodyEnding(*seat));
        }
        for (suffix, fineness) in place::SUFFIXES {
            words.entry((*suffix).to_owned()).or_default().push(Meaning::PlaceSuffix(*fineness));
        }
        for (place, unit) in units.iter().enumerate() {
            for name in unit.names() {
                let name: String = Normal::new(name, script).as_str().to_owned();
                if name.chars().count() >= 3 {
                    words.entry(name).or_default().push(Meaning::Unit(place));
                }
            }
        }
        let mut words: Vec<(String, Vec<Meaning>)> = words.into_iter().collect();
        words.sort_by(|a, b| a.0.cmp(&b.0));
        let automaton = CharwiseDoubleArrayAhoCorasick::new(words.iter().map(|(word, _)| word))
            .map_err(|error| LexiconError::Automaton(error.to_string()))?;
        Ok(Self {
            automaton,
            meanings: words.into_iter().map(|(_, meanings)| meanings).collect(),
            names: NameLists::get(),
            officials: units
                .iter()
                .flat_map(|unit| unit.people())
                .map(|p| p.name.chars().collect())
                .collect(),
        })
    }

    /// Whether somebody of the register has this name.
    pub(crate) fn is_official(&self, name: &[char]) -> bool {
        self.officials.contains(name)
    }

    /// Every word with each of its meanings, by start, the longest first.
    pub(crate) fn scan(&self, text: &Normal) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for hit in self.automaton.find_overlapping_iter(text.as_str()) {
            let range = text.position(hit.start())..text.position(hit.end());
            for meaning in self.meanings.get(hit.value() as usize).into_iter().flatten() {
                found.push(Found { range: range.clone(), meaning });
            }
        }
        found.sort_by_key(|f| (f.range.start, std::cmp::Reverse(f.range.end)));
        found
    }
}

fn titles(words: &mut HashMap<String, Vec<Meaning>>) -> Result<(), LexiconError> {
    for (line, content) in lines(include_str!("../../data/titles.txt")) {
        let error = LexiconError::Line { file: "titles.txt", line, reason: "POST whole|party|part|village" };
        let Some((word, lead)) = content.split_once(' ') else { return Err(error) };
        let lead = match lead.trim() {
            "whole" => Lead::Whole,
            "party" => Lead::Party,
            "part" => Lead::Part,
            "village" => Lead::Village,
            _ => return Err(error),
        };
        words.entry(word.to_owned()).or_default().push(Meaning::Title(lead));
    }
    Ok(())
}

fn departments(words: &mut HashMap<String, Vec<Meaning>>) -> Result<(), LexiconError> {
    for (line, content) in lines(include_str!("../../data/departments.txt")) {
        let error = LexiconError::Line { file: "departments.txt", line, reason: "CORE: names" };
        let (core, names) = content.split_once(':').ok_or(error)?;
        for name in names.split_whitespace() {
            words.entry(name.to_owned()).or_default().push(Meaning::Department(core.trim().to_owned()));
        }
    }
    Ok(())
}

fn divisions(words: &mut HashMap<String, Vec<Meaning>>) -> Result<(), LexiconError> {
    for (line, content) in lines(include_str!("../../data/divisions.txt")) {
        let error = || LexiconError::Line { file: "divisions.txt", line, reason: "CODE NAME [PRESENT CODE]" };
        let mut fields = content.split_whitespace();
        let code: RegionCode = fields.next().and_then(|code| code.parse().ok()).ok_or_else(error)?;
        let name = fields.next().ok_or_else(error)?;
        if name.chars().count() >= 3 {
            words.entry(name.to_owned()).or_default().push(Meaning::Division(code));
        }
    }
    Ok(())
}
