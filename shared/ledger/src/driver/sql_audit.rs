//! [`crate::Audit`]. A driver brings `audit::{lock, append}` and `counters::take`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_audit {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        fn audit_record(row: &$row) -> Result<$crate::AuditRecord, $crate::LedgerError> {
            use crate::row::{get, hash, instant};

            Ok($crate::AuditRecord {
                seq: get(row, "audit", "seq")?,
                entry: $crate::NewAuditRecord {
                    at: instant(row, "audit", "at")?,
                    actor: get(row, "audit", "actor")?,
                    role: get(row, "audit", "role")?,
                    action: get(row, "audit", "action")?,
                    object: get(row, "audit", "object")?,
                    reason: get(row, "audit", "reason")?,
                },
                prev: hash(row, "audit", "prev")?,
                hash: hash(row, "audit", "hash")?,
            })
        }

        #[::async_trait::async_trait]
        impl $crate::Audit for $unit {
            async fn lock_audit_head(&mut self) -> Result<Option<$crate::AuditRecord>, $crate::LedgerError> {
                let connection = self.writer()?;
                crate::audit::lock(connection).await?;
                ::sqlx::query("SELECT * FROM audit ORDER BY seq DESC LIMIT 1")
                    .fetch_optional(connection)
                    .answered("audit")
                    .await?
                    .as_ref()
                    .map(audit_record)
                    .transpose()
            }

            async fn append_audit(
                &mut self,
                records: &[$crate::AuditRecord],
            ) -> Result<(), $crate::LedgerError> {
                for record in records {
                    let entry = &record.entry;
                    $crate::driver::text(&entry.actor, "audit", "actor")?;
                    $crate::driver::text(&entry.role, "audit", "role")?;
                    $crate::driver::text(&entry.action, "audit", "action")?;
                    $crate::driver::text(&entry.object, "audit", "object")?;
                    $crate::driver::text(&entry.reason, "audit", "reason")?;
                }
                let connection = self.writer()?;
                if records.is_empty() {
                    return Ok(());
                }
                crate::audit::append(connection, records).await?;
                let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
                crate::counters::take(connection, &[("audit".to_owned(), count)]).await.map(drop)
            }

            async fn audit_from(
                &mut self,
                seq: i64,
                max: u32,
            ) -> Result<Vec<$crate::AuditRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT * FROM audit WHERE seq >= $1 ORDER BY seq LIMIT $2")
                    .bind(seq)
                    .bind(i64::from(max))
                    .fetch_all(self.reader())
                    .answered("audit")
                    .await?
                    .iter()
                    .map(audit_record)
                    .collect()
            }

            async fn audit_of(
                &mut self,
                object: &str,
            ) -> Result<Vec<$crate::AuditRecord>, $crate::LedgerError> {
                // No entry names such an object, and PostgreSQL would not even look.
                if object.contains('\0') {
                    return Ok(Vec::new());
                }
                ::sqlx::query("SELECT * FROM audit WHERE object = $1 ORDER BY seq")
                    .bind(object)
                    .fetch_all(self.reader())
                    .answered("audit")
                    .await?
                    .iter()
                    .map(audit_record)
                    .collect()
            }
        }
    };
}
