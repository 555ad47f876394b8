//! What stands in Latin letters in a Chinese report: an address, an account, a greeting. It tells how to reach somebody,
//! and not what was done; a classifier that has seen little of it takes it for an advertisement.

use std::ops::Range;

use crate::extract::place::han;

/// Chinese characters from which a text is a Chinese one.
const CHINESE: usize = 8;
/// Letters and signs from which a run is such a thing, and no abbreviation (KTV, PPT).
const LONG: usize = 4;

/// Ranges of letters, digits and their signs that hold a letter; addresses of the web alone where the text is not a
/// Chinese one.
pub(crate) fn foreign(chars: &[char]) -> Vec<Range<usize>> {
    if chars.iter().filter(|c| han(**c)).take(CHINESE).count() < CHINESE {
        return addresses(chars);
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let run =
            chars[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || "_.@:/?=&%+-#~ ".contains(**c));
        let end = at + run.count();
        if end - at >= LONG && chars[at..end].iter().any(char::is_ascii_alphabetic) {
            found.push(at..end);
        }
        at = end + 1;
    }
    found
}

/// Addresses of the web: of what a page is about their letters tell nothing, and they are many.
fn addresses(chars: &[char]) -> Vec<Range<usize>> {
    const STARTS: [&[char]; 2] = [&['h', 't', 't', 'p'], &['w', 'w', 'w', '.']];
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let length = match STARTS.iter().any(|start| chars[at..].starts_with(start)) {
            true => chars[at..].iter().take_while(|c| c.is_ascii_graphic()).count(),
            false => 1,
        };
        if length > 1 {
            found.push(at..at + length);
        }
        at += length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let foreign = foreign(&chars);
        let kept = |at: &usize| !foreign.iter().any(|range| range.contains(at));
        (0..chars.len()).filter(kept).map(|at| chars[at]).collect()
    }

    #[test]
    fn addresses_and_greetings_are_left_out_and_figures_and_abbreviations_stay() {
        assert_eq!(without("请回复到a_b@example.com,局长收了50000元在KTV"), "请回复到,局长收了50000元在KTV");
        assert_eq!(without("Please investigate. 局长卖官一个位子十万"), "局长卖官一个位子十万");
        assert_eq!(without("Please look at http://example.com 好"), "Please look at  好");
    }
}
