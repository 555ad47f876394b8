//! Sentences and clauses of a normalised text.

use std::ops::Range;

/// Ends a sentence.
fn ends_sentence(chars: &[char], at: usize) -> bool {
    match chars[at] {
        '。' | '!' | '?' | ';' | '\n' | '…' => true,
        '.' => stands_alone(chars, at),
        _ => false,
    }
}

/// A full stop and a comma between digits belong to a number.
fn stands_alone(chars: &[char], at: usize) -> bool {
    let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_alphanumeric);
    !(digit(at.checked_sub(1).and_then(|before| chars.get(before))) && digit(chars.get(at + 1)))
}

fn ends_clause(chars: &[char], at: usize) -> bool {
    ends_sentence(chars, at)
        || matches!(chars[at], ':' | '"')
        || (chars[at] == ',' && stands_alone(chars, at))
}

fn split(chars: &[char], ends: impl Fn(&[char], usize) -> bool) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in 0..chars.len() {
        if ends(chars, at) {
            if at > start {
                parts.push(start..at);
            }
            start = at + 1;
        }
    }
    if chars.len() > start {
        parts.push(start..chars.len());
    }
    parts
}

/// Sentences without their end marks.
pub(crate) fn sentences(chars: &[char]) -> Vec<Range<usize>> {
    split(chars, ends_sentence)
}

/// Clauses: what stands between two marks, quotes included.
pub(crate) fn clauses(chars: &[char]) -> Vec<Range<usize>> {
    split(chars, ends_clause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, split: fn(&[char]) -> Vec<Range<usize>>) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        split(&chars).into_iter().map(|range| chars[range].iter().collect()).collect()
    }

    #[test]
    fn numbers_are_not_cut() {
        assert_eq!(texts("花了3,000元,走了.完", clauses), ["花了3,000元", "走了", "完"]);
        assert_eq!(texts("2026.7.3提的。真的!", sentences), ["2026.7.3提的", "真的"]);
        assert!(texts("。。!!", sentences).is_empty());
    }
}
