//! The name that a reporter gives as their own in Latin letters: My name is …, 我叫 Li Wenqu, Yours, ….

use super::scan::{ends_of, is_han};

/// Longest name, in words.
const WORDS: usize = 4;

pub(super) fn hide(chars: &[char], hidden: &mut [bool]) {
    let lower: Vec<char> = chars.iter().map(char::to_ascii_lowercase).collect();
    let names =
        [called(chars, &lower), in_person(chars, &lower), labelled(chars, &lower), closed(chars, &lower)];
    for (start, end) in names.into_iter().flatten() {
        hidden[start..end].fill(true);
    }
}

/// My name is Li Wenqu, however it is written; not my name is withheld.
fn called(chars: &[char], lower: &[char]) -> Vec<(usize, usize)> {
    const NO_NAMES: [&str; 20] = [
        "not",
        "no",
        "of",
        "on",
        "in",
        "withheld",
        "secret",
        "confidential",
        "unknown",
        "known",
        "irrelevant",
        "unimportant",
        "kept",
        "also",
        "still",
        "to",
        "there",
        "below",
        "above",
        "attached",
    ];
    let mut found = Vec::new();
    for end in ends_of(
        lower,
        &[
            "my name is",
            "my name's",
            "my full name is",
            "i am called",
            "i'm called",
            "signed by",
            "reported by",
            "written by",
        ],
    ) {
        let name = capitalised(chars, end);
        if name.1 > name.0 {
            found.push(name);
            continue;
        }
        // In small letters, where nothing else stands up to the comma.
        let words = words(chars, end, |_| true);
        let first: String =
            words.first().map(|(start, end)| lower[*start..*end].iter().collect()).unwrap_or_default();
        let last = words.last().map_or(end, |(_, end)| *end);
        let closes = chars.get(last).is_none_or(|c| !c.is_ascii_alphanumeric() && *c != '\'' && *c != ' ');
        if (1..WORDS).contains(&words.len()) && closes && !NO_NAMES.contains(&first.as_str()) {
            found.push((words[0].0, last));
        }
    }
    found
}

/// I am Li Wenqu, a clerk: two words or more, and neither I am Director Luo's driver nor I am Chinese.
fn in_person(chars: &[char], lower: &[char]) -> Vec<(usize, usize)> {
    const HEADS: [&str; 12] = [
        "director",
        "deputy",
        "mr",
        "mrs",
        "ms",
        "mayor",
        "secretary",
        "chief",
        "head",
        "party",
        "section",
        "bureau",
    ];
    let person = |end: usize| {
        let (start, end) = capitalised(chars, end);
        let name: String = lower[start..end].iter().collect();
        let names = name.split([' ', '-']).count();
        let of_another = matches!(chars.get(end), Some('\'' | '’'));
        let head = HEADS.iter().any(|head| name.split(' ').any(|word| word == *head));
        (names >= 2 && !of_another && !head).then_some((start, end))
    };
    let begins = |end: &usize, word: usize| {
        (end - word).checked_sub(1).is_none_or(|before| !chars[before].is_alphanumeric())
    };
    ["i am", "i'm", "i’m", "this is"]
        .iter()
        .flat_map(|word| {
            let length = word.chars().count();
            ends_of(lower, std::slice::from_ref(word))
                .filter(move |end| begins(end, length))
                .collect::<Vec<_>>()
        })
        .filter_map(person)
        .collect()
}

/// 举报人：Li Wenqu, 我叫 Li Wenqu, Reporter: Li Wenqu.
fn labelled(chars: &[char], lower: &[char]) -> Vec<(usize, usize)> {
    const LABELS: [&str; 14] = [
        "举报人",
        "反映人",
        "检举人",
        "投诉人",
        "来信人",
        "来电人",
        "联系人",
        "署名",
        "我叫",
        "我名叫",
        "我的名字叫",
        "我的名字是",
        "reporter",
        "signature",
    ];
    LABELS
        .iter()
        .flat_map(|label| {
            let length = label.chars().count();
            ends_of(lower, std::slice::from_ref(label))
                .map(move |end| (end - length, end))
                .collect::<Vec<_>>()
        })
        .filter(|(start, _)| {
            start
                .checked_sub(1)
                .is_none_or(|before| chars[before] != '被' && !chars[before].is_ascii_alphabetic())
        })
        .map(|(_, end)| {
            let link = chars[end..]
                .iter()
                .take(3)
                .take_while(|c| matches!(c, ':' | '：' | ' ' | '\u{3000}' | '是'))
                .count();
            capitalised(chars, end + link)
        })
        .filter(|(start, end)| end > start)
        .collect()
}

/// Yours sincerely, Li Wenqu: the rest of the line behind a closing is a name.
fn closed(chars: &[char], lower: &[char]) -> Vec<(usize, usize)> {
    const CLOSINGS: [&str; 12] = [
        "yours",
        "sincerely",
        "faithfully",
        "truly",
        "respectfully",
        "regards",
        "wishes",
        "signed",
        "thank you",
        "thanks",
        "gratefully",
        "cordially",
    ];
    let mut found = Vec::new();
    for end in ends_of(lower, &CLOSINGS) {
        let marks = chars[end..]
            .iter()
            .take(6)
            .take_while(|c| c.is_whitespace() || matches!(c, ',' | '，' | ':' | '!' | '.'))
            .count();
        let (start, end) = capitalised(chars, end + marks);
        let line = chars[end..].iter().take_while(|c| **c != '\n');
        let rest: Vec<&char> =
            line.filter(|c| !c.is_whitespace() && !matches!(c, '.' | ',' | '，' | '。')).collect();
        let alone = rest.iter().all(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | '+' | '(' | ')'));
        if marks > 0 && end > start && alone {
            found.push((start, end));
        }
    }
    found
}

/// Up to some words that begin with a capital.
fn capitalised(chars: &[char], from: usize) -> (usize, usize) {
    let words = words(chars, from, |first| first.is_ascii_uppercase());
    match (words.first(), words.last()) {
        (Some((start, _)), Some((_, end))) => (*start, *end),
        _ => (from, from),
    }
}

/// The words from here on, with spaces or a dot between them, as long as their first letters fit.
fn words(chars: &[char], from: usize, fits: impl Fn(char) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = from;
    while found.len() < WORDS {
        let gap = chars[at..].iter().take(2).take_while(|c| matches!(c, ' ' | '.')).count();
        let start = at + gap;
        let length = chars[start..].iter().take_while(|c| c.is_ascii_alphabetic() || **c == '-').count();
        if length == 0 || !fits(chars[start]) || (gap == 0 && !found.is_empty()) {
            break;
        }
        at = start + length;
        found.push((start, at));
    }
    // CEO的 and A股 are no names.
    if chars.get(at).is_some_and(|c| is_han(*c)) && found.len() < 2 { Vec::new() } else { found }
}
