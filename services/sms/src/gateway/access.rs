//! The checks that every gateway shares, before its vendor's own: size, address, secret path, password.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ipnet::IpNet;

use super::{Kind, Reject, Request, Secret, Settings, SettingsError};
use crate::wire::mac::same;

/// Longest query in bytes.
const QUERY_LIMIT: usize = 32 * 1024;

/// Who may call a gateway, and how much they may send.
#[derive(Debug)]
pub struct Access {
    body_limit: usize,
    allow_from: Vec<IpNet>,
    path_secret: Option<Secret>,
    basic: Option<Secret>,
}

impl Access {
    /// Reads `body_limit`, `allow_from`, `path_secret`, `basic_user` and `basic_password`.
    pub(super) fn open(kind: &Kind, settings: &mut Settings) -> Result<Self, SettingsError> {
        let body_limit = match settings.number("body_limit")? {
            Some(limit) => {
                usize::try_from(limit).map_err(|_| SettingsError::Wrong("body_limit", "a size"))?
            }
            None => kind.body_limit,
        };
        let allow_from = settings.list("allow_from")?.unwrap_or_default();
        let allow_from = allow_from.iter().map(|text| network(text)).collect::<Option<_>>();
        let basic = match (settings.text("basic_user")?, settings.secret("basic_password")?) {
            (None, None) => None,
            (Some(user), Some(password)) => {
                Some(Secret::from_bytes([user.as_bytes(), b":", password.bytes()].concat()))
            }
            (None, Some(_)) => return Err(SettingsError::Missing("basic_user")),
            (Some(_), None) => return Err(SettingsError::Missing("basic_password")),
        };
        Ok(Self {
            body_limit,
            allow_from: allow_from
                .ok_or(SettingsError::Wrong("allow_from", "a list of addresses or networks"))?,
            path_secret: settings.secret("path_secret")?,
            basic,
        })
    }

    /// Largest body in bytes, for whoever reads it.
    pub fn body_limit(&self) -> usize {
        self.body_limit
    }

    /// The secret in the gateway's path, for building its address.
    pub(super) fn path_secret(&self) -> Option<&str> {
        self.path_secret.as_ref().map(Secret::text)
    }

    /// Whether anything besides a signature keeps strangers out.
    pub(super) fn is_guarded(&self) -> bool {
        self.path_secret.is_some() || self.basic.is_some() || !self.allow_from.is_empty()
    }

    /// All the checks, cheapest first.
    pub(super) fn check(&self, request: &Request) -> Result<(), Reject> {
        if request.body.len() > self.body_limit || request.query().len() > QUERY_LIMIT {
            return Err(Reject::BodyTooLarge);
        }
        if !self.allow_from.is_empty() {
            let from = request.peer.ok_or(Reject::AddressNotAllowed)?.to_canonical();
            if !self.allow_from.iter().any(|network| network.contains(&from)) {
                return Err(Reject::AddressNotAllowed);
            }
        }
        if let Some(secret) = &self.path_secret {
            let presented = request.path_secret.as_deref().unwrap_or_default();
            if !same(secret.bytes(), presented.as_bytes()) {
                return Err(Reject::UnknownChannel);
            }
        }
        match &self.basic {
            Some(expected) => check_basic(expected, request),
            None => Ok(()),
        }
    }
}

/// Basic authentication (RFC 7617).
fn check_basic(expected: &Secret, request: &Request) -> Result<(), Reject> {
    let (scheme, credentials) = request
        .header("authorization")
        .and_then(|header| header.split_once(' '))
        .ok_or(Reject::BadCredentials)?;
    let presented = BASE64_STANDARD.decode(credentials.trim()).map_err(|_| Reject::BadCredentials)?;
    if scheme.eq_ignore_ascii_case("basic") && same(expected.bytes(), &presented) {
        Ok(())
    } else {
        Err(Reject::BadCredentials)
    }
}

fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::KINDS;

    fn access(pairs: &[(&str, &str)]) -> Access {
        Access::open(&KINDS[0], &mut Settings::from_pairs(pairs.iter().copied())).unwrap()
    }

    fn get(url: &str) -> Request {
        Request::get(url)
    }

    #[test]
    fn the_secret_path_must_fit() {
        let access = access(&[("path_secret", "s3cret")]);
        let mut request = get("https://t.example/sms/g/inbound/s3cret");
        assert_eq!(access.check(&request), Err(Reject::UnknownChannel));
        request.path_secret = Some("s3cret".into());
        assert_eq!(access.check(&request), Ok(()));
        request.path_secret = Some("s3cres".into());
        assert_eq!(access.check(&request), Err(Reject::UnknownChannel));
    }

    #[test]
    fn the_address_list_fails_closed() {
        let access = access(&[("allow_from", "203.0.113.0/24")]);
        let mut request = get("https://t.example/");
        assert_eq!(access.check(&request), Err(Reject::AddressNotAllowed));
        request.peer = Some("203.0.113.9".parse().unwrap());
        assert_eq!(access.check(&request), Ok(()));
        request.peer = Some("::ffff:203.0.113.9".parse().unwrap());
        assert_eq!(access.check(&request), Ok(()));
        request.peer = Some("203.0.114.9".parse().unwrap());
        assert_eq!(access.check(&request), Err(Reject::AddressNotAllowed));
    }

    #[test]
    fn basic_authentication() {
        let access = access(&[("basic_user", "u"), ("basic_password", "p:w")]);
        let mut request = get("https://t.example/");
        assert_eq!(access.check(&request), Err(Reject::BadCredentials));
        for (header, right) in
            [("Basic dTpwOnc=", true), ("Bearer dTpwOnc=", false), ("Basic dTpw", false), ("Basic", false)]
        {
            request.headers.insert("authorization", header.parse().unwrap());
            assert_eq!(access.check(&request).is_ok(), right, "{header}");
        }
    }

    #[test]
    fn a_body_over_the_limit_is_refused_whole() {
        let access = Access::open(
            &KINDS[0],
            &mut Settings::new([("body_limit".to_owned(), serde_json::Value::from(3))].into()),
        )
        .unwrap();
        let mut request = get("https://t.example/");
        request.body = bytes::Bytes::from_static(b"abc");
        assert_eq!(access.check(&request), Ok(()));
        request.body = bytes::Bytes::from_static(b"abcd");
        assert_eq!(access.check(&request), Err(Reject::BodyTooLarge));
    }
}
