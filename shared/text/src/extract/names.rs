//! How people's names begin (`data/surnames.txt`).

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use crate::hashes::{AsIs, pair_number};
use crate::lexicon::lines;

static LISTS: LazyLock<NameLists> = LazyLock::new(NameLists::read);

/// Surnames, and what looks like one and is none.
#[derive(Debug)]
pub struct NameLists {
    surnames: Vec<char>,
    doubled: Vec<[char; 2]>,
    /// Parts of Mongolian, Tibetan and Uyghur names, by their first character.
    foreign: HashMap<char, Vec<Vec<char>>>,
    /// Common words that begin with a surname's character.
    no_names: HashSet<u64, BuildHasherDefault<AsIs>>,
    /// How much likelier a character stands in a given name than elsewhere, in bits (`data/given.txt`).
    given: HashMap<char, f32>,
}

fn given() -> HashMap<char, f32> {
    let rows = lines(include_str!("../../data/given.txt")).filter_map(|(_, line)| line.split_once(' '));
    let rows = rows.filter_map(|(bits, chars)| Some((bits.parse::<f32>().ok()?, chars)));
    rows.flat_map(|(bits, chars)| chars.chars().map(move |c| (c, bits))).collect()
}

impl NameLists {
    /// The lists.
    pub fn get() -> &'static Self {
        &LISTS
    }

    fn read() -> Self {
        let mut content = lines(include_str!("../../data/surnames.txt")).map(|(_, line)| line);
        let mut surnames: Vec<char> = content.next().unwrap_or_default().chars().collect();
        surnames.sort_unstable();
        let pair = |name: &str| <[char; 2]>::try_from(name.chars().collect::<Vec<_>>()).ok();
        let doubled = content.next().unwrap_or_default().split_whitespace().filter_map(pair).collect();
        let mut foreign: HashMap<char, Vec<Vec<char>>> = HashMap::new();
        for part in content.next().unwrap_or_default().split_whitespace() {
            let part: Vec<char> = part.chars().collect();
            foreign.entry(part[0]).or_default().push(part);
        }
        let words = content.next().unwrap_or_default().split_whitespace().filter_map(pair);
        let no_names = words.map(|[a, b]| pair_number(a, b)).collect();
        Self { surnames, doubled, foreign, no_names, given: given() }
    }

    /// How much likelier these characters are a given name than anything else: bits a character, -8 to 8.
    pub fn given_bits(&self, chars: &[char]) -> f32 {
        let bits: f32 = chars.iter().map(|c| self.given.get(c).copied().unwrap_or(0.0)).sum();
        bits / chars.len().max(1) as f32
    }

    /// Whether the characters are no surname and what is given with it.
    pub fn unlike_name(&self, name: &[char]) -> bool {
        // Two characters may be a name by chance more easily than three.
        let least = if name.len() == 2 { 3.0 } else { 0.5 };
        self.surname(name, 0) == 0 || name.get(1..).is_none_or(|given| self.given_bits(given) < least)
    }

    /// Whether the two characters at `at` begin a common word, so that no name begins there.
    pub fn begins_no_name(&self, chars: &[char], at: usize) -> bool {
        match (chars.get(at), chars.get(at + 1)) {
            (Some(&a), Some(&b)) => self.no_names.contains(&pair_number(a, b)),
            _ => false,
        }
    }

    /// Characters of a surname that the text has at `at`: 2, 1 or 0.
    pub fn surname(&self, chars: &[char], at: usize) -> usize {
        match (chars.get(at), chars.get(at + 1)) {
            (Some(&a), Some(&b)) if self.doubled.contains(&[a, b]) => 2,
            (Some(a), _) if self.surnames.binary_search(a).is_ok() => 1,
            _ => 0,
        }
    }

    /// Length of a name put together from parts of Mongolian, Tibetan or Uyghur names at `at`.
    pub fn foreign_name(&self, chars: &[char], at: usize) -> usize {
        let mut end = at;
        for _ in 0..3 {
            let rest = &chars[end.min(chars.len())..];
            let parts = rest.first().and_then(|first| self.foreign.get(first)).into_iter().flatten();
            let Some(part) = parts.filter(|part| rest.starts_with(part)).max_by_key(|part| part.len()) else {
                break;
            };
            end += part.len();
        }
        end - at
    }
}
