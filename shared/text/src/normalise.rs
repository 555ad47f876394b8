//! Brings a tip as received into one spelling, with a map back to the reporter's own characters.
//!
//! NFKC a character at a time, traditional to simplified, one kind of each punctuation mark, lower
//! case, nothing invisible. Spaces go, line breaks stay (they end a sentence); where spaces stand as stops, as in
//! messages without marks, it is remembered where. Every character of the result knows the scalar position it came from, so that any span found here can be shown in the
//! text as received.

use std::ops::Range;

use dengwen_model::is_invisible;
use unicode_normalization::UnicodeNormalization;

use crate::script::Script;

/// Longest part of a tip that is read, in Unicode scalars. The web form takes 1,000, long letters run
/// to some 5,000; what lies beyond is kept and shown, but not read by the machine.
pub const READ_LIMIT: usize = 20_000;

/// A text in one spelling and where each of its characters came from.
#[derive(Debug, Clone, Default)]
pub struct Normal {
    /// The characters.
    pub chars: Vec<char>,
    /// For each character, its scalar position in the text as received.
    origin: Vec<u32>,
    /// The same characters as UTF-8.
    text: String,
    /// For each character, the byte at which it starts in `text`.
    bytes: Vec<u32>,
    /// Positions before which a space stands as a stop.
    stops: Vec<u32>,
    /// Whether the text as received was longer than [`READ_LIMIT`].
    pub cut: bool,
}

impl Normal {
    /// Normalises the first [`READ_LIMIT`] scalars of `received`.
    pub fn new(received: &str, script: &Script) -> Self {
        let mut normal = Self::default();
        for (position, c) in received.chars().enumerate() {
            if position >= READ_LIMIT {
                normal.cut = true;
                break;
            }
            normal.take(position as u32, c, script);
        }
        normal.keep_stops();
        normal
    }

    /// A space between two ideographs is a stop where two characters or more stand on both its sides before the
    /// next: 县　长 and 张 三 丰 are written apart and have none.
    fn keep_stops(&mut self) {
        let Self { chars, stops, .. } = self;
        let (all, end) = (std::mem::take(stops), chars.len() as u32);
        let around = |at: usize| {
            let before = at.checked_sub(1).map_or(0, |before| all[before]);
            let after = all.get(at + 1).copied().unwrap_or(end);
            all[at] - before >= 2 && after - all[at] >= 2
        };
        let ideographs = |at: usize| han(chars[at - 1]) && chars.get(at).is_some_and(|c| han(*c));
        let kept = (0..all.len()).filter(|&at| around(at) && ideographs(all[at] as usize));
        *stops = kept.map(|at| all[at]).collect();
    }

    /// Whether a space that stands as a stop comes before this character.
    pub(crate) fn stops_before(&self, at: usize) -> bool {
        self.stops.binary_search(&(at as u32)).is_ok()
    }

    fn take(&mut self, position: u32, c: char, script: &Script) {
        match c {
            '\u{4e00}'..='\u{9fff}' => self.push(position, script.simplified(c)),
            'a'..='z' | '0'..='9' => self.push(position, c),
            '\n' | '\u{2028}' | '\u{2029}' => self.push(position, '\n'),
            _ if c.is_whitespace() => self.space(),
            _ if is_invisible(c) || c.is_control() => {}
            _ => {
                for folded in std::iter::once(c).nfkc() {
                    for lower in folded.to_lowercase() {
                        if !(is_invisible(lower) || lower.is_control() || lower.is_whitespace()) {
                            self.push(position, script.simplified(punctuation(lower)));
                        }
                    }
                }
            }
        }
    }

    fn space(&mut self) {
        let at = self.chars.len() as u32;
        if at > 0 && self.stops.last() != Some(&at) {
            self.stops.push(at);
        }
    }

    fn push(&mut self, position: u32, c: char) {
        self.bytes.push(self.text.len() as u32);
        self.chars.push(c);
        self.origin.push(position);
        self.text.push(c);
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// The character position of a byte position that starts a character (or of the end).
    pub fn position(&self, byte: usize) -> usize {
        self.bytes.partition_point(|&start| (start as usize) < byte)
    }

    /// The normalised characters of a range.
    pub fn slice(&self, range: Range<usize>) -> &str {
        let start = self.bytes.get(range.start).map_or(self.text.len(), |&b| b as usize);
        let end = self.bytes.get(range.end).map_or(self.text.len(), |&b| b as usize);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The scalar range of the text as received that a normalised range came from.
    pub fn received(&self, range: Range<usize>) -> Range<usize> {
        if range.start >= range.end || range.start >= self.origin.len() {
            return 0..0;
        }
        let last = range.end.min(self.origin.len()) - 1;
        self.origin[range.start] as usize..self.origin[last] as usize + 1
    }

    /// Whether something was left out before a character: as a rule a space.
    pub(crate) fn gap_before(&self, at: usize) -> bool {
        let here = self.origin.get(at).copied().unwrap_or_default();
        at.checked_sub(1).and_then(|before| self.origin.get(before)).is_some_and(|before| here > before + 1)
    }

    /// Only letters, digits and ideographs: what two copies of one text share however they are
    /// punctuated.
    pub fn bare(&self) -> impl Iterator<Item = char> + '_ {
        self.chars.iter().copied().filter(|c| c.is_alphanumeric())
    }
}

fn han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

/// One mark for each kind, in the half-width form NFKC gives where it gives one.
fn punctuation(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '「' | '」' | '『' | '』' | '〝' | '〞' | '＂' | '«' | '»' | '《' | '》'
        | '〈' | '〉' => '"',
        '‘' | '’' | '‚' | '‛' | '`' | '´' => '\'',
        '【' | '〔' | '〖' | '[' | '{' => '(',
        '】' | '〕' | '〗' | ']' | '}' => ')',
        '。' | '｡' | '．' => '。',
        '﹐' | '،' => ',',
        '–' | '—' | '―' | '‐' | '‑' | '−' | '～' | '~' | '﹣' => '-',
        '·' | '•' | '・' | '‧' => '·',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Normal {
        Normal::new(text, &Script::shipped())
    }

    #[test]
    fn one_spelling_for_width_script_and_invisible_characters() {
        let plain = normal("举报县财政局长收受30万元");
        let disguised = normal("舉\u{200b}報縣財\u{202e}政局\u{feff}長 收受３０萬元");
        assert_eq!(plain.as_str(), disguised.as_str());
    }

    #[test]
    fn spans_point_into_the_text_as_received() {
        let received = "　舉\u{200b}報：縣　長";
        let n = normal(received);
        let at = n.as_str().find("县长").map(|b| n.position(b)).unwrap();
        let range = n.received(at..at + 2);
        let shown: String = received.chars().skip(range.start).take(range.len()).collect();
        assert_eq!(shown, "縣　長");
    }

    #[test]
    fn spaces_stand_as_stops_but_not_between_single_characters() {
        let stops = |text: &str| -> Vec<usize> {
            let n = normal(text);
            (0..n.len()).filter(|&at| n.stops_before(at)).collect()
        };
        assert_eq!(stops(" 农技站 宁守田 站长　卖种 2026年 "), [3, 6, 8]);
        assert!(stops("县　长 张 三 丰 ").is_empty());
        assert!(stops("").is_empty() && stops("  ").is_empty());
    }

    #[test]
    fn a_flood_is_cut_and_combining_marks_are_dropped() {
        let n = normal(&"啊".repeat(READ_LIMIT + 5));
        assert!(n.cut);
        assert_eq!(n.len(), READ_LIMIT);
        assert_eq!(normal("a\u{301}\u{301}\u{301}b").as_str(), "ab");
        assert!(normal("\u{202e}\u{200f}\u{fe0f} \t").is_empty());
    }
}
