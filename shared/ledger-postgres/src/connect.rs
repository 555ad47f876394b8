//! Connecting, bringing the schema up, and the pool.

use std::fmt;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_ledger::{Ledger, LedgerError, UnitOfWork};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, Postgres};
use sqlx::{Connection as _, Pool};

use crate::PostgresUnitOfWork;
use crate::dump::Server;
use crate::error::{Answered as _, failed};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Beyond about twice the server's cores more connections gain nothing; replicas add theirs.
const CONNECTIONS: u32 = 16;
/// How long a unit of work waits for a connection.
const TURN: Duration = Duration::from_secs(3);
/// A connection idle for longer is asked whether it still lives before it is used.
const FRESH: Duration = Duration::from_secs(1);
/// Fixed statement texts of all repositories fit into the cache.
const STATEMENTS: usize = 256;

/// The address is no PostgreSQL URL. Says nothing of it, because it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("the ledger's address is not a PostgreSQL URL")]
struct NotAUrl;

/// A ledger in a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresLedger {
    pool: Pool<Postgres>,
    /// Without the time limits of ordinary work: building an index may take long.
    unlimited: PgConnectOptions,
    server: Server,
}

impl PostgresLedger {
    /// A ledger at a `postgres://` URL. Nothing is connected yet: a service starts while its database is
    /// away, and what is wrong shows in the first call.
    pub fn connect(url: &str) -> Result<Self, LedgerError> {
        let not_a_url = || LedgerError::Refused(Box::new(NotAUrl));
        let server = Server::of(url).ok_or_else(not_a_url)?;
        let unlimited = PgConnectOptions::from_str(url)
            .map_err(|_| not_a_url())?
            .application_name("dengwen")
            .statement_cache_capacity(STATEMENTS);
        // A relay holds its transaction while the queue confirms, so idling is given more time than working.
        let limited = unlimited
            .clone()
            .options([("statement_timeout", "15s"), ("idle_in_transaction_session_timeout", "60s")]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(TURN)
            .test_before_acquire(false)
            .before_acquire(|connection, state| {
                Box::pin(async move {
                    if state.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(limited);
        Ok(Self { pool, unlimited, server })
    }
}

/// Where it is; sqlx's own form would show the password.
impl fmt::Debug for PostgresLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLedger")
            .field("host", &self.unlimited.get_host())
            .field("port", &self.unlimited.get_port())
            .field("database", &self.unlimited.get_database())
            .finish_non_exhaustive()
    }
}

fn migration(error: MigrateError) -> LedgerError {
    match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
            match failed("migrations")(cause) {
                LedgerError::Refused(cause) => LedgerError::Migration(cause),
                other => other,
            }
        }
        MigrateError::VersionMissing(_) => LedgerError::Newer,
        other => LedgerError::Migration(Box::new(other)),
    }
}

#[async_trait]
impl Ledger for PostgresLedger {
    async fn migrate(&self) -> Result<(), LedgerError> {
        let mut connection = PgConnection::connect_with(&self.unlimited).answered("migrations").await?;
        // Takes an advisory lock of the session: of several processes the first migrates, the rest find it done.
        MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(migration)?;
        connection.close().answered("migrations").await
    }

    async fn is_there(&self) -> Result<bool, LedgerError> {
        let tables: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&self.pool)
            .answered("ledger")
            .await?;
        if !tables {
            return Ok(false);
        }
        let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&self.pool)
            .answered("migrations")
            .await?;
        match version > MIGRATIONS.iter().map(|migration| migration.version).max() {
            true => Err(LedgerError::Newer),
            false => Ok(true),
        }
    }

    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, LedgerError> {
        Ok(Box::new(PostgresUnitOfWork::begin(&self.pool).await?))
    }

    async fn read(&self) -> Result<Box<dyn UnitOfWork>, LedgerError> {
        Ok(Box::new(PostgresUnitOfWork::read(&self.pool).await?))
    }

    async fn back_up(&self, file: &Path) -> Result<(), LedgerError> {
        self.server.dump(file).await
    }

    async fn restore(&self, file: &Path) -> Result<(), LedgerError> {
        let tables: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
        )
        .fetch_one(&self.pool)
        .answered("ledger")
        .await?;
        if tables > 0 {
            return Err(LedgerError::NotEmpty);
        }
        self.server.read_back(file).await
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        let answer = sqlx::query("SELECT 1").execute(&self.pool);
        answer.answered_within(Duration::from_secs(1), "ledger").await.map(drop)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
