//! Instants and durations as clerks, their programs and their spreadsheets write them.

mod duration;
mod half;
mod signs;

use dengwen_http::{FieldError, Text};
use dengwen_rules::shanghai;
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp};

pub(crate) use duration::seconds;
use signs::Signs;

/// Day 0 of the serial numbers that spreadsheets count days by, as they stand since 1900-03-01.
const DAY_0: Date = date(1899, 12, 30);
/// Serial numbers that are taken for days: 2000-01-01 to 2099-12-31. What lies outside is no date of a line.
const DAYS: std::ops::Range<f64> = 36_526.0..73_051.0;

/// Why a text is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoInstant {
    /// It is no date, or one that there is not.
    Unreadable,
    /// It may be one of several: `11/2/2026`, `26-11-2`, 上午12点, 晚上1点.
    Ambiguous,
}

impl NoInstant {
    /// As what is wrong with `field`.
    pub(crate) fn fault(self, field: &'static str) -> FieldError {
        let (code, text) = match self {
            Self::Unreadable => (
                "invalid",
                Text::new(
                    "not a date and time that there is; write 2026-11-02 10:05",
                    "不是有效的日期时间，请写作 2026-11-02 10:05",
                ),
            ),
            Self::Ambiguous => (
                "ambiguous",
                Text::new(
                    "may be read as several dates or times; write 2026-11-02 10:05",
                    "日期或时间有多种读法，请写作 2026-11-02 10:05",
                ),
            ),
        };
        FieldError::with_message(field, code, text)
    }
}

/// An instant as [`written_instant`] reads it, or a spreadsheet's serial number of one (`46305.4`), which is what is
/// left where the column was not formatted as a date.
pub(crate) fn local_instant(text: &str) -> Result<Timestamp, NoInstant> {
    match text.trim().parse::<f64>() {
        Ok(days) if DAYS.contains(&days) => serial(days).and_then(in_shanghai).ok_or(NoInstant::Unreadable),
        // A number of another kind, and no day of a month.
        Ok(_) if text.contains('.') => Err(NoInstant::Unreadable),
        _ => written_instant(text),
    }
}

/// An instant: RFC 3339; or a local date with or without a time of day in Asia/Shanghai, the year first:
/// `2026-10-10 09:35`, `2026/11/1 9:05` as Excel writes it in China, `2026.11.1`, `20261101`, `20261101090500`,
/// `2026年11月1日 星期日 上午9时5分`, also in full-width signs.
pub(crate) fn written_instant(text: &str) -> Result<Timestamp, NoInstant> {
    let text = in_half_width(text.trim());
    if let Ok(instant) = text.replace('/', "-").parse::<Timestamp>() {
        return Ok(instant);
    }
    in_shanghai(Signs(&text).moment()?).ok_or(NoInstant::Unreadable)
}

fn in_shanghai(local: DateTime) -> Option<Timestamp> {
    local.to_zoned(shanghai()).ok().map(|zoned| zoned.timestamp())
}

/// Full-width digits and signs as those of ASCII.
fn in_half_width(text: &str) -> String {
    let half = |sign: char| match sign {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
        '\u{3000}' | '\u{A0}' => ' ',
        '點' => '点',
        '時' => '时',
        sign => sign,
    };
    text.chars().map(half).collect()
}

/// The local time that a serial number stands for, to the nearest second.
fn serial(days: f64) -> Option<DateTime> {
    let seconds = SignedDuration::try_from_secs_f64((days * 86_400.0).round()).ok()?;
    DAY_0.at(0, 0, 0, 0).checked_add(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Option<String> {
        local_instant(text).ok().map(|instant| instant.to_string())
    }

    #[test]
    fn clerks_times_are_read_in_shanghai() {
        for text in [
            "2026-10-10T09:35:00+08:00",
            "2026-10-10 09:35",
            "2026/10/10 09:35:00",
            "2026-10-10T01:35:00Z",
            "46305.39930555556",
            "2026/10/10 9:35",
            "2026-10-10 9:35:00",
            "2026年10月10日 上午9:35",
            "2026.10.10 9:35",
        ] {
            assert_eq!(instant(text).as_deref(), Some("2026-10-10T01:35:00Z"), "{text}");
        }
        for text in ["2026-10-10", "2026年10月10日", "2026.10.10", "46305", " 46305.0 "] {
            assert_eq!(instant(text).as_deref(), Some("2026-10-09T16:00:00Z"), "{text}");
        }
        assert_eq!(instant("2026/11/1 下午3:05").as_deref(), Some("2026-11-01T07:05:00Z"));
        for text in ["26-10-10", "2026-10-10 25:00", "2026-10-10 9", "2026-10-10 9:05 x"] {
            assert_eq!(instant(text), None, "{text}");
        }
        for text in ["", "昨天", "2026-13-40", "09:35", "1", "36525.9", "73051", "1e9", "NaN", "inf"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn one_time_is_the_same_however_it_is_written() {
        for text in [
            "2026-11-02 10:05",
            "2026-11-02T10:05",
            "2026/11/2 10:05:00",
            "2026-11-02 10:05:00.000",
            "2026年11月2日10时05分",
            "2026年11月2日10时5分0秒",
            "2026 年 11 月 2 日 10 时 05 分",
            "2026年11月2日 上午10:05",
            "2026年11月2日上午10点05分",
            "2026年11月2日10点5分",
            "2026年11月2日星期一 10:05",
            "2026/11/2 周一 上午 10:05",
            "2026-11-2 10:05 AM",
            "2026-11-2 AM 10:05",
            "２０２６－１１－０２　１０：０５",
            "２０２６年１１月２日１０：０５",
            "2026-11-02 10：05",
            "20261102 10:05",
            "20261102 1005",
            "20261102 100500",
            "202611021005",
            "20261102100500",
            "20261102T100500",
            "2026.11.2 10:05",
            "2026．11．2 10:05",
            "46328.4201388889",
            "2026年11月2号 10時05分",
        ] {
            assert_eq!(instant(text).as_deref(), Some("2026-11-02T02:05:00Z"), "{text}");
        }
        for text in ["20261102", "2026.11.2", "２０２６１１０２", "2026年11月2日", "2026年11月2日 周一"]
        {
            assert_eq!(instant(text).as_deref(), Some("2026-11-01T16:00:00Z"), "{text}");
        }
        for text in [
            "2026年11月2日 下午3点20分",
            "2026年11月2日15时20分",
            "2026-11-02 下午3:20",
            "2026-11-02 下午 15:20",
            "2026-11-02 3:20 PM",
        ] {
            assert_eq!(instant(text).as_deref(), Some("2026-11-02T07:20:00Z"), "{text}");
        }
        for (text, utc) in [
            ("2026年11月2日 下午3点半", "07:30"),
            ("2026年11月2日 下午3点", "07:00"),
            ("2026年11月2日 15时", "07:00"),
            ("2026年11月2日 下午3点整", "07:00"),
            ("2026年11月2日 下午12:05", "04:05"),
            ("2026年11月2日 中午12:05", "04:05"),
            ("2026年11月2日 中午1点", "05:00"),
            ("2026年11月2日 晚上8点10分", "12:10"),
            ("2026-11-02 12:05 PM", "04:05"),
            ("2026-11-03 12:05 AM", "16:05"),
            ("2026年11月3日 凌晨0点5分", "16:05"),
        ] {
            assert_eq!(instant(text), Some(format!("2026-11-02T{utc}:00Z")), "{text}");
        }
    }

    #[test]
    fn what_may_be_several_times_is_told_from_what_is_none() {
        for text in [
            "11/2/2026",
            "02/11/2026 10:05",
            "26-11-2",
            "26年11月2日",
            "11月2日",
            "261102",
            "2026110210",
            "1793577900",
            "2026-11-02 上午12:05",
            "2026-11-02 晚上12点",
            "2026-11-02 晚上1点",
        ] {
            assert_eq!(local_instant(text), Err(NoInstant::Ambiguous), "{text}");
        }
        for text in [
            "2026-02-30",
            "2026年2月29日",
            "20260230",
            "20261302100500",
            "20261102106000",
            "20261102 24:00",
            "2026-11-02 10:60",
            "2026-11-02 上午15:20",
            "2026-11-02 25:00 PM",
            "2026年11月2日 星期二",
            "2026-11-02 下午",
            "2026-11-02 10:05:",
            "2026-11-02 10:",
            "2026年11月",
            "2026",
            "2.0261102E+13",
            "2026-11-02 10时5分0",
            "2026--11-02",
            "2026-011-2",
            "年月日",
        ] {
            assert_eq!(local_instant(text), Err(NoInstant::Unreadable), "{text}");
        }
        assert_eq!(
            written_instant("46305.5"),
            Err(NoInstant::Unreadable),
            "a number is not written as a date"
        );
    }
}
