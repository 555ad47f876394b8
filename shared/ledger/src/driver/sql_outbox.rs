//! [`crate::Outbox`]. A driver brings `outbox::{insert, take, forget}`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_outbox {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        fn placed(row: &$row) -> Result<(i64, $crate::OutboxRecord), $crate::LedgerError> {
            use crate::row::get;

            let record = $crate::OutboxRecord {
                id: ::dengwen_model::MessageId::from_uuid(get(row, "outbox", "id")?),
                topic: get(row, "outbox", "topic")?,
                payload: get(row, "outbox", "payload")?,
                traceparent: get(row, "outbox", "traceparent")?,
            };
            Ok((get(row, "outbox", "seq")?, record))
        }

        #[::async_trait::async_trait]
        impl $crate::Outbox for $unit {
            async fn enqueue(
                &mut self,
                messages: &[$crate::OutboxRecord],
            ) -> Result<(), $crate::LedgerError> {
                for message in messages {
                    $crate::driver::text(&message.topic, "outbox", "topic")?;
                    $crate::driver::text(&message.traceparent, "outbox", "traceparent")?;
                }
                crate::outbox::insert(self.writer()?, messages).await
            }

            async fn take_outbox(
                &mut self,
                max: u32,
            ) -> Result<Vec<$crate::OutboxRecord>, $crate::LedgerError> {
                let rows = crate::outbox::take(self.writer()?, max).await?;
                let mut taken = rows.iter().map(placed).collect::<Result<Vec<_>, _>>()?;
                // Rows come in no order from the statement that deletes them.
                taken.sort_unstable_by_key(|(place, _)| *place);
                Ok(taken.into_iter().map(|(_, record)| record).collect())
            }

            async fn peek_outbox(
                &mut self,
                max: u32,
            ) -> Result<Vec<(i64, $crate::OutboxRecord)>, $crate::LedgerError> {
                ::sqlx::query("SELECT seq, id, topic, payload, traceparent FROM outbox ORDER BY seq LIMIT $1")
                    .bind(i64::from(max))
                    .fetch_all(self.reader())
                    .answered("outbox")
                    .await?
                    .iter()
                    .map(placed)
                    .collect()
            }

            async fn forget_outbox(&mut self, places: &[i64]) -> Result<(), $crate::LedgerError> {
                crate::outbox::forget(self.writer()?, places).await
            }

            async fn count_outbox(&mut self) -> Result<u64, $crate::LedgerError> {
                let count: i64 = ::sqlx::query_scalar("SELECT count(*) FROM outbox")
                    .fetch_one(self.reader())
                    .answered("outbox")
                    .await?;
                Ok($crate::driver::stored_count(count))
            }
        }
    };
}
