//! The address of a Redis: one server, a sentinel's master, or a cluster.

use ::redis::{ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

/// The address is none that is understood. It is not quoted, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No known scheme.
    #[error(
        "a cache address starts with memory:, redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS)"
    )]
    Scheme,
    /// A host, port, user or database that cannot be one.
    #[error("a cache address is redis://[user:password@]host[:port][/database]")]
    Server,
    /// No host, or no name of the master.
    #[error("a sentinel address is redis+sentinel://[user:password@]host,host/master[/database]")]
    Sentinel,
    /// No host.
    #[error("a cluster address is redis+cluster://[user:password@]host,host")]
    Cluster,
}

/// Where Redis is.
#[derive(Debug)]
pub(super) enum Address {
    Server(ConnectionInfo),
    Sentinel { sentinels: Vec<ConnectionInfo>, master: String, settings: RedisConnectionInfo, tls: bool },
    Cluster(Vec<ConnectionInfo>),
}

const SENTINEL_PORT: u16 = 26379;
const SERVER_PORT: u16 = 6379;

pub(super) fn parse(url: &str) -> Result<Address, UrlError> {
    let (scheme, rest) = url.split_once("://").ok_or(UrlError::Scheme)?;
    let (tls, kind) = match scheme.strip_prefix("rediss") {
        Some(kind) => (true, kind),
        None => (false, scheme.strip_prefix("redis").ok_or(UrlError::Scheme)?),
    };
    let place = Place::parse(rest, tls);
    match kind {
        "" => match place.query.and_then(|query| query.strip_prefix("sentinel=")) {
            Some(master) => place.sentinel(master, place.path),
            None => place.server(),
        },
        "+sentinel" => {
            let (master, database) = place.path.split_once('/').unwrap_or((place.path, ""));
            place.sentinel(master, database)
        }
        "+cluster" => place.cluster(),
        _ => Err(UrlError::Scheme),
    }
}

/// `[user:password@]host[:port][,host[:port]…][/path][?query]`, in parts.
struct Place<'a> {
    tls: bool,
    user: &'a str,
    hosts: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn parse(rest: &'a str, tls: bool) -> Self {
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        Self { tls, user, hosts, path: path.trim_end_matches('/'), query }
    }

    /// The settings of one host, as the client library reads them.
    fn info(&self, user: &str, host: &str, port: u16, tail: &str) -> Option<ConnectionInfo> {
        let scheme = if self.tls { "rediss" } else { "redis" };
        let at = if user.is_empty() { "" } else { "@" };
        // `host:port`, also with an IPv6 host in brackets.
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let port = if has_port { String::new() } else { format!(":{port}") };
        format!("{scheme}://{user}{at}{host}{port}/{tail}").into_connection_info().ok()
    }

    fn hosts(&self) -> impl Iterator<Item = &'a str> {
        self.hosts.split(',').map(str::trim).filter(|host| !host.is_empty())
    }

    fn server(&self) -> Result<Address, UrlError> {
        let mut hosts = self.hosts();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(UrlError::Server) };
        let tail = match self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.to_owned(),
        };
        self.info(self.user, host, SERVER_PORT, &tail).map(Address::Server).ok_or(UrlError::Server)
    }

    /// User, password and database are the master's; sentinels are asked without.
    fn sentinel(&self, master: &str, database: &str) -> Result<Address, UrlError> {
        let sentinels = self.hosts().map(|host| self.info("", host, SENTINEL_PORT, ""));
        let sentinels = sentinels.collect::<Option<Vec<_>>>().ok_or(UrlError::Sentinel)?;
        let settings = self.info(self.user, "master", SERVER_PORT, database).ok_or(UrlError::Sentinel)?;
        if sentinels.is_empty() || master.is_empty() {
            return Err(UrlError::Sentinel);
        }
        let settings = settings.redis_settings().clone();
        Ok(Address::Sentinel { sentinels, master: master.to_owned(), settings, tls: self.tls })
    }

    fn cluster(&self) -> Result<Address, UrlError> {
        let nodes = self.hosts().map(|host| self.info(self.user, host, SERVER_PORT, ""));
        match nodes.collect::<Option<Vec<_>>>() {
            Some(nodes) if !nodes.is_empty() && self.path.is_empty() => Ok(Address::Cluster(nodes)),
            _ => Err(UrlError::Cluster),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        let addresses = |nodes: &[ConnectionInfo]| {
            nodes.iter().map(|node| node.addr().to_string()).collect::<Vec<_>>().join(" ")
        };
        let user = |settings: &RedisConnectionInfo| {
            format!("{:?} {:?} {}", settings.username(), settings.password().is_some(), settings.db())
        };
        match parse(url) {
            Ok(Address::Server(node)) => format!("server {} {}", node.addr(), user(node.redis_settings())),
            Ok(Address::Sentinel { sentinels, master, settings, tls }) => {
                format!("sentinel {} {master} {} {tls}", addresses(&sentinels), user(&settings))
            }
            Ok(Address::Cluster(nodes)) => {
                format!("cluster {} {}", addresses(&nodes), user(nodes[0].redis_settings()))
            }
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn every_form_is_read() {
        for (url, wanted) in [
            ("redis://127.0.0.1/", "server 127.0.0.1:6379 None false 0"),
            ("redis://u:p%40w@cache:7000/2", "server cache:7000 Some(\"u\") true 2"),
            ("redis://[::1]/", "server ::1:6379 None false 0"),
            ("redis://[::1]:7000", "server ::1:7000 None false 0"),
            ("rediss://cache", "server cache:6379 None false 0"),
            ("redis+sentinel://a,b:1/tip", "sentinel a:26379 b:1 tip None false 0 false"),
            ("redis+sentinel://:pw@a/tip/3", "sentinel a:26379 tip None true 3 false"),
            ("rediss+sentinel://a/tip", "sentinel a:26379 tip None false 0 true"),
            ("redis://a,b/?sentinel=tip", "sentinel a:26379 b:26379 tip None false 0 false"),
            ("redis+cluster://u:p@a,b:7001", "cluster a:6379 b:7001 Some(\"u\") true 0"),
        ] {
            assert_eq!(shown(url), wanted, "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (url, wanted) in [
            ("", "Scheme"),
            ("memory", "Scheme"),
            ("http://a", "Scheme"),
            ("redis+other://a", "Scheme"),
            ("redis://", "Server"),
            ("redis://a,b", "Server"),
            ("redis://a:99999", "Server"),
            ("redis://a/x", "Server"),
            ("redis+sentinel://a", "Sentinel"),
            ("redis+sentinel:///tip", "Sentinel"),
            ("redis+cluster://", "Cluster"),
            ("redis+cluster://a/1", "Cluster"),
        ] {
            assert_eq!(shown(url), wanted, "{url}");
        }
    }
}
