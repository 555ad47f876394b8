//! [`crate::LinkIndex`]. A driver brings `index::{insert, by_keys, open_cases, forget_keys}` and `counters::take`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_index {
    ($unit:ty, $row:ty, lock = $lock:literal) => {
        use crate::error::Answered as _;

        pub(crate) fn link_entry(row: &$row) -> Result<$crate::LinkEntry, $crate::LedgerError> {
            use crate::row::get;

            Ok($crate::LinkEntry {
                tip: ::dengwen_model::TipId::from_uuid(get(row, "links", "tip_id")?),
                case: ::dengwen_model::CaseId::from_uuid(get(row, "links", "case_id")?),
                signature: get(row, "links", "signature")?,
                keys: $crate::driver::LinkColumns::unpack(get(row, "links", "keys")?)?,
                seq: get(row, "links", "seq")?,
            })
        }

        #[::async_trait::async_trait]
        impl $crate::LinkIndex for $unit {
            // The counter's row stays locked until the commit, so `seq` is the order of commits and a reader
            // that goes on after the last `seq` it saw misses none.
            async fn insert_links(
                &mut self,
                entries: &[$crate::LinkEntry],
            ) -> Result<(), $crate::LedgerError> {
                let connection = self.writer()?;
                if entries.is_empty() {
                    return Ok(());
                }
                let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
                let taken = crate::counters::take(connection, &[("links".to_owned(), count)]).await?;
                let last = taken
                    .first()
                    .map(|(_, last)| *last)
                    .ok_or($crate::LedgerError::Inconsistent { table: "counters", column: "last" })?;
                crate::index::insert(connection, entries, last - count).await
            }

            async fn links_by_keys(
                &mut self,
                keys: &[i64],
                per_key: u32,
            ) -> Result<Vec<$crate::LinkEntry>, $crate::LedgerError> {
                crate::index::by_keys(self.reader(), keys, per_key).await?.iter().map(link_entry).collect()
            }

            async fn open_cases_by_keys(
                &mut self,
                keys: &[i64],
                max: u32,
            ) -> Result<Vec<$crate::CaseRecord>, $crate::LedgerError> {
                crate::index::open_cases(self.reader(), keys, max)
                    .await?
                    .iter()
                    .map(crate::cases::case_record)
                    .collect()
            }

            async fn links_after(
                &mut self,
                seq: i64,
                max: u32,
            ) -> Result<Vec<$crate::LinkEntry>, $crate::LedgerError> {
                ::sqlx::query(
                    "SELECT seq, tip_id, case_id, signature, keys FROM links WHERE seq > $1 \
                     ORDER BY seq LIMIT $2",
                )
                .bind(seq)
                .bind(i64::from(max))
                .fetch_all(self.reader())
                .answered("links")
                .await?
                .iter()
                .map(link_entry)
                .collect()
            }

            async fn last_link(&mut self) -> Result<i64, $crate::LedgerError> {
                let last: Option<i64> = ::sqlx::query_scalar("SELECT max(seq) FROM links")
                    .fetch_one(self.reader())
                    .answered("links")
                    .await?;
                Ok(last.unwrap_or(0))
            }

            async fn move_link(
                &mut self,
                tip: ::dengwen_model::TipId,
                case: ::dengwen_model::CaseId,
            ) -> Result<(), $crate::LedgerError> {
                let connection = self.writer()?;
                let found = ::sqlx::query(concat!(
                    "SELECT seq, tip_id, case_id, signature, keys FROM links WHERE tip_id = $1",
                    $lock
                ))
                .bind(tip.as_uuid())
                .fetch_optional(&mut *connection)
                .answered("links")
                .await?;
                let Some(mut entry) = found.as_ref().map(link_entry).transpose()? else {
                    return Ok(());
                };
                crate::index::forget_keys(connection, entry.seq, &entry.keys).await?;
                ::sqlx::query("DELETE FROM links WHERE seq = $1")
                    .bind(entry.seq)
                    .execute(&mut *connection)
                    .answered("links")
                    .await?;
                entry.case = case;
                $crate::LinkIndex::insert_links(self, &[entry]).await
            }
        }
    };
}
