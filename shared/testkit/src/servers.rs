//! Servers of a test's own, which it may stop, kill and freeze.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::process::Command;

use crate::programs::scratch;

/// A server that `tests/servers/ctl` can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL; user `tip`, database `postgres`.
    Postgres,
    /// RabbitMQ with its management API; user and password `guest`.
    Rabbitmq,
    /// Redis.
    Redis,
    /// Dovecot, an IMAP server over TLS; every account has the password `secret`.
    Dovecot,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Rabbitmq => "rabbitmq",
            Self::Redis => "redis",
            Self::Dovecot => "dovecot",
        }
    }
}

/// A private server. It keeps its port and its data over [`stop`](Self::stop),
/// [`kill`](Self::kill) and [`start_again`](Self::start_again), and goes with this value.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    dir: TempDir,
    addresses: BTreeMap<String, String>,
}

impl Server {
    /// Starts one, and waits until it serves: PostgreSQL and Redis in under a second, RabbitMQ in
    /// five to ten.
    ///
    /// # Panics
    /// When it is not installed or does not start; the message holds the end of its log.
    pub async fn start(kind: Kind) -> Self {
        let dir = tempfile::Builder::new().prefix("server.").tempdir_in(scratch()).expect("a directory");
        open_to_the_servers_user(&dir);
        let mut server = Self { kind, dir, addresses: BTreeMap::new() };
        let printed = server.ctl("start").await;
        server.addresses = printed
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, url)| (key.to_owned(), url.to_owned()))
            .collect();
        server
    }

    /// Where it is reached: `postgres://…`, `amqp://…`, `redis://…` or `imaps://…`.
    ///
    /// # Panics
    /// Never for a server that started.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.addresses[&self.kind.name().to_uppercase()]
    }

    /// RabbitMQ's management API, `http://…`.
    ///
    /// # Panics
    /// For another kind of server.
    #[must_use]
    pub fn management_url(&self) -> &str {
        &self.addresses["RABBITMQ_MANAGEMENT"]
    }

    /// Dovecot's certificate, which its clients have to trust.
    ///
    /// # Panics
    /// For another kind of server.
    #[must_use]
    pub fn certificate(&self) -> &Path {
        Path::new(&self.addresses["DOVECOT_CERTIFICATE"])
    }

    /// Asks it to leave, and waits until it has.
    ///
    /// # Panics
    /// When the script cannot be run.
    pub async fn stop(&self) {
        self.ctl("stop").await;
    }

    /// Ends it at once, as a crash does.
    ///
    /// # Panics
    /// When the script cannot be run.
    pub async fn kill(&self) {
        self.ctl("kill").await;
    }

    /// Starts it after [`stop`](Self::stop) or [`kill`](Self::kill), and waits until it serves.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_again(&self) {
        self.ctl("start").await;
    }

    /// Ends it at once and takes all its data away, as a lost disk does.
    /// [`start_again`](Self::start_again) gives an empty server on the same port.
    ///
    /// # Panics
    /// When the script cannot be run.
    pub async fn lose_everything(&self) {
        self.ctl("wipe").await;
    }

    /// Freezes it: connections stay open, nothing is answered.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn pause(&self) {
        self.ctl("pause").await;
    }

    /// Lets it go on after [`pause`](Self::pause).
    ///
    /// # Panics
    /// When it does not run.
    pub async fn resume(&self) {
        self.ctl("resume").await;
    }

    async fn ctl(&self, verb: &str) -> String {
        let output = Command::new(ctl())
            .args([verb, self.kind.name()])
            .arg(self.dir.path())
            .output()
            .await
            .expect("tests/servers/ctl can be run");
        assert!(
            output.status.success(),
            "{verb} {}: {}",
            self.kind.name(),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data is thrown away with it, so there is nothing to leave in order. A failure here
        // is swept up by tests/run, which ends everything below its directory.
        let _ = std::process::Command::new(ctl()).arg("remove").arg(self.dir.path()).status();
    }
}

fn ctl() -> PathBuf {
    std::env::var_os("DENGWEN_TEST_CTL").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/servers/ctl")),
        PathBuf::from,
    )
}

/// `PostgreSQL` runs as a user of its own when the tests run as root, and must get in.
fn open_to_the_servers_user(dir: &TempDir) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("own directory");
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::TcpStream,
    };

    use super::*;

    async fn ask(server: &Server, command: &str) -> Option<String> {
        let address = server.url().trim_start_matches("redis://").trim_end_matches('/');
        let mut stream = BufReader::new(TcpStream::connect(address).await.ok()?);
        stream.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        Some(line.trim_end().to_owned())
    }

    #[tokio::test]
    async fn a_server_comes_back_where_it_was_with_what_it_had() {
        let server = Server::start(Kind::Redis).await;
        assert_eq!(ask(&server, "SET kept 1").await.as_deref(), Some("+OK"));
        server.stop().await;
        assert_eq!(ask(&server, "PING").await, None, "it was stopped");
        server.start_again().await;
        assert_eq!(ask(&server, "DEL kept").await.as_deref(), Some(":1"));
        server.kill().await;
        assert_eq!(ask(&server, "PING").await, None, "it was killed");
        server.start_again().await;
        assert_eq!(ask(&server, "SET kept 1").await.as_deref(), Some("+OK"));
        server.lose_everything().await;
        server.start_again().await;
        assert_eq!(ask(&server, "DEL kept").await.as_deref(), Some(":0"), "its data was lost");
        let dir = server.dir.path().to_owned();
        drop(server);
        assert!(!dir.exists(), "nothing is left of it");
    }
}
