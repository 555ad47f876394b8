//! Replies: what is sent to a vendor, and what its answer means.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};

/// A reply to one person. Never shown by `Debug`.
#[derive(Clone)]
pub struct Reply {
    /// The person's number with `+`.
    pub to: String,
    /// The words, for vendors that send free text.
    pub text: String,
    /// The receipt in its groups of digits, for vendors that send approved templates only.
    pub receipt: Vec<String>,
    /// Our own reference, unique for ever; the vendor gives it back in delivery reports where it can.
    pub reference: String,
    /// Where delivery reports go; none where the operator did not set a public address.
    pub status_url: Option<String>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("reference", &self.reference).finish_non_exhaustive()
    }
}

impl Reply {
    /// A reply to nobody, to see whether a gateway is set up for sending.
    pub(crate) fn probe() -> Self {
        Self {
            to: String::new(),
            text: String::new(),
            receipt: Vec::new(),
            reference: String::new(),
            status_url: None,
        }
    }
}

/// What a signature needs besides the secret.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The present instant.
    pub now: Timestamp,
    /// Unpredictable, never used twice.
    pub nonce: String,
}

/// A request to a vendor. Never shown by `Debug`: the URL of some vendors holds a password.
#[derive(Clone)]
pub struct Outgoing {
    /// GET or POST.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Why no request can be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotSend {
    /// The settings for sending are missing.
    #[error("the gateway is not set up for sending: `{0}` is missing")]
    NotSetUp(&'static str),
    /// The vendor cannot be given this reply.
    #[error("the vendor cannot be given this reply")]
    Impossible,
}

impl Outgoing {
    /// A GET.
    pub fn get(url: String) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// A POST of a form.
    pub fn form(url: impl Into<String>, pairs: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut request = Self {
            method: Method::POST,
            url: url.into(),
            headers: HeaderMap::new(),
            body: body.into_bytes(),
        };
        request.set("content-type", "application/x-www-form-urlencoded");
        request
    }

    /// A POST of JSON.
    pub fn json(url: impl Into<String>, body: &serde_json::Value) -> Self {
        let mut request = Self {
            method: Method::POST,
            url: url.into(),
            headers: HeaderMap::new(),
            body: body.to_string().into_bytes(),
        };
        request.set("content-type", "application/json; charset=utf-8");
        request
    }

    /// Sets a header; a value that no header can hold is left out, and the vendor refuses the request.
    pub fn set(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }

    /// The same with basic authentication.
    #[must_use]
    pub fn basic(mut self, user: &str, password: &str) -> Self {
        let credentials = crate::wire::mac::to_base64(format!("{user}:{password}").as_bytes());
        self.set("authorization", &format!("Basic {credentials}"));
        self
    }
}

/// What a vendor's answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The vendor has it, under this id where it gave one.
    Accepted(Option<String>),
    /// Not now: the vendor did nothing with it, so it may be sent again.
    Later {
        /// The vendor's code.
        code: String,
        /// How long the vendor asks to wait.
        wait: Option<SignedDuration>,
    },
    /// Not at all: sending it again cannot help.
    Never {
        /// The vendor's code.
        code: String,
        /// The person wants no replies.
        opted_out: bool,
    },
    /// Nobody knows: it may have been sent. Sent again only where the vendor keeps references apart.
    Unknown {
        /// The vendor's code.
        code: String,
    },
}

impl Sent {
    /// A refusal for good.
    pub fn never(code: impl ToString) -> Self {
        Self::Never { code: code.to_string(), opted_out: false }
    }

    /// A refusal for now.
    pub fn later(code: impl ToString) -> Self {
        Self::Later { code: code.to_string(), wait: None }
    }

    /// What an HTTP status that is no success means with every vendor: 429 and 503 did nothing, other 5xx
    /// may have done something, the rest never helps.
    pub fn of_failure(status: u16) -> Self {
        let code = format!("http_{status}");
        match status {
            429 | 503 => Self::Later { code, wait: None },
            500.. => Self::Unknown { code },
            _ => Self::Never { code, opted_out: false },
        }
    }
}
