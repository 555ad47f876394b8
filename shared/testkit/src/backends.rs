//! Where a system under test keeps its ledger, its queue and its cache.

use serde_json::json;

use crate::{Kind, Server, client, rabbitmq_management_url, rabbitmq_url};

/// The addresses a system is given, and the servers that were started for it.
#[derive(Debug)]
pub struct Backends {
    ledger_url: Option<String>,
    queue_url: Option<String>,
    cache_url: Option<String>,
    servers: Vec<(Kind, Server)>,
}

impl Backends {
    /// None: the embedded default.
    #[must_use]
    pub fn embedded() -> Self {
        Self { ledger_url: None, queue_url: None, cache_url: None, servers: Vec::new() }
    }

    /// A PostgreSQL and a Redis of its own, and a fresh virtual host of the shared RabbitMQ, whose
    /// start is the slow one. For tests that leave the servers alone.
    ///
    /// # Panics
    /// Outside `tests/run`.
    pub async fn real() -> Self {
        let queue_url = fresh_virtual_host().await;
        Self::with_servers(vec![Kind::Postgres, Kind::Redis], Some(queue_url)).await
    }

    /// All three of its own, for tests that stop and kill them.
    ///
    /// # Panics
    /// When one cannot be started.
    pub async fn private() -> Self {
        Self::with_servers(vec![Kind::Postgres, Kind::Redis, Kind::Rabbitmq], None).await
    }

    async fn with_servers(kinds: Vec<Kind>, queue_url: Option<String>) -> Self {
        let mut servers = Vec::new();
        for kind in kinds {
            servers.push((kind, Server::start(kind).await));
        }
        let mut all = Self { ledger_url: None, queue_url, cache_url: None, servers };
        all.ledger_url = Some(all.server(Kind::Postgres).url().to_owned());
        all.cache_url = Some(all.server(Kind::Redis).url().to_owned());
        all.queue_url = all.queue_url.take().or_else(|| Some(all.server(Kind::Rabbitmq).url().to_owned()));
        all
    }

    /// The server of that kind that belongs to this test alone.
    ///
    /// # Panics
    /// When it is not this test's own.
    #[must_use]
    pub fn server(&self, kind: Kind) -> &Server {
        let found = self.servers.iter().find(|(own, _)| *own == kind);
        &found.unwrap_or_else(|| panic!("no {kind:?} of this test's own")).1
    }

    /// The ledger behind another address, such as a [`FaultProxy`](crate::FaultProxy)'s.
    #[must_use]
    pub fn with_ledger_url(mut self, url: impl Into<String>) -> Self {
        self.ledger_url = Some(url.into());
        self
    }

    /// The queue behind another address.
    #[must_use]
    pub fn with_queue_url(mut self, url: impl Into<String>) -> Self {
        self.queue_url = Some(url.into());
        self
    }

    /// The cache behind another address.
    #[must_use]
    pub fn with_cache_url(mut self, url: impl Into<String>) -> Self {
        self.cache_url = Some(url.into());
        self
    }

    /// The settings that name them, for a process's environment.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (String, String)> {
        [
            ("DENGWEN_LEDGER_URL", &self.ledger_url),
            ("DENGWEN_QUEUE_URL", &self.queue_url),
            ("DENGWEN_CACHE_URL", &self.cache_url),
        ]
        .into_iter()
        .filter_map(|(name, url)| url.clone().map(|url| (name.to_owned(), url)))
    }

    /// Whether it is the embedded default, which one process alone can use.
    #[must_use]
    pub fn are_embedded(&self) -> bool {
        self.queue_url.is_none()
    }
}

/// `amqp://…/NAME` of a virtual host that was not there before, and in which `guest` may do all.
async fn fresh_virtual_host() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("system-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let management = rabbitmq_management_url();
    let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
    for (path, body) in [(format!("vhosts/{name}"), json!({})), (format!("permissions/{name}/guest"), all)] {
        let answer = client()
            .put(format!("{management}/api/{path}"))
            .basic_auth("guest", Some("guest"))
            .json(&body)
            .send()
            .await
            .expect("the management API answers");
        assert!(answer.status().is_success(), "the virtual host is made: {}", answer.status());
    }
    let url = rabbitmq_url();
    let (host, _) = url.rsplit_once('/').expect("an AMQP address has a virtual host");
    format!("{host}/{name}")
}
