//! Who is at the other end, behind the proxies that we trust.
//!
//! Each proxy appends the address it was called from to `X-Forwarded-For`. All to the left of the
//! last address that is not one of our proxies was written by the client, who may write anything.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use ipnet::IpNet;

use crate::{Problem, problems};

const FORWARDED: &str = "x-forwarded-for";
/// Most proxies in a row that are looked through.
const MAX_HOPS: usize = 16;

/// The text is no address or network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a trusted proxy is an address or a network, as 10.0.0.0/8")]
pub struct ProxyError;

/// The networks of our own proxies; by default none, so that `X-Forwarded-For` counts for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses (`192.0.2.7`) and networks (`10.0.0.0/8`).
    ///
    /// # Errors
    /// [`ProxyError`] where one is neither.
    pub fn parse<'a>(networks: impl IntoIterator<Item = &'a str>) -> Result<Self, ProxyError> {
        let network = |text: &str| {
            let text = text.trim();
            IpNet::from_str(text).or_else(|_| text.parse().map(|address: IpAddr| address.into()))
        };
        networks.into_iter().map(network).collect::<Result<_, _>>().map(Self).map_err(|_| ProxyError)
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client behind a connection from `peer`: the last address that is none of our proxies. An
    /// entry that cannot be read ends the search, with the proxy that vouched for it.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines: Vec<&str> =
            headers.get_all(FORWARDED).iter().map(|value| value.to_str().unwrap_or("?")).collect();
        let mut entries = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MAX_HOPS);
        while self.contain(client) {
            let Some(next) = entries.next().and_then(entry) else { break };
            client = next.to_canonical();
        }
        client
    }
}

/// An entry: an address, which some proxies write with a port.
fn entry(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse().ok().map(|with_port: SocketAddr| with_port.ip()))
}

/// The client's address, for limits alone: to be made a keyed token at once, and never kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAddress(hidden)")
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // The conventions put it there.
        parts.extensions.get().copied().ok_or_else(|| problems::INTERNAL.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.1"]).unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, line.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        assert_eq!(client("198.51.100.7", &["203.0.113.5"]), "198.51.100.7");
        assert_eq!(client("198.51.100.7", &[]), "198.51.100.7");
    }

    #[test]
    fn the_last_stranger_counts() {
        assert_eq!(client("10.1.1.1", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(client("10.1.1.1", &["9.9.9.9, 203.0.113.5, 10.2.2.2"]), "203.0.113.5");
        assert_eq!(client("10.1.1.1", &["9.9.9.9", "203.0.113.5:1234", "192.0.2.1"]), "203.0.113.5");
        assert_eq!(client("::ffff:10.1.1.1", &["[2001:db8:9::1]:80"]), "2001:db8:9::1");
        assert_eq!(client("2001:db8:1::5", &["::ffff:203.0.113.5"]), "203.0.113.5");
    }

    #[test]
    fn what_cannot_be_read_ends_the_search() {
        assert_eq!(client("10.1.1.1", &["203.0.113.5, unknown"]), "10.1.1.1");
        assert_eq!(client("10.1.1.1", &["203.0.113.5, , 10.2.2.2"]), "10.2.2.2");
        assert_eq!(client("10.1.1.1", &["10.3.3.3"]), "10.3.3.3");
        let long = vec!["10.9.9.9"; 1000].join(",");
        assert_eq!(client("10.1.1.1", &[&format!("203.0.113.5,{long}")]), "10.9.9.9");
    }

    #[test]
    fn networks_are_read_strictly() {
        assert!(TrustedProxies::parse(["10.0.0.0/33"]).is_err());
        assert!(TrustedProxies::parse(["proxy.example"]).is_err());
        assert_eq!(TrustedProxies::parse([]).unwrap(), TrustedProxies::default());
    }
}
