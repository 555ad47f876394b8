//! [`crate::Cases`]. A driver brings `cases::{insert, by_id, numbers, update}` and `counters::{lock, take}`.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_cases {
    ($unit:ty, $row:ty, $database:ty, lock = $lock:literal) => {
        use crate::error::Answered as _;

        pub(crate) fn case_record(row: &$row) -> Result<$crate::CaseRecord, $crate::LedgerError> {
            use crate::row::{get, json};

            let mut case: ::dengwen_model::Case = json(row, "cases", "body")?;
            case.version = get(row, "cases", "version")?;
            Ok($crate::CaseRecord { case, file: get(row, "cases", "file")? })
        }

        fn listing(filter: &$crate::CaseFilter) -> ::sqlx::QueryBuilder<$database> {
            let mut query = ::sqlx::QueryBuilder::new("SELECT body, version, file FROM cases WHERE 1 = 1");
            if let Some(stage) = filter.stage {
                query.push(" AND stage = ").push_bind(stage);
            }
            if let Some(unit) = &filter.received_by {
                query.push(" AND received_by = ").push_bind(unit.as_str().to_owned());
            }
            if let Some(unit) = &filter.handled_by {
                query.push(" AND handled_by = ").push_bind(unit.as_str().to_owned());
            }
            if !filter.within.is_empty() {
                query.push(" AND (received_by IN (");
                codes(&mut query, &filter.within);
                query.push(") OR handled_by IN (");
                codes(&mut query, &filter.within);
                query.push(") OR id IN (SELECT case_id FROM assignments WHERE unit IN (");
                codes(&mut query, &filter.within);
                query.push(")))");
            }
            if let Some(end) = &filter.number_end {
                // Whichever way the letters of a department's code are written.
                query.push(" AND upper(number) LIKE ").push_bind(format!("%{}", end.to_ascii_uppercase()));
                // An index has the last six digits.
                let last = end.len().checked_sub(6).and_then(|at| end.get(at..));
                if let Some(last) = last.filter(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
                    query.push(" AND substr(number, length(number) - 5) = ").push_bind(last.to_owned());
                }
            }
            if let Some(category) = &filter.category {
                query.push(" AND category = ").push_bind(category.as_str().to_owned());
            }
            if let Some(priority) = filter.priority {
                query.push(" AND priority = ").push_bind(i64::from(priority.get()));
            }
            if let Some(overdue) = filter.overdue {
                query.push(" AND id IN (SELECT case_id FROM deadlines WHERE state IN ('open', 'overdue')");
                query.push(" AND body ->> 'due' < ").push_bind(overdue.today.to_string());
                for rule in overdue.except {
                    query.push(" AND body ->> 'rule' <> ").push_bind(*rule);
                }
                query.push(")");
            }
            if filter.late {
                query.push(" AND late_tips > 0");
            }
            if let Some(before) = filter.before.map($crate::driver::micros) {
                query.push(" AND (opened_at < ").push_bind(before);
                if let Some(case) = filter.before_case {
                    query.push(" OR opened_at = ").push_bind(before);
                    query.push(" AND id < ").push_bind(case.as_uuid());
                }
                query.push(")");
            }
            query.push(" ORDER BY opened_at DESC, id DESC LIMIT ");
            query.push_bind(i64::from(filter.limit.clamp(1, 500)));
            query
        }

        fn codes(query: &mut ::sqlx::QueryBuilder<$database>, codes: &[::dengwen_model::UnitCode]) {
            let mut list = query.separated(", ");
            for code in codes {
                list.push_bind(code.as_str().to_owned());
            }
        }

        #[::async_trait::async_trait]
        impl $crate::Cases for $unit {
            async fn next_case_number(
                &mut self,
                department: &::dengwen_model::UnitCode,
                year: i16,
            ) -> Result<String, $crate::LedgerError> {
                let numbers = self.next_case_numbers(department, year, 1).await?;
                numbers.into_iter().next().ok_or($crate::LedgerError::Conflict { table: "counters" })
            }

            async fn next_case_numbers(
                &mut self,
                department: &::dengwen_model::UnitCode,
                year: i16,
                count: u32,
            ) -> Result<Vec<String>, $crate::LedgerError> {
                let connection = self.writer()?;
                crate::counters::lock(connection, ::std::iter::once(department)).await?;
                let series = $crate::driver::case_series(department, year);
                let demand = [(series, i64::from(count))];
                let taken = crate::counters::take(connection, &demand).await?;
                Ok(taken
                    .iter()
                    .flat_map(|(series, last)| $crate::driver::numbers(series, *last, i64::from(count)))
                    .collect())
            }

            async fn insert_case(&mut self, record: &$crate::CaseRecord) -> Result<(), $crate::LedgerError> {
                self.insert_cases(::std::slice::from_ref(record)).await
            }

            async fn insert_cases(
                &mut self,
                records: &[$crate::CaseRecord],
            ) -> Result<(), $crate::LedgerError> {
                let rows: Vec<_> =
                    records.iter().map($crate::driver::CaseColumns::new).collect::<Result<_, _>>()?;
                crate::cases::insert(self.writer()?, &rows).await
            }

            async fn case(
                &mut self,
                id: ::dengwen_model::CaseId,
            ) -> Result<Option<$crate::CaseRecord>, $crate::LedgerError> {
                let statement = if self.writes() {
                    concat!("SELECT body, version, file FROM cases WHERE id = $1", $lock)
                } else {
                    "SELECT body, version, file FROM cases WHERE id = $1"
                };
                ::sqlx::query(statement)
                    .bind(id.as_uuid())
                    .fetch_optional(self.reader())
                    .answered("cases")
                    .await?
                    .as_ref()
                    .map(case_record)
                    .transpose()
            }

            async fn cases_by_id(
                &mut self,
                ids: &[::dengwen_model::CaseId],
            ) -> Result<Vec<$crate::CaseRecord>, $crate::LedgerError> {
                let locked = self.writes();
                crate::cases::by_id(self.reader(), ids, locked).await
            }

            async fn cases_as_they_are(
                &mut self,
                ids: &[::dengwen_model::CaseId],
            ) -> Result<Vec<$crate::CaseRecord>, $crate::LedgerError> {
                crate::cases::by_id(self.reader(), ids, false).await
            }

            async fn case_numbers(
                &mut self,
                ids: &[::dengwen_model::CaseId],
            ) -> Result<Vec<(::dengwen_model::CaseId, String)>, $crate::LedgerError> {
                if ids.is_empty() {
                    return Ok(Vec::new());
                }
                let numbers = crate::cases::numbers(self.reader(), ids).await?;
                let of = |(id, number)| (::dengwen_model::CaseId::from_uuid(id), number);
                Ok(numbers.into_iter().map(of).collect())
            }

            async fn update_case(&mut self, record: &$crate::CaseRecord) -> Result<(), $crate::LedgerError> {
                self.update_cases(::std::slice::from_ref(record)).await
            }

            async fn update_cases(
                &mut self,
                records: &[$crate::CaseRecord],
            ) -> Result<(), $crate::LedgerError> {
                let rows: Vec<_> =
                    records.iter().map($crate::driver::CaseColumns::changed).collect::<Result<_, _>>()?;
                crate::cases::update(self.writer()?, &rows).await
            }

            async fn cases(
                &mut self,
                filter: &$crate::CaseFilter,
            ) -> Result<Vec<$crate::CaseRecord>, $crate::LedgerError> {
                listing(filter)
                    .build()
                    .fetch_all(self.reader())
                    .answered("cases")
                    .await?
                    .iter()
                    .map(case_record)
                    .collect()
            }

            async fn cases_left_behind(
                &mut self,
                changed_before: ::jiff::Timestamp,
                limit: u32,
            ) -> Result<Vec<::dengwen_model::CaseId>, $crate::LedgerError> {
                let ids: Vec<(::sqlx::types::Uuid,)> = ::sqlx::query_as(
                    "SELECT id FROM cases WHERE stage IN ('opened', 'dispatched') AND updated_at < $1 \
                     AND (stage = 'opened' OR NOT EXISTS (SELECT 1 FROM assignments \
                     WHERE assignments.case_id = cases.id AND assignments.state <> 'done')) \
                     ORDER BY updated_at, id LIMIT $2",
                )
                .bind($crate::driver::micros(changed_before))
                .bind(i64::from(limit))
                .fetch_all(self.reader())
                .answered("cases")
                .await?;
                Ok(ids.into_iter().map(|(id,)| ::dengwen_model::CaseId::from_uuid(id)).collect())
            }

            async fn count_cases(&mut self) -> Result<Vec<(String, u64)>, $crate::LedgerError> {
                let rows: Vec<(String, i64)> =
                    ::sqlx::query_as("SELECT stage, count(*) FROM cases GROUP BY stage ORDER BY stage")
                        .fetch_all(self.reader())
                        .answered("cases")
                        .await?;
                Ok(rows
                    .into_iter()
                    .map(|(stage, count)| (stage, $crate::driver::stored_count(count)))
                    .collect())
            }
        }
    };
}
