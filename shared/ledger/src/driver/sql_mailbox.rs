//! [`crate::Mailbox`]. A driver brings `mailbox::by_id`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_mailbox {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        fn message(row: &$row) -> Result<$crate::MailboxRecord, $crate::LedgerError> {
            use $crate::LedgerError::Inconsistent;

            use crate::row::{get, instant};

            let sender: &str = get(row, "mailbox", "sender")?;
            Ok($crate::MailboxRecord {
                id: ::dengwen_model::MessageId::from_uuid(get(row, "mailbox", "id")?),
                tip: ::dengwen_model::TipId::from_uuid(get(row, "mailbox", "tip_id")?),
                from: $crate::driver::sender(sender)
                    .ok_or(Inconsistent { table: "mailbox", column: "sender" })?,
                at: instant(row, "mailbox", "at")?,
                text: get(row, "mailbox", "text")?,
            })
        }

        #[::async_trait::async_trait]
        impl $crate::Mailbox for $unit {
            async fn insert_message(
                &mut self,
                record: &$crate::MailboxRecord,
            ) -> Result<bool, $crate::LedgerError> {
                let inserted = ::sqlx::query(
                    "INSERT INTO mailbox (id, tip_id, sender, at, text) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (id) DO NOTHING",
                )
                .bind(record.id.as_uuid())
                .bind(record.tip.as_uuid())
                .bind($crate::driver::sender_name(record.from))
                .bind($crate::driver::micros(record.at))
                .bind(record.text.as_slice())
                .execute(self.writer()?)
                .answered("mailbox")
                .await?;
                Ok(inserted.rows_affected() == 1)
            }

            async fn messages_of(
                &mut self,
                tip: ::dengwen_model::TipId,
            ) -> Result<Vec<$crate::MailboxRecord>, $crate::LedgerError> {
                ::sqlx::query(
                    "SELECT id, tip_id, sender, at, text FROM mailbox WHERE tip_id = $1 ORDER BY at, id",
                )
                .bind(tip.as_uuid())
                .fetch_all(self.reader())
                .answered("mailbox")
                .await?
                .iter()
                .map(message)
                .collect()
            }

            async fn messages_before(
                &mut self,
                tip: ::dengwen_model::TipId,
                before: Option<::dengwen_model::MessageId>,
                max: u32,
            ) -> Result<Vec<$crate::MailboxRecord>, $crate::LedgerError> {
                let query = match before {
                    Some(before) => ::sqlx::query(
                        "SELECT id, tip_id, sender, at, text FROM mailbox WHERE tip_id = $1 AND (at, id) < \
                         (SELECT at, id FROM mailbox WHERE id = $3 AND tip_id = $1) \
                         ORDER BY at DESC, id DESC LIMIT $2",
                    )
                    .bind(tip.as_uuid())
                    .bind(i64::from(max))
                    .bind(before.as_uuid()),
                    None => ::sqlx::query(
                        "SELECT id, tip_id, sender, at, text FROM mailbox WHERE tip_id = $1 \
                         ORDER BY at DESC, id DESC LIMIT $2",
                    )
                    .bind(tip.as_uuid())
                    .bind(i64::from(max)),
                };
                let newest_first = query.fetch_all(self.reader()).answered("mailbox").await?;
                newest_first.iter().rev().map(message).collect()
            }

            async fn messages_by_id(
                &mut self,
                ids: &[::dengwen_model::MessageId],
            ) -> Result<Vec<$crate::MailboxRecord>, $crate::LedgerError> {
                crate::mailbox::by_id(self.reader(), ids).await?.iter().map(message).collect()
            }

            async fn count_messages(&mut self) -> Result<u64, $crate::LedgerError> {
                let count: i64 = ::sqlx::query_scalar("SELECT count(*) FROM mailbox")
                    .fetch_one(self.reader())
                    .answered("mailbox")
                    .await?;
                Ok($crate::driver::stored_count(count))
            }
        }
    };
}
