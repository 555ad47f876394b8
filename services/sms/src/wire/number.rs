//! Who sent a message, as E.164 where it is a telephone number (ITU-T E.164: at most 15 digits).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The sender as the gateway names it. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Sender {
    /// A subscriber's number with `+`.
    Number(String),
    /// A service number that cannot be answered (10086, 106…).
    ShortCode(String),
    /// An alphanumeric sender id, which cannot be answered either (3GPP TS 23.040, 9.1.2.5).
    Name(String),
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "Number(hidden)",
            Self::ShortCode(_) => "ShortCode(hidden)",
            Self::Name(_) => "Name(hidden)",
        })
    }
}

impl Sender {
    /// As shown to whoever may see it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Number(text) | Self::ShortCode(text) | Self::Name(text) => text,
        }
    }

    /// The number to answer to; none for service numbers and names.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number),
            Self::ShortCode(_) | Self::Name(_) => None,
        }
    }
}

/// How a gateway writes subscribers' numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Country code first, with or without `+`.
    International,
    /// As dialled inside one country, unless `+` or `00` says otherwise.
    National(Country),
}

/// A country's numbering as far as mobile senders need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    region: &'static str,
    code: &'static str,
    /// Dialled before a national number.
    trunk: &'static str,
    /// Lengths of a national number without the trunk prefix.
    lengths: (usize, usize),
}

/// National Numbering Plans as filed with ITU-T (Operational Bulletin).
const COUNTRIES: &[Country] = &[
    Country { region: "CN", code: "86", trunk: "0", lengths: (10, 11) },
    Country { region: "HK", code: "852", trunk: "", lengths: (8, 8) },
    Country { region: "MO", code: "853", trunk: "", lengths: (8, 8) },
    Country { region: "TW", code: "886", trunk: "0", lengths: (8, 9) },
    Country { region: "US", code: "1", trunk: "1", lengths: (10, 10) },
    Country { region: "CA", code: "1", trunk: "1", lengths: (10, 10) },
    Country { region: "GB", code: "44", trunk: "0", lengths: (9, 10) },
    Country { region: "DE", code: "49", trunk: "0", lengths: (7, 11) },
    Country { region: "FR", code: "33", trunk: "0", lengths: (9, 9) },
    Country { region: "NL", code: "31", trunk: "0", lengths: (9, 9) },
    Country { region: "ES", code: "34", trunk: "", lengths: (9, 9) },
    Country { region: "HR", code: "385", trunk: "0", lengths: (8, 9) },
    Country { region: "RU", code: "7", trunk: "8", lengths: (10, 10) },
    Country { region: "KZ", code: "7", trunk: "8", lengths: (10, 10) },
    Country { region: "IN", code: "91", trunk: "0", lengths: (10, 10) },
    Country { region: "ID", code: "62", trunk: "0", lengths: (8, 12) },
    Country { region: "JP", code: "81", trunk: "0", lengths: (9, 10) },
    Country { region: "KR", code: "82", trunk: "0", lengths: (8, 10) },
    Country { region: "SG", code: "65", trunk: "", lengths: (8, 8) },
    Country { region: "MY", code: "60", trunk: "0", lengths: (8, 10) },
    Country { region: "TH", code: "66", trunk: "0", lengths: (8, 9) },
    Country { region: "VN", code: "84", trunk: "0", lengths: (9, 10) },
    Country { region: "AU", code: "61", trunk: "0", lengths: (9, 9) },
    Country { region: "NG", code: "234", trunk: "0", lengths: (8, 10) },
    Country { region: "KE", code: "254", trunk: "0", lengths: (9, 9) },
    Country { region: "RW", code: "250", trunk: "0", lengths: (9, 9) },
    Country { region: "ZA", code: "27", trunk: "0", lengths: (9, 9) },
    Country { region: "BR", code: "55", trunk: "0", lengths: (10, 11) },
    Country { region: "MX", code: "52", trunk: "", lengths: (10, 10) },
];

impl Country {
    /// China.
    pub const CN: Self = COUNTRIES[0];

    /// The country of an ISO 3166-1 alpha-2 region, in any case.
    pub fn of_region(region: &str) -> Option<Self> {
        COUNTRIES.iter().find(|country| country.region.eq_ignore_ascii_case(region.trim())).copied()
    }

    /// Whether the digits begin with another country's code as Chinese gateways write it without `+`: 852 and 853
    /// are no area codes of the mainland (any more), and none begins with 86.
    fn begins_abroad(&self, digits: &str) -> bool {
        self.region == "CN" && ["86", "852", "853"].iter().any(|code| digits.starts_with(code))
    }

    fn has(&self, digits: usize) -> bool {
        (self.lengths.0..=self.lengths.1).contains(&digits)
    }

    /// Chinese service numbers begin with 10, 11, 12, 95 or 96 and may be longer than a subscriber's
    /// (工业和信息化部《电信网码号资源分类管理目录》).
    fn is_service(&self, digits: &str) -> bool {
        self.region == "CN" && ["10", "11", "12", "95", "96"].iter().any(|prefix| digits.starts_with(prefix))
    }

    fn national(&self, digits: &str) -> Option<String> {
        if self.is_service(digits) || self.begins_abroad(digits) {
            return None;
        }
        let without_trunk =
            Some(self.trunk).filter(|trunk| !trunk.is_empty()).and_then(|trunk| digits.strip_prefix(trunk));
        let number = without_trunk.filter(|rest| self.has(rest.len())).or(Some(digits))?;
        self.has(number.len()).then(|| format!("+{}{number}", self.code))
    }
}

impl Plan {
    /// The sender that the gateway's text names. `None` where it is empty or longer than any sender may be.
    pub fn sender(self, raw: &str) -> Option<Sender> {
        let raw = raw.trim();
        if raw.is_empty() || raw.len() > 64 || raw.contains(char::is_control) {
            return None;
        }
        let plain: String =
            raw.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}')).collect();
        let (plus, digits) = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
            Some(rest) => (true, rest),
            None => (false, plain.as_str()),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Sender::Name(raw.to_owned()));
        }
        let number = if plus { international(digits, 7) } else { self.without_plus(digits) };
        Some(match number {
            Some(number) => match chinese_service(&number) {
                Some(service) => Sender::ShortCode(service.to_owned()),
                None => Sender::Number(number),
            },
            None => Sender::ShortCode(digits.to_owned()),
        })
    }

    fn without_plus(self, digits: &str) -> Option<String> {
        match self {
            Self::International => international(digits, 9),
            Self::National(country) => country
                .national(digits)
                .or_else(|| (!country.is_service(digits)).then(|| international(digits, 10)).flatten()),
        }
    }
}

/// The service number in one that some gateways write with China's code (8610690…): an answer to it would begin a
/// loop. Beijing's own area code is 10 too, with eight digits behind it that begin with neither 0 nor 1; where they
/// begin with 6 it may be either, and neither kind of line takes an answer.
fn chinese_service(number: &str) -> Option<&str> {
    let digits = number.strip_prefix("+86").filter(|digits| Country::CN.is_service(digits))?;
    let beijing =
        digits.len() == 10 && matches!(digits.as_bytes(), [b'1', b'0', b'2'..=b'5' | b'7'..=b'9', ..]);
    (!beijing).then_some(digits)
}

/// A number with its country code; shorter ones are service numbers.
fn international(digits: &str, shortest: usize) -> Option<String> {
    ((shortest..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Option<Sender> {
        Some(Sender::Number(text.to_owned()))
    }

    #[test]
    fn chinese_numbers_in_every_spelling() {
        let plan = Plan::National(Country::CN);
        for raw in ["13000000001", "+8613000000001", "008613000000001", "8613000000001", "130 0000-0001"] {
            assert_eq!(plan.sender(raw), number("+8613000000001"), "{raw}");
        }
        assert_eq!(plan.sender("057188888888"), number("+8657188888888"));
        for raw in ["10086", "12380", "106901234567", "95588"] {
            assert_eq!(plan.sender(raw), Some(Sender::ShortCode(raw.to_owned())), "{raw}");
        }
    }

    #[test]
    fn a_service_number_is_none_that_can_be_answered_however_it_is_written() {
        for plan in [Plan::National(Country::CN), Plan::International] {
            for (raw, service) in [
                ("+8610086", "10086"),
                ("008612380", "12380"),
                ("86106901234567", "106901234567"),
                ("+8610690000", "10690000"),
                ("+8695588", "95588"),
                ("8610690123456789", "8610690123456789"),
            ] {
                assert_eq!(plan.sender(raw), Some(Sender::ShortCode(service.to_owned())), "{raw}");
            }
            assert_eq!(plan.sender("+861088888888"), number("+861088888888"), "a line in Beijing");
        }
    }

    #[test]
    fn neighbours_write_to_chinese_gateways_without_plus() {
        let plan = Plan::National(Country::CN);
        for (raw, full) in [
            ("85291234567", "+85291234567"),
            ("85366123456", "+85366123456"),
            ("886912345678", "+886912345678"),
            ("085188888888", "+8685188888888"),
        ] {
            assert_eq!(plan.sender(raw), number(full), "{raw}");
        }
    }

    #[test]
    fn other_senders() {
        let us = Plan::National(Country::of_region("us").unwrap());
        assert_eq!(us.sender("6505551212"), number("+16505551212"));
        assert_eq!(us.sender("16505551212"), number("+16505551212"));
        assert_eq!(us.sender("+447700900001"), number("+447700900001"));
        assert_eq!(Plan::International.sender("385916242493"), number("+385916242493"));
        assert_eq!(Plan::International.sender("+68673076228"), number("+68673076228"));
        assert_eq!(Plan::International.sender("24453"), Some(Sender::ShortCode("24453".into())));
        assert_eq!(Plan::International.sender("MTNBank"), Some(Sender::Name("MTNBank".into())));
        assert_eq!(Plan::International.sender(""), None);
    }

    proptest! {
        #[test]
        fn a_number_is_always_e_164(raw in "[+0-9 ()a-z-]{0,30}") {
            for plan in [Plan::International, Plan::National(Country::CN)] {
                if let Some(Sender::Number(number)) = plan.sender(&raw) {
                    prop_assert!(number.starts_with('+') && !number.starts_with("+0"));
                    prop_assert!((8..=16).contains(&number.len()));
                    prop_assert!(number[1..].bytes().all(|byte| byte.is_ascii_digit()));
                }
            }
        }
    }
}
