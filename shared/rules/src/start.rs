//! Where a period starts, and the zone in which days are counted.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Asia/Shanghai as the rules count it: UTC+8 without daylight saving (PR-5), so that no time zone
/// database needs to be there.
pub fn shanghai() -> TimeZone {
    TimeZone::fixed(OFFSET)
}

const OFFSET: Offset = jiff::tz::offset(8);

/// The date in Asia/Shanghai at an instant.
pub fn date_at(instant: Timestamp) -> Date {
    OFFSET.to_datetime(instant).date()
}

/// The instant at which a date begins in Asia/Shanghai; `None` beyond the ends of time that jiff
/// knows (years -9999 to 9999).
pub fn beginning_of(date: Date) -> Option<Timestamp> {
    OFFSET.to_timestamp(date.at(0, 0, 0, 0)).ok()
}

/// What starts a period: a day, or an instant, which is taken in Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Start {
    /// A day.
    Date(Date),
    /// An instant.
    Instant(Timestamp),
}

/// The text is neither a date (`2026-02-13`) nor an RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("start is neither a date (YYYY-MM-DD) nor an RFC 3339 instant")]
pub struct NotAStart;

impl Start {
    /// The day in Asia/Shanghai.
    pub fn date(self) -> Date {
        match self {
            Self::Date(date) => date,
            Self::Instant(instant) => date_at(instant),
        }
    }

    /// The instant; of a day its beginning.
    pub fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Date(date) => beginning_of(date),
            Self::Instant(instant) => Some(instant),
        }
    }

    /// The instant so many hours later, or `None` beyond the ends of time.
    pub(crate) fn plus_hours(self, hours: u32) -> Option<Timestamp> {
        self.instant()?.checked_add(SignedDuration::from_hours(i64::from(hours))).ok()
    }
}

impl From<Timestamp> for Start {
    fn from(instant: Timestamp) -> Self {
        Self::Instant(instant)
    }
}

impl From<Date> for Start {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl FromStr for Start {
    type Err = NotAStart;

    fn from_str(text: &str) -> Result<Self, NotAStart> {
        // Only the ten characters of a date: jiff would also read a date out of a time without
        // an offset, and so silently choose a zone for it.
        if text.len() == 10 {
            return text.parse().map(Self::Date).map_err(|_| NotAStart);
        }
        text.parse().map(Self::Instant).map_err(|_| NotAStart)
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::Instant(instant) => write!(f, "{}", instant.display_with_offset(OFFSET)),
        }
    }
}

impl Serialize for Start {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
