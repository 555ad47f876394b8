//! [`crate::Assignments`]. A driver brings `assignments::lease`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_assignments {
    ($unit:ty, $row:ty, lock = $lock:literal) => {
        use crate::error::Answered as _;

        pub(crate) fn assignment_record(row: &$row) -> Result<$crate::AssignmentRecord, $crate::LedgerError> {
            use crate::row::{get, json};

            let mut assignment: ::dengwen_model::Assignment = json(row, "assignments", "body")?;
            assignment.version = get(row, "assignments", "version")?;
            let due_at: i64 = get(row, "assignments", "due_at")?;
            let due_at = (due_at != $crate::driver::NEVER)
                .then(|| $crate::driver::instant(due_at, "assignments", "due_at"))
                .transpose()?;
            Ok($crate::AssignmentRecord { assignment, due_at })
        }

        #[::async_trait::async_trait]
        impl $crate::Assignments for $unit {
            async fn insert_assignment(
                &mut self,
                record: &$crate::AssignmentRecord,
            ) -> Result<bool, $crate::LedgerError> {
                let assignment = &record.assignment;
                let columns = $crate::driver::AssignmentColumns::new(record, assignment.version)?;
                let inserted = ::sqlx::query(
                    "INSERT INTO assignments (id, case_id, unit, state, priority, due_at, assigned_at, \
                     officer, lease_until, version, body) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
                )
                .bind(assignment.id.as_uuid())
                .bind(assignment.case.as_uuid())
                .bind(assignment.unit.as_str())
                .bind(assignment.state.name())
                .bind(i64::from(assignment.priority.get()))
                .bind(columns.due_at)
                .bind($crate::driver::micros(assignment.assigned_at))
                .bind(columns.officer.map(|officer| officer.as_uuid()))
                .bind(columns.lease_until)
                .bind(assignment.version)
                .bind(crate::row::Body(columns.body))
                .execute(self.writer()?)
                .answered("assignments")
.await?;
                Ok(inserted.rows_affected() == 1)
            }

            async fn assignment(
                &mut self,
                id: ::dengwen_model::AssignmentId,
            ) -> Result<Option<$crate::AssignmentRecord>, $crate::LedgerError> {
                let statement = if self.writes() {
                    concat!("SELECT body, version, due_at FROM assignments WHERE id = $1", $lock)
                } else {
                    "SELECT body, version, due_at FROM assignments WHERE id = $1"
                };
                ::sqlx::query(statement)
                    .bind(id.as_uuid())
                    .fetch_optional(self.reader())
                    .answered("assignments")
.await?
                    .as_ref()
                    .map(assignment_record)
                    .transpose()
            }

            async fn update_assignment(
                &mut self,
                record: &$crate::AssignmentRecord,
            ) -> Result<(), $crate::LedgerError> {
                let assignment = &record.assignment;
                let columns = $crate::driver::AssignmentColumns::new(record, assignment.version + 1)?;
                let updated = ::sqlx::query(
                    "UPDATE assignments SET unit = $1, state = $2, priority = $3, due_at = $4, officer = $5, \
                     lease_until = $6, body = $7, version = version + 1 WHERE id = $8 AND version = $9",
                )
                .bind(assignment.unit.as_str())
                .bind(assignment.state.name())
                .bind(i64::from(assignment.priority.get()))
                .bind(columns.due_at)
                .bind(columns.officer.map(|officer| officer.as_uuid()))
                .bind(columns.lease_until)
                .bind(crate::row::Body(columns.body))
                .bind(assignment.id.as_uuid())
                .bind(assignment.version)
                .execute(self.writer()?)
                .answered("assignments")
.await?;
                crate::error::one(updated.rows_affected(), "assignments")
            }

            async fn lease_assignments(
                &mut self,
                unit: &::dengwen_model::UnitCode,
                officer: ::dengwen_model::UserId,
                max: u32,
                now: ::jiff::Timestamp,
                until: ::jiff::Timestamp,
            ) -> Result<Vec<$crate::AssignmentRecord>, $crate::LedgerError> {
                let lease = ::dengwen_model::Lease { officer, until };
                let mut leased =
                    crate::assignments::lease(self.writer()?, unit, &lease, max, now).await?;
                leased.sort_by_key(|record| {
                    let assignment = &record.assignment;
                    let due_at = record.due_at.map_or($crate::driver::NEVER, $crate::driver::micros);
                    (assignment.priority.get(), due_at, assignment.assigned_at, assignment.id)
                });
                Ok(leased)
            }

            async fn assignments_of_case(
                &mut self,
                case: ::dengwen_model::CaseId,
            ) -> Result<Vec<$crate::AssignmentRecord>, $crate::LedgerError> {
                ::sqlx::query(
                    "SELECT body, version, due_at FROM assignments WHERE case_id = $1 \
                     ORDER BY assigned_at, id",
                )
                .bind(case.as_uuid())
                .fetch_all(self.reader())
                .answered("assignments")
.await?
                .iter()
                .map(assignment_record)
                .collect()
            }

            async fn assignments_held_by(
                &mut self,
                officer: ::dengwen_model::UserId,
                now: ::jiff::Timestamp,
            ) -> Result<Vec<$crate::AssignmentRecord>, $crate::LedgerError> {
                ::sqlx::query(
                    "SELECT body, version, due_at FROM assignments WHERE officer = $1 \
                     AND (state = 'accepted' OR state = 'leased' AND lease_until > $2) \
                     ORDER BY priority, due_at, assigned_at, id",
                )
                .bind(officer.as_uuid())
                .bind($crate::driver::micros(now))
                .fetch_all(self.reader())
                .answered("assignments")
.await?
                .iter()
                .map(assignment_record)
                .collect()
            }
        }
    };
}
