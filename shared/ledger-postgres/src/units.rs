//! The units register.

use dengwen_ledger::LedgerError;
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow};

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_units!(PostgresUnitOfWork, PgRow);

pub(crate) async fn insert(
    connection: &mut PgConnection,
    units: &[(&str, String)],
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO units (code, body) SELECT code, body::jsonb \
         FROM unnest($1::text[], $2::text[]) AS new (code, body)",
    )
    .bind(units.iter().map(|(code, _)| *code).bind_iter())
    .bind(units.iter().map(|(_, body)| body.as_str()).bind_iter())
    .execute(connection)
    .answered("units")
    .await
    .map(drop)
}
