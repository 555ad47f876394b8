//! The vendors' ways of writing an instant. A vendor's time only informs; ours decides.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::gateway::Reject;

/// RFC 3339, also with an offset without colon (`+0000`).
pub fn rfc3339(text: &str) -> Option<Timestamp> {
    text.trim()
        .parse()
        .ok()
        .or_else(|| strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text.trim()).ok()?.to_timestamp().ok())
}

/// `YYYY-MM-DD HH:MM[:SS]` in the zone that the vendor means.
pub fn local(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let civil: DateTime = text
        .trim()
        .parse()
        .ok()
        .or_else(|| strtime::parse("%Y-%m-%d %H:%M", text.trim()).ok()?.to_datetime().ok())?;
    civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

/// Digits without separators, as `strptime` formats them, in UTC.
pub fn digits(text: &str, format: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let civil = strtime::parse(format, text).ok()?.to_datetime().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Seconds or milliseconds since 1970, told apart by their size.
pub fn unix(text: &str) -> Option<Timestamp> {
    let number: i64 = text.trim().parse().ok()?;
    if number.unsigned_abs() >= 100_000_000_000 {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

/// Whole seconds since 1970 as a signature header gives them: digits only.
///
/// # Errors
/// [`Reject::BadTimestamp`].
pub fn header_seconds(text: &str) -> Result<Timestamp, Reject> {
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reject::BadTimestamp);
    }
    let seconds = text.parse().map_err(|_| Reject::BadTimestamp)?;
    Timestamp::from_second(seconds).map_err(|_| Reject::BadTimestamp)
}

/// Holds a signed instant inside its window; both ends belong to it.
///
/// # Errors
/// [`Reject::StaleTimestamp`] or [`Reject::FutureTimestamp`].
pub fn within(
    signed: Timestamp,
    now: Timestamp,
    past: SignedDuration,
    future: SignedDuration,
) -> Result<(), Reject> {
    let age = now.duration_since(signed);
    if age > past {
        Err(Reject::StaleTimestamp)
    } else if age < -future {
        Err(Reject::FutureTimestamp)
    } else {
        Ok(())
    }
}

/// RFC 3339 in UTC; fractions only where there are any, to the millisecond at least.
pub fn show(instant: Timestamp) -> String {
    let nanos = instant.subsec_nanosecond();
    if nanos == 0 {
        instant.to_string()
    } else if nanos % 1_000_000 == 0 {
        format!("{instant:.3}")
    } else {
        instant.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_form_the_vendors_use() {
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let beijing = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(rfc3339("2026-03-01T12:00:00Z"), Some(noon));
        assert_eq!(rfc3339("2026-03-01T12:00:00+0000"), Some(noon));
        assert_eq!(rfc3339("2026-03-01T19:00:00.000+07:00"), Some(noon));
        assert_eq!(local("2026-03-01 20:00:00", &beijing), Some(noon));
        assert_eq!(local("2026-03-01 20:00", &beijing), Some(noon));
        assert_eq!(digits("20260301120000", "%Y%m%d%H%M%S"), Some(noon));
        assert_eq!(digits("2603011200", "%y%m%d%H%M"), Some(noon));
        assert_eq!(unix("1772366400"), Some(noon));
        assert_eq!(unix("1772366400000"), Some(noon));
        assert_eq!(rfc3339("yesterday"), None);
        assert_eq!(local("2026-02-30 20:00:00", &beijing), None);
    }

    #[test]
    fn the_window_includes_its_ends() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let five = SignedDuration::from_mins(5);
        assert_eq!(within(at(0), at(300), five, five), Ok(()));
        assert_eq!(within(at(0), at(301), five, five), Err(Reject::StaleTimestamp));
        assert_eq!(within(at(300), at(0), five, five), Ok(()));
        assert_eq!(within(at(301), at(0), five, five), Err(Reject::FutureTimestamp));
    }

    #[test]
    fn header_seconds_are_whole_and_bounded() {
        assert_eq!(header_seconds("1614265330").unwrap().as_second(), 1_614_265_330);
        for bad in ["", "1614265330.0", "-1", "+1", "99999999999999999999", "999999999999", "{\"type\":\"sms"]
        {
            assert_eq!(header_seconds(bad), Err(Reject::BadTimestamp), "{bad}");
        }
    }

    #[test]
    fn fractions_are_shown_to_the_millisecond() {
        assert_eq!(show("2016-10-06T09:28:39.22Z".parse().unwrap()), "2016-10-06T09:28:39.220Z");
        assert_eq!(show("2016-10-06T09:28:39Z".parse().unwrap()), "2016-10-06T09:28:39Z");
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in ".{0,40}") {
            let _ = (rfc3339(&text), local(&text, &TimeZone::UTC), unix(&text), header_seconds(&text));
            let _ = digits(&text, "%Y%m%d%H%M%S");
        }
    }
}
