//! The units register.

use dengwen_ledger::LedgerError;
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};

use crate::SqliteUnitOfWork;
use crate::error::Answered as _;
use crate::row::chunks;

dengwen_ledger::sql_units!(SqliteUnitOfWork, SqliteRow);

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    units: &[(&str, String)],
) -> Result<(), LedgerError> {
    for chunk in chunks(units) {
        let mut statement = QueryBuilder::<Sqlite>::new("INSERT INTO units (code, body) ");
        statement.push_values(chunk, |mut row, (code, body)| {
            row.push_bind(*code).push_bind(body.as_str());
        });
        statement.build().execute(&mut *connection).answered("units").await?;
    }
    Ok(())
}
