//! Values in and out of PostgreSQL.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgRow, PgTypeInfo, Postgres};
use sqlx::types::Json;

dengwen_ledger::sql_rows!(Postgres, PgRow);

/// A body that is JSON text already; goes as `jsonb`.
pub(crate) struct Body(pub(crate) String);

impl sqlx::Type<Postgres> for Body {
    fn type_info() -> PgTypeInfo {
        <Json<()> as sqlx::Type<Postgres>>::type_info()
    }
}

impl sqlx::Encode<'_, Postgres> for Body {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // jsonb in its binary form is a version, 1, and the text.
        buffer.push(1);
        buffer.extend(self.0.as_bytes());
        Ok(IsNull::No)
    }
}
