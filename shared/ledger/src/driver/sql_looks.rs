//! [`crate::Looks`]. A driver brings `looks::{ask, forget, held_by}`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_looks {
    ($unit:ty) => {
        use crate::error::Answered as _;

        #[::async_trait::async_trait]
        impl $crate::Looks for $unit {
            async fn ask_looks(
                &mut self,
                cases: &[::dengwen_model::CaseId],
                due: ::jiff::Timestamp,
            ) -> Result<(), $crate::LedgerError> {
                let connection = self.writer()?;
                if cases.is_empty() {
                    return Ok(());
                }
                // In one order for all, or two that ask for the same looks could each wait for the other.
                let mut cases = cases.to_vec();
                cases.sort_unstable();
                cases.dedup();
                crate::looks::ask(connection, &cases, $crate::driver::micros(due)).await
            }

            async fn looks_due(
                &mut self,
                now: ::jiff::Timestamp,
                limit: u32,
            ) -> Result<Vec<::dengwen_model::CaseId>, $crate::LedgerError> {
                let ids: Vec<(::sqlx::types::Uuid,)> = ::sqlx::query_as(
                    "SELECT case_id FROM looks WHERE due_at <= $1 ORDER BY due_at, case_id LIMIT $2",
                )
                .bind($crate::driver::micros(now))
                .bind(i64::from(limit))
                .fetch_all(self.reader())
                .answered("looks")
                .await?;
                Ok(ids.into_iter().map(|(id,)| ::dengwen_model::CaseId::from_uuid(id)).collect())
            }

            async fn looked_at(
                &mut self,
                cases: &[::dengwen_model::CaseId],
            ) -> Result<(), $crate::LedgerError> {
                let connection = self.writer()?;
                if cases.is_empty() {
                    return Ok(());
                }
                crate::looks::forget(connection, cases).await
            }

            async fn cases_held_by(
                &mut self,
                units: &[::dengwen_model::UnitCode],
            ) -> Result<Vec<::dengwen_model::CaseId>, $crate::LedgerError> {
                let ids = crate::looks::held_by(self.reader(), units).await?;
                Ok(ids.into_iter().map(::dengwen_model::CaseId::from_uuid).collect())
            }
        }
    };
}
