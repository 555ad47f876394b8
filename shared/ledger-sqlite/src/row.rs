//! Values in and out of SQLite.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteRow, SqliteTypeInfo};

dengwen_ledger::sql_rows!(Sqlite, SqliteRow);

/// A body that is JSON text already.
pub(crate) struct Body(pub(crate) String);

impl sqlx::Type<Sqlite> for Body {
    fn type_info() -> SqliteTypeInfo {
        <String as sqlx::Type<Sqlite>>::type_info()
    }
}

impl sqlx::Encode<'_, Sqlite> for Body {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        sqlx::Encode::<Sqlite>::encode_by_ref(&self.0, buffer)
    }
}

/// Cuts rows into statements of a few fixed sizes, so that each statement's text stays in the cache.
pub(crate) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    const SIZES: [usize; 4] = [128, 32, 8, 1];
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
}

/// Bytes as a JSON list of hexadecimal texts, for `IN (SELECT unhex(value) FROM json_each($1))`: one text of
/// one statement, however many there are.
pub(crate) fn hex_list<'a>(values: impl Iterator<Item = &'a [u8]>) -> String {
    use std::fmt::Write as _;

    let mut list = String::from("[");
    for (position, value) in values.enumerate() {
        list.push_str(if position == 0 { "\"" } else { ",\"" });
        for byte in value {
            // Writing to a String cannot fail.
            let _ = write!(list, "{byte:02x}");
        }
        list.push('"');
    }
    list.push(']');
    list
}

/// Integers as a JSON list.
pub(crate) fn integer_list(values: &[i64]) -> String {
    let values: Vec<String> = values.iter().map(i64::to_string).collect();
    format!("[{}]", values.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_all_rows_in_order() {
        let rows: Vec<u32> = (0..300).collect();
        let sizes: Vec<usize> = chunks(&rows).map(<[u32]>::len).collect();
        assert_eq!(sizes, [128, 128, 32, 8, 1, 1, 1, 1]);
        assert_eq!(chunks(&rows).flatten().copied().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn lists_are_json() {
        assert_eq!(hex_list([&[0_u8, 255][..], &[][..]].into_iter()), r#"["00ff",""]"#);
        assert_eq!(integer_list(&[i64::MIN, 7]), "[-9223372036854775808,7]");
    }
}
