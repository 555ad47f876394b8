//! Finding one's way along the characters of a text: gaps, clauses, where words begin and end.

/// Longest clause that is looked at, in characters.
const NEAR: usize = 30;

/// A passage of a text: where it begins, and how long it is.
pub(super) type Passage = (usize, usize);

pub(super) fn is_han(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c) || ('\u{3400}'..='\u{4DBF}').contains(&c)
}

/// Where each of the words ends in the text.
pub(super) fn ends_of<'a>(chars: &'a [char], words: &'a [&'a str]) -> impl Iterator<Item = usize> + 'a {
    words.iter().flat_map(move |word| {
        let word: Vec<char> = word.chars().collect();
        let length = word.len();
        (length..=chars.len()).filter(move |&end| chars[end - length..end] == word[..])
    })
}

pub(super) fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '\u{3000}')
}

/// The length of the word, where the text begins with it.
pub(super) fn starting(chars: &[char], word: &str) -> usize {
    let length = word.chars().count();
    if word.chars().eq(chars.iter().copied().take(length)) { length } else { 0 }
}

pub(super) fn ends_clause(c: char) -> bool {
    matches!(
        c,
        '，' | ','
            | '。'
            | '；'
            | ';'
            | '！'
            | '!'
            | '？'
            | '?'
            | '\n'
            | '：'
            | ':'
            | '“'
            | '”'
            | '"'
            | '（'
            | '('
            | '）'
            | ')'
    )
}

/// The length of the clause that begins at `from`.
pub(super) fn clause_ahead(chars: &[char], from: usize) -> usize {
    chars[from..].iter().take(NEAR).take_while(|c| !ends_clause(**c)).count()
}

/// The length of the clause before `to`.
pub(super) fn clause_before(chars: &[char], to: usize) -> usize {
    chars[..to].iter().rev().take(NEAR).take_while(|c| !ends_clause(**c)).count()
}
