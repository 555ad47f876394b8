//! How single values are stored.

use dengwen_model::{Channel, MessageFrom, MessageId};
use jiff::Timestamp;
use serde::Serialize;

use crate::LedgerError;

/// Stands for "no limit" in a column that an index orders by: NULL sorts first in SQLite, last in PostgreSQL.
pub const NEVER: i64 = i64::MAX;

/// An instant as it is stored: microseconds since 1970, rounded down.
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A stored instant.
pub fn instant(micros: i64, table: &'static str, column: &'static str) -> Result<Timestamp, LedgerError> {
    Timestamp::from_microsecond(micros).map_err(|_| LedgerError::Inconsistent { table, column })
}

/// A text that every database stores: PostgreSQL has no NUL in texts, SQLite would cut some of them there.
pub fn text<'a>(value: &'a str, table: &'static str, column: &'static str) -> Result<&'a str, LedgerError> {
    if value.contains('\0') { Err(LedgerError::Unstorable { table, column }) } else { Ok(value) }
}

/// A value as JSON that every database stores: PostgreSQL's `jsonb` refuses `\u0000`.
pub fn json_text<T: Serialize>(
    value: &T,
    table: &'static str,
    column: &'static str,
) -> Result<String, LedgerError> {
    let json = serde_json::to_string(value).map_err(|e| LedgerError::Refused(Box::new(e)))?;
    if holds_nul(&json) { Err(LedgerError::Unstorable { table, column }) } else { Ok(json) }
}

/// Whether JSON text has a NUL, which serde_json always writes as `\u0000`; `\\u0000` is a backslash and text.
fn holds_nul(json: &str) -> bool {
    json.match_indices(r"\u0000").any(|(at, _)| {
        let backslashes = json.as_bytes()[..at].iter().rev().take_while(|b| **b == b'\\').count();
        backslashes % 2 == 0
    })
}

/// A channel by its stored name.
pub fn channel(name: &str) -> Option<Channel> {
    [Channel::Phone, Channel::Sms, Channel::Web, Channel::Letter].into_iter().find(|c| c.as_str() == name)
}

/// The stored name of who wrote a mailbox message.
pub fn sender_name(from: MessageFrom) -> &'static str {
    match from {
        MessageFrom::Line => "line",
        MessageFrom::Reporter => "reporter",
    }
}

/// Who wrote a mailbox message, by the stored name.
pub fn sender(name: &str) -> Option<MessageFrom> {
    [MessageFrom::Line, MessageFrom::Reporter].into_iter().find(|from| sender_name(*from) == name)
}

/// When a message was made, in microseconds: version-7 ids tell it (RFC 9562, 5.7).
pub fn queued_at(id: MessageId) -> i64 {
    let Some(made) = id.as_uuid().get_timestamp() else { return 0 };
    let (seconds, nanos) = made.to_unix();
    i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000).saturating_add(i64::from(nanos / 1_000))
}

/// A count as the database gives it; it never is negative.
pub fn stored_count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_found_in_json_but_a_written_escape_is_not_one() {
        assert!(json_text(&"a\0b", "t", "c").is_err());
        assert!(json_text(&"\\\0", "t", "c").is_err());
        assert!(json_text(&r"\u0000", "t", "c").is_ok());
        assert!(json_text(&r"\\u0000", "t", "c").is_ok());
        assert!(text("a\0", "t", "c").is_err());
    }

    #[test]
    fn instants_survive_to_the_microsecond() {
        let at: Timestamp = "2026-01-31T15:59:59.123456789Z".parse().expect("a time");
        let back = instant(micros(at), "t", "c").expect("in range");
        assert_eq!(back.to_string(), "2026-01-31T15:59:59.123456Z");
        assert!(instant(i64::MAX, "t", "c").is_err());
    }
}
