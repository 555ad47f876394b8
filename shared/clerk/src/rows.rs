//! A table's rows, some hundred at a time. Of a long table only these are in memory beside what was sent: whoever
//! takes them sets the pace, and reading waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::columns::Mapping;
use crate::table::{TableError, read_table};
use crate::{Entry, Row};

/// Rows together: they share commits.
const TOGETHER: usize = 256;

/// Rows on their way.
pub(crate) struct Rows {
    ready: mpsc::Receiver<Vec<Row>>,
    reading: JoinHandle<Result<usize, TableError>>,
}

impl Rows {
    /// Begins to read a table, its columns counting as `names`, or as its header says.
    pub(crate) fn of<E: Entry>(table: Bytes, names: Option<Arc<Vec<String>>>) -> Self {
        let guessed = |header: &[String]| Arc::new(Mapping::guessed::<E>(header).names);
        Self::counted(table, names, guessed, Arc::default())
    }

    /// As [`Rows::of`], counting the rows that are read.
    fn counted(
        table: Bytes,
        mut names: Option<Arc<Vec<String>>>,
        guessed: fn(&[String]) -> Arc<Vec<String>>,
        read: Arc<AtomicUsize>,
    ) -> Self {
        let (to, ready) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking(move || {
            let mut together = Vec::with_capacity(TOGETHER);
            let rows = read_table(&table, &mut |mut row| {
                row.call_columns(names.get_or_insert_with(|| guessed(row.header())));
                read.fetch_add(1, Ordering::Relaxed);
                together.push(row);
                if together.len() == TOGETHER {
                    // Nobody takes them any more: what is left is read and let go.
                    let _ = to.blocking_send(std::mem::replace(&mut together, Vec::with_capacity(TOGETHER)));
                }
            })?;
            let _ = to.blocking_send(together);
            Ok(rows)
        });
        Self { ready, reading }
    }

    /// The next, at most [`TOGETHER`]; `None` at the end, or where reading broke off.
    pub(crate) async fn next(&mut self) -> Option<Vec<Row>> {
        self.ready.recv().await
    }

    /// Whether the table was read to its end.
    ///
    /// # Errors
    /// Why it was not.
    pub(crate) async fn end(self) -> Result<usize, TableError> {
        drop(self.ready);
        self.reading.await.unwrap_or(Err(TableError::Kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One in hand, one on its way, and the one that is being read.
    const MOST: usize = 3 * TOGETHER;

    fn as_named(header: &[String]) -> Arc<Vec<String>> {
        Arc::new(header.to_vec())
    }

    #[tokio::test]
    async fn of_a_long_table_a_few_hundred_rows_are_held_however_slowly_they_are_taken() {
        let table: String = (0..20_000).map(|row| format!("反映{row}\n")).collect();
        let read = Arc::new(AtomicUsize::new(0));
        let mut rows = Rows::counted(format!("text\n{table}").into(), None, as_named, read.clone());
        let mut taken = 0;
        while let Some(together) = rows.next().await {
            taken += together.len();
            // Whatever the reader does meanwhile, it cannot be further ahead than this.
            tokio::task::yield_now().await;
            let read = read.load(Ordering::Relaxed);
            assert!(together.len() <= TOGETHER && read <= taken + MOST, "{read} read, {taken} taken");
        }
        assert_eq!((taken, rows.end().await), (20_000, Ok(20_000)));
    }

    #[tokio::test]
    async fn who_goes_away_holds_nobody_up() {
        let of = |table: Bytes| Rows::counted(table, None, as_named, Arc::default());
        let rows = of(format!("text\n{}", "x\n".repeat(10 * TOGETHER)).into());
        assert_eq!(rows.end().await, Ok(10 * TOGETHER));
        let mut broken = of("a\n1\n\"2\n".into());
        assert_eq!(broken.next().await.map(|rows| rows.len()), None, "nothing of what is no table");
        assert_eq!(broken.end().await, Err(TableError::OpenQuote(3)));
    }
}
