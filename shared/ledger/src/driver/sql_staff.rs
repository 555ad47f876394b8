//! [`crate::Staff`]. Nothing differs between databases.

#[doc(hidden)]
#[macro_export]
macro_rules! sql_staff {
    ($unit:ty, $row:ty) => {
        use crate::error::Answered as _;

        fn staff_record(row: &$row) -> Result<$crate::StaffRecord, $crate::LedgerError> {
            use crate::row::{get, parsed};

            let unit: Option<&str> = get(row, "staff", "unit")?;
            let wrong = $crate::LedgerError::Inconsistent { table: "staff", column: "unit" };
            Ok($crate::StaffRecord {
                id: ::dengwen_model::UserId::from_uuid(get(row, "staff", "id")?),
                name: get(row, "staff", "name")?,
                role: parsed(row, "staff", "role")?,
                unit: unit.map(str::parse).transpose().map_err(|_| wrong)?,
                password_hash: get(row, "staff", "password_hash")?,
                must_change: get(row, "staff", "must_change")?,
                disabled: get(row, "staff", "disabled")?,
            })
        }

        #[::async_trait::async_trait]
        impl $crate::Staff for $unit {
            async fn insert_staff(
                &mut self,
                record: &$crate::StaffRecord,
            ) -> Result<bool, $crate::LedgerError> {
                let inserted = ::sqlx::query(
                    "INSERT INTO staff (id, name, role, unit, password_hash, must_change, disabled, name_key) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                )
                .bind(record.id.as_uuid())
                .bind($crate::driver::text(&record.name, "staff", "name")?)
                .bind(record.role.as_str())
                .bind(record.unit.as_ref().map(|unit| unit.as_str()))
                .bind($crate::driver::text(&record.password_hash, "staff", "password_hash")?)
                .bind(record.must_change)
                .bind(record.disabled)
                .bind(record.name_key())
                .execute(self.writer()?)
                .answered("staff")
                .await?;
                Ok(inserted.rows_affected() == 1)
            }

            async fn update_staff(
                &mut self,
                record: &$crate::StaffRecord,
            ) -> Result<(), $crate::LedgerError> {
                let updated = ::sqlx::query(
                    "UPDATE staff SET name = $1, role = $2, unit = $3, password_hash = $4, must_change = $5, \
                     disabled = $6, name_key = CASE WHEN name = $1 THEN name_key ELSE $8 END WHERE id = $7",
                )
                .bind($crate::driver::text(&record.name, "staff", "name")?)
                .bind(record.role.as_str())
                .bind(record.unit.as_ref().map(|unit| unit.as_str()))
                .bind($crate::driver::text(&record.password_hash, "staff", "password_hash")?)
                .bind(record.must_change)
                .bind(record.disabled)
                .bind(record.id.as_uuid())
                .bind(record.name_key())
                .execute(self.writer()?)
                .answered("staff")
                .await?;
                crate::error::one(updated.rows_affected(), "staff")
            }

            async fn staff_by_name(
                &mut self,
                name: &str,
            ) -> Result<Option<$crate::StaffRecord>, $crate::LedgerError> {
                // No account has such a name, and PostgreSQL would not even look.
                if name.contains('\0') {
                    return Ok(None);
                }
                ::sqlx::query("SELECT * FROM staff WHERE name = $1")
                    .bind(name)
                    .fetch_optional(self.reader())
                    .answered("staff")
                    .await?
                    .as_ref()
                    .map(staff_record)
                    .transpose()
            }

            async fn staff(
                &mut self,
                id: ::dengwen_model::UserId,
            ) -> Result<Option<$crate::StaffRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT * FROM staff WHERE id = $1")
                    .bind(id.as_uuid())
                    .fetch_optional(self.reader())
                    .answered("staff")
                    .await?
                    .as_ref()
                    .map(staff_record)
                    .transpose()
            }

            async fn all_staff(&mut self) -> Result<Vec<$crate::StaffRecord>, $crate::LedgerError> {
                ::sqlx::query("SELECT * FROM staff ORDER BY name")
                    .fetch_all(self.reader())
                    .answered("staff")
                    .await?
                    .iter()
                    .map(staff_record)
                    .collect()
            }

            async fn withdraw_token(
                &mut self,
                token: ::dengwen_model::UserId,
                at: ::jiff::Timestamp,
                expires_at: ::jiff::Timestamp,
            ) -> Result<(), $crate::LedgerError> {
                ::sqlx::query(
                    "INSERT INTO withdrawn_tokens (token, withdrawn_at, expires_at) VALUES ($1, $2, $3) \
                     ON CONFLICT (token) DO NOTHING",
                )
                .bind(token.as_uuid())
                .bind($crate::driver::micros(at))
                .bind($crate::driver::micros(expires_at))
                .execute(self.writer()?)
                .answered("withdrawn_tokens")
                .await?;
                Ok(())
            }

            async fn is_withdrawn(
                &mut self,
                token: ::dengwen_model::UserId,
            ) -> Result<bool, $crate::LedgerError> {
                let withdrawn_at: Option<i64> =
                    ::sqlx::query_scalar("SELECT withdrawn_at FROM withdrawn_tokens WHERE token = $1")
                        .bind(token.as_uuid())
                        .fetch_optional(self.reader())
                        .answered("withdrawn_tokens")
                        .await?;
                Ok(withdrawn_at.is_some())
            }

            async fn all_withdrawn(&mut self) -> Result<Vec<::dengwen_model::UserId>, $crate::LedgerError> {
                let ids: Vec<::sqlx::types::Uuid> = ::sqlx::query_scalar(
                    "SELECT token FROM withdrawn_tokens UNION SELECT id FROM staff WHERE disabled",
                )
                .fetch_all(self.reader())
                .answered("withdrawn_tokens")
                .await?;
                Ok(ids.into_iter().map(::dengwen_model::UserId::from_uuid).collect())
            }

            async fn insert_session(&mut self, session: &$crate::Session) -> Result<(), $crate::LedgerError> {
                ::sqlx::query("INSERT INTO sessions (token_hash, user_id, expires_at) VALUES ($1, $2, $3)")
                    .bind(session.token_hash.as_slice())
                    .bind(session.user.as_uuid())
                    .bind($crate::driver::micros(session.expires_at))
                    .execute(self.writer()?)
                    .answered("sessions")
                    .await?;
                Ok(())
            }

            async fn session(
                &mut self,
                token_hash: &[u8],
                now: ::jiff::Timestamp,
            ) -> Result<Option<$crate::Session>, $crate::LedgerError> {
                let found: Option<(::sqlx::types::Uuid, i64)> = ::sqlx::query_as(
                    "SELECT user_id, expires_at FROM sessions WHERE token_hash = $1 AND expires_at > $2",
                )
                .bind(token_hash)
                .bind($crate::driver::micros(now))
                .fetch_optional(self.reader())
                .answered("sessions")
                .await?;
                found
                    .map(|(user, expires_at)| {
                        Ok($crate::Session {
                            token_hash: token_hash.to_vec(),
                            user: ::dengwen_model::UserId::from_uuid(user),
                            expires_at: $crate::driver::instant(expires_at, "sessions", "expires_at")?,
                        })
                    })
                    .transpose()
            }

            async fn end_other_sessions(
                &mut self,
                user: ::dengwen_model::UserId,
                kept: &[u8],
            ) -> Result<Vec<Vec<u8>>, $crate::LedgerError> {
                ::sqlx::query_scalar(
                    "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2 RETURNING token_hash",
                )
                .bind(user.as_uuid())
                .bind(kept)
                .fetch_all(self.writer()?)
                .answered("sessions")
                .await
            }

            async fn delete_session(&mut self, token_hash: &[u8]) -> Result<(), $crate::LedgerError> {
                ::sqlx::query("DELETE FROM sessions WHERE token_hash = $1")
                    .bind(token_hash)
                    .execute(self.writer()?)
                    .answered("sessions")
                    .await?;
                Ok(())
            }

            async fn forget_sessions(&mut self, now: ::jiff::Timestamp) -> Result<u64, $crate::LedgerError> {
                let forgotten = ::sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
                    .bind($crate::driver::micros(now))
                    .execute(self.writer()?)
                    .answered("sessions")
                    .await?;
                ::sqlx::query("DELETE FROM withdrawn_tokens WHERE expires_at <= $1")
                    .bind($crate::driver::micros(now))
                    .execute(self.writer()?)
                    .answered("withdrawn_tokens")
                    .await?;
                Ok(forgotten.rows_affected())
            }
        }
    };
}
