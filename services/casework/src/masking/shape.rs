//! What a name looks like: a surname of the list with one or two characters, or the parts of names of other peoples.

use dengwen_text::NameLists;

use super::scan::{is_gap, is_han, starting};

/// The lengths of the Chinese names that could begin at `at`, the longest first: a surname and one or two characters,
/// or parts of names of other peoples. Where a common word begins there is none.
pub(super) fn names_at(chars: &[char], at: usize) -> impl Iterator<Item = usize> + use<> {
    let lists = NameLists::get();
    let foreign = lists.foreign_name(chars, at);
    // 于去年、于今年 begins no name either.
    let in_time = chars.get(at) == Some(&'于')
        && matches!(chars.get(at + 1), Some('去' | '今' | '前' | '上' | '本' | '当' | '同' | '次' | '昨'));
    let surname = if in_time || lists.begins_no_name(chars, at) { 0 } else { lists.surname(chars, at) };
    let rest = chars.get(at + surname..).unwrap_or_default();
    // 邓大为: 为 ends names, and begins none.
    let given = rest.iter().take(2).enumerate();
    let given = given.take_while(|(nth, c)| is_name_character(**c) || (*nth == 1 && **c == '为')).count();
    let lengths = (1..=given).rev().filter(move |_| surname > 0).map(move |given| surname + given);
    (foreign >= 2).then_some(foreign).into_iter().chain(lengths)
}

/// The length of a name that is written with spaces: 李 问渠, 李　问　渠.
pub(super) fn spaced_name(chars: &[char]) -> usize {
    const NO_NAMES: [&str; 10] = ["电话", "手机", "地址", "住址", "单位", "微信", "男", "女", "先生", "女士"];
    let surname = NameLists::get().surname(chars, 0);
    if surname == 0 || run(chars) != surname {
        return 0;
    }
    let (mut end, mut given) = (surname, 0);
    while given < 2 {
        let gap = chars[end..].iter().take(2).take_while(|c| is_gap(**c)).count();
        let part = run(&chars[end + gap..]);
        if gap == 0
            || part == 0
            || given + part > 2
            || NO_NAMES.iter().any(|word| starting(&chars[end + gap..], word) > 0)
        {
            break;
        }
        (end, given) = (end + gap + part, given + part);
    }
    if given == 0 { 0 } else { end }
}

/// Up to four characters that may be of a name; up to twelve with the dot of names that are written in parts.
pub(super) fn run(chars: &[char]) -> usize {
    let longest = chars.iter().take(12).take_while(|c| is_name_character(**c)).count();
    if chars[..longest].contains(&'·') { longest } else { longest.min(4) }
}

fn is_name_character(c: char) -> bool {
    (is_han(c) || c == '·') && !matches!(c, '是' | '在' | '的' | '和' | '与' | '系' | '为')
}

/// Whether the characters are no word that only begins like a name: 水运科, 工程师, 岳父.
pub(super) fn is_no_word(name: &[char]) -> bool {
    const WORDS: [&str; 6] = ["程师", "岳父", "岳母", "常客", "施工", "管理"];
    const ENDS: &str = "局部委办院校所站厂村镇乡县市区科股处室队组会员者户";
    let told: String = name.iter().collect();
    !WORDS.iter().any(|word| told.starts_with(word)) && !name.last().is_some_and(|c| ENDS.contains(*c))
}

/// Whether a name of this length ends there, and is no word.
pub(super) fn is_whole(chars: &[char], at: usize, length: usize) -> bool {
    chars.get(at + length).is_none_or(|c| !is_han(*c)) && is_no_word(&chars[at..at + length])
}
