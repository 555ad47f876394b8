//! [`crate::Tips`]. A driver brings `tips::{by_id, known, insert}` and `counters::{lock, take}`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_tips {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        fn tip_record(row: &$row) -> Result<$crate::TipRecord, $crate::LedgerError> {
            use ::dengwen_model::{CaseId, TipId};
            use $crate::LedgerError::Inconsistent;

            use crate::row::{get, instant, json, parsed};

            let channel: &str = get(row, "tips", "channel")?;
            let tip = $crate::NewTip {
                id: TipId::from_uuid(get(row, "tips", "id")?),
                door: parsed(row, "tips", "door")?,
                channel: $crate::driver::channel(channel)
                    .ok_or(Inconsistent { table: "tips", column: "channel" })?,
                received_at: instant(row, "tips", "received_at")?,
                registered_at: instant(row, "tips", "registered_at")?,
                received_by: parsed(row, "tips", "received_by")?,
                receipt_hash: get(row, "tips", "receipt_hash")?,
                external_key: get(row, "tips", "external_key")?,
                content: get(row, "tips", "content")?,
                identity: get(row, "tips", "identity")?,
                reply_to: get(row, "tips", "reply_to")?,
                reading: get(row, "tips", "reading")?,
                relation: json(row, "tips", "relation")?,
                case: CaseId::from_uuid(get(row, "tips", "case_id")?),
            };
            Ok($crate::TipRecord { tip, number: get(row, "tips", "number")? })
        }

        #[::async_trait::async_trait]
        impl $crate::Tips for $unit {
            async fn registered(
                &mut self,
                tips: &[(::dengwen_model::TipId, Option<Vec<u8>>)],
            ) -> Result<Vec<Option<::dengwen_model::TipId>>, $crate::LedgerError> {
                let asked = tips.iter().map(|(id, key)| (*id, key.as_deref()));
                let known = crate::tips::known(self.reader(), asked).await?;
                Ok(tips.iter().map(|(id, key)| known.find(*id, key.as_deref())).collect())
            }

            async fn register_tip(
                &mut self,
                tip: &$crate::NewTip,
            ) -> Result<$crate::Registration, $crate::LedgerError> {
                let outcomes = self.register_tips(::std::slice::from_ref(tip)).await?;
                outcomes.first().copied().ok_or($crate::LedgerError::Conflict { table: "tips" })
            }

            // The lock comes before the look: whoever registers the same tip at the same time has then
            // either committed and is seen, or waits. The counters move only by what is really new.
            async fn register_tips(
                &mut self,
                tips: &[$crate::NewTip],
            ) -> Result<Vec<$crate::Registration>, $crate::LedgerError> {
                let connection = self.writer()?;
                crate::counters::lock(connection, tips.iter().map(|tip| &tip.received_by)).await?;
                let asked = tips.iter().map(|tip| (tip.id, tip.external_key.as_deref()));
                let known = crate::tips::known(connection, asked).await?;
                let intake = $crate::driver::Intake::new(tips, known);
                let taken = crate::counters::take(connection, &intake.demand()).await?;
                crate::tips::insert(connection, &intake.numbered(&taken)?).await?;
                Ok(intake.outcomes)
            }

            async fn tip(
                &mut self,
                id: ::dengwen_model::TipId,
            ) -> Result<Option<$crate::TipRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT * FROM tips WHERE id = $1")
                    .bind(id.as_uuid())
                    .fetch_optional(self.reader())
                    .answered("tips")
                    .await?
                    .as_ref()
                    .map(tip_record)
                    .transpose()
            }

            async fn tips_by_id(
                &mut self,
                ids: &[::dengwen_model::TipId],
            ) -> Result<Vec<$crate::TipRecord>, $crate::LedgerError> {
                crate::tips::by_id(self.reader(), ids).await?.iter().map(tip_record).collect()
            }

            async fn tip_by_receipt(
                &mut self,
                receipt_hash: &[u8],
            ) -> Result<Option<$crate::TipRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT * FROM tips WHERE receipt_hash = $1")
                    .bind(receipt_hash)
                    .fetch_optional(self.reader())
                    .answered("tips")
                    .await?
                    .as_ref()
                    .map(tip_record)
                    .transpose()
            }

            async fn tips_of_case(
                &mut self,
                case: ::dengwen_model::CaseId,
            ) -> Result<Vec<$crate::TipRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT * FROM tips WHERE case_id = $1 ORDER BY registered_at, id")
                    .bind(case.as_uuid())
                    .fetch_all(self.reader())
                    .answered("tips")
                    .await?
                    .iter()
                    .map(tip_record)
                    .collect()
            }

            async fn tips_of_case_after(
                &mut self,
                case: ::dengwen_model::CaseId,
                after: Option<::dengwen_model::TipId>,
                max: u32,
            ) -> Result<Vec<$crate::TipRecord>, $crate::LedgerError> {
                let query = match after {
                    Some(after) => ::sqlx::query(
                        "SELECT * FROM tips WHERE case_id = $1 AND (registered_at, id) > \
                         (SELECT registered_at, id FROM tips WHERE id = $3 AND case_id = $1) \
                         ORDER BY registered_at, id LIMIT $2",
                    )
                    .bind(case.as_uuid())
                    .bind(i64::from(max))
                    .bind(after.as_uuid()),
                    None => ::sqlx::query(
                        "SELECT * FROM tips WHERE case_id = $1 ORDER BY registered_at, id LIMIT $2",
                    )
                    .bind(case.as_uuid())
                    .bind(i64::from(max)),
                };
                query.fetch_all(self.reader()).answered("tips").await?.iter().map(tip_record).collect()
            }

            async fn tips_registered(
                &mut self,
                channel: ::dengwen_model::Channel,
                from: ::jiff::Timestamp,
                until: ::jiff::Timestamp,
                after: Option<::dengwen_model::TipId>,
                max: u32,
            ) -> Result<Vec<$crate::TipRecord>, $crate::LedgerError> {
                let query = match after {
                    Some(_) => ::sqlx::query(
                        "SELECT * FROM tips WHERE channel = $1 AND registered_at >= $2 AND registered_at < $3 \
                         AND (registered_at, id) > (SELECT registered_at, id FROM tips WHERE id = $5) \
                         ORDER BY registered_at, id LIMIT $4",
                    ),
                    None => ::sqlx::query(
                        "SELECT * FROM tips WHERE channel = $1 AND registered_at >= $2 AND registered_at < $3 \
                         ORDER BY registered_at, id LIMIT $4",
                    ),
                };
                let query = query
                    .bind(channel.as_str())
                    .bind($crate::driver::micros(from))
                    .bind($crate::driver::micros(until))
                    .bind(i64::from(max));
                let query = match after {
                    Some(after) => query.bind(after.as_uuid()),
                    None => query,
                };
                query.fetch_all(self.reader()).answered("tips").await?.iter().map(tip_record).collect()
            }

            async fn move_tip(
                &mut self,
                tip: ::dengwen_model::TipId,
                case: ::dengwen_model::CaseId,
            ) -> Result<(), $crate::LedgerError> {
                let moved = ::sqlx::query("UPDATE tips SET case_id = $1 WHERE id = $2")
                    .bind(case.as_uuid())
                    .bind(tip.as_uuid())
                    .execute(self.writer()?)
                    .answered("tips")
                    .await?;
                crate::error::one(moved.rows_affected(), "tips")
            }

            async fn count_tips_by_channel(
                &mut self,
                from: ::jiff::Timestamp,
                until: ::jiff::Timestamp,
            ) -> Result<Vec<(::dengwen_model::Channel, u64)>, $crate::LedgerError> {
                let rows: Vec<(String, i64)> = ::sqlx::query_as(
                    "SELECT channel, count(*) FROM tips WHERE received_at >= $1 AND received_at < $2 \
                     GROUP BY channel ORDER BY channel",
                )
                .bind($crate::driver::micros(from))
                .bind($crate::driver::micros(until))
                .fetch_all(self.reader())
                .answered("tips")
                .await?;
                let unknown = $crate::LedgerError::Inconsistent { table: "tips", column: "channel" };
                let counted = rows.into_iter().map(|(name, count)| {
                    Some(($crate::driver::channel(&name)?, $crate::driver::stored_count(count)))
                });
                counted.collect::<Option<_>>().ok_or(unknown)
            }

            async fn count_tips(&mut self) -> Result<u64, $crate::LedgerError> {
                let count: i64 = ::sqlx::query_scalar("SELECT count(*) FROM tips")
                    .fetch_one(self.reader())
                    .answered("tips")
                    .await?;
                Ok($crate::driver::stored_count(count))
            }
        }
    };
}
