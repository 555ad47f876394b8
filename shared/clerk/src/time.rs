//! Instants and durations as clerks, their programs and their spreadsheets write them.

use dengwen_rules::shanghai;
use jiff::civil::{Date, DateTime, Time, date};
use jiff::{SignedDuration, Timestamp};

/// Day 0 of the serial numbers that spreadsheets count days by, as they stand since 1900-03-01.
const DAY_0: Date = date(1899, 12, 30);
/// Serial numbers that are taken for days: 2000-01-01 to 2099-12-31. What lies outside is no date of a line.
const DAYS: std::ops::Range<f64> = 36_526.0..73_051.0;

/// An instant: RFC 3339; a local date with or without a time of day in Asia/Shanghai
/// (`2026-10-10 09:35`, `2026/11/1 9:05` as Excel writes it in China, `2026年11月1日`); or a spreadsheet's serial number of one (`46305.4`), which is
/// what is left where the column was not formatted as a date.
pub(crate) fn local_instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let local = match text.parse::<f64>().ok().filter(|days| DAYS.contains(days)) {
        Some(days) => serial(days)?,
        None => {
            let text = text.replace('/', "-");
            if let Ok(instant) = text.parse::<Timestamp>() {
                return Some(instant);
            }
            civil(&text)?
        }
    };
    local.to_zoned(shanghai()).ok().map(|zoned| zoned.timestamp())
}

/// `2026-11-1 9:05`, `2026年11月1日 下午3:20`, `2026.11.1`: a day, and a time of day where there is one.
fn civil(text: &str) -> Option<DateTime> {
    let text = text.replace(['年', '月', '.'], "-").replace('日', " ");
    let (day, time) = text.trim().split_once([' ', 'T']).unwrap_or((text.trim(), ""));
    let [year, month, day]: [&str; 3] = day.split('-').collect::<Vec<_>>().try_into().ok()?;
    let year = year.parse().ok().filter(|_| year.len() == 4)?;
    let day = Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(day.to_datetime(time_of_day(time.trim())?))
}

fn time_of_day(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let (text, afternoon) = match (text.strip_prefix("下午"), text.strip_prefix("上午")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => (text, false),
    };
    let parts: Vec<i8> = text.trim().split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let hour = if afternoon && hour < 12 { hour + 12 } else { hour };
    Time::new(hour, minute, second, 0).ok()
}

/// The local time that a serial number stands for, to the nearest second.
fn serial(days: f64) -> Option<DateTime> {
    let seconds = SignedDuration::try_from_secs_f64((days * 86_400.0).round()).ok()?;
    DAY_0.at(0, 0, 0, 0).checked_add(seconds).ok()
}

/// A duration in seconds: `388`, `6:28`, `00:06:28`.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let parts: Vec<u32> = text.trim().split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [seconds] => Some(*seconds),
        [minutes, rest @ 0..60] => minutes.checked_mul(60)?.checked_add(*rest),
        [hours, minutes @ 0..60, rest @ 0..60] => hours.checked_mul(3600)?.checked_add(minutes * 60 + rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Option<String> {
        local_instant(text).map(|instant| instant.to_string())
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
    fn durations_are_seconds_or_hours_and_minutes() {
        for text in ["388", "6:28", "0:06:28", "00:06:28"] {
            assert_eq!(seconds(text), Some(388), "{text}");
        }
        for text in ["", "6:60", "1:2:3:4", "-1", "6.5", "x", "9999999999", "99999999:00:00"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
