//! W3C Trace Context (`traceparent`, version 00), so that one tip's way can be followed from door
//! to desk without naming the tip.

use std::fmt;
use std::str::FromStr;

use dengwen_model::Entropy;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A trace id and the span that caused this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: [u8; 16],
    span: [u8; 8],
    sampled: bool,
}

/// The text is not a version-00 `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct TraceParentError;

impl TraceParent {
    /// A new trace.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 24];
        entropy.fill(&mut bytes);
        bytes[0] |= 1; // neither id may be all zeros
        bytes[16] |= 1;
        let (mut trace, mut span) = ([0; 16], [0; 8]);
        trace.copy_from_slice(&bytes[..16]);
        span.copy_from_slice(&bytes[16..]);
        Self { trace, span, sampled: true }
    }

    /// The same trace, a new span.
    #[must_use]
    pub fn child(&self, entropy: &dyn Entropy) -> Self {
        Self { span: Self::new(entropy).span, ..*self }
    }

    /// The trace id, for log lines.
    pub fn trace_id(&self) -> String {
        self.trace.iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace.iter().try_for_each(|b| write!(f, "{b:02x}"))?;
        f.write_str("-")?;
        self.span.iter().try_for_each(|b| write!(f, "{b:02x}"))?;
        write!(f, "-{:02x}", u8::from(self.sampled))
    }
}

impl FromStr for TraceParent {
    type Err = TraceParentError;

    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 55
            && text.starts_with("00-")
            && bytes[35] == b'-'
            && bytes[52] == b'-'
            && bytes.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        if !shaped {
            return Err(TraceParentError);
        }
        let (mut trace, mut span) = ([0; 16], [0; 8]);
        hex(&bytes[3..35], &mut trace)?;
        hex(&bytes[36..52], &mut span)?;
        let mut flags = [0; 1];
        hex(&bytes[53..55], &mut flags)?;
        if trace == [0; 16] || span == [0; 8] {
            return Err(TraceParentError);
        }
        Ok(Self { trace, span, sampled: flags[0] & 1 == 1 })
    }
}

fn hex(digits: &[u8], out: &mut [u8]) -> Result<(), TraceParentError> {
    for (pair, byte) in digits.chunks(2).zip(out) {
        let digit = |d: u8| char::from(d).to_digit(16).ok_or(TraceParentError);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).map_err(|_| TraceParentError)?;
    }
    Ok(())
}

impl Serialize for TraceParent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceParent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
