//! The cookie by which a clerk signed in at casework's console is known at the doors' pages: it holds an
//! access token that lives for two hours, and travels only to `/desk`.

use dengwen_http::{cookie, is_plain_loopback};
use dengwen_seal::AccessToken;
use http::{HeaderMap, HeaderValue};

/// Taken over TLS only (RFC 6265bis, 4.1.3). `__Host-` would send it with every path.
const SECURE_NAME: &str = "__Secure-dengwen-clerk";
/// Browsers refuse the prefix on plain HTTP, which only a loopback address is served by without a proxy.
const LOOPBACK_NAME: &str = "dengwen-clerk-loopback";

/// The cookie.
#[derive(Debug, Clone, Copy)]
pub struct ClerkCookie;

impl ClerkCookie {
    /// How long a token lives, in seconds. Pages renew it in its second half, so that whoever opens a form
    /// has an hour to fill it in.
    pub const SECONDS: i64 = 2 * 3600;

    /// What the console sends a clerk's browser to, to get the cookie or another one: `?back=` a page.
    pub const RENEW_PATH: &'static str = "/desk/clerk";

    /// The token that a browser sent, not yet judged.
    pub fn of(headers: &HeaderMap) -> Option<&str> {
        cookie(headers, SECURE_NAME).or_else(|| cookie(headers, LOOPBACK_NAME))
    }

    /// `Set-Cookie` with this token.
    pub fn set(headers: &HeaderMap, token: &AccessToken) -> HeaderValue {
        Self::header(headers, token.as_str(), Self::SECONDS)
    }

    /// `Set-Cookie` that ends it in the browser.
    pub fn clear(headers: &HeaderMap) -> HeaderValue {
        Self::header(headers, "", 0)
    }

    #[expect(clippy::expect_used, reason = "a token is base64url with dots; the rest are ASCII constants")]
    fn header(headers: &HeaderMap, value: &str, seconds: i64) -> HeaderValue {
        let (name, secure) =
            if is_plain_loopback(headers) { (LOOPBACK_NAME, "") } else { (SECURE_NAME, "; Secure") };
        let text =
            format!("{name}={value}; Path=/desk; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
        let mut header = HeaderValue::from_str(&text).expect("visible ASCII");
        header.set_sensitive(true);
        header
    }
}
