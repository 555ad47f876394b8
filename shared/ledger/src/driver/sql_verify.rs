//! [`crate::Verify`]: each promise is one query that finds what breaks it; columns that repeat a body are held
//! against it row by row. A driver brings `verify::unlimited`, which lifts the time limits of ordinary work: these
//! queries read whole tables.

/// How to name what a query finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// By its number or counter.
    Text,
    /// A tip's id.
    Tip,
    /// A case's id.
    Case,
    /// A deadline's id.
    Deadline,
    /// A message's id.
    Message,
}

/// A promise and the query that finds what breaks it.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// Its name, as `tip-without-case`.
    pub name: &'static str,
    /// What is found.
    pub object: Object,
    /// The query: `$1` is the end of the grace in microseconds, `$2` how many at most; one column `object`.
    pub query: &'static str,
}

/// The promises, in the order in which they are checked.
pub const PROMISES: &[Promise] = &[
    Promise {
        name: "tip-without-case",
        object: Object::Text,
        query: "SELECT tips.number AS object FROM tips LEFT JOIN cases ON cases.id = tips.case_id \
                WHERE cases.id IS NULL ORDER BY tips.number LIMIT $2",
    },
    Promise {
        name: "case-miscounts-its-tips",
        object: Object::Text,
        query: "SELECT number AS object FROM cases \
                WHERE tips <> (SELECT count(*) FROM tips WHERE tips.case_id = cases.id) \
                ORDER BY number LIMIT $2",
    },
    Promise {
        name: "case-without-assignment",
        object: Object::Text,
        query: "SELECT number AS object FROM cases \
                WHERE stage NOT IN ('closed', 'referred', 'passed_up', 'kept') AND opened_at < $1 \
                AND (NOT EXISTS (SELECT 1 FROM assignments WHERE assignments.case_id = cases.id) \
                OR stage = 'dispatched' AND updated_at < $1 AND NOT EXISTS (SELECT 1 FROM assignments \
                WHERE assignments.case_id = cases.id AND assignments.state <> 'done')) \
                ORDER BY number LIMIT $2",
    },
    Promise {
        name: "case-without-deadline",
        object: Object::Text,
        query: "SELECT number AS object FROM cases \
                WHERE stage NOT IN ('closed', 'referred', 'passed_up', 'kept') AND updated_at < $1 \
                AND NOT EXISTS (SELECT 1 FROM deadlines WHERE deadlines.case_id = cases.id \
                AND deadlines.state IN ('open', 'overdue')) ORDER BY number LIMIT $2",
    },
    Promise {
        name: "deadline-step-not-taken",
        object: Object::Deadline,
        query: "SELECT id AS object FROM deadlines WHERE next_step_at < $1 ORDER BY next_step_at LIMIT $2",
    },
    Promise {
        name: "ladder-step-of-no-deadline",
        object: Object::Deadline,
        query: "SELECT ladder_steps.deadline_id AS object FROM ladder_steps \
                LEFT JOIN deadlines ON deadlines.id = ladder_steps.deadline_id \
                AND deadlines.case_id = ladder_steps.case_id \
                WHERE deadlines.id IS NULL ORDER BY ladder_steps.deadline_id LIMIT $2",
    },
    Promise {
        name: "ladder-step-too-early",
        object: Object::Deadline,
        query: "SELECT deadline_id AS object FROM ladder_steps WHERE taken_at < due_at \
                ORDER BY deadline_id LIMIT $2",
    },
    // A rule may enter the ladder higher up; from there each rung, and each warning, follows the one before.
    Promise {
        name: "ladder-step-left-out",
        object: Object::Deadline,
        query: "SELECT step.deadline_id AS object FROM ladder_steps AS step WHERE step.level > 1 \
                AND EXISTS (SELECT 1 FROM ladder_steps AS below WHERE below.deadline_id = step.deadline_id \
                AND below.extension = step.extension AND below.level BETWEEN 1 AND step.level - 1) \
                AND NOT EXISTS (SELECT 1 FROM ladder_steps AS below WHERE below.deadline_id = step.deadline_id \
                AND below.extension = step.extension AND below.level = step.level - 1) \
                OR step.nth > 0 AND NOT EXISTS (SELECT 1 FROM ladder_steps AS prior \
                WHERE prior.deadline_id = step.deadline_id AND prior.extension = step.extension \
                AND prior.level = step.level AND prior.nth = step.nth - 1) \
                ORDER BY step.deadline_id LIMIT $2",
    },
    Promise {
        name: "tip-number-given-twice",
        object: Object::Text,
        query: "SELECT number AS object FROM tips GROUP BY number HAVING count(*) > 1 ORDER BY number LIMIT $2",
    },
    Promise {
        name: "case-number-given-twice",
        object: Object::Text,
        query: "SELECT number AS object FROM cases GROUP BY number HAVING count(*) > 1 ORDER BY number LIMIT $2",
    },
    // A counter that gave more numbers than there are rows: something registered is gone. '.' follows '-'.
    Promise {
        name: "tip-number-missing",
        object: Object::Text,
        query: "SELECT series AS object FROM counters WHERE series LIKE 'tip/%' AND last <> \
                (SELECT count(*) FROM tips WHERE tips.number >= substr(series, 5) || '-' \
                AND tips.number < substr(series, 5) || '.') ORDER BY series LIMIT $2",
    },
    Promise {
        name: "case-number-missing",
        object: Object::Text,
        query: "SELECT series AS object FROM counters WHERE series LIKE 'case/%' AND last <> \
                (SELECT count(*) FROM cases WHERE cases.number >= substr(series, 6) || '-' \
                AND cases.number < substr(series, 6) || '.') ORDER BY series LIMIT $2",
    },
    Promise {
        name: "audit-cut-off",
        object: Object::Text,
        query: "SELECT series AS object FROM counters WHERE series = 'audit' AND last > \
                (SELECT count(*) FROM audit) LIMIT $2",
    },
    Promise {
        name: "link-to-another-case",
        object: Object::Tip,
        query: "SELECT links.tip_id AS object FROM links LEFT JOIN tips ON tips.id = links.tip_id \
                WHERE tips.id IS NULL OR tips.case_id <> links.case_id ORDER BY links.seq LIMIT $2",
    },
    Promise {
        name: "assignment-without-case",
        object: Object::Case,
        query: "SELECT assignments.case_id AS object FROM assignments \
                LEFT JOIN cases ON cases.id = assignments.case_id \
                WHERE cases.id IS NULL ORDER BY assignments.case_id LIMIT $2",
    },
    Promise {
        name: "assignment-of-another-unit",
        object: Object::Text,
        query: "SELECT cases.number AS object FROM assignments JOIN cases ON cases.id = assignments.case_id \
                WHERE assignments.state <> 'done' AND cases.handled_by <> assignments.unit \
                ORDER BY cases.number LIMIT $2",
    },
    Promise {
        name: "message-not-published",
        object: Object::Message,
        query: "SELECT id AS object FROM outbox WHERE queued_at < $1 ORDER BY seq LIMIT $2",
    },
    // A line has units before it has cases; without them nobody may be given one.
    Promise {
        name: "units-register-empty",
        object: Object::Text,
        query: "SELECT number || ' cases' AS object FROM (SELECT count(*) AS number FROM cases) AS counted \
                WHERE number > 0 AND NOT EXISTS (SELECT 1 FROM units) LIMIT $2",
    },
    // Counted, not listed: where the index was emptied each tip lacks its entry.
    Promise {
        name: "link-index-incomplete",
        object: Object::Text,
        query: "SELECT number || ' tips' AS object FROM (SELECT count(*) AS number FROM tips \
                JOIN cases ON cases.id = tips.case_id LEFT JOIN links ON links.tip_id = tips.id \
                WHERE links.tip_id IS NULL) AS counted WHERE number > 0 LIMIT $2",
    },
    Promise {
        name: "link-keys-missing",
        object: Object::Text,
        query: "SELECT number || ' entries' AS object FROM (SELECT \
                (SELECT count(*) FROM links WHERE length(keys) > 0) \
                - (SELECT count(DISTINCT seq) FROM link_keys) AS number) AS counted \
                WHERE number <> 0 LIMIT $2",
    },
];

/// What a row is found to be whose columns say something else than its body: by it others are found, leased and
/// counted than those it is about.
pub const COLUMN_CHANGED: [&str; 3] =
    ["case-column-changed", "assignment-column-changed", "deadline-column-changed"];

/// Rows that are held against their bodies at once.
pub const HELD_AT_ONCE: i64 = 500;

/// The first of the columns that does not say what the body says.
pub fn first_odd(columns: &[(&'static str, bool)]) -> Option<&'static str> {
    columns.iter().find(|(_, same)| !same).map(|(column, _)| *column)
}

#[doc(hidden)]
#[macro_export]
macro_rules! sql_verify {
    ($unit:ty, $row:ty) => {
        fn object(promise: &$crate::driver::Promise, row: &$row) -> Result<String, $crate::LedgerError> {
            use ::dengwen_model::{CaseId, DeadlineId, MessageId, TipId};
            use $crate::driver::Object;

            use crate::row::get;

            Ok(match promise.object {
                Object::Text => get(row, promise.name, "object")?,
                Object::Tip => TipId::from_uuid(get(row, promise.name, "object")?).to_string(),
                Object::Case => CaseId::from_uuid(get(row, promise.name, "object")?).to_string(),
                Object::Deadline => DeadlineId::from_uuid(get(row, promise.name, "object")?).to_string(),
                Object::Message => MessageId::from_uuid(get(row, promise.name, "object")?).to_string(),
            })
        }

        /// A column of a case that says something else than its body.
        fn odd_in_case(row: &$row) -> Result<Option<String>, $crate::LedgerError> {
            use ::sqlx::types::Uuid;
            use $crate::driver::micros;

            use crate::row::{get, json};

            let number: &str = get(row, "cases", "number")?;
            let named = |column: &str| format!("{number} {column}");
            let Ok(case) = json::<::dengwen_model::Case>(row, "cases", "body") else {
                return Ok(Some(named("body")));
            };
            let text = |column| get::<&str>(row, "cases", column);
            let integer = |column| get::<i64>(row, "cases", column);
            let handled_by: Option<&str> = get(row, "cases", "handled_by")?;
            let odd = $crate::driver::first_odd(&[
                ("id", get::<Uuid>(row, "cases", "id")? == case.id.as_uuid()),
                ("number", number == case.number),
                ("opened_at", integer("opened_at")? == micros(case.opened_at)),
                ("updated_at", integer("updated_at")? == micros(case.updated_at)),
                ("received_by", text("received_by")? == case.received_by.as_str()),
                ("handled_by", handled_by == case.stage.held_by().map(|(unit, _)| unit.as_str())),
                ("stage", text("stage")? == case.stage.name()),
                ("category", text("category")? == case.category.as_str()),
                ("priority", integer("priority")? == i64::from(case.priority.get())),
                ("tips", integer("tips")? == i64::from(case.tips)),
                ("late_tips", integer("late_tips")? == i64::from(case.late_tips)),
                ("version", integer("version")? == case.version),
            ]);
            Ok(odd.map(named))
        }

        /// A column of an assignment that says something else than its body. Not its nearest limit, which stands in
        /// the column alone.
        fn odd_in_assignment(row: &$row) -> Result<Option<String>, $crate::LedgerError> {
            use ::dengwen_model::AssignmentId;
            use ::sqlx::types::Uuid;
            use $crate::driver::{holder, micros};

            use crate::row::{get, json};

            let id: Uuid = get(row, "assignments", "id")?;
            let named = |column: &str| format!("{} {column}", AssignmentId::from_uuid(id));
            let Ok(assignment) = json::<::dengwen_model::Assignment>(row, "assignments", "body") else {
                return Ok(Some(named("body")));
            };
            let text = |column| get::<&str>(row, "assignments", column);
            let integer = |column| get::<i64>(row, "assignments", column);
            let (officer, lease_until) = holder(&assignment.state);
            let odd = $crate::driver::first_odd(&[
                ("id", id == assignment.id.as_uuid()),
                ("case_id", get::<Uuid>(row, "assignments", "case_id")? == assignment.case.as_uuid()),
                ("unit", text("unit")? == assignment.unit.as_str()),
                ("state", text("state")? == assignment.state.name()),
                ("priority", integer("priority")? == i64::from(assignment.priority.get())),
                ("assigned_at", integer("assigned_at")? == micros(assignment.assigned_at)),
                ("officer", get::<Option<Uuid>>(row, "assignments", "officer")? == officer.map(|id| id.as_uuid())),
                ("lease_until", get::<Option<i64>>(row, "assignments", "lease_until")? == lease_until),
                ("version", integer("version")? == assignment.version),
            ]);
            Ok(odd.map(named))
        }

        /// A column of a deadline that says something else than its body; of `next_step_at`, whether it runs.
        fn odd_in_deadline(row: &$row) -> Result<Option<String>, $crate::LedgerError> {
            use ::dengwen_model::DeadlineId;
            use ::sqlx::types::Uuid;
            use $crate::driver::micros;

            use crate::row::{get, json};

            let id: Uuid = get(row, "deadlines", "id")?;
            let named = |column: &str| format!("{} {column}", DeadlineId::from_uuid(id));
            let Ok(deadline) = json::<::dengwen_model::Deadline>(row, "deadlines", "body") else {
                return Ok(Some(named("body")));
            };
            let next_step_at: Option<i64> = get(row, "deadlines", "next_step_at")?;
            let odd = $crate::driver::first_odd(&[
                ("id", id == deadline.id.as_uuid()),
                ("case_id", get::<Uuid>(row, "deadlines", "case_id")? == deadline.case.as_uuid()),
                ("started_at", get::<i64>(row, "deadlines", "started_at")? == micros(deadline.start)),
                ("state", get::<&str>(row, "deadlines", "state")? == deadline.state.name()),
                ("next_step_at", next_step_at.is_none() || deadline.state.is_running()),
            ]);
            Ok(odd.map(named))
        }

        /// Rows of which a column says something else than the body, at most `room`.
        async fn columns_changed(
            unit: &mut $unit,
            room: usize,
        ) -> Result<Vec<$crate::BrokenPromise>, $crate::LedgerError> {
            use ::sqlx::types::Uuid;

            type Look = fn(&$row) -> Result<Option<String>, $crate::LedgerError>;
            let looks: [(&'static str, Look); 3] = [
                (
                    "SELECT id, number, opened_at, updated_at, received_by, handled_by, stage, category, priority, \
                     tips, late_tips, version, body FROM cases WHERE id > $1 ORDER BY id LIMIT $2",
                    odd_in_case,
                ),
                (
                    "SELECT id, case_id, unit, state, priority, assigned_at, officer, lease_until, version, body \
                     FROM assignments WHERE id > $1 ORDER BY id LIMIT $2",
                    odd_in_assignment,
                ),
                (
                    "SELECT id, case_id, started_at, state, next_step_at, body FROM deadlines \
                     WHERE id > $1 ORDER BY id LIMIT $2",
                    odd_in_deadline,
                ),
            ];
            let mut broken = Vec::new();
            for ((query, look), promise) in looks.into_iter().zip($crate::driver::COLUMN_CHANGED) {
                let mut after = Uuid::nil();
                while broken.len() < room {
                    let rows = ::sqlx::query(query)
                        .bind(after)
                        .bind($crate::driver::HELD_AT_ONCE)
                        .fetch_all(unit.reader())
                        .await
                        .map_err(crate::error::failed("verify"))?;
                    let Some(last) = rows.last() else { break };
                    after = crate::row::get(last, "verify", "id")?;
                    for row in &rows {
                        let odd = look(row)?.filter(|_| broken.len() < room);
                        broken.extend(odd.map(|object| $crate::BrokenPromise { promise, object }));
                    }
                }
            }
            Ok(broken)
        }

        #[::async_trait::async_trait]
        impl $crate::Verify for $unit {
            async fn case_files(
                &mut self,
                after: Option<::dengwen_model::CaseId>,
                max: u32,
            ) -> Result<Vec<$crate::SealedFile>, $crate::LedgerError> {
                use crate::row::get;

                let rows = ::sqlx::query("SELECT id, number, file FROM cases WHERE id > $1 ORDER BY id LIMIT $2")
                    .bind(after.map_or(::sqlx::types::Uuid::nil(), |id| id.as_uuid()))
                    .bind(i64::from(max))
                    .fetch_all(self.reader())
                    .await
                    .map_err(crate::error::failed("cases"))?;
                let file = |row: &$row| {
                    Ok($crate::SealedFile {
                        case: ::dengwen_model::CaseId::from_uuid(get(row, "cases", "id")?),
                        number: get(row, "cases", "number")?,
                        file: get(row, "cases", "file")?,
                    })
                };
                rows.iter().map(file).collect()
            }

            async fn running_limits(
                &mut self,
                after: Option<::dengwen_model::DeadlineId>,
                max: u32,
            ) -> Result<Vec<$crate::RunningLimit>, $crate::LedgerError> {
                use crate::row::{get, json};

                let rows = ::sqlx::query(
                    "SELECT id, next_step_at, body FROM deadlines WHERE state IN ('open', 'overdue') AND id > $1 \
                     ORDER BY id LIMIT $2",
                )
                .bind(after.map_or(::sqlx::types::Uuid::nil(), |id| id.as_uuid()))
                .bind(i64::from(max))
                .fetch_all(self.reader())
                .await
                .map_err(crate::error::failed("deadlines"))?;
                let limit = |row: &$row| {
                    let next: Option<i64> = get(row, "deadlines", "next_step_at")?;
                    let next = next.map(|at| $crate::driver::instant(at, "deadlines", "next_step_at"));
                    Ok($crate::RunningLimit {
                        id: ::dengwen_model::DeadlineId::from_uuid(get(row, "deadlines", "id")?),
                        limit: json(row, "deadlines", "body").ok(),
                        next_look: next.transpose()?,
                    })
                };
                rows.iter().map(limit).collect()
            }

            async fn recorded_steps(
                &mut self,
                after: Option<&$crate::LadderStep>,
                max: u32,
            ) -> Result<Vec<$crate::LadderStep>, $crate::LedgerError> {
                ::sqlx::query(
                    "SELECT deadline_id, extension, level, nth, case_id, due_at, taken_at, action \
                     FROM ladder_steps WHERE (deadline_id, extension, level, nth) > ($1, $2, $3, $4) \
                     ORDER BY deadline_id, extension, level, nth LIMIT $5",
                )
                .bind(after.map_or(::sqlx::types::Uuid::nil(), |step| step.deadline.as_uuid()))
                .bind(after.map_or(-1, |step| i64::from(step.extension)))
                .bind(after.map_or(-1, |step| i64::from(step.level)))
                .bind(after.map_or(-1, |step| i64::from(step.nth)))
                .bind(i64::from(max))
                .fetch_all(self.reader())
                .await
                .map_err(crate::error::failed("ladder_steps"))?
                .iter()
                .map(crate::deadlines::ladder_step)
                .collect()
            }

            async fn all_sessions(&mut self) -> Result<Vec<$crate::Session>, $crate::LedgerError> {
                use crate::row::{get, instant};

                let rows = ::sqlx::query("SELECT token_hash, user_id, expires_at FROM sessions")
                    .fetch_all(self.reader())
                    .await
                    .map_err(crate::error::failed("sessions"))?;
                let session = |row: &$row| {
                    Ok($crate::Session {
                        token_hash: get(row, "sessions", "token_hash")?,
                        user: ::dengwen_model::UserId::from_uuid(get(row, "sessions", "user_id")?),
                        expires_at: instant(row, "sessions", "expires_at")?,
                    })
                };
                rows.iter().map(session).collect()
            }

            async fn withdrawals(&mut self) -> Result<Vec<$crate::Withdrawal>, $crate::LedgerError> {
                use crate::row::get;

                let rows = ::sqlx::query("SELECT token, expires_at FROM withdrawn_tokens")
                    .fetch_all(self.reader())
                    .await
                    .map_err(crate::error::failed("withdrawn_tokens"))?;
                let withdrawal = |row: &$row| {
                    let expires_at: Option<i64> = get(row, "withdrawn_tokens", "expires_at")?;
                    let expires_at =
                        expires_at.map(|at| $crate::driver::instant(at, "withdrawn_tokens", "expires_at"));
                    Ok($crate::Withdrawal {
                        token: ::dengwen_model::UserId::from_uuid(get(row, "withdrawn_tokens", "token")?),
                        expires_at: expires_at.transpose()?,
                    })
                };
                rows.iter().map(withdrawal).collect()
            }

            async fn broken_promises(
                &mut self,
                grace_before: ::jiff::Timestamp,
                max: u32,
            ) -> Result<Vec<$crate::BrokenPromise>, $crate::LedgerError> {
                crate::verify::unlimited(self.reader()).await?;
                let max = usize::try_from(max).unwrap_or(usize::MAX);
                let mut broken = Vec::new();
                for promise in $crate::driver::PROMISES {
                    let room = i64::try_from(max - broken.len()).unwrap_or(i64::MAX);
                    let found = ::sqlx::query(promise.query)
                        .bind($crate::driver::micros(grace_before))
                        .bind(room)
                        .fetch_all(self.reader())
                        .await
                        .map_err(crate::error::failed("verify"))?;
                    for row in &found {
                        let object = object(promise, row)?;
                        broken.push($crate::BrokenPromise { promise: promise.name, object });
                    }
                }
                let room = max - broken.len();
                broken.extend(columns_changed(self, room).await?);
                Ok(broken)
            }
        }
    };
}
