//! [`crate::Deadlines`]. A driver brings `deadlines::insert`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_deadlines {
    ($unit:ty, $row:ty, lock = $lock:literal, skip = $skip:literal, provisional = $provisional:literal) => {
        use crate::error::Answered as _;

        fn deadline(row: &$row) -> Result<::dengwen_model::Deadline, $crate::LedgerError> {
            crate::row::json(row, "deadlines", "body")
        }

        /// A recorded step, for [`crate::Verify`] too.
        pub(crate) fn ladder_step(row: &$row) -> Result<$crate::LadderStep, $crate::LedgerError> {
            use crate::row::{get, instant};

            let counted = |column| -> Result<i64, $crate::LedgerError> { get(row, "ladder_steps", column) };
            let wrong = |column| $crate::LedgerError::Inconsistent { table: "ladder_steps", column };
            Ok($crate::LadderStep {
                deadline: ::dengwen_model::DeadlineId::from_uuid(get(row, "ladder_steps", "deadline_id")?),
                case: ::dengwen_model::CaseId::from_uuid(get(row, "ladder_steps", "case_id")?),
                extension: u16::try_from(counted("extension")?).map_err(|_| wrong("extension"))?,
                level: u8::try_from(counted("level")?).map_err(|_| wrong("level"))?,
                nth: u8::try_from(counted("nth")?).map_err(|_| wrong("nth"))?,
                due_at: instant(row, "ladder_steps", "due_at")?,
                taken_at: instant(row, "ladder_steps", "taken_at")?,
                action: get(row, "ladder_steps", "action")?,
            })
        }

        #[::async_trait::async_trait]
        impl $crate::Deadlines for $unit {
            async fn insert_deadline(
                &mut self,
                deadline: &::dengwen_model::Deadline,
                next_step_at: Option<::jiff::Timestamp>,
            ) -> Result<bool, $crate::LedgerError> {
                let row = $crate::driver::DeadlineColumns::new(deadline, next_step_at)?;
                Ok(crate::deadlines::insert(self.writer()?, &[row]).await? == 1)
            }

            async fn insert_deadlines(
                &mut self,
                deadlines: &[(::dengwen_model::Deadline, Option<::jiff::Timestamp>)],
            ) -> Result<u64, $crate::LedgerError> {
                let rows: Vec<_> = deadlines
                    .iter()
                    .map(|(deadline, next)| $crate::driver::DeadlineColumns::new(deadline, *next))
                    .collect::<Result<_, _>>()?;
                crate::deadlines::insert(self.writer()?, &rows).await
            }

            async fn update_deadline(
                &mut self,
                deadline: &::dengwen_model::Deadline,
                next_step_at: Option<::jiff::Timestamp>,
            ) -> Result<(), $crate::LedgerError> {
                let columns = $crate::driver::DeadlineColumns::new(deadline, next_step_at)?;
                let updated = ::sqlx::query(
                    "UPDATE deadlines SET state = $1, next_step_at = $2, body = $3 WHERE id = $4",
                )
                .bind(deadline.state.name())
                .bind(columns.next_step_at)
                .bind(crate::row::Body(columns.body))
                .bind(deadline.id.as_uuid())
                .execute(self.writer()?)
                .answered("deadlines")
                .await?;
                crate::error::one(updated.rows_affected(), "deadlines")
            }

            async fn deadlines_of_case(
                &mut self,
                case: ::dengwen_model::CaseId,
            ) -> Result<Vec<::dengwen_model::Deadline>, $crate::LedgerError> {
                let statement = if self.writes() {
                    concat!("SELECT body FROM deadlines WHERE case_id = $1 ORDER BY started_at, id", $lock)
                } else {
                    "SELECT body FROM deadlines WHERE case_id = $1 ORDER BY started_at, id"
                };
                ::sqlx::query(statement)
                    .bind(case.as_uuid())
                    .fetch_all(self.reader())
                    .answered("deadlines")
                    .await?
                    .iter()
                    .map(deadline)
                    .collect()
            }

            async fn running_deadlines(
                &mut self,
                after: Option<::dengwen_model::DeadlineId>,
                max: u32,
            ) -> Result<Vec<::dengwen_model::Deadline>, $crate::LedgerError> {
                ::sqlx::query(
                    "SELECT body FROM deadlines WHERE state IN ('open', 'overdue') AND id > $1 \
                     ORDER BY id LIMIT $2",
                )
                .bind(after.map_or(::sqlx::types::Uuid::nil(), |id| id.as_uuid()))
                .bind(i64::from(max))
                .fetch_all(self.reader())
                .answered("deadlines")
                .await?
                .iter()
                .map(deadline)
                .collect()
            }

            async fn provisional_deadlines(
                &mut self,
                after: Option<::dengwen_model::DeadlineId>,
                max: u32,
            ) -> Result<Vec<::dengwen_model::Deadline>, $crate::LedgerError> {
                ::sqlx::query(concat!(
                    "SELECT body FROM deadlines WHERE state IN ('open', 'overdue') AND ",
                    $provisional,
                    " AND id > $1 ORDER BY id LIMIT $2"
                ))
                .bind(after.map_or(::sqlx::types::Uuid::nil(), |id| id.as_uuid()))
                .bind(i64::from(max))
                .fetch_all(self.reader())
                .answered("deadlines")
                .await?
                .iter()
                .map(deadline)
                .collect()
            }

            async fn deadlines_to_step(
                &mut self,
                now: ::jiff::Timestamp,
                max: u32,
            ) -> Result<Vec<::dengwen_model::Deadline>, $crate::LedgerError> {
                ::sqlx::query(concat!(
                    "SELECT body FROM deadlines WHERE next_step_at <= $1 ORDER BY next_step_at, id LIMIT $2",
                    $skip
                ))
                .bind($crate::driver::micros(now))
                .bind(i64::from(max))
                .fetch_all(self.writer()?)
                .answered("deadlines")
                .await?
                .iter()
                .map(deadline)
                .collect()
            }

            async fn record_step(&mut self, step: &$crate::LadderStep) -> Result<bool, $crate::LedgerError> {
                let action = $crate::driver::text(&step.action, "ladder_steps", "action")?;
                let recorded = ::sqlx::query(
                    "INSERT INTO ladder_steps \
                     (deadline_id, extension, level, nth, case_id, due_at, taken_at, action) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                     ON CONFLICT (deadline_id, extension, level, nth) DO NOTHING",
                )
                .bind(step.deadline.as_uuid())
                .bind(i64::from(step.extension))
                .bind(i64::from(step.level))
                .bind(i64::from(step.nth))
                .bind(step.case.as_uuid())
                .bind($crate::driver::micros(step.due_at))
                .bind($crate::driver::micros(step.taken_at))
                .bind(action)
                .execute(self.writer()?)
                .answered("ladder_steps")
                .await?;
                Ok(recorded.rows_affected() == 1)
            }

            async fn steps_of_case(
                &mut self,
                case: ::dengwen_model::CaseId,
            ) -> Result<Vec<$crate::LadderStep>, $crate::LedgerError> {
                ::sqlx::query(
                    "SELECT deadline_id, extension, level, nth, case_id, due_at, taken_at, action \
                     FROM ladder_steps WHERE case_id = $1 \
                     ORDER BY taken_at, deadline_id, extension, level, nth",
                )
                .bind(case.as_uuid())
                .fetch_all(self.reader())
                .answered("ladder_steps")
                .await?
                .iter()
                .map(ladder_step)
                .collect()
            }
        }
    };
}
