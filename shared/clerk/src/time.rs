//! Instants and durations as clerks, their programs and their spreadsheets write them.

use dengwen_http::{FieldError, Text};
use dengwen_rules::shanghai;
use jiff::civil::{Date, DateTime, Time, Weekday, date};
use jiff::{SignedDuration, Timestamp};

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

/// What is left of a date and time that is read from its begin.
struct Signs<'a>(&'a str);

/// A run of digits: what it says, and how many there are.
#[derive(Clone, Copy)]
struct Digits<'a>(&'a str);

impl Digits<'_> {
    fn count(self) -> usize {
        self.0.len()
    }

    /// The number from this digit on, of so many.
    fn part(self, from: usize, length: usize) -> Option<i8> {
        self.0.get(from..from + length)?.parse().ok()
    }

    /// A number of one or two digits.
    fn small(self) -> Result<i8, NoInstant> {
        self.0.parse().ok().filter(|_| self.count() <= 2).ok_or(NoInstant::Unreadable)
    }
}

/// The part of the day that somebody says before the hour, or behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    /// 凌晨, 早上.
    Early,
    /// 上午.
    Morning,
    /// 中午.
    Noon,
    /// 下午, 傍晚.
    Afternoon,
    /// 晚上.
    Evening,
    /// AM.
    Ante,
    /// PM.
    Post,
}

impl Half {
    const BEFORE: [(&'static str, Self); 13] = [
        ("凌晨", Self::Early),
        ("清晨", Self::Early),
        ("早上", Self::Early),
        ("早晨", Self::Early),
        ("上午", Self::Morning),
        ("中午", Self::Noon),
        ("下午", Self::Afternoon),
        ("午后", Self::Afternoon),
        ("傍晚", Self::Afternoon),
        ("晚上", Self::Evening),
        ("晚间", Self::Evening),
        ("AM", Self::Ante),
        ("PM", Self::Post),
    ];
    const BEHIND: [(&'static str, Self); 6] = [
        ("AM", Self::Ante),
        ("PM", Self::Post),
        ("am", Self::Ante),
        ("pm", Self::Post),
        ("a.m.", Self::Ante),
        ("p.m.", Self::Post),
    ];

    /// The hour of the day that is meant. 上午12点 is midnight to Excel and noon to people, and 晚上1点 may belong to
    /// either day.
    fn hour(self, said: i8) -> Result<i8, NoInstant> {
        let hour = match (self, said) {
            (Self::Early, 0..=11) | (Self::Morning, 0..=11) | (Self::Noon, 11 | 12) => said,
            (Self::Early | Self::Morning | Self::Evening, 12) => return Err(NoInstant::Ambiguous),
            (Self::Evening, 0..=5) => return Err(NoInstant::Ambiguous),
            (Self::Afternoon | Self::Post, 12..=23) | (Self::Evening, 18..=23) | (Self::Noon, 13 | 14) => {
                said
            }
            (Self::Afternoon | Self::Post, 0..=11) | (Self::Evening, 6..=11) | (Self::Noon, 1 | 2) => {
                said + 12
            }
            (Self::Ante, 12) => 0,
            (Self::Ante, 0..=11) => said,
            _ => return Err(NoInstant::Unreadable),
        };
        Ok(hour)
    }
}

impl<'a> Signs<'a> {
    fn moment(mut self) -> Result<DateTime, NoInstant> {
        let first = self.digits();
        let moment = match first.count() {
            4 => {
                let day = self.day_of(first)?;
                day.to_datetime(self.time()?)
            }
            8 => {
                let day = compact_day(first)?;
                day.to_datetime(self.time()?)
            }
            // Behind a compact day without a space between.
            12 | 14 => compact_day(first)?.to_datetime(compact_time(Digits(&first.0[8..]))?),
            // 26-11-2 and 11/2/2026; a year, a month and a day of two digits each; an hour, or a time since 1970.
            1 | 2 if self.begins_with(['-', '/', '.', '年', '月']) => return Err(NoInstant::Ambiguous),
            6 | 10 => return Err(NoInstant::Ambiguous),
            _ => return Err(NoInstant::Unreadable),
        };
        if self.0.trim().is_empty() { Ok(moment) } else { Err(NoInstant::Unreadable) }
    }

    /// What follows the year: `-11-2`, `/11/2`, `.11.2`, `年11月2日`; and the day of the week, which must be true.
    fn day_of(&mut self, year: Digits<'_>) -> Result<Date, NoInstant> {
        self.joint(['-', '/', '.', '年'])?;
        let month = self.digits().small()?;
        self.joint(['-', '/', '.', '月'])?;
        let day = self.digits().small()?;
        let year = year.0.parse().map_err(|_| NoInstant::Unreadable)?;
        let date = Date::new(year, month, day).map_err(|_| NoInstant::Unreadable)?;
        self.skip(&["日", "号"]);
        if self.skip(&["星期", "周", "礼拜"]) {
            let named = self.sign().and_then(weekday);
            if named != Some(date.weekday()) {
                return Err(NoInstant::Unreadable);
            }
        }
        Ok(date)
    }

    /// The time of day, or midnight where none is given.
    fn time(&mut self) -> Result<Time, NoInstant> {
        self.skip(&["T", "t"]);
        if self.0.trim().is_empty() {
            return Ok(Time::midnight());
        }
        let before = self.one_of(&Half::BEFORE);
        let hour = self.digits();
        let time = if hour.count() > 2 && before.is_none() {
            compact_time(hour)?
        } else {
            self.time_of(hour.small()?)?
        };
        match before.or_else(|| self.one_of(&Half::BEHIND)) {
            Some(half) => {
                let hour = half.hour(time.hour())?;
                Time::new(hour, time.minute(), time.second(), 0).map_err(|_| NoInstant::Unreadable)
            }
            None => Ok(time),
        }
    }

    /// What follows the hour: `:05`, `:05:30`, `时5分`, `点半`, `时`.
    fn time_of(&mut self, hour: i8) -> Result<Time, NoInstant> {
        let (mut minute, mut second) = (0, 0);
        if self.skip(&[":"]) {
            minute = self.digits().small()?;
            if self.skip(&[":"]) {
                second = self.digits().small()?;
                // Programs add parts of a second.
                if self.0.starts_with('.') {
                    self.0 = &self.0[1..];
                    self.digits();
                }
            }
        } else {
            self.skip_or(&["点钟", "时", "点"])?;
            if self.skip(&["半"]) {
                minute = 30;
            } else if !self.skip(&["整"]) && self.begins_with_digit() {
                minute = self.digits().small()?;
                if self.skip(&["分"]) && self.begins_with_digit() {
                    second = self.digits().small()?;
                    self.skip_or(&["秒"])?;
                }
            }
        }
        Time::new(hour, minute, second, 0).map_err(|_| NoInstant::Unreadable)
    }

    /// The digits that come next, behind spaces.
    fn digits(&mut self) -> Digits<'a> {
        let text = self.0.trim_start();
        let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        self.0 = rest;
        Digits(digits)
    }

    fn begins_with(&self, signs: impl AsRef<[char]>) -> bool {
        self.0.trim_start().starts_with(signs.as_ref())
    }

    fn begins_with_digit(&self) -> bool {
        self.0.trim_start().starts_with(|sign: char| sign.is_ascii_digit())
    }

    fn joint(&mut self, signs: [char; 4]) -> Result<(), NoInstant> {
        self.0 = self.0.trim_start().strip_prefix(signs).ok_or(NoInstant::Unreadable)?;
        Ok(())
    }

    /// Passes over the first of the words that comes next; whether there was one.
    fn skip(&mut self, words: &[&str]) -> bool {
        let text = self.0.trim_start();
        let rest = words.iter().find_map(|word| text.strip_prefix(word));
        self.0 = rest.unwrap_or(text);
        rest.is_some()
    }

    fn skip_or(&mut self, words: &[&str]) -> Result<(), NoInstant> {
        if self.skip(words) { Ok(()) } else { Err(NoInstant::Unreadable) }
    }

    fn one_of(&mut self, words: &[(&str, Half)]) -> Option<Half> {
        words.iter().find(|(word, _)| self.skip(&[word])).map(|(_, half)| *half)
    }

    fn sign(&mut self) -> Option<char> {
        let mut signs = self.0.chars();
        let sign = signs.next();
        self.0 = signs.as_str();
        sign
    }
}

/// `20261102`, at the begin.
fn compact_day(digits: Digits<'_>) -> Result<Date, NoInstant> {
    let day = || {
        let year = digits.0.get(..4)?.parse().ok()?;
        Date::new(year, digits.part(4, 2)?, digits.part(6, 2)?).ok()
    };
    day().ok_or(NoInstant::Unreadable)
}

/// `1005`, `100500`.
fn compact_time(digits: Digits<'_>) -> Result<Time, NoInstant> {
    let second = if digits.count() == 4 { Some(0) } else { digits.part(4, 2) };
    let time = || Time::new(digits.part(0, 2)?, digits.part(2, 2)?, second?, 0).ok();
    time().filter(|_| matches!(digits.count(), 4 | 6)).ok_or(NoInstant::Unreadable)
}

fn weekday(sign: char) -> Option<Weekday> {
    let days = ['一', '二', '三', '四', '五', '六', '日'];
    let sign = if sign == '天' { '日' } else { sign };
    let nth = days.iter().position(|day| *day == sign)?;
    Weekday::from_monday_zero_offset(i8::try_from(nth).ok()?).ok()
}

/// A duration in seconds: `388`, `6:28`, `00:06:28`, `6分28秒`.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let text = in_half_width(text.trim());
    if text.contains(['时', '分', '秒']) {
        return spelled_seconds(&text);
    }
    let parts: Vec<u32> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [seconds] => Some(*seconds),
        [minutes, rest @ 0..60] => minutes.checked_mul(60)?.checked_add(*rest),
        [hours, minutes @ 0..60, rest @ 0..60] => hours.checked_mul(3600)?.checked_add(minutes * 60 + rest),
        _ => None,
    }
}

/// `1小时6分28秒`, `6分`, `28秒`.
fn spelled_seconds(text: &str) -> Option<u32> {
    let (mut signs, mut sum) = (Signs(text), 0_u32);
    for (words, worth) in [(&["小时", "时"][..], 3600), (&["分钟", "分"], 60), (&["秒钟", "秒"], 1)]
    {
        let Signs(rest) = signs;
        let count = signs.digits();
        match signs.skip(words) {
            true => sum = sum.checked_add(count.0.parse::<u32>().ok()?.checked_mul(worth)?)?,
            false => signs = Signs(rest),
        }
    }
    signs.0.trim().is_empty().then_some(sum)
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

    #[test]
    fn durations_are_seconds_or_hours_and_minutes() {
        for text in ["388", "6:28", "0:06:28", "00:06:28", "6分28秒", "６：２８", "388秒", "6分钟28秒"]
        {
            assert_eq!(seconds(text), Some(388), "{text}");
        }
        assert_eq!(seconds("1小时0分5秒"), Some(3605));
        assert_eq!(seconds("2分"), Some(120));
        for text in
            ["", "6:60", "1:2:3:4", "-1", "6.5", "x", "9999999999", "99999999:00:00", "6秒1分", "分", "6分x"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
