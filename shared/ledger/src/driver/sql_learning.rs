//! [`crate::Learning`]. Nothing differs between databases.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_learning {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        fn correction(row: &$row) -> Result<$crate::Correction, $crate::LedgerError> {
            use crate::row::{get, instant, parsed};
            Ok($crate::Correction {
                tip: ::dengwen_model::TipId::from_uuid(get(row, "corrections", "tip_id")?),
                leaf: parsed(row, "corrections", "leaf")?,
                before: parsed(row, "corrections", "leaf_before")?,
                decided_by: get(row, "corrections", "decided_by")?,
                by: ::dengwen_model::UserId::from_uuid(get(row, "corrections", "corrected_by")?),
                at: instant(row, "corrections", "at")?,
            })
        }

        fn model_record(row: &$row) -> Result<$crate::ModelRecord, $crate::LedgerError> {
            use crate::row::{get, instant, json};
            Ok($crate::ModelRecord {
                version: get(row, "models", "version")?,
                made_at: instant(row, "models", "made_at")?,
                report: json(row, "models", "report")?,
                sealed: get(row, "models", "sealed")?,
            })
        }

        #[::async_trait::async_trait]
        impl $crate::Learning for $unit {
            async fn keep_corrections(
                &mut self,
                corrections: &[$crate::Correction],
            ) -> Result<(), $crate::LedgerError> {
                let connection = self.writer()?;
                for correction in corrections {
                    let decided_by =
                        $crate::driver::text(&correction.decided_by, "corrections", "decided_by")?;
                    ::sqlx::query(
                        "INSERT INTO corrections (tip_id, leaf, leaf_before, decided_by, corrected_by, at) \
                         VALUES ($1, $2, $3, $4, $5, $6) \
                         ON CONFLICT (tip_id) DO UPDATE SET leaf = excluded.leaf, \
                         leaf_before = excluded.leaf_before, decided_by = excluded.decided_by, \
                         corrected_by = excluded.corrected_by, at = excluded.at",
                    )
                    .bind(correction.tip.as_uuid())
                    .bind(correction.leaf.as_str())
                    .bind(correction.before.as_str())
                    .bind(decided_by)
                    .bind(correction.by.as_uuid())
                    .bind($crate::driver::micros(correction.at))
                    .execute(&mut *connection)
                    .answered("corrections")
                    .await?;
                }
                Ok(())
            }

            async fn corrections(&mut self) -> Result<Vec<$crate::Correction>, $crate::LedgerError> {
                ::sqlx::query("SELECT * FROM corrections ORDER BY tip_id")
                    .fetch_all(self.reader())
                    .answered("corrections")
                    .await?
                    .iter()
                    .map(correction)
                    .collect()
            }

            async fn insert_model(
                &mut self,
                record: &$crate::ModelRecord,
            ) -> Result<bool, $crate::LedgerError> {
                let inserted = ::sqlx::query(
                    "INSERT INTO models (version, made_at, report, sealed) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (version) DO NOTHING",
                )
                .bind($crate::driver::text(&record.version, "models", "version")?)
                .bind($crate::driver::micros(record.made_at))
                .bind(::sqlx::types::Json(&record.report))
                .bind(record.sealed.as_slice())
                .execute(self.writer()?)
                .answered("models")
                .await?;
                Ok(inserted.rows_affected() == 1)
            }

            async fn model(
                &mut self,
                version: &str,
            ) -> Result<Option<$crate::ModelRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT version, made_at, report, sealed FROM models WHERE version = $1")
                    .bind($crate::driver::text(version, "models", "version")?)
                    .fetch_optional(self.reader())
                    .answered("models")
                    .await?
                    .as_ref()
                    .map(model_record)
                    .transpose()
            }

            async fn model_versions(
                &mut self,
            ) -> Result<Vec<(String, ::jiff::Timestamp)>, $crate::LedgerError> {
                use crate::row::{get, instant};
                ::sqlx::query("SELECT version, made_at FROM models ORDER BY made_at, version")
                    .fetch_all(self.reader())
                    .answered("models")
                    .await?
                    .iter()
                    .map(|row| Ok((get(row, "models", "version")?, instant(row, "models", "made_at")?)))
                    .collect()
            }

            // The place in line decides, not the clock: two clocks may disagree.
            async fn activate_model(
                &mut self,
                version: &str,
                at: ::jiff::Timestamp,
            ) -> Result<bool, $crate::LedgerError> {
                let done = ::sqlx::query(
                    "UPDATE models SET activated_at = $2, \
                     place = (SELECT coalesce(max(place), 0) + 1 FROM models) WHERE version = $1",
                )
                .bind($crate::driver::text(version, "models", "version")?)
                .bind($crate::driver::micros(at))
                .execute(self.writer()?)
                .answered("models")
                .await?;
                Ok(done.rows_affected() == 1)
            }

            async fn active_model(&mut self) -> Result<Option<String>, $crate::LedgerError> {
                ::sqlx::query_scalar(
                    "SELECT version FROM models WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1",
                )
                .fetch_optional(self.reader())
                .answered("models")
                .await
            }
        }
    };
}
