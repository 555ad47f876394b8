//! Telephone numbers as people write them.

use dengwen_http::{FieldError, Text};

/// Signs that stand in numbers, between them and beside them, besides letters, digits and spaces.
const SIGNS: &str = "+-‐‑–—－＋()（）[]【】/／\\.．·。,，、;；:：#＃*＊_＿@＠&＆~～℡☎";
const CHINESE_DIGITS: &str = "〇零一二三四五六七八九十幺两";

/// What is wrong with a telephone number, if anything. Numbers come with area codes, extensions, another number, a
/// word on whose it is, or as another service's name; whoever says how they can be called is not sent away.
pub(crate) fn fault(field: &'static str, number: &str) -> Option<FieldError> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\u{A0}' | '\u{3000}');
    let fits = |c: char| c.is_alphanumeric() || space(c) || SIGNS.contains(c);
    let tells = |c: char| c.is_numeric() || c.is_ascii_alphabetic() || CHINESE_DIGITS.contains(c);
    (!number.chars().all(fits) || !number.chars().any(tells)).then(|| {
        let text = Text::new(
            "not a telephone number: write digits, with area code, extension and a word beside them where needed, or leave it out",
            "不像电话号码：请填数字，可带区号、分机和简短说明；没有可不填",
        );
        FieldError::with_message(field, "invalid", text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_taken() {
        for number in [
            "13900000123",
            "139 0000 0123",
            "+86-139-0000-0123",
            "（0990）6000123转8012",
            "0990-6000123 ext. 12",
            "内线8012",
            "139000001２3",
            "一三九零零零零零一二三",
            "微信 wx_abc-1",
            "13900000123（儿子）、13900000124",
            "WeChat: abc",
            "1",
        ] {
            assert!(fault("reporter.phone", number).is_none(), "{number}");
        }
    }

    #[test]
    fn what_is_no_number_is_told() {
        for number in [
            "问我儿子",
            "……",
            "<script>alert(1)</script>",
            "\"x\" OR 1=1",
            "139\u{7}",
            "139\n000\u{b}\u{2028}x",
            "😀139",
            "{\"a\":1}",
        ] {
            let fault = fault("reporter.phone", number).unwrap();
            assert_eq!((fault.field.as_str(), &*fault.code), ("reporter.phone", "invalid"), "{number}");
        }
    }
}
