//! Copies of SQLite files as of one moment, while others use them.

use std::path::Path;

use dengwen_ledger::LedgerError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::open::{BUSY, make_private};

/// Copies an SQLite file, whatever it holds, into a new file that its owner alone may read; what others write
/// meanwhile is not in it. On disk when it returns.
///
/// # Errors
/// [`LedgerError::Backup`] where there is no such file, or the new one cannot be written.
pub async fn copy_file(from: &Path, to: &Path) -> Result<(), LedgerError> {
    let failed = |error: sqlx::Error| LedgerError::Backup(Box::new(error));
    let path = to.to_str().ok_or_else(|| LedgerError::Backup("a path that is not UTF-8".into()))?;
    make_private(to).map_err(io)?;
    let options = SqliteConnectOptions::new().filename(from).create_if_missing(false).busy_timeout(BUSY);
    let mut connection = options.connect().await.map_err(failed)?;
    sqlx::query("VACUUM INTO $1").bind(path).execute(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(io)
}

/// Puts a copy in the place of a ledger that is not there yet.
pub(crate) fn restore_file(from: &Path, to: &Path) -> Result<(), LedgerError> {
    if std::fs::metadata(to).is_ok_and(|file| file.len() > 0) {
        return Err(LedgerError::NotEmpty);
    }
    make_private(to).map_err(io)?;
    std::fs::copy(from, to).map_err(io)?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(io)
}

fn io(error: std::io::Error) -> LedgerError {
    LedgerError::Backup(Box::new(error))
}
