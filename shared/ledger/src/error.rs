//! One error for every driver. Says which table and rule, never a value.

/// What can go wrong at the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database cannot be reached, is full, or did not answer in time. Try again later.
    #[error("the ledger is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another writer held the ledger longer than a statement waits. It is there: try again at once.
    #[error("another writer holds the ledger")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else changed the row since it was read. Read again and decide again.
    #[error("{table} was changed by somebody else")]
    Conflict {
        /// The table.
        table: &'static str,
    },
    /// A row holds what this version cannot read.
    #[error("{table}.{column} holds what this version cannot read")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A text holds a NUL character, which PostgreSQL cannot store. Not the same text with it left out:
    /// whoever reads input refuses such text before it comes here.
    #[error("{table}.{column} was given a text with a NUL character")]
    Unstorable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A unit of work that only reads was asked to write.
    #[error("a reading unit of work cannot write")]
    ReadOnly,
    /// The schema could not be brought up to this version.
    #[error("migration failed")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A later version of the program brought the schema further than this one knows.
    #[error(
        "the ledger was brought up by a later version of dengwen than this one; run that version, or restore a backup \
         that was made by this one"
    )]
    Newer,
    /// What is restored would mix with what is there.
    #[error("the ledger to restore into is not empty")]
    NotEmpty,
    /// A backup could not be written or read back.
    #[error("backup or restore of the ledger failed")]
    Backup(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The statement was refused: a defect of ours, not of the input.
    #[error("the ledger refused a statement")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl LedgerError {
    /// Whether the same work may succeed later without a change.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Busy(_) | Self::Conflict { .. })
    }
}
