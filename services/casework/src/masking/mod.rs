//! Takes out of a reporter's words what would lead to a person's telephone, mailbox, papers or to the
//! reporter's own name, before a handling unit reads them (domain.md 3.7, 3.8: only what is needed
//! travels; identity never does).
//!
//! Each hidden character becomes one `＊`, so that evidence spans, which count characters, still fit.
//! Better one number too many than a reporter found: whoever needs the original asks the custodian.

mod contacts;
mod description;
mod forms;
mod latin;
mod names;
mod scan;
mod shape;
mod signatures;

use std::sync::LazyLock;

use dengwen_model::TipContent;
use dengwen_text::Script;

use scan::ends_of;

const HIDDEN: char = '＊';
/// A contact word is looked for this many characters before a number.
const CONTACT_WORD_WITHIN: usize = 10;

static SCRIPT: LazyLock<Script> = LazyLock::new(Script::shipped);

/// The words of a tip with such passages hidden, and with what the reporter gave apart and repeated in them.
pub(crate) fn mask_words(content: &TipContent) -> String {
    masked(&content.text, &content.reporter_spans)
}

/// The text with such passages hidden; as many characters as before.
pub(crate) fn mask(text: &str) -> String {
    masked(text, &[])
}

fn masked(text: &str, spans: &[(usize, usize)]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut hidden = vec![false; chars.len()];
    for &(start, end) in spans {
        if let Some(span) = hidden.get_mut(start..end) {
            span.fill(true);
        }
    }
    hide_mail_addresses(&chars, &mut hidden);
    hide_numbers(&chars, &mut hidden);
    hide_accounts(&chars, &mut hidden);
    // One spelling, a character for a character: 舉報人 is 举报人.
    let plain: Vec<char> = chars.iter().map(|c| SCRIPT.simplified(*c)).collect();
    names::hide(&plain, &mut hidden);
    signatures::hide(&plain, &mut hidden);
    latin::hide(&plain, &mut hidden);
    hide_homes(&plain, &mut hidden);
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

/// Where the reporter lives: from words that say so to the end of the clause.
fn hide_homes(chars: &[char], hidden: &mut [bool]) {
    const WORDS: [&str; 16] = [
        "住址:",
        "住址：",
        "现住址",
        "我现住",
        "本人现住",
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
    // 我叫某某某，住某县某镇某路: what follows a hidden name is the reporter's.
    let after_a_name = (2..chars.len())
        .filter(|&at| chars[at] == '住' && matches!(chars[at - 1], '，' | ',' | ' ' | '、') && hidden[at - 2])
        .map(|at| at + 1);
    let after_a_name: Vec<usize> = after_a_name.collect();
    for end in ends_of(chars, &WORDS).chain(after_a_name) {
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
            ("电话不便留 住址:城关镇建设路8号", "建设路"),
            ("我叫李问渠，住清岚县城关镇幸福路12号，反映局长", "幸福路"),
            ("My name is John Smith, and", "Smith"),
            ("检举人：李问渠", "李问渠"),
            ("我（李问渠）愿意当面说明", "李问渠"),
            ("联名人：李问渠、王砚秋", "王砚秋"),
            ("您的老部下：李问渠", "李问渠"),
            ("我名叫李问渠，", "李问渠"),
            ("反映人：封世泽、蒲云舟、闻庆来", "闻庆来"),
            ("举报人李问渠举报某局长", "李问渠"),
        ] {
            assert!(hides(text, secret));
        }
    }

    #[test]
    fn who_says_what_they_are_is_hidden() {
        for (text, secret) in [
            ("我是交通局的李问渠，反映局长骆维钧", "李问渠"),
            ("您好，我是清岚县交通运输局运输股职工李问渠。", "李问渠"),
            ("我是石碾镇中学教导主任雷桂兰。", "雷桂兰"),
            ("我是他妈关秀梅，电话", "关秀梅"),
            ("我是骆维钧的妻子关秀梅，他受贿", "关秀梅"),
            ("我是退伍老兵斯日古楞，七九年退的伍", "斯日古楞"),
            ("我是交通局的李明要实名举报局长骆维钧", "李明"),
            ("本人系定河县住建局干部李问渠，实名反映", "李问渠"),
            ("我们是交通局职工李问渠、王砚秋，联名反映", "王砚秋"),
            ("我係交通局嘅職工陳大文，舉報局長", "陳大文"),
            ("来电人称我是交通局的李问渠，", "李问渠"),
            ("我姓李叫李问渠，在交通局上班", "李问渠"),
            ("我姓李，名问渠，在交通局上班", "问渠"),
            ("免贵姓李，单名一个渠字", "渠"),
            ("我姓欧阳，叫问渠。", "欧阳"),
            ("我家在贾湾村，姓贾，叫贾保国。", "贾保国"),
            ("你好我是李问渠我要举报局长骆维钧", "李问渠"),
            ("我是交通局的李问渠，局长骆维钧当众骂李问渠是废物", "李问渠"),
            ("我叫李问渠今年五十二岁", "李问渠"),
            ("我叫买买提·艾力，", "艾力"),
            ("我叫 李问渠，", "李问渠"),
            ("来电人李问渠反映局长收钱", "李问渠"),
            ("来电人石某说局长收钱", "石某"),
            ("举报人：清岚县交通局职工李问渠", "李问渠"),
            ("举报人: 李 某某", "某某"),
            ("举报人：　李　问　渠", "渠"),
            ("举报人（签名）：李问渠", "李问渠"),
            ("举报人（李问渠）", "李问渠"),
            ("舉報人：陳大文", "陳大文"),
        ] {
            assert!(hides(text, secret), "{text}");
        }
    }

    #[test]
    fn who_signs_is_hidden_however_the_letter_ends() {
        for (text, secret) in [
            ("请组织核查。此致 敬礼 李问渠", "李问渠"),
            ("请组织核查。此致敬礼！李问渠 2026年3月1日", "李问渠"),
            ("请组织核查。此致 敬礼！交通局职工李问渠", "李问渠"),
            ("请查处局长骆维钧。李问渠 13900000123", "李问渠"),
            ("情况属实。\n李 问渠\n2026年3月1日", "问渠"),
            ("情况属实。\n李问渠 13900000123", "李问渠"),
            ("情况属实。\n林婉清　住榕陂市渔港路　电话13900001118", "林婉清"),
            ("情况属实。\n石碾镇孟家洼村 孟广田", "孟广田"),
            ("情况属实。\n石碾镇村民孟广田\n二〇二六年八月二十七日", "孟广田"),
            ("情况属实。\n李问渠、王砚秋（签字）", "王砚秋"),
            ("情况属实。\n贾保国 按手印\n邓大为", "贾保国"),
            ("情况属实。\n斯琴毕力格 二〇二六年四月三十日", "斯琴毕力格"),
            ("情况属实。\n李问渠谨上", "李问渠"),
            ("情况属实。李问渠呈", "李问渠"),
            ("情况属实。\n李问渠 呈\n2026年3月1日", "李问渠"),
            ("情况属实。\n交通局职工李问渠敬上", "李问渠"),
            ("情况属实。\n李问渠 王砚秋 孟广田", "王砚秋"),
            ("情况属实。\n李问渠 王砚秋 孟广田", "孟广田"),
            ("情况属实。李问渠、王砚秋、孟广田等十二人", "孟广田"),
            ("情况属实。\n李问渠 王砚秋等12名职工", "王砚秋"),
            ("情况属实。\n李 问 渠　王 砚 秋", "砚"),
            ("情况属实。\n李文书", "李文书"),
            ("Please look into it.\nYours, Li Wenqu", "Wenqu"),
            ("Please look into it. Yours sincerely,\nLi Wenqu\n2026-03-01", "Wenqu"),
            ("Best regards,\nLI WENQU", "WENQU"),
            ("my name is li wenqu, I work there", "wenqu"),
            ("I am Li Wenqu from the transport bureau", "Wenqu"),
            ("我叫Li Wenqu，在交通局工作", "Wenqu"),
            ("举报人：Li Wenqu", "Wenqu"),
        ] {
            assert!(hides(text, secret), "{text}");
        }
    }

    #[test]
    fn whoever_is_reported_stays_named() {
        for text in [
            "他是交通局的骆维钧，管运输",
            "我是来举报交通局局长骆维钧",
            "我是来举报交通局局长骆维钧的",
            "我是被局长骆维钧打击报复的职工",
            "我是交通局局长骆维钧的司机",
            "我是骆维钧的邻居",
            "我是想反映骆维钧",
            "我是来告交通局的骆维钧",
            "骆维钧打电话说：“我是局长骆维钧，你们看着办”",
            "他姓骆叫骆维钧，是局长",
            "局长姓骆，名维钧",
            "我叫骆维钧退钱，他不退",
            "校长把我叫去，桌上摆着材料",
            "我告的局长，姓骆，叫骆维钧",
            "他找我谈话，姓骆，叫骆维钧",
            "我们是交通局职工骆维钧、戚同舟的同事",
            "交通局局长骆维钧收钱。\n交通局 骆维钧",
            "被举报人姓名：骆维钧",
            "被举报人：清岚县交通局局长骆维钧",
            "举报人是骆维钧的下属",
            "举报人称局长骆维钧收钱",
            "我是交通局水运科，也是工会",
            "我是交通局的高级工程师，",
            "我是交通局的司机，",
            "情况属实。\n局长骆维钧",
            "举报对象：\n骆维钧\n戚同舟",
            "被举报人：骆维钧\n",
            "请查一查骆维钧。骆维钧",
            "群众敬礼，他红着脸躲开",
            "此致\n敬礼\n几名医务人员",
            "石碾镇孟家洼村",
            "I am Director Luo's driver",
            "I am Chinese and a clerk",
            "My name is withheld.",
            "Thank you for looking into Director Luo",
            "Accused: Luo Weijun",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn what_the_reporter_gave_apart_is_hidden_in_whatever_form_the_words_repeat_it() {
        let text = "李问渠就是我，局长骆维钧收钱";
        let content = |spans: &[(usize, usize)]| {
            let words = serde_json::json!({"channel": "web", "text": text, "details": {"kind": "web"}});
            let mut content: TipContent = serde_json::from_value(words).unwrap();
            content.reporter_spans = spans.to_vec();
            content
        };
        assert_eq!(mask_words(&content(&[(0, 3)])), "＊＊＊就是我，局长骆维钧收钱");
        // Spans of another text hide nothing outside of this one.
        assert_eq!(mask_words(&content(&[(12, 99), (5, 2)])), text);
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
        let descriptions = "我是李局职工姓李".repeat(1000);
        for text in [
            at.as_str(),
            &digits,
            &words,
            &descriptions,
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
