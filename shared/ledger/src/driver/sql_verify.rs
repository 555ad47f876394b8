//! [`crate::Verify`]: each promise is one query that finds what breaks it. A driver brings
//! `verify::unlimited`, which lifts the time limits of ordinary work: these queries read whole tables.

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
        name: "message-not-published",
        object: Object::Message,
        query: "SELECT id AS object FROM outbox WHERE queued_at < $1 ORDER BY seq LIMIT $2",
    },
];

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

        #[::async_trait::async_trait]
        impl $crate::Verify for $unit {
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
                Ok(broken)
            }
        }
    };
}
