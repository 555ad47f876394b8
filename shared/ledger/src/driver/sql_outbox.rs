//! [`crate::Outbox`]. A driver brings `outbox::{insert, take}`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_outbox {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        /// Rows come in no order from the statement that deletes them.
        fn oldest_first(rows: &[$row]) -> Result<Vec<$crate::OutboxRecord>, $crate::LedgerError> {
            use crate::row::get;

            let mut records = rows
                .iter()
                .map(|row| {
                    let record = $crate::OutboxRecord {
                        id: ::dengwen_model::MessageId::from_uuid(get(row, "outbox", "id")?),
                        topic: get(row, "outbox", "topic")?,
                        payload: get(row, "outbox", "payload")?,
                        traceparent: get(row, "outbox", "traceparent")?,
                    };
                    Ok((get::<i64>(row, "outbox", "seq")?, record))
                })
                .collect::<Result<Vec<_>, _>>()?;
            records.sort_unstable_by_key(|(seq, _)| *seq);
            Ok(records.into_iter().map(|(_, record)| record).collect())
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
                oldest_first(&crate::outbox::take(self.writer()?, max).await?)
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
