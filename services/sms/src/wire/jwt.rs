//! Signed tokens (RFC 7519) with the algorithm pinned by the gateway, never taken from the token.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::gateway::{Reject, Secret};
use crate::wire::mac::{self, Hash};

/// Longest token that is looked at, in bytes.
const LONGEST: usize = 8192;

/// The claims that the vendors use. Times are seconds since 1970.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Who made it.
    pub iss: Option<String>,
    /// When it was made.
    pub iat: Option<f64>,
    /// Not valid before.
    pub nbf: Option<f64>,
    /// Not valid after.
    pub exp: Option<f64>,
    /// SHA-256 of the URL, hexadecimal.
    pub url_hash: Option<String>,
    /// SHA-256 of the body, hexadecimal.
    pub payload_hash: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Checks a token's signature against every live secret and gives its claims.
///
/// # Errors
/// [`Reject::BadAlgorithm`] for any algorithm not in `allowed`, `none` first of all;
/// [`Reject::BadSignature`] for a wrong signature and for what is no token.
pub fn verify(token: &str, allowed: &[Hash], secrets: &[Secret]) -> Result<Claims, Reject> {
    if token.len() > LONGEST {
        return Err(Reject::BadSignature);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Reject::BadSignature)?;
    let (header, claims) = signed.split_once('.').ok_or(Reject::BadSignature)?;
    let header: Header = part(header)?;
    let hash = match header.alg.as_str() {
        "HS256" => Hash::Sha256,
        "HS384" => Hash::Sha384,
        "HS512" => Hash::Sha512,
        _ => return Err(Reject::BadAlgorithm),
    };
    if !allowed.contains(&hash) {
        return Err(Reject::BadAlgorithm);
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| Reject::BadSignature)?;
    let right = secrets
        .iter()
        .any(|secret| mac::same(&mac::hmac(hash, secret.bytes(), &[signed.as_bytes()]), &signature));
    if right { part(claims) } else { Err(Reject::BadSignature) }
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Reject> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Reject::BadSignature)?;
    serde_json::from_slice(&json).map_err(|_| Reject::BadSignature)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7515, appendix A.1.
    #[test]
    fn the_rfc_example_verifies() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog\
                     Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = BASE64_URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let secrets = [Secret::from_bytes(key)];
        let claims = verify(token, &[Hash::Sha256], &secrets).unwrap();
        assert_eq!(claims.exp, Some(1_300_819_380.0));
        assert_eq!(verify(token, &[Hash::Sha512], &secrets).unwrap_err(), Reject::BadAlgorithm);
        let other = [Secret::from_bytes(b"other".to_vec())];
        assert_eq!(verify(token, &[Hash::Sha256], &other).unwrap_err(), Reject::BadSignature);
    }

    proptest! {
        #[test]
        fn no_text_passes_by_chance(token in "[A-Za-z0-9._=-]{0,200}") {
            let secrets = [Secret::from_bytes(b"k".to_vec())];
            prop_assert!(verify(&token, &[Hash::Sha256], &secrets).is_err());
        }
    }
}
