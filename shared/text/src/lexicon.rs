//! The vocabulary: everyday words by what they stand for, and patterns of them by leaf.
//!
//! `data/concepts.txt` groups words into concepts; `data/patterns.txt` lists for each leaf sequences
//! of words or concepts that describe the act. Both are found in one pass by one automaton.

use std::collections::HashMap;
use std::ops::Range;

use daachorse::CharwiseDoubleArrayAhoCorasick;

use crate::Normal;

/// Most characters between two neighbouring parts of a pattern.
const GAP: usize = 12;

/// A group of words: a concept, or the alternatives of one part of a pattern.
pub(crate) type Group = u16;

/// A word found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) group: Group,
}

/// A pattern found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternHit {
    /// Its number in the file.
    pub(crate) pattern: u16,
    pub(crate) range: Range<usize>,
}

#[derive(Debug)]
struct Pattern {
    leaf: String,
    parts: Vec<Group>,
    /// In words, as `“送、塞等”与“提拔、位子等”连用`.
    told: String,
}

/// The data cannot be read. For the shipped data this is a build error that a test finds.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// A line is not of the form the file asks for.
    #[error("{file}, line {line}: {reason}")]
    Line {
        /// Which file.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The automaton cannot be built.
    #[error("the vocabulary cannot be searched: {0}")]
    Automaton(String),
}

/// The vocabulary, ready to search.
pub(crate) struct Lexicon {
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// For each word, the groups it stands in.
    groups: Vec<Vec<Group>>,
    /// Names of the concepts; groups from here on are parts of patterns.
    concepts: Vec<String>,
    patterns: Vec<Pattern>,
    /// The group of set phrases that say nothing about the matter.
    boilerplate: Group,
    /// For each group, the patterns that end with it.
    ending: Vec<Vec<u16>>,
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lexicon({} words, {} patterns)", self.groups.len(), self.patterns.len())
    }
}

impl Lexicon {
    /// The vocabulary shipped with this crate.
    ///
    /// # Errors
    /// [`LexiconError`] where the data are broken.
    pub(crate) fn shipped() -> Result<Self, LexiconError> {
        let mut build = Builder::default();
        build.concepts(include_str!("../data/concepts.txt"))?;
        build.patterns(include_str!("../data/patterns.txt"))?;
        build.boilerplate(include_str!("../data/boilerplate.txt"));
        build.finish()
    }

    /// Names of the concepts.
    #[cfg(test)]
    pub(crate) fn concepts(&self) -> &[String] {
        &self.concepts
    }

    /// Leaf of a pattern.
    pub(crate) fn pattern_leaf(&self, pattern: u16) -> &str {
        self.patterns.get(usize::from(pattern)).map_or("", |p| &p.leaf)
    }

    /// A pattern as an officer reads it.
    pub(crate) fn pattern_told(&self, pattern: u16) -> &str {
        self.patterns.get(usize::from(pattern)).map_or("", |p| &p.told)
    }

    /// Every word of the vocabulary in the text, by start.
    pub(crate) fn scan(&self, text: &Normal) -> Vec<Hit> {
        let mut hits = Vec::new();
        for found in self.automaton.find_overlapping_iter(text.as_str()) {
            let start = text.position(found.start()) as u32;
            let end = text.position(found.end()) as u32;
            for &group in self.groups.get(found.value() as usize).into_iter().flatten() {
                hits.push(Hit { start, end, group });
            }
        }
        hits.sort_by_key(|hit| (hit.start, hit.end, hit.group));
        hits
    }

    /// Whether the group is a concept of its own, not a part of a pattern.
    pub(crate) fn is_concept(&self, group: Group) -> bool {
        usize::from(group) < self.concepts.len()
    }

    /// Whether the group is a set phrase that says nothing about the matter.
    pub(crate) fn is_boilerplate(&self, group: Group) -> bool {
        group == self.boilerplate
    }

    /// Patterns found within one sentence; `hits` are those of the sentence.
    pub(crate) fn patterns(&self, hits: &[Hit], found: &mut Vec<PatternHit>) {
        let first = found.len();
        for (at, hit) in hits.iter().enumerate() {
            for &number in self.ending.get(usize::from(hit.group)).into_iter().flatten() {
                if found[first..].iter().any(|hit| hit.pattern == number) {
                    continue;
                }
                let Some(pattern) = self.patterns.get(usize::from(number)) else { continue };
                let before = pattern.parts.len().saturating_sub(1);
                if let Some(start) = backwards(&pattern.parts[..before], &hits[..at], hit.start) {
                    let range = start.unwrap_or(hit.start) as usize..hit.end as usize;
                    found.push(PatternHit { pattern: number, range });
                }
            }
        }
    }
}

/// Matches the parts from the last to the first among the hits before `limit`. `Some(None)` for no parts.
fn backwards(parts: &[Group], hits: &[Hit], limit: u32) -> Option<Option<u32>> {
    let Some((last, rest)) = parts.split_last() else { return Some(None) };
    for (at, hit) in hits.iter().enumerate().rev() {
        if hit.start as usize + GAP + 24 < limit as usize {
            return None;
        }
        if hit.group == *last
            && hit.end <= limit
            && (limit - hit.end) as usize <= GAP
            && let Some(start) = backwards(rest, &hits[..at], hit.start)
        {
            return Some(Some(start.unwrap_or(hit.start)));
        }
    }
    None
}

#[derive(Default)]
struct Builder {
    words: HashMap<String, Vec<Group>>,
    concepts: Vec<String>,
    by_name: HashMap<String, Group>,
    /// The first word of each concept, which stands for it where a pattern is told.
    first_words: HashMap<String, String>,
    parts: HashMap<String, Group>,
    next: Group,
    patterns: Vec<Pattern>,
    boilerplate: Group,
}

impl Builder {
    fn concepts(&mut self, text: &str) -> Result<(), LexiconError> {
        for (line, content) in lines(text) {
            let error = |reason| LexiconError::Line { file: "concepts.txt", line, reason };
            let (name, words) = content.split_once(':').ok_or_else(|| error("NAME: words"))?;
            let group = self.next;
            self.next += 1;
            if self.by_name.insert(name.trim().to_owned(), group).is_some() {
                return Err(error("the concept stands twice"));
            }
            self.concepts.push(name.trim().to_owned());
            let first = words.split_whitespace().next().unwrap_or_default();
            self.first_words.insert(name.trim().to_owned(), first.to_owned());
            for word in words.split_whitespace() {
                self.word(word, group);
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str, group: Group) {
        let groups = self.words.entry(word.to_owned()).or_default();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }

    fn patterns(&mut self, text: &str) -> Result<(), LexiconError> {
        for (line, content) in lines(text) {
            let error = |reason| LexiconError::Line { file: "patterns.txt", line, reason };
            let (leaf, parts) = content.split_once(':').ok_or_else(|| error("LEAF: parts"))?;
            let mut groups = Vec::new();
            for part in parts.split_whitespace() {
                groups.push(self.part(part).ok_or_else(|| error("no such concept"))?);
            }
            if groups.is_empty() {
                return Err(error("no parts"));
            }
            let told = self.told(parts);
            self.patterns.push(Pattern { leaf: leaf.trim().to_owned(), parts: groups, told });
        }
        Ok(())
    }

    /// The parts of a pattern in words: of each the first two alternatives, a concept by its first word.
    fn told(&self, parts: &str) -> String {
        const SHOWN: usize = 2;
        let word = |alternative: &str| match alternative.strip_prefix('@') {
            Some(concept) => self.first_words.get(concept).cloned().unwrap_or_default(),
            None => alternative.to_owned(),
        };
        let part = |part: &str| {
            let words: Vec<String> = part.split('|').take(SHOWN).map(word).collect();
            let more = part.contains('@') || part.split('|').nth(SHOWN).is_some();
            format!("“{}{}”", words.join("、"), if more { "等" } else { "" })
        };
        let parts: Vec<String> = parts.split_whitespace().map(part).collect();
        match parts.as_slice() {
            [one] => format!("有{one}一类说法"),
            several => format!("{}连用", several.join("与")),
        }
    }

    fn boilerplate(&mut self, text: &str) {
        self.boilerplate = self.next;
        self.next += 1;
        for (_, phrase) in lines(text) {
            self.word(phrase, self.boilerplate);
        }
    }

    /// `a|b|@CONCEPT` as one group.
    fn part(&mut self, part: &str) -> Option<Group> {
        if let Some(name) = part.strip_prefix('@').filter(|name| !name.contains('|')) {
            return self.by_name.get(name).copied();
        }
        if let Some(group) = self.parts.get(part) {
            return Some(*group);
        }
        let group = self.next;
        self.next += 1;
        for alternative in part.split('|') {
            if let Some(name) = alternative.strip_prefix('@') {
                let concept = *self.by_name.get(name)?;
                for groups in self.words.values_mut().filter(|groups| groups.contains(&concept)) {
                    if !groups.contains(&group) {
                        groups.push(group);
                    }
                }
            } else {
                self.word(alternative, group);
            }
        }
        self.parts.insert(part.to_owned(), group);
        Some(group)
    }

    fn finish(self) -> Result<Lexicon, LexiconError> {
        let mut words: Vec<(String, Vec<Group>)> = self.words.into_iter().collect();
        words.sort();
        let automaton = CharwiseDoubleArrayAhoCorasick::new(words.iter().map(|(word, _)| word))
            .map_err(|error| LexiconError::Automaton(error.to_string()))?;
        let mut ending = vec![Vec::new(); usize::from(self.next)];
        for (number, pattern) in (0u16..).zip(&self.patterns) {
            if let Some(last) = pattern.parts.last() {
                ending[usize::from(*last)].push(number);
            }
        }
        let groups = words.into_iter().map(|(_, groups)| groups).collect();
        Ok(Lexicon {
            automaton,
            groups,
            concepts: self.concepts,
            patterns: self.patterns,
            boilerplate: self.boilerplate,
            ending,
        })
    }
}

/// Lines that say something, numbered from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Script;

    #[test]
    fn the_shipped_vocabulary_is_whole() {
        let lexicon = Lexicon::shipped().unwrap();
        assert!(lexicon.concepts().len() > 50);
        assert!(lexicon.patterns.len() > 100);
    }

    #[test]
    fn a_pattern_is_told_in_words() {
        let lexicon = Lexicon::shipped().unwrap();
        for pattern in &lexicon.patterns {
            let inner = |c: char| c.is_ascii_uppercase() || matches!(c, '@' | '|');
            assert!(!pattern.told.is_empty() && !pattern.told.contains(inner), "{}", pattern.told);
        }
        let mut build = Builder::default();
        build.concepts("MONEY: 现金 红包").unwrap();
        build.patterns("A02: 送|给|塞 @MONEY 当上").unwrap();
        build.patterns("A02: 买官|卖官").unwrap();
        let told: Vec<String> = build.finish().unwrap().patterns.into_iter().map(|p| p.told).collect();
        assert_eq!(told, ["“送、给等”与“现金等”与“当上”连用", "有“买官、卖官”一类说法"]);
    }

    #[test]
    fn a_pattern_is_a_sequence_with_small_gaps() {
        let mut build = Builder::default();
        build.concepts("MONEY: 现金 红包").unwrap();
        build.patterns("A02: 送|给 @MONEY 当上").unwrap();
        let lexicon = build.finish().unwrap();
        let found = |text: &str| {
            let text = Normal::new(text, &Script::shipped());
            let mut found = Vec::new();
            lexicon.patterns(&lexicon.scan(&text), &mut found);
            found.len()
        };
        assert_eq!(found("送了现金才当上的"), 1);
        assert_eq!(found("当上了以后送的现金"), 0);
        assert_eq!(found("送了一二三四五六七八九十一二三四五六七现金才当上"), 0);
    }
}
