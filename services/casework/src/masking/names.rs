//! The name that a reporter gives as their own in a sentence: 我叫…, 我姓…, 我是交通局的…, 举报人：….
//!
//! Whom the report is about stands in sentences like these. A name is the reporter's own only where the sentence says
//! so from its beginning to the name: 我是来举报交通局局长… names another.

use std::collections::BTreeSet;

use dengwen_text::NameLists;

use super::description::{HEADS, TURNS, describes};
use super::scan::{Passage, clause_ahead, ends_of, is_gap, is_han, starting};
use super::shape::{is_no_word, is_whole, names_at, run, spaced_name};
use super::{contacts, forms};

/// Longest sentence before 姓, in characters.
const LONGEST: usize = 30;

pub(super) fn hide(chars: &[char], hidden: &mut [bool]) {
    let ways = [
        labelled(chars),
        called_names(chars),
        bracketed(chars),
        surnames(chars),
        described_names(chars),
        forms::found(chars),
        contacts::found(chars),
    ];
    let found = ways.concat();
    for &(start, length) in &found {
        hidden[start..start + length].fill(true);
    }
    hide_wherever(chars, &found, hidden);
    hide_names_before(chars, hidden);
}

/// Whoever said who they are may be named again: 他当众骂甲乙丙. Not for shorter names, which may be words.
fn hide_wherever(chars: &[char], found: &[Passage], hidden: &mut [bool]) {
    const LEAST: usize = 3;
    let whole =
        |(start, length): &&Passage| *length >= LEAST && names_at(chars, *start).any(|name| name == *length);
    let names: BTreeSet<&[char]> =
        found.iter().filter(whole).map(|(start, length)| &chars[*start..start + length]).collect();
    for name in names {
        for start in (0..chars.len()).filter(|start| chars[*start..].starts_with(name)) {
            hidden[start..start + name.len()].fill(true);
        }
    }
}

/// Words that a name follows: with a colon, in brackets, or at once.
pub(super) const LABELS: [&str; 26] = [
    "举报人",
    "举报者",
    "反映人",
    "反映者",
    "检举人",
    "控告人",
    "投诉人",
    "申诉人",
    "来电人",
    "来电者",
    "来信人",
    "来访人",
    "写信人",
    "信访人",
    "联系人",
    "本人姓名",
    "署名",
    "落款",
    "联名人",
    "具名人",
    "老部下",
    "执笔人",
    "代笔人",
    "代书人",
    "书写人",
    "口述人",
];

/// What may stand between such a word and the colon.
const OF_LABELS: [&str; 17] = [
    "姓名",
    "签名",
    "签字",
    "名字",
    "(签名)",
    "(签字)",
    "（签名）",
    "（签字）",
    "及电话",
    "、电话",
    "和电话",
    "电话",
    "及联系电话",
    "及联系方式",
    "/电话",
    "／电话",
    "及方式",
];

/// 举报人：甲、乙、丙 and 举报人：交通局职工甲, 举报人（甲）, 举报人甲反映.
fn labelled(chars: &[char]) -> Vec<Passage> {
    let mut found = Vec::new();
    for label in LABELS {
        for end in ends_of(chars, &[label]) {
            if is_of_the_accused(chars, end - label.chars().count()) {
                continue;
            }
            let end = end + OF_LABELS.iter().map(|word| starting(&chars[end..], word)).max().unwrap_or(0);
            let start = end + chars[end..].iter().take(4).take_while(|c| is_link(**c)).count();
            if chars[end..start].iter().any(|c| matches!(c, ':' | '：')) {
                found.extend(behind_a_colon(chars, start));
            }
            let names = described(chars, start);
            let behind = names.last().map_or_else(Vec::new, |(at, length)| further(chars, at + length));
            found.extend(names.into_iter().chain(behind));
        }
    }
    found
}

/// Whole names that stand behind one, with spaces or 、 between them: 甲 乙、丙.
pub(super) fn further(chars: &[char], mut at: usize) -> Vec<Passage> {
    let mut found = Vec::new();
    while chars.get(at).is_some_and(|c| is_gap(*c) || *c == '、') {
        let Some(length) = names_at(chars, at + 1).find(|length| is_whole(chars, at + 1, *length)) else {
            break;
        };
        found.push((at + 1, length));
        at += 1 + length;
    }
    found
}

/// 被举报人, 被反映人 is the other one.
pub(super) fn is_of_the_accused(chars: &[char], label: usize) -> bool {
    label.checked_sub(1).is_some_and(|before| chars[before] == '被')
}

fn is_link(c: char) -> bool {
    is_gap(c) || matches!(c, ':' | '：' | '是' | '(' | '（' | '为')
}

/// What stands after a colon is a name whatever it looks like: up to four characters, and further ones after 、, or after
/// a space where nothing else can be meant.
fn behind_a_colon(chars: &[char], mut start: usize) -> Vec<Passage> {
    let mut found = Vec::new();
    loop {
        let length = spaced_name(&chars[start..]).max(run(&chars[start..]));
        found.push((start, length));
        start += length;
        match chars.get(start) {
            Some('、') if length > 0 => start += 1,
            _ => {
                found.extend(further(chars, start));
                return found;
            }
        }
    }
}

/// 我叫甲乙丙, and how people go on: 我叫甲乙丙今年五十岁.
fn called_names(chars: &[char]) -> Vec<Passage> {
    const WORDS: [&str; 11] = [
        "我叫",
        "我名叫",
        "我的名字叫",
        "我的名字是",
        "我的姓名是",
        "我名字叫",
        "我全名叫",
        "我就叫",
        "本人叫",
        "本人名叫",
        "我叫做",
    ];
    // 把我叫去, 让我叫司机.
    let calls = |c: char| matches!(c, '把' | '将' | '让' | '被' | '给' | '跟' | '找' | '要');
    let mut found = Vec::new();
    for word in WORDS {
        for end in ends_of(chars, &[word]) {
            let start = end - word.chars().count();
            if is_quoted(chars, start) || start.checked_sub(1).is_some_and(|before| calls(chars[before])) {
                continue;
            }
            let link = chars[end..].iter().take(2).take_while(|c| is_gap(**c) || matches!(c, ':' | '：'));
            let name = end + link.count();
            found.push((name, called(&chars[name..])));
        }
    }
    found
}

/// 我（甲乙丙）愿意当面说明: a name and nothing else in brackets.
fn bracketed(chars: &[char]) -> Vec<Passage> {
    let mut found = Vec::new();
    for start in ends_of(chars, &["我（", "我(", "本人（", "本人("]) {
        let closes = |length: &usize| matches!(chars.get(start + length), Some(')' | '）'));
        found.extend(names_at(chars, start).find(closes).map(|length| (start, length)));
    }
    found
}

/// The length of the name that whoever says 我叫 gives. 我叫司机把钱送去 gives none.
fn called(chars: &[char]) -> usize {
    const GOES_ON: [&str; 15] = [
        "今年", "现年", "现住", "现在", "家住", "住在", "来自", "男", "女", "原", "举报", "反映", "检举",
        "控告", "实名",
    ];
    let spaced = spaced_name(chars);
    if spaced > 0 {
        return spaced;
    }
    let length = run(chars);
    let ends = |after: Option<&char>| after.is_none_or(|c| !is_han(*c) || matches!(c, '是' | '在' | '系'));
    if ends(chars.get(length)) {
        return length;
    }
    let goes_on = |length: &usize| GOES_ON.iter().any(|word| starting(&chars[*length..], word) > 0);
    names_at(chars, 0).find(goes_on).unwrap_or(0)
}

/// 我姓李, and what follows: 我姓李叫问渠, 我姓李，名问渠. Also in a sentence that began so: 我家住王家村，姓李，叫李问渠.
fn surnames(chars: &[char]) -> Vec<Passage> {
    const CALLED: [&str; 11] =
        ["名字叫", "全名叫", "名叫", "单名一个", "单名", "全名", "大名叫", "大名", "叫做", "叫", "名"];
    let mut found = Vec::new();
    for end in ends_of(chars, &["姓"]).filter(|end| is_own_surname(chars, end - 1)) {
        let surname = NameLists::get().surname(chars, end);
        found.push((end, surname));
        let mut at = end + surname;
        at +=
            chars[at..].iter().take(2).take_while(|c| is_gap(**c) || matches!(c, ',' | '，' | '、')).count();
        let word = CALLED.iter().map(|word| starting(&chars[at..], word)).find(|length| *length > 0);
        if let Some(word) = word.filter(|_| surname > 0) {
            found.push((at + word, called(&chars[at + word..])));
        }
    }
    found
}

/// Whether whoever says 姓 at this place speaks of themself.
fn is_own_surname(chars: &[char], at: usize) -> bool {
    let ends = |c: &char| matches!(c, '。' | '！' | '？' | '；' | '\n' | '：' | ':');
    let length = chars[..at].iter().rev().take(LONGEST).take_while(|c| !ends(c)).count();
    let before: String = chars[at - length..at].iter().collect();
    let at_once = ["我", "本人", "免贵"].iter().any(|word| before.ends_with(word)) || is_modest(&before);
    let goes_on = ["我", "本人"].iter().any(|word| before.starts_with(word)) && before.ends_with([',', '，']);
    let of_others = |words: &[&str]| words.iter().any(|word| before.contains(word));
    let own =
        at_once || (goes_on && !of_others(&TURNS) && !of_others(&HEADS) && !of_others(&["他", "她", "告"]));
    own && !is_quoted(chars, at - length)
}

/// 小弟姓万: the speaker, where nobody's younger brother is spoken of.
fn is_modest(before: &str) -> bool {
    let words = ["小弟", "小妹", "在下", "鄙人", "敝人"];
    let ahead = words.iter().find_map(|word| before.strip_suffix(word));
    ahead.is_some_and(|ahead| ahead.chars().next_back().is_none_or(|c| !is_han(c)))
}

/// Words after which people say who they are.
pub(super) const INTRODUCTIONS: [&str; 14] = [
    "我是",
    "我系",
    "我就是",
    "我本是",
    "我们是",
    "我们系",
    "本人",
    "本人是",
    "本人系",
    "鄙人",
    "鄙人是",
    "敝人",
    "敝人是",
    "这里是",
];

/// 我是甲乙丙，… and 我是交通局的甲乙丙，…
fn described_names(chars: &[char]) -> Vec<Passage> {
    let mut found = Vec::new();
    for word in INTRODUCTIONS {
        let own = |end: &usize| !is_quoted(chars, end - word.chars().count());
        found.extend(ends_of(chars, &[word]).filter(own).flat_map(|end| described(chars, end)));
    }
    found
}

/// 他打电话说：“我是局长…” is somebody else; what a caller says of themself is written up so too.
pub(super) fn is_quoted(chars: &[char], start: usize) -> bool {
    let marks = |c: &&char| matches!(c, '"' | '“' | '「' | '：' | ':' | ',' | '，' | ' ');
    let gap = chars[..start].iter().rev().take(4).take_while(marks).count();
    let Some((said, before)) = chars[..start - gap].split_last() else { return false };
    if !matches!(said, '说' | '称' | '讲' | '喊' | '道' | '吼') {
        return false;
    }
    let who: String = before[before.len().saturating_sub(8)..].iter().collect();
    !["来电", "来访", "来信", "举报", "反映人"].iter().any(|reporter| who.contains(reporter))
}

/// The names of a self-description that begins at `from`: at once, or after words that say what somebody is.
pub(super) fn described(chars: &[char], from: usize) -> Vec<Passage> {
    let length = clause_ahead(chars, from);
    for start in from..from + length {
        let says_who = || start == from || describes(&chars[from..start], true);
        if let Some(names) = listed(chars, start).filter(|_| says_who()) {
            return names;
        }
    }
    Vec::new()
}

/// The names from here on, with 、 between them: 甲、乙. None where what follows is no end of them, as in 甲、乙的同事.
fn listed(chars: &[char], mut at: usize) -> Option<Vec<Passage>> {
    let mut found = Vec::new();
    loop {
        let ends = |name: &usize| {
            let end = at + name;
            is_no_word(&chars[at..end]) && (chars.get(end) == Some(&'、') || ends_name(chars, end))
        };
        let length = names_at(chars, at).find(ends)?;
        found.push((at, length));
        at += length;
        match chars.get(at) {
            Some('、') => at += 1,
            _ => return Some(found),
        }
    }
}

/// Whether a name may end here: the clause ends, or goes on with what somebody says of themself.
pub(super) fn ends_name(chars: &[char], end: usize) -> bool {
    const GOES_ON: &str = "系是在签实原现要想来举反检控投今因男女说称表我啊呀";
    chars.get(end).is_none_or(|c| !is_han(*c) || GOES_ON.contains(*c))
}

/// …局甲乙丙实名举报: the name stands before.
fn hide_names_before(chars: &[char], hidden: &mut [bool]) {
    const WORDS: [&str; 10] = [
        "实名举报",
        "实名反映",
        "实名检举",
        "实名控告",
        "实名投诉",
        "实名信访",
        "署名举报",
        "具名举报",
        "联名举报",
        "联名反映",
    ];
    for end in ends_of(chars, &WORDS) {
        let start = end - 4;
        let name = (2..=4).rev().find(|length| {
            start >= *length && names_at(&chars[..start], start - length).next() == Some(*length)
        });
        if let Some(length) = name.filter(|length| !is_object(&chars[..start - length])) {
            hidden[start - length..start].fill(true);
        }
    }
}

/// 对甲实名举报, 就乙的问题实名反映: what stands behind these in the clause is whom it is about.
fn is_object(before: &[char]) -> bool {
    let clause = before
        .rsplit(|c| matches!(c, '，' | ',' | '。' | '；' | '\n' | '！' | '？'))
        .next()
        .unwrap_or(before);
    let is_about = clause.windows(2).any(|pair| pair == ['关', '于']);
    is_about || clause.iter().any(|c| matches!(c, '对' | '就' | '将' | '把' | '被'))
}
