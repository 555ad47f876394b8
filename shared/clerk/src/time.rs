//! Instants and durations as clerks, their programs and their spreadsheets write them.

use dengwen_rules::shanghai;
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp};

/// Day 0 of the serial numbers that spreadsheets count days by, as they stand since 1900-03-01.
const DAY_0: Date = date(1899, 12, 30);
/// Serial numbers that are taken for days: 2000-01-01 to 2099-12-31. What lies outside is no date of a line.
const DAYS: std::ops::Range<f64> = 36_526.0..73_051.0;

/// An instant: RFC 3339; a local date with or without a time of day in Asia/Shanghai
/// (`2026-10-10 09:35`, `2026/10/10`); or a spreadsheet's serial number of one (`46305.4`), which is
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

fn civil(text: &str) -> Option<DateTime> {
    if text.len() <= 10 {
        return Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0));
    }
    let seconds = if text.matches(':').count() == 1 { format!("{text}:00") } else { text.to_owned() };
    seconds.parse().ok()
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
        ] {
            assert_eq!(instant(text).as_deref(), Some("2026-10-10T01:35:00Z"), "{text}");
        }
        for text in ["2026-10-10", "46305", " 46305.0 "] {
            assert_eq!(instant(text).as_deref(), Some("2026-10-09T16:00:00Z"), "{text}");
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
