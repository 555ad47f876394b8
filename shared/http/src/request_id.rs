//! An id for each request, to find it in the log. Always made here: one from outside could be made to
//! link requests or to write into logs.

use std::fmt;

use dengwen_model::Entropy;
use http::HeaderValue;

/// 32 random hexadecimal digits. Also among the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(u128);

impl RequestId {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self(u128::from_be_bytes(bytes))
    }

    #[expect(clippy::expect_used, reason = "hexadecimal digits may stand in a header")]
    pub(crate) fn header_value(self) -> HeaderValue {
        HeaderValue::from_str(&self.to_string()).expect("digits")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
