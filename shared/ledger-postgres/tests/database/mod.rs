//! A fresh database for each test, behind a proxy that can go away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use dengwen_ledger::Ledger;
use dengwen_ledger::contract::TestDatabase;
use dengwen_ledger_postgres::PostgresLedger;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How the way to the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Clear.
    Clear,
    /// Every connection is closed, new ones too.
    Cut,
    /// Connections stay, and nothing comes through.
    Silent,
}

/// A database of its own on the server that `./tests/run` started.
pub(crate) struct Database {
    direct: PgConnectOptions,
    url: String,
    way: watch::Sender<Way>,
}

/// Makes one.
pub(crate) async fn fresh() -> Database {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("DENGWEN_TEST_POSTGRES")
        .expect("DENGWEN_TEST_POSTGRES names no PostgreSQL server: run ./tests/run");
    let server: PgConnectOptions = url.parse().expect("a PostgreSQL URL");
    let name = format!("ledger_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection = server.connect().await.expect("the server answers");
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        let statement = AssertSqlSafe(format!("{statement} {name}"));
        sqlx::raw_sql(statement).execute(&mut connection).await.expect("a fresh database");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let (way, _) = watch::channel(Way::Clear);
    tokio::spawn(proxy(listener, (server.get_host().to_owned(), server.get_port()), way.clone()));
    let url = format!("postgres://{}@127.0.0.1:{port}/{name}", server.get_username());
    Database { direct: server.database(&name), url, way }
}

async fn proxy(listener: TcpListener, server: (String, u16), way: watch::Sender<Way>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (server, mut way) = (server.clone(), way.subscribe());
        tokio::spawn(async move {
            let carry = async {
                let mut server = TcpStream::connect(server).await.expect("the server answers");
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            };
            tokio::pin!(carry);
            loop {
                let now = *way.borrow_and_update();
                tokio::select! {
                    biased;
                    change = way.changed() => if change.is_err() { return },
                    () = &mut carry, if now == Way::Clear => return,
                    () = std::future::ready(()), if now == Way::Cut => return,
                }
            }
        });
    }
}

impl Database {
    /// The database as a URL, through the proxy.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A connection past the proxy.
    pub(crate) async fn connect(&self) -> PgConnection {
        self.direct.connect().await.expect("connected")
    }

    /// Changes the way to the server.
    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

#[async_trait]
impl TestDatabase for Database {
    fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(PostgresLedger::connect(&self.url).expect("a PostgreSQL URL"))
    }

    async fn migrate_to(&self, version: i64) {
        let mut connection = self.connect().await;
        MIGRATIONS.run_direct(Some(version), &mut connection, false).await.expect("migrated");
    }

    async fn plant(&self, statements: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.expect("planted");
    }

    async fn take_away(&self) {
        self.set(Way::Cut);
    }

    async fn bring_back(&self) {
        self.set(Way::Clear);
    }
}
