//! Call records (CDR) of the exchange, read as far as the desk needs them: whether somebody who called the line
//! spoke with a person.

mod json;
mod table;

use jiff::Timestamp;

pub(crate) use json::from_json;
pub(crate) use table::{CallRecords, from_table};

/// Longest id of a call, in bytes. Asterisk's and FreeSWITCH's are below 50.
const MAX_ID: usize = 128;
/// Longest number that is kept, in digits and signs (E.164 has 15 digits).
const MAX_NUMBER: usize = 32;

/// How a call ended, in the order of what weighs more where an exchange wrote several records of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ended {
    /// Nobody took it.
    Missed,
    /// The voicemail answered it.
    Voicemail,
    /// It was connected to a person.
    Taken,
}

/// A call as the exchange recorded it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CallRecord {
    /// The exchange's id of the call.
    pub(crate) id: String,
    /// The numbers that it was directed to.
    pub(crate) called: Vec<String>,
    /// The number that was shown, where one was.
    pub(crate) caller: Option<String>,
    pub(crate) began: Timestamp,
    /// Seconds from its begin to its end.
    pub(crate) lasted: u32,
    pub(crate) ended: Ended,
}

impl std::fmt::Debug for CallRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Who called whom is nobody's business.
        f.debug_struct("CallRecord").field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// An id as exchanges give them: visible ASCII.
fn id(text: &str) -> Option<String> {
    let fits = (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

/// A number that can be called back; nothing of `anonymous`, of a name, or of what somebody invented.
fn number(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let only = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'*' | b'#'));
    (digits >= 3 && text.len() <= MAX_NUMBER && only).then(|| text.to_owned())
}

/// Whether an application of the exchange records what the caller says.
fn records(application: &str) -> bool {
    const NAMES: [&str; 4] = ["voicemail", "record", "record_session", "minivmrecord"];
    NAMES.iter().any(|name| application.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_called_back_is_a_number() {
        for text in ["01055550123", "+8613900000123", "0571-55550123", "110"] {
            assert_eq!(number(text).as_deref(), Some(text));
        }
        for text in ["", "anonymous", "12", "<script>123</script>", "1 OR 1=1 11", &"1".repeat(33)] {
            assert_eq!(number(text), None, "{text}");
        }
        for text in ["", "a b", "a\n", "号", &"a".repeat(129)] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}
