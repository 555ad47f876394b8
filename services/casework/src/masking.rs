//! Takes out of a reporter's words what would lead to a person's telephone, mailbox, papers or to the
//! reporter's own name, before a handling unit reads them (domain.md 3.7, 3.8: only what is needed
//! travels; identity never does).
//!
//! Each hidden character becomes one `＊`, so that evidence spans, which count characters, still fit.
//! Better one number too many than a reporter found: whoever needs the original asks the custodian.

use dengwen_text::NameLists;

const HIDDEN: char = '＊';
/// A contact word is looked for this many characters before a number.
const CONTACT_WORD_WITHIN: usize = 10;

/// The text with such passages hidden; as many characters as before.
pub(crate) fn mask(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut hidden = vec![false; chars.len()];
    hide_mail_addresses(&chars, &mut hidden);
    hide_numbers(&chars, &mut hidden);
    hide_accounts(&chars, &mut hidden);
    hide_own_names(&chars, &mut hidden);
    hide_homes(&chars, &mut hidden);
    chars.iter().zip(&hidden).map(|(c, hidden)| if *hidden { HIDDEN } else { *c }).collect()
}

fn hide_mail_addresses(chars: &[char], hidden: &mut [bool]) {
    let local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    for at in (0..chars.len()).filter(|&i| matches!(chars[i], '@' | '＠')) {
        let start = (0..at).rev().take_while(|&i| local(chars[i])).last().unwrap_or(at);
        let end = (at + 1..chars.len()).take_while(|&i| local(chars[i])).last().unwrap_or(at);
        if start < at && end > at {
            hidden[start..=end].fill(true);
        }
    }
}

/// A digit in any of the ways in which people write telephone numbers.
fn digit(c: char) -> Option<u8> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '０'..='９' => u32::from(c) - u32::from('０'),
        '零' | '〇' | '○' | '洞' => 0,
        '一' | '幺' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '拐' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '勾' | '玖' => 9,
        _ => return None,
    };
    u8::try_from(value).ok()
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '－' | '—' | '–' | '·' | '.' | '(' | ')' | '（' | '）' | '\u{3000}')
}

/// A run of digits, single separators allowed between them.
struct Number {
    start: usize,
    end: usize,
    digits: Vec<u8>,
}

fn numbers(chars: &[char]) -> Vec<Number> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let Some(first) = digit(chars[i]) else {
            i += 1;
            continue;
        };
        let mut number = Number { start: i, end: i + 1, digits: vec![first] };
        loop {
            let gap = chars[number.end..].iter().take(2).take_while(|c| is_separator(**c)).count();
            match chars.get(number.end + gap).copied().and_then(digit) {
                Some(next) => {
                    number.digits.push(next);
                    number.end += gap + 1;
                }
                None => break,
            }
        }
        i = number.end;
        found.push(number);
    }
    found
}

fn hide_numbers(chars: &[char], hidden: &mut [bool]) {
    for mut number in numbers(chars) {
        let digits = number.digits.as_slice();
        // The check character of an identity card may be an X.
        let card = digits.len() == 17 && matches!(chars.get(number.end), Some('x' | 'X' | 'ｘ' | 'Ｘ'));
        number.end += usize::from(card);
        if card || leads_to_a_person(digits) || follows_contact_word(chars, &number) {
            hidden[number.start..number.end].fill(true);
        }
    }
}

/// Mobile and fixed telephones, with or without country code; identity cards (15, 18) and bank cards
/// (15 to 19). Sums of money and dates are shorter and stay.
fn leads_to_a_person(digits: &[u8]) -> bool {
    let local = digits.strip_prefix(&[0, 0, 8, 6]).or_else(|| digits.strip_prefix(&[8, 6])).unwrap_or(digits);
    let mobile = |d: &[u8]| d.len() == 11 && d[0] == 1 && d[1] >= 3;
    let fixed = (10..=12).contains(&digits.len()) && digits[0] == 0;
    let service = digits.len() == 10 && matches!(digits[..3], [4 | 8, 0, 0]);
    // Two numbers written one after the other read as one run.
    let run = digits.len() >= 15;
    mobile(digits) || mobile(local) || fixed || service || run
}

/// A shorter number right after a word that says how to reach somebody.
fn follows_contact_word(chars: &[char], number: &Number) -> bool {
    const WORDS: [&str; 12] =
        ["电话", "手机", "座机", "微信", "联系", "号码", "身份证", "QQ", "qq", "電話", "手機", "聯繫"];
    // 电话里说要60000元: a sum or a day is no number to call.
    let counts = matches!(chars.get(number.end), Some('元' | '万' | '块' | '年' | '月' | '日' | '那' | '人'));
    if number.digits.len() < 5 || counts {
        return false;
    }
    let from = number.start.saturating_sub(CONTACT_WORD_WITHIN);
    let before: String = chars[from..number.start].iter().collect();
    WORDS.iter().any(|word| before.contains(word))
}

/// Account names of letters and digits after 微信 and QQ.
fn hide_accounts(chars: &[char], hidden: &mut [bool]) {
    let account = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let link = |c: char| matches!(c, '号' | ':' | '：' | ' ' | '是' | '為' | '为' | '號');
    for end in ends_of(chars, &["微信", "wechat", "WeChat", "QQ"]) {
        let start = end + chars[end..].iter().take(4).take_while(|c| link(**c)).count();
        let length = chars[start..].iter().take_while(|c| account(**c)).count();
        if length >= 5 {
            hidden[start..start + length].fill(true);
        }
    }
}

/// The name that a reporter gives as their own, at home in the ways in which letters are written.
fn hide_own_names(chars: &[char], hidden: &mut [bool]) {
    hide_introduced_names(chars, hidden);
    hide_names_after(chars, hidden);
    hide_names_before(chars, hidden);
    hide_signatures(chars, hidden);
    hide_latin_names(chars, hidden);
}

/// Up to four characters after words that ask for a name, and further names after them.
fn hide_introduced_names(chars: &[char], hidden: &mut [bool]) {
    for end in ends_of(chars, &INTRODUCTIONS) {
        let colon = chars[end..].iter().take(2).take_while(|c| matches!(c, ':' | '：' | ' ' | '是')).count();
        if colon == 0 || is_of_the_accused(chars, end) {
            continue;
        }
        let mut start = end + colon;
        loop {
            let length = chars[start..].iter().take(4).take_while(|c| is_name_character(**c)).count();
            hidden[start..start + length].fill(true);
            start += length;
            // 反映人：甲、乙、丙
            match chars.get(start) {
                Some('、') if length > 0 => start += 1,
                _ => break,
            }
        }
    }
    for end in ends_of(chars, &["我叫", "我名叫", "我的名字叫", "我的名字是"]) {
        let length = chars[end..].iter().take(4).take_while(|c| is_name_character(**c)).count();
        // 我叫司机把钱送去 tells no name.
        let ends = chars.get(end + length).is_none_or(|c| !is_han(*c) || matches!(c, '是' | '在' | '系'));
        if ends {
            hidden[end..end + length].fill(true);
        }
    }
}

/// Words that a name follows with a colon.
const INTRODUCTIONS: [&str; 15] = [
    "本人姓名",
    "举报人",
    "举报者",
    "举报人姓名",
    "反映人",
    "检举人",
    "投诉人",
    "申诉人",
    "来电人",
    "来信人",
    "信访人",
    "联系人",
    "署名",
    "檢舉人",
    "舉報人",
];

/// 被举报人, 被反映人 is the other one.
fn is_of_the_accused(chars: &[char], end: usize) -> bool {
    end.checked_sub(4).is_some_and(|before| chars[before] == '被')
}

/// 我是甲乙丙，… and 本人甲乙丙系…: what follows only is a name where it begins and ends like one.
fn hide_names_after(chars: &[char], hidden: &mut [bool]) {
    const WORDS: [&str; 10] =
        ["我是", "本人", "本人是", "本人系", "举报人", "举报者", "反映人", "检举人", "舉報人", "檢舉人"];
    for end in ends_of(chars, &WORDS) {
        let length = name_at(chars, end);
        let after = chars.get(end + length).copied();
        let ends = after
            .is_none_or(|c| !is_han(c) || matches!(c, '系' | '是' | '在' | '签' | '实' | '原' | '现' | '举'));
        if length > 0 && ends && !is_of_the_accused(chars, end) {
            hidden[end..end + length].fill(true);
        }
    }
}

/// …局甲乙丙实名举报: the name stands before.
fn hide_names_before(chars: &[char], hidden: &mut [bool]) {
    const WORDS: [&str; 7] =
        ["实名举报", "实名反映", "实名检举", "署名举报", "具名举报", "實名舉報", "实名信访"];
    for end in ends_of(chars, &WORDS) {
        let start = end - 4;
        let name = (2..=4)
            .rev()
            .find(|length| start >= *length && name_at(&chars[..start], start - length) == *length);
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
    is_about || clause.iter().any(|c| matches!(c, '对' | '就' | '将' | '把' | '被' | '對'))
}

/// A line with nothing but a name, as letters end: behind it stand dates and numbers alone. A name under a label
/// (被举报人, 证人：) is somebody else's. Also with 敬上, 签字 and the like behind it.
fn hide_signatures(chars: &[char], hidden: &mut [bool]) {
    const BEHIND: [&str; 8] = ["敬上", "签字", "签名", "（签字）", "(签字)", "（签名）", "捺印", "谨上"];
    let mut end_of_line = chars.len();
    for line in chars.rsplit(|c| *c == '\n') {
        let start = end_of_line - line.len();
        end_of_line = start.saturating_sub(1);
        let blank = |c: &&char| c.is_whitespace() || matches!(c, '。' | '，');
        let from = line.iter().take_while(blank).count();
        let to = line.len() - line.iter().rev().take_while(blank).count();
        if from >= to || is_date_or_number(&line[from..to]) {
            continue;
        }
        let text = &line[from..to];
        let told: String = text.iter().collect();
        let behind = BEHIND.iter().find(|behind| told.ends_with(**behind)).map_or(0, |b| b.chars().count());
        let end = text.len() - behind;
        let end = end - text[..end].iter().rev().take_while(blank).count();
        let is_name = end > 0 && name_at(&text[..end], 0) == end;
        if !is_name || is_label(&chars[..start]) {
            // What stands above is no signature any more.
            return;
        }
        hidden[start + from..start + from + end].fill(true);
    }
}

fn is_date_or_number(line: &[char]) -> bool {
    line.iter().all(|c| {
        digit(*c).is_some() || is_separator(*c) || matches!(c, '年' | '月' | '日' | '十' | '/' | '号')
    })
}

/// Whether the line before says what stands on the next one.
fn is_label(before: &[char]) -> bool {
    let mut above = before.iter().rev().skip_while(|c| c.is_whitespace());
    above.next().is_some_and(|c| matches!(c, ':' | '：' | '人' | '象' | '名' | '有' | '、'))
}

/// The length of the Chinese name that could begin at `at`, the longest that fits: a surname and one or two
/// characters. Where a common word begins there is none.
fn name_at(chars: &[char], at: usize) -> usize {
    let lists = NameLists::get();
    let surname = lists.surname(chars, at);
    // 于去年、于今年 begins no name either.
    let in_time = chars[at..].first() == Some(&'于')
        && matches!(chars.get(at + 1), Some('去' | '今' | '前' | '上' | '本' | '当' | '同' | '次' | '昨'));
    if surname == 0 || in_time || lists.begins_no_name(chars, at) {
        return 0;
    }
    let given = chars[at + surname..].iter().take(2).take_while(|c| is_name_character(**c)).count();
    if given == 0 { 0 } else { surname + given }
}

/// Up to three words in capitals after an English introduction.
fn hide_latin_names(chars: &[char], hidden: &mut [bool]) {
    for end in ends_of(chars, &["My name is", "my name is", "I am called", "Signed,", "signed by"]) {
        let mut at = end;
        for _ in 0..3 {
            let start = at + chars[at..].iter().take_while(|c| **c == ' ').count();
            let word = chars[start..].iter().take_while(|c| c.is_ascii_alphabetic() || **c == '-').count();
            if word == 0 || !chars[start].is_ascii_uppercase() {
                break;
            }
            hidden[start..start + word].fill(true);
            at = start + word;
        }
    }
}

/// Where the reporter lives: from words that say so to the end of the clause.
fn hide_homes(chars: &[char], hidden: &mut [bool]) {
    const WORDS: [&str; 11] = [
        "我家住",
        "我家在",
        "我住在",
        "本人住",
        "本人家住",
        "我的住址",
        "家庭地址",
        "联系地址",
        "通讯地址",
        "通信地址",
        "我家地址",
    ];
    /// Longest address, in characters.
    const LONGEST: usize = 40;
    for end in ends_of(chars, &WORDS) {
        let stops = |c: &&char| !matches!(c, '，' | ',' | '。' | '；' | ';' | '\n' | '！' | '？');
        let length = chars[end..].iter().take(LONGEST).take_while(stops).count();
        // 住址 is often followed by a sign of its own.
        let sign =
            chars[end..].iter().take(2).take_while(|c| matches!(c, ':' | '：' | ' ' | '是' | '在')).count();
        if length > sign {
            hidden[end + sign..end + length].fill(true);
        }
    }
}

fn is_han(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c) || ('\u{3400}'..='\u{4DBF}').contains(&c)
}

fn is_name_character(c: char) -> bool {
    (is_han(c) || c == '·') && !matches!(c, '是' | '在' | '的' | '和' | '与' | '系' | '为')
}

/// Where each of the words ends in the text.
fn ends_of<'a>(chars: &'a [char], words: &'a [&'a str]) -> impl Iterator<Item = usize> + 'a {
    words.iter().flat_map(move |word| {
        let word: Vec<char> = word.chars().collect();
        let length = word.len();
        (length..=chars.len()).filter(move |&end| chars[end - length..end] == word[..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hides(text: &str, secret: &str) -> bool {
        let masked = mask(text);
        assert_eq!(masked.chars().count(), text.chars().count(), "as many characters as before");
        !masked.contains(secret)
    }

    #[test]
    fn numbers_that_lead_to_a_person_are_hidden_however_they_are_written() {
        for (text, secret) in [
            ("请打13900000123找我", "13900000123"),
            ("139 0000 0123", "0000"),
            ("139-0000-0123。", "0123"),
            ("＋８６１３９０００００１２３", "００００"),
            ("+86 13900000123", "0123"),
            ("一三九零零零零零一二三", "一二三"),
            ("幺三九洞洞洞洞洞幺两三", "洞洞"),
            ("0999-8123456", "8123456"),
            ("(0999)81234567", "81234567"),
            ("4001234567", "1234567"),
            ("99012119800101123X", "19800101"),
            ("990121198001011234", "19800101"),
            ("990121800101123", "800101"),
            ("卡号 6222 0000 0000 0000 123", "6222"),
            ("电话8123456", "8123456"),
            ("QQ：1234567", "1234567"),
            ("1390000012313900000456", "13900000"),
        ] {
            assert!(hides(text, secret), "in a number of {} characters", text.chars().count());
        }
    }

    #[test]
    fn accounts_addresses_and_own_names_are_hidden() {
        for (text, secret) in [
            ("发到 someone.here@example.com 吧", "someone"),
            ("微信号：abc_12345", "abc_12345"),
            ("我叫甲乙丙，是职工", "甲乙丙"),
            ("举报人：甲乙", "甲乙"),
            ("联系人: 甲乙丙丁", "甲乙丙丁"),
            ("我的名字是甲乙，", "甲乙"),
            ("我是李问渠，举报某局长", "李问渠"),
            ("本人李问渠，系运输股职工", "李问渠"),
            ("本人李问渠系运输股职工", "李问渠"),
            ("反映如上。\n此致\n敬礼\n李问渠\n2026年3月1日", "李问渠"),
            ("此致\n  欧阳问渠 敬上", "欧阳问渠"),
            ("举报人李问渠签字", "李问渠"),
            ("清岚县交通运输局李问渠实名举报局长", "李问渠"),
            ("我家住清岚县解放路12号3单元501，", "解放路"),
            ("我的住址：清岚县解放路12号", "解放路"),
            ("My name is John Smith, and", "Smith"),
            ("检举人：李问渠", "李问渠"),
            ("我名叫李问渠，", "李问渠"),
            ("反映人：封世泽、蒲云舟、闻庆来", "闻庆来"),
            ("举报人李问渠举报某局长", "李问渠"),
        ] {
            assert!(hides(text, secret));
        }
    }

    #[test]
    fn what_the_matter_is_about_stays_readable() {
        for text in [
            "2026年3月15日收受现金150000元",
            "20260315，共12人",
            "被举报人：甲乙丙，局长",
            "三十五万元，一九九八年提拔，二〇二四年公示",
            "990121县委组织部",
            "任免文件〔2026〕12号",
            "举报人多次反映无果",
            "我是单位职工，也是党员",
            "我是王家村村民",
            "本人于去年，向县里反映",
            "本人多次反映",
            "举报人李某的同事也知道",
            "群众实名举报无人理睬",
            "现就汤敬轩实名举报如下",
            "我们对局长骆维钧实名反映以下问题",
            "关于骆维钧实名反映的材料",
            "被举报人\n汤敬轩",
            "举报对象：\n骆维钧\n戚同舟\n以上二人收钱",
            "汤敬轩现住的房子是开发商郎玉成送的",
            "局长骆维钧家住碧水湾小区3栋别墅",
            "电话里汤敬轩说要60000元才办",
            "我叫骆维钧把钱退给我",
            "实名举报",
            "一、卖官\n二、受贿\n公示期间",
            "贪污公款，在县城住着三套房",
            "",
            "@",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn hostile_texts_neither_panic_nor_change_in_length() {
        let at = "@".repeat(2000);
        let digits = "1 ".repeat(5000);
        let words = "我叫".repeat(2000);
        for text in [
            at.as_str(),
            &digits,
            &words,
            "我叫",
            "我是",
            "本人李",
            "实名举报",
            "\n\n李\n",
            "住址",
            "My name is",
            "微信",
            "QQ",
            "举报人：",
            "1",
            "１-",
            "\u{0}@\u{0}",
        ] {
            assert_eq!(mask(text).chars().count(), text.chars().count());
        }
    }
}
