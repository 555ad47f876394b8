//! What the vendor is answered. The body is part of each vendor's protocol.

use super::Reject;

/// What became of a request as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Stored, known already, or none of our concern: the vendor need not send it again.
    Taken,
    /// Refused.
    Refused(Reject),
    /// We could not store it: the vendor must send it again.
    Unavailable,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}

const PROBLEM: &str = "application/problem+json";

impl Answer {
    /// An answer of these parts.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self { status, content_type, body: body.into() }
    }

    /// For vendors that look at the status alone: an empty 200, or a problem (RFC 9457).
    pub fn plain(verdict: &Verdict) -> Self {
        Self::or_problem(verdict, Self::new(200, "text/plain", ""))
    }

    /// The given answer when taken, else a problem (RFC 9457).
    pub fn or_problem(verdict: &Verdict, taken: Self) -> Self {
        match verdict {
            Verdict::Taken => taken,
            Verdict::Refused(reject) => Self::new(reject.status(), PROBLEM, problem(reject)),
            Verdict::Unavailable => Self::new(
                503,
                PROBLEM,
                r#"{"type":"urn:dengwen:problem:unavailable","title":"try again later","status":503}"#,
            ),
        }
    }

    /// The status of a verdict, for vendors with a body of their own.
    pub fn status_of(verdict: &Verdict) -> u16 {
        match verdict {
            Verdict::Taken => 200,
            Verdict::Refused(reject) => reject.status(),
            Verdict::Unavailable => 503,
        }
    }
}

fn problem(reject: &Reject) -> String {
    serde_json::json!({
        "type": format!("urn:dengwen:problem:sms-{}", reject.code().replace('_', "-")),
        "title": "the request was refused",
        "status": reject.status(),
        "reason": reject.to_string(),
    })
    .to_string()
}
