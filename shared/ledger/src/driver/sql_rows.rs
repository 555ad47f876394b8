//! Reading columns. Whatever does not fit is an inconsistency with the name of the column, never a panic
//! and never the value.

/// Expands to the contents of a driver's `row` module.
#[doc(hidden)]
#[macro_export]
macro_rules! sql_rows {
    ($database:ty, $row:ty) => {
        /// One column.
        pub(crate) fn get<'r, T>(
            row: &'r $row,
            table: &'static str,
            column: &'static str,
        ) -> Result<T, $crate::LedgerError>
        where
            T: ::sqlx::Decode<'r, $database> + ::sqlx::Type<$database>,
        {
            ::sqlx::Row::try_get(row, column).map_err(|_| $crate::LedgerError::Inconsistent { table, column })
        }

        /// A code or another type that is parsed from its text.
        pub(crate) fn parsed<T: ::std::str::FromStr>(
            row: &$row,
            table: &'static str,
            column: &'static str,
        ) -> Result<T, $crate::LedgerError> {
            let text: &str = get(row, table, column)?;
            text.parse().map_err(|_| $crate::LedgerError::Inconsistent { table, column })
        }

        /// An instant, stored in microseconds.
        pub(crate) fn instant(
            row: &$row,
            table: &'static str,
            column: &'static str,
        ) -> Result<::jiff::Timestamp, $crate::LedgerError> {
            $crate::driver::instant(get(row, table, column)?, table, column)
        }

        /// A value stored as JSON.
        pub(crate) fn json<T: ::serde::de::DeserializeOwned>(
            row: &$row,
            table: &'static str,
            column: &'static str,
        ) -> Result<T, $crate::LedgerError> {
            get::<::sqlx::types::Json<T>>(row, table, column).map(|json| json.0)
        }

        /// A hash of 32 bytes.
        pub(crate) fn hash(
            row: &$row,
            table: &'static str,
            column: &'static str,
        ) -> Result<[u8; 32], $crate::LedgerError> {
            let bytes: &[u8] = get(row, table, column)?;
            bytes.try_into().map_err(|_| $crate::LedgerError::Inconsistent { table, column })
        }
    };
}
