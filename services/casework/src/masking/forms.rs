//! Further ways in which reporters give their names: 名字：吴梦瑶，电话…, 职工：李问渠 under a report, 联系人老高，高建平,
//! 我是小吴（吴梦瑶）, 我是实名举报骆维钧的李问渠.
//!
//! Whoever is reported, and who bears witness, stands in forms like these, too. So a name is taken for the reporter's
//! only where a way to reach them follows, or where it ends the report; and never one that the report names elsewhere.

use dengwen_text::NameLists;

use super::digit;
use super::names::{INTRODUCTIONS, LABELS, described, ends_name, further, is_of_the_accused, is_quoted};
use super::scan::{Passage, ends_of, is_gap, is_han, starting};
use super::shape::{is_no_word, is_whole, names_at};

/// Longest passage in which a form is looked for, in characters.
const NEAR: usize = 40;

pub(super) fn found(chars: &[char]) -> Vec<Passage> {
    [cards(chars), called_by_surname(chars), reporters_of(chars)].concat()
}

/// 名字：吴梦瑶，电话13900000123, and at the end of a report 交通局职工：李问渠.
fn cards(chars: &[char]) -> Vec<Passage> {
    const LABELS: [&str; 18] = [
        "名字",
        "姓名",
        "职工",
        "员工",
        "教师",
        "老师",
        "村民",
        "居民",
        "群众",
        "党员",
        "干部",
        "工人",
        "家长",
        "业主",
        "群众代表",
        "职工代表",
        "村民代表",
        "业主代表",
    ];
    let mut found = Vec::new();
    for label in LABELS {
        for end in ends_of(chars, &[label]) {
            let gap = chars[end..].iter().take_while(|c| is_gap(**c)).count();
            if !matches!(chars.get(end + gap), Some(':' | '：')) || is_of_others(chars, end) {
                continue;
            }
            let at = end + gap + 1;
            let at = at + chars[at..].iter().take_while(|c| is_gap(**c)).count();
            let name = names_at(chars, at).find(|length| is_whole(chars, at, *length));
            let behind = name.map(|length| further(chars, at + length)).unwrap_or_default();
            let last = behind.last().copied().or(name.map(|length| (at, length)));
            if last.is_some_and(|(last, length)| is_the_reporters(chars, last, length)) {
                found.extend(name.map(|length| (at, length)).into_iter().chain(behind));
            }
        }
    }
    found
}

/// Whether a label is on a card of somebody else: 被举报人姓名：, 证人名字：, and below a line that says so.
pub(super) fn is_of_others(chars: &[char], label: usize) -> bool {
    const OTHERS: [&str; 16] = [
        "被", "对象", "涉", "证人", "当事", "领导", "提拔", "他", "她", "其", "有", "该", "同案", "知情",
        "如下", "名单",
    ];
    let lines = |c: &char| *c == '\n';
    let is_ending = |c: &char| matches!(c, '。' | '！' | '？' | '!' | '?');
    let line = chars[..label].iter().rev().take_while(|c| !lines(c) && !is_ending(c)).count();
    let above = chars[..label - line].iter().rev().skip_while(|c| c.is_whitespace());
    let above = above.take_while(|c| !lines(c) && !is_ending(c)).count();
    let blank = chars[..label - line].iter().rev().take_while(|c| c.is_whitespace()).count();
    let from = label - line - blank - above;
    let before: String = chars[from..label].iter().collect();
    OTHERS.iter().any(|word| before.contains(word))
}

/// Whether a name that follows a form is the reporter's.
pub(super) fn is_the_reporters(chars: &[char], at: usize, length: usize) -> bool {
    const OFFICE: [&str; 5] = ["职务", "职位", "任职", "级别", "时任"];
    let rest = &chars[at + length..];
    let near: String = rest.iter().take(NEAR).collect();
    !is_named_elsewhere(chars, at, length)
        && !OFFICE.iter().any(|word| near.contains(word))
        && (is_reached(rest) || ends_the_report(rest))
}

/// Whether a way to reach somebody follows.
fn is_reached(rest: &[char]) -> bool {
    const WAYS: [&str; 6] = ["电话", "手机", "微信", "联系方式", "QQ", "邮箱"];
    let clause: Vec<char> =
        rest.iter().take(NEAR).take_while(|c| !matches!(c, '。' | '！' | '？')).copied().collect();
    let text: String = clause.iter().collect();
    let digits = clause.iter().filter(|c| digit(**c).is_some()).count();
    digits >= 7 || WAYS.iter().any(|word| text.contains(word))
}

/// Whether nothing but a date, a number or a closing word follows.
fn ends_the_report(rest: &[char]) -> bool {
    const CLOSING: usize = 4;
    rest.iter()
        .filter(|c| is_han(**c) && digit(**c).is_none() && !matches!(c, '年' | '月' | '日' | '号'))
        .count()
        <= CLOSING
}

pub(super) fn is_named_elsewhere(chars: &[char], at: usize, length: usize) -> bool {
    let name = &chars[at..at + length];
    (0..chars.len()).any(|start| start != at && chars[start..].starts_with(name))
}

/// 联系人老高，高建平; 我是小吴（吴梦瑶）; 小吴（吴梦瑶）13900000123.
fn called_by_surname(chars: &[char]) -> Vec<Passage> {
    let own = own_places(chars);
    let mut found = Vec::new();
    for at in 0..chars.len() {
        let Some(surname) = nickname(chars, at) else { continue };
        let end = at + 1 + surname;
        let is_own = own.contains(&at);
        let full = full_name(chars, at + 1, end);
        let fits = |(start, length): &Passage| is_own || is_the_reporters(chars, *start, *length);
        if let Some(full) = full.filter(fits) {
            found.extend([(at, 1 + surname), full]);
        } else if is_own && chars.get(end).is_none_or(|c| !is_han(*c)) {
            found.push((at, 1 + surname));
        }
    }
    found
}

/// Where whoever reports is named: behind 联系人, 举报人, 我是, 请联系.
fn own_places(chars: &[char]) -> Vec<usize> {
    const CALLS: [&str; 5] = ["叫我", "喊我", "请联系", "可联系", "我就是"];
    let mut places = Vec::new();
    for label in LABELS {
        let own = |end: &usize| !is_of_the_accused(chars, end - label.chars().count());
        places.extend(ends_of(chars, &[label]).filter(own).map(|end| end + links(&chars[end..])));
    }
    for &word in INTRODUCTIONS.iter().chain(&CALLS) {
        let own = |end: &usize| !is_quoted(chars, end - word.chars().count());
        places.extend(ends_of(chars, &[word]).filter(own).map(|end| end + links(&chars[end..])));
    }
    places
}

fn links(chars: &[char]) -> usize {
    chars.iter().take(3).take_while(|c| is_gap(**c) || matches!(c, ':' | '：' | '是' | '为')).count()
}

/// The length of the surname in 小吴, 老高, 阿欧阳.
fn nickname(chars: &[char], at: usize) -> Option<usize> {
    let begins = matches!(chars.get(at), Some('小' | '老' | '阿'));
    let surname = if begins { NameLists::get().surname(chars, at + 1) } else { 0 };
    (surname > 0).then_some(surname)
}

/// The full name behind a nickname that ends at `end`, of the same surname, in brackets or after a comma.
fn full_name(chars: &[char], surname: usize, end: usize) -> Option<Passage> {
    const CALLED: [&str; 5] = ["真名", "全名", "本名", "姓名", "大名"];
    let opens = chars.get(end).filter(|c| matches!(c, '(' | '（' | ',' | '，' | '、' | ' '))?;
    let at = end + 1;
    let at = at + CALLED.iter().map(|word| starting(&chars[at..], word)).max().unwrap_or(0);
    let at = at + links(&chars[at..]);
    let length = names_at(chars, at).find(|length| is_whole(chars, at, *length))?;
    let is_same = chars[at..].starts_with(&chars[surname..end]);
    let closes = !matches!(opens, '(' | '（') || matches!(chars.get(at + length), Some(')' | '）'));
    (is_same && closes).then_some((at, length))
}

/// 我是实名举报骆维钧的李问渠: who reports stands behind whom they report.
fn reporters_of(chars: &[char]) -> Vec<Passage> {
    const VERBS: [&str; 6] = ["举报", "反映", "检举", "控告", "投诉", "揭发"];
    let mut found = Vec::new();
    for word in INTRODUCTIONS {
        for end in ends_of(chars, &[word]).filter(|end| !is_quoted(chars, end - word.chars().count())) {
            let clause = chars[end..].iter().take(NEAR).take_while(|c| is_han(**c)).count();
            let Some(verb) =
                VERBS.iter().filter_map(|verb| ends_of(&chars[end..end + clause], &[verb]).next()).min()
            else {
                continue;
            };
            let from = end + verb;
            let of = (from..end + clause).find(|at| chars[*at] == '的' && is_somebody(chars, from, *at));
            let names = of.map(|of| described(chars, of + 1)).unwrap_or_default();
            found.extend(names.into_iter().filter(|(at, length)| {
                !is_named_elsewhere(chars, *at, *length) && ends_name(chars, at + length)
            }));
        }
    }
    found
}

/// Whether what is reported ends with a name: 骆维钧, 交通局局长骆维钧. 交通局 and 贾湾村 are none, nor are 江河公司 and 安家坝.
fn is_somebody(chars: &[char], from: usize, end: usize) -> bool {
    const HEADS: [&str; 6] = ["长", "书记", "主任", "经理", "主席", "董事"];
    const PLACES: &str = "坝湾沟岭坪庄屯寨街路司团社";
    let is_place = chars.get(end.wrapping_sub(1)).is_some_and(|c| PLACES.contains(*c));
    !is_place
        && (from..end).any(|at| {
            let before: String = chars[from..at].iter().collect();
            let begins = at == from || HEADS.iter().any(|head| before.ends_with(head));
            begins
                && names_at(&chars[..end], at).any(|length| at + length == end)
                && is_no_word(&chars[at..end])
        })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{SCRIPT, mask};
    use super::*;

    #[test]
    fn further_forms_of_the_reporters_name_are_hidden() {
        for (text, secret) in [
            ("局长收钱。名字：吴梦瑶，电话13900000123", "吴梦瑶"),
            ("局长收钱。\n姓名：吴梦瑶\n手机：13900000123", "吴梦瑶"),
            ("请组织核查。名字：吴梦瑶", "吴梦瑶"),
            ("局长骆维钧收钱，请查处。清岚县交通局职工：李问渠", "李问渠"),
            ("局长骆维钧收钱，请查处。\n村民：孟广田 2026年3月1日", "孟广田"),
            ("本人系其妻关秀梅，反映他受贿", "关秀梅"),
            ("我是小吴（吴梦瑶），反映局长收钱", "吴梦瑶"),
            ("我是小吴（吴梦瑶），反映局长收钱", "小吴"),
            ("局长收钱。小吴（吴梦瑶）13900000123", "吴梦瑶"),
            ("联系人老高，高建平，反映局长收钱", "高建平"),
            ("联系人：老高，高建平，反映局长收钱", "老高"),
            ("请联系小吴(真名吴梦瑶)", "吴梦瑶"),
            ("小弟姓万名家宝，在交通局上班，反映局长", "万"),
            ("小弟姓万名家宝，在交通局上班，反映局长", "家宝"),
            ("我是实名举报骆维钧的李问渠，请保密", "李问渠"),
            ("我是实名举报交通局局长骆维钧的职工李问渠。", "李问渠"),
        ] {
            let masked = mask(text);
            assert!(!masked.contains(secret), "{text}");
            assert_eq!(masked.contains("骆维钧"), text.contains("骆维钧"), "{text}");
        }
    }

    #[test]
    fn others_in_such_forms_stay_named() {
        for text in [
            "被举报人名字：骆维钧，电话里说要钱",
            "被举报人情况\n姓名：骆维钧\n单位：清岚县交通局\n职务：局长",
            "姓名：骆维钧，单位：清岚县交通局，职务：局长",
            "名字：骆维钧。骆维钧收钱",
            "谈话的有职工：骆维钧",
            "证人名字：戚同舟",
            "老骆（骆维钧）收钱，请查一查他的房子",
            "大家叫他老骆，骆维钧也不生气，照样收钱",
            "他小弟姓万名家宝，在交通局上班，收了钱",
            "我是来举报交通局的骆维钧",
            "我是实名举报贾湾村的骆维钧",
            "我是举报江河公司的骆维钧",
            "我是举报骆维钧的职工",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    /// Of the labelled tips as few as before these forms lose the name of whom they are about, and none by these forms.
    #[test]
    fn no_subject_of_a_labelled_tip_is_taken_for_the_reporter() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/text/tests/data");
        let (mut tips, mut lost) = (0, 0);
        for file in ["tips_40", "tips_open", "tips_held", "tips_fresh", "tips_voices"] {
            let text = std::fs::read_to_string(folder.join(file).with_extension("jsonl")).unwrap();
            for line in text.lines() {
                let tip: serde_json::Value = serde_json::from_str(line).unwrap();
                let words = tip["text"].as_str().unwrap();
                let masked = mask(words);
                let chars: Vec<char> = words.chars().map(|c| SCRIPT.simplified(c)).collect();
                let forms = found(&chars);
                let (several, one) = (tip["gold"]["subjects"].as_array(), &tip["gold"]["subject"]);
                let subjects = several.into_iter().flatten().chain([one]);
                tips += 1;
                for name in subjects.filter_map(|subject| subject["name"].as_str()) {
                    lost += u32::from(words.contains(name) && !masked.contains(name));
                    let name: Vec<char> = name.chars().collect();
                    let taken = |(at, length): &Passage| name.starts_with(&chars[*at..at + length]);
                    assert!(!forms.iter().any(taken), "{file} tip {}", tip["id"]);
                }
            }
        }
        assert!(tips > 600, "{tips} tips");
        assert!(lost <= LOST, "{lost} subjects lost");
    }

    /// Subjects whose name was hidden before there were these forms, where it reads as the reporter's own.
    const LOST: u32 = 6;
}
