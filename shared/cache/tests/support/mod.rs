//! What the tests of the cache share: a Redis, a proxy that can be cut, fresh keys.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use dengwen_cache::{CacheKey, Claim, Quota};
use dengwen_model::{Entropy, ManualClock, SystemEntropy};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The Redis that `./tests/run` started.
pub fn redis_url() -> String {
    std::env::var("DENGWEN_TEST_REDIS").expect("DENGWEN_TEST_REDIS is not set: run ./tests/run")
}

pub fn redis_address() -> SocketAddr {
    let url = redis_url();
    let host = url.trim_start_matches("redis://").split('/').next().unwrap_or_default();
    host.parse().expect("DENGWEN_TEST_REDIS is redis://ADDRESS:PORT/")
}

/// A key that no other test has.
pub fn fresh_key() -> CacheKey {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    CacheKey::new(bytes)
}

/// A request that no other test has, of a process that no other test is.
pub fn fresh_claim() -> Claim {
    Claim { request: fresh_key(), holder: fresh_key() }
}

/// The same request at another process.
pub fn elsewhere(claim: &Claim) -> Claim {
    Claim { holder: fresh_key(), ..*claim }
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap()))
}

pub fn quota(burst: u32, period: Duration) -> Quota {
    Quota::new("test", burst.try_into().unwrap(), period)
}

/// Waits for a condition, at most ten seconds.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let wait = async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        while !condition().await {
            tick.tick().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(10), wait).await.is_ok(), "not within 10 s: {what}");
}

/// Within a time that only something stuck exceeds.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), future).await.expect("an answer within 5 s")
}

/// How the proxy treats connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Bytes pass.
    Up,
    /// Connections are closed at once.
    Cut,
    /// Connections are taken and nothing passes.
    Silent,
}

/// A proxy in front of a server.
pub struct Proxy {
    pub address: SocketAddr,
    line: watch::Sender<Line>,
}

impl Proxy {
    pub async fn before(upstream: SocketAddr, line: Line) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = watch::channel(line);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, upstream, receiver.clone()));
            }
        });
        Self { address, line: sender }
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    pub fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }
}

async fn pass(mut client: TcpStream, upstream: SocketAddr, mut line: watch::Receiver<Line>) {
    loop {
        let now = *line.borrow_and_update();
        match now {
            Line::Cut => return,
            Line::Silent => {
                if line.changed().await.is_err() {
                    return;
                }
            }
            Line::Up => {
                let Ok(mut server) = TcpStream::connect(upstream).await else { return };
                tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => return,
                    // What was under way is lost, as with a real cut.
                    _ = line.changed() => return,
                }
            }
        }
    }
}

/// A Redis process of a test's own.
pub struct Server {
    pub port: u16,
    process: Child,
    folder: TempDir,
}

impl Server {
    pub async fn start(arguments: &[&str]) -> Self {
        let port = free_port();
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("redis.conf");
        let mut text = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nrepl-diskless-sync-delay 0\n",
            folder.path().display()
        );
        for argument in arguments {
            text.push_str(argument);
            text.push('\n');
        }
        std::fs::write(&config, text).unwrap();
        let sentinel = arguments.iter().any(|argument| argument.starts_with("sentinel "));
        let mut command = Command::new("redis-server");
        command.arg(&config).args(sentinel.then_some("--sentinel")).stdout(Stdio::null());
        let process = command.spawn().expect("redis-server is not installed: run ./tests/run");
        let server = Self { port, process, folder };
        eventually("redis-server answers", async || server.command(&["PING"]).await.is_some()).await;
        server
    }

    /// Sends one command; `None` where it is not answered or answered with an error.
    pub async fn command(&self, words: &[&str]) -> Option<redis::Value> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}/", self.port)).ok()?;
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        let mut command = redis::Cmd::new();
        command.arg(words);
        command.query_async(&mut connection).await.ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
