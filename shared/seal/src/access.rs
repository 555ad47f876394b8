//! Access tokens: `dwt1.<claims>.<signature>`, both base64url without padding.
//!
//! A door has no ledger, so a token carries who its bearer is and the door checks it with the
//! public key alone. Withdrawing one before it expires is the ledger's business (by `id`); casework
//! tells the doors.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dengwen_model::{Principal, Role, UnitCode, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{SigningSecret, VerifyingKeys};

const PREFIX: &str = "dwt1.";
const PURPOSE: &str = "access-token";
/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 2048;
/// How far the clocks of two hosts may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// What a token says of its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessClaims {
    /// The account, or the token itself where it belongs to no account.
    pub id: UserId,
    /// The browser's session that it was issued in: it ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<UserId>,
    /// What the bearer may do.
    pub role: Role,
    /// The unit they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitCode>,
    /// The name it was issued for, for the audit log.
    pub name: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when it is no longer taken.
    pub expires_at: Timestamp,
}

impl AccessClaims {
    /// Claims for `principal` from `issued_at` on.
    pub fn new(principal: Principal, issued_at: Timestamp, expires_at: Timestamp) -> Self {
        let Principal { id, role, unit, name } = principal;
        Self { id, session: None, role, unit, name, issued_at, expires_at }
    }

    /// The ids by any of which it is withdrawn.
    pub fn ids(&self) -> impl Iterator<Item = UserId> + use<> {
        std::iter::once(self.id).chain(self.session)
    }

    /// Who the bearer is.
    pub fn principal(self) -> Principal {
        Principal { id: self.id, role: self.role, unit: self.unit, name: self.name }
    }
}

/// Why a token is not taken. All of them are 401 to the bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Not of the form `dwt1.<claims>.<signature>`, or its claims are not ours.
    #[error("not an access token")]
    Malformed,
    /// No known key signed it.
    #[error("the access token's signature is not ours")]
    Signature,
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
    /// Issued in the future: somebody's clock is wrong.
    #[error("the access token is not valid yet")]
    NotYetValid,
}

/// An issued token. Wiped when dropped; `Debug` does not show it.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// The token as it goes into `Authorization: Bearer`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(hidden)")
    }
}

/// Issues tokens; only the administrator's command line and the console hold the secret.
#[derive(Debug)]
pub struct TokenIssuer(SigningSecret);

impl TokenIssuer {
    /// An issuer with this key.
    pub fn new(secret: SigningSecret) -> Self {
        Self(secret)
    }

    /// The verifier for what this issues.
    pub fn verifier(&self) -> TokenVerifier {
        TokenVerifier(self.0.verifying())
    }

    /// Issues a token.
    ///
    /// # Errors
    /// [`AccessError::Malformed`] where the name is so long that no verifier would take the token.
    pub fn issue(&self, claims: &AccessClaims) -> Result<AccessToken, AccessError> {
        let json = serde_json::to_vec(claims).map_err(|_| AccessError::Malformed)?;
        let mut token = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(json)));
        let signature = self.0.sign(PURPOSE, token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        if token.len() > MAX_TOKEN { Err(AccessError::Malformed) } else { Ok(AccessToken(token)) }
    }
}

/// Checks tokens with public keys alone.
#[derive(Debug, Clone)]
pub struct TokenVerifier(VerifyingKeys);

impl TokenVerifier {
    /// A verifier that takes what any of these keys signed.
    pub fn new(keys: VerifyingKeys) -> Self {
        Self(keys)
    }

    /// Who the bearer of this token is at `now`.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, AccessError> {
        if token.len() > MAX_TOKEN {
            return Err(AccessError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(AccessError::Malformed)?;
        let encoded = signed.strip_prefix(PREFIX).ok_or(AccessError::Malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| AccessError::Malformed)?;
        let signature = signature.as_slice().try_into().map_err(|_| AccessError::Malformed)?;
        // Nothing inside is looked at before the signature holds.
        if !self.0.verify(PURPOSE, signed.as_bytes(), signature) {
            return Err(AccessError::Signature);
        }
        let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| AccessError::Malformed)?;
        let claims: AccessClaims = serde_json::from_slice(&json).map_err(|_| AccessError::Malformed)?;
        if claims.expires_at <= now {
            return Err(AccessError::Expired);
        }
        if claims.issued_at.duration_since(now) > SKEW {
            return Err(AccessError::NotYetValid);
        }
        Ok(claims)
    }
}
