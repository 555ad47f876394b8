//! `GET /api/v1/registers/{register}`: one of the four registers that the trade keeps (电话、信件、口头、会议登记簿),
//! by the day of registration. A row says how a matter came and where it went in neutral words: never who sent it,
//! and nothing of a matter that is not for this reader, or that goes up sealed.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use dengwen_http::{Problem, ValidQuery};
use dengwen_ledger::{NewAuditRecord, TipRecord, UnitOfWork};
use dengwen_model::{Channel, ChannelDetails, IdentityKind, Principal, Role, TipContent, TipId};
use dengwen_rules::{beginning_of, cut_off, date_at};
use dengwen_service::{append_audit, open_case_file};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::access::RegisterKeeper;
use crate::boxes::open_tip;
use crate::desk::Desk;
use crate::masking::mask;
use crate::refusal::{DeskError, Failure, Refusal, problem};
use crate::summary::Summary;
use crate::view::CaseFacts;
use crate::{read_case, scope};

/// Longest period of one reading, in days.
const MOST_DAYS: i32 = 366;
/// Tips looked at for one page, at most: many of them may belong to another register.
const LOOKED_AT: u32 = 200;
const PAGES: usize = 5;

/// Why a register is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegisterRefused {
    /// The period ends before it begins, or is too long.
    #[error("no usable period")]
    Period,
    /// A clerk sees what was registered today.
    #[error("a clerk sees the present day alone")]
    TodayAlone,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for RegisterRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Period => problem(
                422,
                "unusable-period",
                "A period ends after it begins and has 366 days at most",
                "起止日期有误，或跨度超过 366 天",
            ),
            Self::TodayAlone => problem(
                403,
                "today-alone",
                "A clerk sees what was registered today",
                "受理员只能查看当日登记的件",
            ),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// The four registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Register {
    /// 电话.
    Phone,
    /// 信件: letters and e-mails.
    Letter,
    /// 口头: visits.
    Oral,
    /// 会议: what was raised at a conference.
    Conference,
}

impl Register {
    pub(crate) const ALL: [Self; 4] = [Self::Phone, Self::Letter, Self::Oral, Self::Conference];

    /// As in a path.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Letter => "letter",
            Self::Oral => "oral",
            Self::Conference => "conference",
        }
    }

    /// By its name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|register| register.as_str() == name)
    }

    /// The channel that its tips came by.
    fn channel(self) -> Channel {
        if self == Self::Phone { Channel::Phone } else { Channel::Letter }
    }

    /// Which register a tip stands in; `None` for the web and SMS, which keep none on paper.
    fn of(details: &ChannelDetails) -> Option<Self> {
        match details {
            ChannelDetails::Phone { .. } => Some(Self::Phone),
            ChannelDetails::Letter { letter_type, .. } => Some(match letter_type.as_str() {
                kind if kind == "conference" || kind.contains("会议") => Self::Conference,
                kind if kind == "visit" || kind.ends_with('访') || kind.contains("口头") => Self::Oral,
                _ => Self::Letter,
            }),
            ChannelDetails::Web | ChannelDetails::Sms { .. } => None,
        }
    }
}

/// Which days, and which page.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegisterQuery {
    /// The first day, in Asia/Shanghai; today unless said otherwise.
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) from: Option<Date>,
    /// The last day; today unless said otherwise.
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) until: Option<Date>,
    /// The `next_after` of the page before.
    #[validate(length(max = 64))]
    pub(crate) after: Option<String>,
    /// At most so many rows, 50 unless said otherwise.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// A page of a register.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisterOut {
    /// Which one.
    pub(crate) register: Register,
    /// The first day.
    #[schema(value_type = String, format = Date)]
    pub(crate) from: Date,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    pub(crate) until: Date,
    /// In the order of registration.
    pub(crate) rows: Vec<RegisterRow>,
    /// Where the next page begins; `null` on the last one.
    #[schema(value_type = Option<String>)]
    pub(crate) next_after: Option<TipId>,
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegisterRow {
    /// The tip's number (举报件编号).
    pub(crate) number: String,
    /// The desk's register number, as it stands on the paper's label.
    pub(crate) register_no: Option<String>,
    /// When it reached the line (来件时间): a call that is written up or a table that is imported was there before.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) received_at: Timestamp,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) registered_at: Timestamp,
    /// The department that took it in.
    pub(crate) received_by: String,
    /// Its name.
    pub(crate) received_by_name: String,
    /// How it came, in the trade's word: `letter`, `visit`, `联名信`.
    pub(crate) kind: String,
    /// How well the reporter can be reached, never who it is.
    #[schema(value_type = String)]
    pub(crate) signed: IdentityKind,
    /// Signers of a letter.
    pub(crate) signers: Option<u32>,
    /// Pages of a letter.
    pub(crate) pages: Option<u32>,
    /// Postmark as written.
    pub(crate) postmark: Option<String>,
    /// Length of a call, in seconds.
    pub(crate) duration_s: Option<u32>,
    /// Who took a call (接听员).
    pub(crate) operator: Option<String>,
    /// Whether what a caller said was read back (复述); `null` of what was no call.
    pub(crate) readback_confirmed: Option<bool>,
    /// What became of it; `null` where that is not for the reader.
    pub(crate) matter: Option<MatterOut>,
}

/// The matter of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatterOut {
    /// The summary in neutral words.
    pub(crate) summary: String,
    /// The same in English.
    pub(crate) summary_en: String,
    /// The case.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) case: CaseFacts,
}

/// Read a register.
#[utoipa::path(
    get, path = "/api/v1/registers/{register}", tag = "oversight", operation_id = "read_register",
    params(("register" = String, Path, description = "`phone`, `letter`, `oral` or `conference`"), RegisterQuery),
    responses((status = 200, body = RegisterOut), (status = 403), (status = 404, description = "No such register"), (status = 422)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    RegisterKeeper(principal): RegisterKeeper,
    path: Result<Path<String>, PathRejection>,
    ValidQuery(query): ValidQuery<RegisterQuery>,
) -> Result<Json<RegisterOut>, Failure> {
    let Path(name) = path.map_err(|_| DeskError::NotFound)?;
    let register = Register::named(&name).ok_or(DeskError::NotFound)?;
    Ok(Json(work(&desk, &principal, register, query).await?))
}

/// Reads; the reading is on record.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    register: Register,
    query: RegisterQuery,
) -> Result<RegisterOut, RegisterRefused> {
    let (from, until) = period(desk, principal, &query)?;
    let after = query.after.as_deref().map(str::parse).transpose().map_err(|_| DeskError::NotFound)?;
    let wanted = usize::try_from(query.limit.unwrap_or(50)).unwrap_or(usize::MAX);
    let (rows, next_after) = rows(desk, principal, register, (from, until), after, wanted).await?;
    log_reading(desk, principal, register, (from, until)).await?;
    Ok(RegisterOut { register, from, until, rows, next_after })
}

fn period(
    desk: &Desk,
    principal: &Principal,
    query: &RegisterQuery,
) -> Result<(Date, Date), RegisterRefused> {
    let today = date_at(desk.now());
    let until = query.until.unwrap_or(today);
    let from = query.from.unwrap_or(until);
    if principal.role == Role::Intake && (from, until) != (today, today) {
        return Err(RegisterRefused::TodayAlone);
    }
    let days = from.until(until).map(|span| span.get_days()).unwrap_or(-1);
    if (0..MOST_DAYS).contains(&days) { Ok((from, until)) } else { Err(RegisterRefused::Period) }
}

async fn rows(
    desk: &Desk,
    principal: &Principal,
    register: Register,
    (from, until): (Date, Date),
    mut after: Option<TipId>,
    wanted: usize,
) -> Result<(Vec<RegisterRow>, Option<TipId>), RegisterRefused> {
    let begins = beginning_of(from).ok_or(RegisterRefused::Period)?;
    let ends = cut_off(until).ok_or(RegisterRefused::Period)?;
    let mut work = desk.read().await?;
    let mut rows = Vec::new();
    for _ in 0..PAGES {
        let records = work.tips_registered(register.channel(), begins, ends, after, LOOKED_AT).await;
        let records = records.map_err(DeskError::from)?;
        let ended = records.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        for record in records {
            if rows.len() == wanted {
                return Ok((rows, after));
            }
            after = Some(record.tip.id);
            rows.extend(row(desk, work.as_mut(), principal, register, record).await?);
        }
        if ended {
            return Ok((rows, None));
        }
    }
    Ok((rows, after))
}

async fn row(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    register: Register,
    record: TipRecord,
) -> Result<Option<RegisterRow>, DeskError> {
    let tip = &record.tip;
    if !scope::covers(desk, principal, &tip.received_by) {
        return Ok(None);
    }
    let content: TipContent = open_tip(desk.runtime(), tip.id, &tip.content)?;
    if Register::of(&content.details) != Some(register) {
        return Ok(None);
    }
    let case = work.case(tip.case).await?;
    // Whoever a matter is about learns not even that somebody wrote, or when, or whose hand took it down.
    if let Some(known) = &case
        && scope::is_about(&open_case_file(desk.runtime(), known.case.id, &known.file)?, principal)
    {
        return Ok(None);
    }
    let mut row = RegisterRow {
        number: record.number,
        register_no: None,
        received_at: tip.received_at,
        registered_at: tip.registered_at,
        received_by: tip.received_by.to_string(),
        received_by_name: desk.unit_name(&tip.received_by),
        kind: register.as_str().to_owned(),
        signed: content.identity,
        signers: None,
        pages: None,
        postmark: None,
        duration_s: None,
        operator: None,
        readback_confirmed: None,
        matter: None,
    };
    match content.details {
        ChannelDetails::Phone { duration_s, operator, readback_confirmed, .. } => {
            row.duration_s = duration_s;
            row.operator = operator.as_deref().map(mask);
            row.readback_confirmed = Some(readback_confirmed);
        }
        ChannelDetails::Letter { letter_type, postmark, pages, signers, register_no, .. } => {
            row.kind = letter_type;
            row.postmark = postmark.as_deref().map(mask);
            (row.pages, row.signers, row.register_no) = (pages, signers, register_no);
        }
        ChannelDetails::Web | ChannelDetails::Sms { .. } => {}
    }
    // A clerk sees that it was registered, and no more of it.
    if principal.role != Role::Intake
        && let Some(case) = case
        && let Some(opened) = read_case::open(desk, work, principal, case).await?
    {
        let Summary { zh: summary, en: summary_en } = Summary::of(desk, &opened);
        row.matter = Some(MatterOut {
            summary,
            summary_en,
            case: CaseFacts::of(desk, &opened.case, opened.is_sealed()),
        });
    }
    Ok(Some(row))
}

async fn log_reading(
    desk: &Desk,
    principal: &Principal,
    register: Register,
    (from, until): (Date, Date),
) -> Result<(), DeskError> {
    let mut work = desk.begin().await?;
    let entry = NewAuditRecord {
        at: desk.now(),
        actor: principal.name.clone(),
        role: principal.role.to_string(),
        action: "register.read".to_owned(),
        object: format!("register {}", register.as_str()),
        reason: format!("{from} {until}"),
    };
    append_audit(work.as_mut(), vec![entry]).await?;
    work.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_paper_kind_stands_in_one_register() {
        let letter = |kind: &str| ChannelDetails::Letter {
            letter_type: kind.to_owned(),
            postmark: None,
            pages: None,
            handwritten: None,
            signers: None,
            register_no: None,
        };
        for (kind, register) in [
            ("letter", Register::Letter),
            ("email", Register::Letter),
            ("联名信", Register::Letter),
            ("visit", Register::Oral),
            ("集体访", Register::Oral),
            ("口头", Register::Oral),
            ("conference", Register::Conference),
            ("联席会议", Register::Conference),
        ] {
            assert_eq!(Register::of(&letter(kind)), Some(register), "{kind}");
        }
        assert_eq!(Register::of(&ChannelDetails::Web), None);
    }
}
