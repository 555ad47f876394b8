//! Deadlines and the steps of the ladder.

use dengwen_ledger::LedgerError;
use dengwen_ledger::driver::{DeadlineColumns, micros};
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};

use crate::SqliteUnitOfWork;
use crate::error::Answered as _;
use crate::row::chunks;

dengwen_ledger::sql_deadlines!(
    SqliteUnitOfWork,
    SqliteRow,
    lock = "",
    skip = "",
    provisional = "json_extract(body, '$.provisional') = 1"
);

/// How many were new.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    rows: &[DeadlineColumns<'_>],
) -> Result<u64, LedgerError> {
    let mut new = 0;
    for chunk in chunks(rows) {
        let mut statement = QueryBuilder::<Sqlite>::new(
            "INSERT INTO deadlines (id, case_id, started_at, state, next_step_at, body) ",
        );
        statement.push_values(chunk, |mut row, columns| {
            let deadline = columns.deadline;
            row.push_bind(deadline.id.as_uuid())
                .push_bind(deadline.case.as_uuid())
                .push_bind(micros(deadline.start))
                .push_bind(deadline.state.name())
                .push_bind(columns.next_step_at)
                .push_bind(columns.body.as_str());
        });
        statement.push(" ON CONFLICT (id) DO NOTHING");
        let inserted = statement.build().execute(&mut *connection).answered("deadlines").await?;
        new += inserted.rows_affected();
    }
    Ok(new)
}
