//! The console's session cookie: 256 random bits, of which the ledger keeps only the SHA-256.

use axum::http::{HeaderMap, HeaderValue};
use dengwen_http::{cookie, is_plain_loopback};
use dengwen_model::{Entropy, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Bound to this host and to TLS by its prefix (RFC 6265bis, 4.1.3).
const SECURE_NAME: &str = "__Host-dengwen";
/// Browsers refuse the prefix on plain HTTP, which only a loopback address is served by without a
/// proxy in front.
const LOOPBACK_NAME: &str = "dengwen-loopback";

/// What a session cookie carries.
#[derive(Clone)]
pub(crate) struct SessionToken(String);

impl SessionToken {
    /// A new token.
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(hex::encode(bytes))
    }

    /// The session as the tokens that are issued in it name it.
    pub(crate) fn id(&self) -> UserId {
        session_id(&self.hash())
    }

    /// What the ledger keeps.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

/// The id of the session whose token has this hash.
pub(crate) fn session_id(hash: &[u8]) -> UserId {
    let digest = Sha256::new().chain_update(b"session id ").chain_update(hash).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    UserId::from_uuid(Uuid::from_bytes(id))
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(hidden)")
    }
}

/// Reads the cookie.
pub(crate) struct SessionCookie;

impl SessionCookie {
    /// The token of a request's session cookie.
    pub(crate) fn of(headers: &HeaderMap) -> Option<SessionToken> {
        let value = cookie(headers, SECURE_NAME).or_else(|| cookie(headers, LOOPBACK_NAME))?;
        let shaped = value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
        shaped.then(|| SessionToken(value.to_owned()))
    }
}

/// `Set-Cookie` for a new session.
pub(crate) fn set_cookie(headers: &HeaderMap, token: &SessionToken, seconds: i64) -> HeaderValue {
    let (name, secure) = name_for(headers);
    header(format!("{name}={}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", token.0))
}

/// `Set-Cookie` that ends a session in the browser.
pub(crate) fn clear_cookie(headers: &HeaderMap) -> HeaderValue {
    let (name, secure) = name_for(headers);
    header(format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}"))
}

fn name_for(headers: &HeaderMap) -> (&'static str, &'static str) {
    if is_plain_loopback(headers) { (LOOPBACK_NAME, "") } else { (SECURE_NAME, "; Secure") }
}

#[expect(clippy::expect_used, reason = "made of ASCII constants, hexadecimal digits and a number")]
fn header(text: String) -> HeaderValue {
    HeaderValue::from_str(&text).expect("visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dengwen_model::SeededEntropy;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_cookie_is_bound_to_host_and_tls_but_for_plain_loopback() {
        let token = SessionToken::generate(&SeededEntropy::new(1));
        for (host, proto, secure) in [
            ("desk.example", None, true),
            ("127.0.0.1:8380", None, false),
            ("localhost", None, false),
            ("[::1]:8380", None, false),
            ("localhost:8380", Some("https"), true),
            ("127.0.0.1.example", None, true),
        ] {
            let mut pairs = vec![("host", host)];
            pairs.extend(proto.map(|proto| ("x-forwarded-proto", proto)));
            let cookie = set_cookie(&headers(&pairs), &token, 60).to_str().unwrap().to_owned();
            assert_eq!(cookie.starts_with("__Host-") && cookie.ends_with("; Secure"), secure, "{host}");
            assert!(cookie.contains("HttpOnly; SameSite=Strict"));
        }
    }

    #[test]
    fn only_a_well_formed_cookie_is_looked_up() {
        let good = "a".repeat(64);
        let of = |value: &str| SessionCookie::of(&headers(&[("cookie", value)])).is_some();
        assert!(of(&format!("other=1; __Host-dengwen={good}")));
        assert!(!of(&format!("__Host-dengwen={good}0")));
        assert!(!of(&format!("__Host-dengwen={}", "g".repeat(64))));
        assert!(!of(&format!("x__Host-dengwen={good}")));
        assert!(!of(""));
    }
}
