//! [`crate::UnitsRegister`]. A driver brings `units::insert` and `counters::take`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_units {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        fn unit_record(row: &$row) -> Result<$crate::UnitRecord, $crate::LedgerError> {
            Ok($crate::UnitRecord {
                code: crate::row::parsed(row, "units", "code")?,
                body: crate::row::json(row, "units", "body")?,
            })
        }

        #[::async_trait::async_trait]
        impl $crate::UnitsRegister for $unit {
            // The counter comes first: who else replaces the register waits there for its row.
            async fn replace_units(
                &mut self,
                units: &[$crate::UnitRecord],
            ) -> Result<i64, $crate::LedgerError> {
                let rows: Vec<_> = units
                    .iter()
                    .map(|unit| {
                        Ok((unit.code.as_str(), $crate::driver::json_text(&unit.body, "units", "body")?))
                    })
                    .collect::<Result<_, $crate::LedgerError>>()?;
                let connection = self.writer()?;
                let taken = crate::counters::take(connection, &[("units".to_owned(), 1)]).await?;
                ::sqlx::query("DELETE FROM units").execute(&mut *connection).answered("units").await?;
                crate::units::insert(connection, &rows).await?;
                taken
                    .first()
                    .map(|(_, version)| *version)
                    .ok_or($crate::LedgerError::Inconsistent { table: "counters", column: "last" })
            }

            async fn units_version(&mut self) -> Result<i64, $crate::LedgerError> {
                let version: Option<i64> =
                    ::sqlx::query_scalar("SELECT last FROM counters WHERE series = 'units'")
                        .fetch_optional(self.reader())
                        .answered("counters")
                        .await?;
                Ok(version.unwrap_or(0))
            }

            async fn units_needed(
                &mut self,
            ) -> Result<Vec<(::dengwen_model::UnitCode, u64)>, $crate::LedgerError> {
                use crate::row::{get, parsed};

                let rows = ::sqlx::query(
                    "SELECT unit, count(*) AS cases FROM (\
                     SELECT id, handled_by AS unit FROM cases \
                     WHERE stage NOT IN ('closed', 'referred', 'passed_up', 'kept') \
                     UNION SELECT id, received_by AS unit FROM cases \
                     WHERE stage NOT IN ('closed', 'referred', 'passed_up', 'kept')) AS needed \
                     WHERE unit IS NOT NULL GROUP BY unit ORDER BY unit",
                )
                .fetch_all(self.reader())
                .answered("cases")
                .await?;
                let needed = |row: &$row| {
                    let cases: i64 = get(row, "cases", "cases")?;
                    Ok((parsed(row, "cases", "unit")?, u64::try_from(cases).unwrap_or(0)))
                };
                rows.iter().map(needed).collect()
            }

            async fn units(&mut self) -> Result<Vec<$crate::UnitRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT code, body FROM units ORDER BY code")
                    .fetch_all(self.reader())
                    .answered("units")
                    .await?
                    .iter()
                    .map(unit_record)
                    .collect()
            }
        }
    };
}
