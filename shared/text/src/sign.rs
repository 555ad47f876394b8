//! Signs: lists of words that rules ask for (`data/signs.txt`), all found in one pass over the text.
//!
//! A rule that looks for each of its words by itself reads the text once a word; there are some 900 words.

use std::collections::BTreeMap;
use std::ops::Range;

use daachorse::CharwiseDoubleArrayAhoCorasick;

use crate::Normal;
use crate::lexicon::{LexiconError, lines};

macro_rules! signs {
    ($($name:ident,)*) => {
        /// A list of words. What each is for stands above it in the file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Sign { $($name),* }

        impl Sign {
            const ALL: &[(&str, Self)] = &[$((stringify!($name), Self::$name)),*];
        }
    };
}

signs! {
    Time, Place, People, Document, Candidate, Unpublished, Appointed, Post, Village, TermChange,
    Reported, OwnCase, Money, GhostPay, Kin, Bribe, BudgetHeads, StepLeftOut, OwnPeople, TooSoon, Formality, ToldOn, VoteGift, Posted, Not, Send, Near, Please, Above, ByAbove, Check, NoPassing, NearPlace,
    NoGiving, Local, Straight, AskAbove, Elsewhere, Me, OnlyMe, Knows, Knowing, AtOnce, TellsMe, Unit,
    InAll, NoMore, Few, OnlyI, AmI, Whole, Sole, Guess, Perhaps, Handlers, Leak, Inspectors, Whether, WhoNamed, Who,
    Recommended, DisclaimsFrom, DisclaimsAll, Reproach, Introduces, HeadPost, KinOf, Unwilling, Declared,
    Undeclared, SurnameOnly, Jointly, AllOfUs, Publicity, InPublicity, NoPublicity, Vetted, BeingVetted,
    InElection, Media, ToldBefore, Repeatedly, ToldAgain, PassedOn, PassedByRule, Inspection, Audit,
    VettingTeam, AppraisalTeam, Review, CheckTeam, OrgDepartment, CountyHead, Empty, Pointer, Charge, Emergency,
    Prompt, ForOthers, SparedBefore, SparedAfter, PraisedAfter, PlaceTaken, NotMeant, ShortAct, LawBody, LawPost, LawHead, AnotherMatter,
}

/// Several signs, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Set(u128);

impl Set {
    fn of(sign: Sign) -> Self {
        Self(1 << sign as u32)
    }

    fn has(self, sign: Sign) -> bool {
        self.0 & Self::of(sign).0 != 0
    }
}

/// The lists, ready to search.
pub(crate) struct SignLists {
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// For each word, the lists that hold it.
    sets: Vec<Set>,
}

impl std::fmt::Debug for SignLists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignLists({} words)", self.sets.len())
    }
}

impl SignLists {
    /// The lists shipped with this crate.
    ///
    /// # Errors
    /// [`LexiconError`] where the file is broken.
    pub(crate) fn shipped() -> Result<Self, LexiconError> {
        Self::parse(include_str!("../data/signs.txt"))
    }

    fn parse(text: &str) -> Result<Self, LexiconError> {
        let mut words: BTreeMap<&str, Set> = BTreeMap::new();
        let mut met = Set::default();
        for (line, content) in lines(text) {
            let error = |reason| LexiconError::Line { file: "signs.txt", line, reason };
            let (name, list) = content.split_once(": ").ok_or_else(|| error("NAME: words"))?;
            let sign = Sign::ALL.iter().find(|(known, _)| *known == name).map(|(_, sign)| *sign);
            let sign = sign.filter(|sign| !met.has(*sign)).ok_or_else(|| error("no such list, or twice"))?;
            met.0 |= Set::of(sign).0;
            for word in list.split_whitespace() {
                words.entry(word).or_default().0 |= Set::of(sign).0;
            }
        }
        let automaton = CharwiseDoubleArrayAhoCorasick::new(words.keys())
            .map_err(|error| LexiconError::Automaton(error.to_string()))?;
        Ok(Self { automaton, sets: words.into_values().collect() })
    }

    /// All signs of a text.
    pub(crate) fn scan(&self, text: &Normal) -> Signs {
        let mut signs = Signs::default();
        for found in self.automaton.find_overlapping_iter(text.as_str()) {
            let Some(&set) = self.sets.get(found.value() as usize) else { continue };
            let (start, end) = (text.position(found.start()) as u32, text.position(found.end()) as u32);
            signs.all.0 |= set.0;
            signs.found.push(Found { start, end, set });
        }
        signs.found.sort_unstable_by_key(|found| (found.start, found.end));
        signs
    }
}

#[derive(Debug, Clone, Copy)]
struct Found {
    start: u32,
    end: u32,
    set: Set,
}

/// Parts in their order: a sign, and at most how many characters lie before it since the part before.
pub(crate) type Phrase = [(Sign, usize)];

/// The signs of one text and where they stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signs {
    all: Set,
    /// By start.
    found: Vec<Found>,
}

impl Signs {
    /// Whether the text has a word of the list.
    pub(crate) fn has(&self, sign: Sign) -> bool {
        self.all.has(sign)
    }

    /// Words of the list that lie within the range, by start.
    pub(crate) fn within(&self, range: Range<usize>, sign: Sign) -> impl Iterator<Item = Range<usize>> + '_ {
        let first = if self.has(sign) { self.first_from(range.start) } else { self.found.len() };
        self.found[first..]
            .iter()
            .take_while(move |found| (found.start as usize) < range.end)
            .filter(move |found| found.set.has(sign) && found.end as usize <= range.end)
            .map(|found| found.start as usize..found.end as usize)
    }

    /// Whether a word of the list lies within the range.
    pub(crate) fn stands(&self, range: Range<usize>, sign: Sign) -> bool {
        self.within(range, sign).next().is_some()
    }

    /// Whether the parts of one of the phrases follow one another in one of the passages.
    pub(crate) fn says(&self, phrases: &[&Phrase], passages: impl FnOnce() -> Vec<Range<usize>>) -> bool {
        let possible: Vec<&&Phrase> =
            phrases.iter().filter(|phrase| phrase.iter().all(|(sign, _)| self.has(*sign))).collect();
        !possible.is_empty()
            && passages().into_iter().any(|passage| {
                possible.iter().any(|phrase| self.goes_on(passage.start..passage.end, passage.end, phrase))
            })
    }

    /// Whether the phrase follows within the passage that ends at `end`, its first part beginning in `open`.
    fn goes_on(&self, open: Range<usize>, end: usize, phrase: &Phrase) -> bool {
        let Some(((sign, _), rest)) = phrase.split_first() else { return true };
        self.found[self.first_from(open.start)..]
            .iter()
            .take_while(|found| (found.start as usize) < open.end)
            .filter(|found| found.set.has(*sign) && found.end as usize <= end)
            .any(|found| {
                let from = found.end as usize;
                let gap = rest.first().map_or(0, |(_, gap)| *gap);
                self.goes_on(from..from + gap + 1, end, rest)
            })
    }

    fn first_from(&self, start: usize) -> usize {
        self.found.partition_point(|found| (found.start as usize) < start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Script;

    #[test]
    fn every_list_of_the_file_has_a_name_and_every_name_a_list() {
        let all: u128 = SignLists::shipped().unwrap().sets.iter().fold(0, |all, set| all | set.0);
        assert_eq!(all.count_ones() as usize, Sign::ALL.len());
        assert!(SignLists::parse("Nobody: 词").is_err());
        assert!(SignLists::parse("Time: 去年\nTime: 今年").is_err());
    }

    #[test]
    fn signs_are_found_where_they_stand() {
        let lists = SignLists::parse("Me: 我 我们\nFew: 三个人\nUnit: 站").unwrap();
        let text = Normal::new("我们站就三个人", &Script::shipped());
        let signs = lists.scan(&text);
        assert!(signs.has(Sign::Me) && !signs.has(Sign::Time));
        assert_eq!(signs.within(0..3, Sign::Unit).next(), Some(2..3));
        assert!(signs.stands(3..7, Sign::Few) && !signs.stands(0..6, Sign::Few));
        let says = |phrase: &Phrase| signs.says(&[phrase], || crate::passages::sentences(&text.chars));
        assert!(says(&[(Sign::Me, 0), (Sign::Unit, 1), (Sign::Few, 1)]));
        assert!(!says(&[(Sign::Me, 0), (Sign::Few, 1)]));
        assert!(!says(&[(Sign::Few, 0), (Sign::Me, 9)]));
    }
}
