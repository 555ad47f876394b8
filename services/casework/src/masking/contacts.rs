//! Who wrote the letter, a full name that somebody gives, and whom to call: 此信由村民李问渠书写, 我全名李问渠, 有事请找李问渠联系.
//!
//! Whoever is reported writes and is called, too. So the letter itself, or a request, must be spoken of, and a name that the
//! report tells elsewhere is not the reporter's.

use super::description::describes;
use super::forms::{is_named_elsewhere, is_of_others, is_the_reporters};
use super::scan::{Passage, clause_ahead, clause_before, ends_of, is_gap, is_han, starting};
use super::shape::{is_no_word, is_whole, names_at};
use super::{leads_to_a_person, numbers};

/// Longest description before a name, with it: 我爱人温如岚.
const DESCRIBED: usize = 8;

pub(super) fn found(chars: &[char]) -> Vec<Passage> {
    [writers(chars), full_names(chars), whom_to_call(chars), beside_numbers(chars)].concat()
}

/// 此信由村民李问渠书写; not 举报信由局长骆维钧撰写: so the accused is called.
fn writers(chars: &[char]) -> Vec<Passage> {
    const LETTERS: [&str; 12] = [
        "此信",
        "本信",
        "该信",
        "这封信",
        "来信",
        "此件",
        "举报信",
        "举报材料",
        "此材料",
        "本材料",
        "以上内容",
        "以上材料",
    ];
    const VERBS: [&str; 12] =
        ["书写", "执笔", "代笔", "代写", "代书", "撰写", "所写", "写成", "起草", "亲笔", "整理", "口述"];
    const TOGETHER: [&str; 4] = ["共同", "联合", "亲自", "一起"];
    let mut found = Vec::new();
    for end in ends_of(chars, &LETTERS) {
        let clause = &chars[end..end + clause_ahead(chars, end)];
        let Some(by) = clause.iter().take(3).position(|c| *c == '由').map(|by| end + by + 1) else {
            continue;
        };
        let verbs = VERBS.iter().filter_map(|verb| ends_of(clause, &[verb]).next()).min();
        let Some(to) = verbs.map(|verb| end + verb - 2).filter(|to| *to > by) else { continue };
        let to = to - TOGETHER.iter().map(|word| ending(&chars[by..to], word)).max().unwrap_or(0);
        let mut at = by;
        for part in chars[by..to].split(|c| matches!(c, '、' | '和' | '与')) {
            found.extend(name_at_the_end(chars, at, at + part.len()));
            at += part.len() + 1;
        }
    }
    found
}

/// The name with which the words end, alone or behind what its bearer is.
fn name_at_the_end(chars: &[char], from: usize, to: usize) -> Option<Passage> {
    (from..to).find_map(|at| {
        let fits = |name: &usize| at + name == to && is_no_word(&chars[at..to]);
        let says_who = at == from || describes(&chars[from..at], false);
        let name = says_who.then(|| names_at(&chars[..to], at).find(fits)).flatten();
        name.map(|length| (at, length))
    })
}

/// 我全名李问渠, 全名：李问渠，电话…; not 局长全名骆维钧.
fn full_names(chars: &[char]) -> Vec<Passage> {
    const WORDS: [&str; 4] = ["全名", "真名", "本名", "真实姓名"];
    const OWN: [&str; 5] = ["我", "我的", "本人", "本人的", "鄙人"];
    let mut found = Vec::new();
    for word in WORDS {
        for end in ends_of(chars, &[word]) {
            let links = chars[end..].iter().take(3).take_while(|c| is_gap(**c) || ":：叫是为".contains(**c));
            let at = end + links.count();
            let Some(length) = names_at(chars, at).find(|length| is_whole(chars, at, *length)) else {
                continue;
            };
            let start = end - word.chars().count();
            let before: String = chars[start - clause_before(chars, start)..start].iter().collect();
            let before = before.trim();
            let is_own = OWN.iter().any(|own| before.ends_with(own))
                || before.is_empty() && !is_of_others(chars, end) && is_the_reporters(chars, at, length);
            if is_own {
                found.push((at, length));
            }
        }
    }
    found
}

/// 请电话找李问渠, 有事可与李问渠联系, 请联系李问渠同志.
fn whom_to_call(chars: &[char]) -> Vec<Passage> {
    const WORDS: [&str; 9] = ["找", "联系", "与", "和", "跟", "同", "打给", "电话给", "致电"];
    let mut found = Vec::new();
    for word in WORDS {
        for end in ends_of(chars, &[word]) {
            let at = end + chars[end..].iter().take(2).take_while(|c| is_gap(**c)).count();
            let start = end - word.chars().count();
            let before: String = chars[start - clause_before(chars, start)..start].iter().collect();
            if !is_asked(&before) {
                continue;
            }
            let called = |at: usize| {
                let fits = |length: &usize| {
                    is_no_word(&chars[at..at + length]) && is_called(chars, word, at + length)
                };
                names_at(chars, at).find(fits).map(|length| (at, length))
            };
            let name = (at..at + clause_ahead(chars, at).min(DESCRIBED)).find_map(|from| {
                let words: String = chars[at..from].iter().collect();
                let says_who = from == at || (describes(&chars[at..from], false) && !is_of_somebody(&words));
                says_who.then(|| called(from)).flatten()
            });
            found.extend(name.filter(|(at, length)| !is_named_elsewhere(chars, *at, *length)));
        }
    }
    found
}

/// 电话：13900000123（温如岚）, 13900000123 温如岚: whose telephone it is.
fn beside_numbers(chars: &[char]) -> Vec<Passage> {
    const WAYS: [&str; 6] = ["电话", "手机", "号码", "微信", "联系方式", "联系"];
    let mut found = Vec::new();
    for number in numbers(chars).iter().filter(|number| leads_to_a_person(&number.digits)) {
        let before: String =
            chars[number.start - clause_before(chars, number.start)..number.start].iter().collect();
        let before = before.trim_end_matches(['是', '为', ' ', '\u{3000}', '号']);
        let is_own = before.is_empty() || WAYS.iter().any(|way| before.ends_with(way));
        if !is_own || is_of_somebody(before) || is_of_others(chars, number.start) {
            continue;
        }
        let gap = chars[number.end..].iter().take(2).take_while(|c| is_gap(**c) || "，,（(".contains(**c));
        let at = number.end + gap.count();
        let name = names_at(chars, at).find(|length| at > number.end && is_whole(chars, at, *length));
        found
            .extend(name.filter(|length| !is_named_elsewhere(chars, at, *length)).map(|length| (at, length)));
    }
    found
}

/// The length of the word, where the text ends with it.
fn ending(chars: &[char], word: &str) -> usize {
    let length = word.chars().count();
    let ends = chars.len() >= length && word.chars().eq(chars[chars.len() - length..].iter().copied());
    if ends { length } else { 0 }
}

/// Whether the words tell of somebody else.
fn is_of_somebody(words: &str) -> bool {
    const OTHERS: [&str; 20] = [
        "他", "她", "其", "让", "叫", "逼", "要我", "证人", "当事", "被", "长", "书记", "主任", "经理",
        "主席", "老板", "去找", "请客", "请吃", "宴请",
    ];
    OTHERS.iter().any(|word| words.contains(word))
}

/// Whether the clause so far asks the reader to do something, and tells of nobody else.
fn is_asked(before: &str) -> bool {
    const ASKS: [&str; 14] = [
        "请",
        "可",
        "有事",
        "随时",
        "如需",
        "需要",
        "烦",
        "望",
        "盼",
        "方便",
        "欢迎",
        "有问题",
        "有疑问",
        "有情况",
    ];
    ASKS.iter().any(|word| before.contains(word)) && !is_of_somebody(before)
}

/// Whether what stands behind a name says that its bearer is to be called; 找 and 联系 say it themselves.
fn is_called(chars: &[char], word: &str, end: usize) -> bool {
    const TITLES: [&str; 5] = ["同志", "先生", "女士", "师傅", "老师"];
    const CALLS: [&str; 7] = ["联系", "取得联系", "核实", "了解", "对接", "电话", "沟通"];
    let end = end + TITLES.iter().map(|title| starting(&chars[end..], title)).max().unwrap_or(0);
    let calls = CALLS.iter().any(|call| starting(&chars[end..], call) > 0);
    let ends = chars.get(end).is_none_or(|c| !is_han(*c));
    calls || ends && !matches!(word, "与" | "和" | "跟" | "同")
}

#[cfg(test)]
mod tests {
    use super::super::mask;

    #[test]
    fn who_wrote_and_whom_to_call_is_hidden() {
        for (text, secret) in [
            ("局长骆维钧收钱。此信由李问渠书写。", "李问渠"),
            ("局长骆维钧收钱。本信由清岚县交通局职工李问渠执笔", "李问渠"),
            ("局长骆维钧收钱。这封信是由李问渠、王砚秋起草的", "王砚秋"),
            ("局长骆维钧收钱。举报信由村民孟广田代笔。", "孟广田"),
            ("执笔人：孟广田", "孟广田"),
            ("我全名李问渠，反映局长骆维钧", "李问渠"),
            ("我的真名是李问渠。反映局长骆维钧", "李问渠"),
            ("反映局长骆维钧。全名：李问渠，电话13900000123", "李问渠"),
            ("局长骆维钧收钱，请电话找李问渠", "李问渠"),
            ("局长骆维钧收钱，请打电话找李问渠，13900000123", "李问渠"),
            ("局长骆维钧收钱。有事请找李问渠联系。", "李问渠"),
            ("局长骆维钧收钱。如需核实，可与李问渠联系", "李问渠"),
            ("局长骆维钧收钱。请联系李问渠同志，谢谢", "李问渠"),
            ("局长骆维钧收钱。请打给李问渠", "李问渠"),
            ("局长骆维钧收钱。联系人：李问渠", "李问渠"),
            ("局长骆维钧收钱。联系人及电话：李问渠 13900000123", "李问渠"),
            ("局长骆维钧收钱。联系人：李问渠 王砚秋", "王砚秋"),
            ("局长骆维钧收钱。该举报信由群众李问渠、王砚秋、司徒清扬共同起草", "司徒清扬"),
            ("局长骆维钧收钱。可以找我爱人关秀梅了解", "关秀梅"),
            ("局长骆维钧收钱。联系人/电话：李问渠/13900000123", "李问渠"),
            ("局长骆维钧收钱。联系电话：13900000123（李问渠）", "李问渠"),
            ("局长骆维钧收钱。电话13900000123，李问渠", "李问渠"),
            ("局长骆维钧收钱。手机：13900000123 李问渠", "李问渠"),
            ("局长骆维钧收钱，望查处。\n举报人 李问渠 王砚秋 司徒清扬", "司徒清扬"),
            ("局长骆维钧收钱，望查处。\n村民代表：孟广田 王砚秋", "王砚秋"),
        ] {
            let masked = mask(text);
            assert!(!masked.contains(secret), "{text}: {masked}");
            assert_eq!(masked.contains("骆维钧"), text.contains("骆维钧"), "{text}: {masked}");
        }
    }

    #[test]
    fn who_writes_and_is_called_in_what_is_reported_stays_named() {
        for text in [
            "任免文件由局长骆维钧起草",
            "方案由骆维钧执笔",
            "举报信由局长骆维钧撰写，诬告他人",
            "他全名骆维钧",
            "局长全名骆维钧，四十五岁",
            "我不知道局长全名骆维钧对不对",
            "他让我找骆维钧联系送钱",
            "老板叫我们与骆维钧联系",
            "请组织找骆维钧谈话",
            "请查骆维钧。请找骆维钧核实",
            "骆维钧和戚同舟联系密切",
            "请与纪委联系",
            "请与单位联系",
            "请找时间联系",
            "请与相关部门联系",
            "请找证人戚同舟联系",
            "此信由本人书写",
            "请联系我",
            "骆维钧 戚同舟 司徒清扬三人合伙卖官",
            "骆维钧 戚同舟 合伙卖官",
            "可找人联系",
        ] {
            assert_eq!(mask(text), text);
        }
        assert!(mask("局长的电话13900000123，骆维钧").ends_with("骆维钧"));
    }
}
