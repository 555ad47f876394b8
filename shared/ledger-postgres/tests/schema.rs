//! The two drivers have one schema.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

#[expect(dead_code, reason = "shared with the tests beside it")]
mod database;

use std::collections::BTreeSet;
use std::path::Path;

use dengwen_ledger::Ledger as _;
use dengwen_ledger::contract::TestDatabase as _;
use dengwen_ledger_sqlite::SqliteLedger;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

type Columns = BTreeSet<(String, String)>;

async fn of_postgres() -> Columns {
    let database = database::fresh().await;
    database.open().migrate().await.expect("the schema comes up");
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(&mut database.connect().await)
    .await
    .expect("read");
    columns.into_iter().collect()
}

async fn of_sqlite() -> Columns {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("ledger.db");
    let ledger = SqliteLedger::open(path.to_str().expect("a path in UTF-8"));
    ledger.migrate().await.expect("the schema comes up");
    let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.expect("connected");
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT tables.name, columns.name FROM sqlite_schema AS tables \
         JOIN pragma_table_info(tables.name) AS columns \
         WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
         AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .fetch_all(&mut connection)
    .await
    .expect("read");
    columns.into_iter().collect()
}

#[tokio::test]
async fn tables_and_columns_have_the_same_names() {
    let (postgres, sqlite) = (of_postgres().await, of_sqlite().await);
    assert!(postgres.len() > 80, "{postgres:?}");
    assert_eq!(postgres, sqlite);
}

fn migrations(driver: &Path) -> BTreeSet<String> {
    let directory = driver.join("migrations");
    let entries = std::fs::read_dir(directory).expect("the migrations");
    let names: BTreeSet<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    for name in &names {
        let text = std::fs::read_to_string(driver.join("migrations").join(name)).expect("readable");
        assert!(text.starts_with("-- Why: "), "{name} does not say why");
    }
    names
}

#[test]
fn migrations_have_the_same_numbers_and_say_why() {
    let postgres = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sqlite = postgres.with_file_name("ledger-sqlite");
    assert_eq!(migrations(postgres), migrations(&sqlite));
}
