//! What the national form asks of a person by code: sex (GB/T 2261.1) and political status (GB/T 4762). People write
//! the code, its name or a shorter one; all of these are understood.

/// One entry of a code list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonCode {
    /// The code, as `01`.
    pub code: &'static str,
    /// Its name.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// What else people write for it.
    also: &'static [&'static str],
}

const fn entry(
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    also: &'static [&'static str],
) -> PersonCode {
    PersonCode { code, zh, en, also }
}

/// 性别 (GB/T 2261.1).
pub const SEXES: [PersonCode; 4] = [
    entry("1", "男", "male", &["男性", "男士", "先生", "m", "man"]),
    entry("2", "女", "female", &["女性", "女士", "f", "woman"]),
    entry("0", "不清楚", "not known", &["未知", "未知的性别", "不详", "不明", "unknown"]),
    entry("9", "未说明", "not stated", &["未说明的性别", "其他", "其它", "保密", "other", "unspecified"]),
];

/// 政治面貌 (GB/T 4762), the thirteen codes of the national form.
pub const POLITICAL_STATUSES: [PersonCode; 13] = [
    entry(
        "01",
        "中共党员",
        "member of the Communist Party of China",
        &["中国共产党党员", "党员", "共产党员", "中共"],
    ),
    entry(
        "02",
        "中共预备党员",
        "probationary member of the Communist Party of China",
        &["中国共产党预备党员", "预备党员"],
    ),
    entry("03", "共青团员", "member of the Communist Youth League", &["中国共产主义青年团团员", "团员"]),
    entry(
        "04",
        "民革党员",
        "member of the Revolutionary Committee of the Kuomintang",
        &["中国国民党革命委员会会员", "民革会员", "民革"],
    ),
    entry("05", "民盟盟员", "member of the China Democratic League", &["中国民主同盟盟员", "民盟"]),
    entry(
        "06",
        "民建会员",
        "member of the China National Democratic Construction Association",
        &["中国民主建国会会员", "民建"],
    ),
    entry(
        "07",
        "民进会员",
        "member of the China Association for Promoting Democracy",
        &["中国民主促进会会员", "民进"],
    ),
    entry(
        "08",
        "农工党党员",
        "member of the Chinese Peasants\u{2019} and Workers\u{2019} Democratic Party",
        &["中国农工民主党党员", "农工党"],
    ),
    entry("09", "致公党党员", "member of the China Zhi Gong Party", &["中国致公党党员", "致公党"]),
    entry("10", "九三学社社员", "member of the Jiusan Society", &["九三学社"]),
    entry(
        "11",
        "台盟盟员",
        "member of the Taiwan Democratic Self-Government League",
        &["台湾民主自治同盟盟员", "台盟"],
    ),
    entry(
        "12",
        "无党派人士",
        "personage without party affiliation",
        &["无党派民主人士", "无党派", "民主人士"],
    ),
    entry("13", "群众", "none of these", &["普通居民", "普通公民", "普通群众", "非党员", "无"]),
];

/// The entry that somebody wrote, where the list has it.
pub fn find(list: &'static [PersonCode], written: &str) -> Option<&'static PersonCode> {
    let written = folded(written);
    // Spreadsheets drop the zero before a number.
    let number = |code: &str| code.trim_start_matches('0') == written.trim_start_matches('0');
    let is_number = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
    list.iter().find(|entry| match is_number {
        true => written.len() <= 2 && number(entry.code),
        false => {
            entry.zh == written
                || entry.en.to_lowercase() == written
                || entry.also.contains(&written.as_str())
        }
    })
}

/// Without spaces at the ends, full-width forms as plain ones, small letters.
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        // The full-width forms stand in the order of ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    text.trim().chars().map(plain).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_what_people_write_are_understood() {
        let sex_of = |written: &str| find(&SEXES, written).map(|entry| entry.code);
        for (written, code) in
            [("男", "1"), (" 女性 ", "2"), ("Ｍ", "1"), ("Female", "2"), ("9", "9"), ("０", "0")]
        {
            assert_eq!(sex_of(written), Some(code), "{written}");
        }
        let status = |written: &str| find(&POLITICAL_STATUSES, written).map(|entry| entry.code);
        for (written, code) in
            [("01", "01"), ("1", "01"), ("１３", "13"), ("党员", "01"), ("群众", "13"), ("九三学社", "10")]
        {
            assert_eq!(status(written), Some(code), "{written}");
        }
        for other in ["", "x", "00000", "14", "男女", "党员干部家属"] {
            assert_eq!((sex_of(other), status(other)), (None, None), "{other}");
        }
    }

    #[test]
    fn every_way_of_writing_finds_its_own_entry() {
        let check = |list: &'static [PersonCode]| {
            for entry in list {
                for written in [entry.code, entry.zh, entry.en].iter().chain(entry.also) {
                    assert_eq!(find(list, written), Some(entry), "{written}");
                }
            }
        };
        check(&SEXES);
        check(&POLITICAL_STATUSES);
    }
}
