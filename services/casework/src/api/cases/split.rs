//! `POST /api/v1/cases/{id}/split`: tips that were joined wrongly become a case of their own. Joining is
//! the machine's proposal; a person undoes it, and both cases remember.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_ledger::{CaseRecord, TipRecord};
use dengwen_messages::{CaseOpened, Event, Topic};
use dengwen_model::{
    Case, CaseFile, CaseId, CaseStage, Classification, CourseEntry, CourseEvent, IdentityKind, Principal,
    Subject, TipId,
};
use dengwen_rules::{Taxonomy, date_at};
use dengwen_service::{open_reading, seal_case_file};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::ScreenReviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::late;
use crate::limits::rule;
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why a case is not split.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SplitRefused {
    /// One of the tips does not belong to the case.
    #[error("a tip of another case")]
    OtherCase,
    /// A case keeps at least one tip.
    #[error("nothing would be left")]
    NothingLeft,
    /// Over already.
    #[error("the case is over")]
    Over,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for SplitRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::OtherCase => {
                problem(422, "other-case", "A tip does not belong to this case", "所列举报件不属于该办理件")
            }
            Self::NothingLeft => {
                problem(422, "nothing-left", "A case keeps at least one tip", "原办理件至少须保留一件举报")
            }
            Self::Over => {
                problem(409, "case-over", "The case is over; reopen it first", "该件已了结，请先重新办理")
            }
            Self::Desk(error) => error.problem(),
        }
    }
}

/// Which tips, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitIn {
    /// The tips that go into a case of their own.
    #[schema(value_type = Vec<String>)]
    #[validate(length(min = 1, max = 200))]
    pub(crate) tips: Vec<TipId>,
    /// The reason.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Split tips off into a case of their own.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/split", tag = "cases", operation_id = "split",
    params(("id" = String, Path, description = "The case")),
    request_body = SplitIn,
    responses((status = 200, body = CaseChanged, description = "The new case"), (status = 409), (status = 422)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    ScreenReviewer(principal): ScreenReviewer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<SplitIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Splits; the new case.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: SplitIn,
) -> Result<CaseChanged, SplitRefused> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    if dossier.case().stage.is_final() {
        return Err(SplitRefused::Over);
    }
    let (moved, left) = tips_to_move(&mut dossier, &input.tips).await?;
    let readings = readings(desk, &moved)?;
    let (case, file) = new_case(&mut dossier, &moved, &readings, &input).await?;
    forget_subjects(dossier.file_mut(), &readings, &self::readings(desk, &left)?);
    store(&mut dossier, &moved, &case, file).await?;
    let note = format!("tips {} -> {}", moved.len(), case.number);
    dossier.note(CourseEvent::Corrected { change: note, reason: input.reason });
    dossier.tell(Topic::CasesOpened, Event::CaseOpened(CaseOpened { case: case.id }));
    // Without those tips it may belong elsewhere: sealed for what one of them said, it comes back.
    dossier.ask_look().await?;
    dossier.save("case.split", &case.id.to_string()).await?;
    Ok(case.into())
}

/// The tips that move, and those that stay.
async fn tips_to_move(
    dossier: &mut Dossier<'_>,
    wanted: &[TipId],
) -> Result<(Vec<TipRecord>, Vec<TipRecord>), SplitRefused> {
    let case = dossier.case().id;
    let all = dossier.work().tips_of_case(case).await.map_err(DeskError::from)?;
    let (moved, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|record| wanted.contains(&record.tip.id));
    let distinct: std::collections::BTreeSet<_> = wanted.iter().collect();
    if moved.len() != distinct.len() {
        return Err(SplitRefused::OtherCase);
    }
    if left.is_empty() { Err(SplitRefused::NothingLeft) } else { Ok((moved, left)) }
}

fn readings(desk: &Desk, tips: &[TipRecord]) -> Result<Vec<Classification>, DeskError> {
    let read = |record: &TipRecord| open_reading(desk.runtime(), record.tip.id, &record.tip.reading);
    tips.iter().map(|record| Ok(read(record)?.classification)).collect()
}

/// Whom only the tips that moved named, the case is no longer about.
fn forget_subjects(file: &mut CaseFile, moved: &[Classification], left: &[Classification]) {
    let names = |readings: &[Classification], subject: &Subject| {
        let mut named = readings.iter().flat_map(|reading| &reading.subjects);
        named.any(|other| other.name == subject.name && other.org == subject.org)
    };
    file.subjects.retain(|subject| !names(moved, subject) || names(left, subject));
}

/// A case made of what was read in the tips that move.
async fn new_case(
    dossier: &mut Dossier<'_>,
    moved: &[TipRecord],
    readings: &[Classification],
    input: &SplitIn,
) -> Result<(Case, CaseFile), SplitRefused> {
    let (desk, now, old) = (dossier.desk(), dossier.now(), dossier.case().clone());
    let (Some(first), Some(tip)) = (readings.first(), moved.first()) else {
        return Err(SplitRefused::OtherCase);
    };
    let year = date_at(now).year();
    let number =
        dossier.work().next_case_number(&tip.tip.received_by, year).await.map_err(DeskError::from)?;
    let mut case = Case {
        id: CaseId::new(desk.runtime().clock(), desk.runtime().entropy()),
        number,
        opened_at: now,
        // The duties of the new case begin with the correction that makes it.
        received_at: None,
        updated_at: now,
        channel: Some(tip.tip.channel),
        received_by: tip.tip.received_by.clone(),
        category: first.category.clone(),
        secondary: first.secondary.clone(),
        scope: first.scope,
        referral: first.referral.clone(),
        priority: first.priority,
        handling: first.handling,
        must_investigate: Vec::new(),
        context_flags: Vec::new(),
        abstained: first.abstained,
        reporter_reachable: false,
        identity: IdentityKind::Anonymous,
        asks_not_down: false,
        reporter_identifiable: false,
        excluded: Vec::new(),
        late_tips: 0,
        tips: u32::try_from(moved.len()).unwrap_or(u32::MAX),
        stage: CaseStage::Opened,
        version: 0,
    };
    for reading in readings {
        absorb(&mut case, reading);
    }
    let event =
        CourseEvent::Corrected { change: format!("tips from {}", old.number), reason: input.reason.clone() };
    let mut file = CaseFile { course: vec![CourseEntry { at: now, by: None, event }], ..CaseFile::default() };
    for subject in readings.iter().flat_map(|reading| &reading.subjects) {
        if !file.subjects.contains(subject) {
            file.subjects.push(subject.clone());
        }
    }
    file.summary = summary(&desk.runtime().rules().taxonomy, &case, &file);
    Ok((case, file))
}

/// What any of its tips brings, the case has.
fn absorb(case: &mut Case, reading: &Classification) {
    let join = |all: &mut Vec<String>, more: &[String]| {
        for code in more {
            if !all.contains(code) {
                all.push(code.clone());
            }
        }
    };
    join(&mut case.must_investigate, &reading.must_investigate);
    join(&mut case.context_flags, &reading.context_flags);
    case.must_investigate.sort_unstable();
    case.priority = case.priority.at_least(reading.priority);
    case.reporter_reachable |= reading.identity != IdentityKind::Anonymous;
    case.heed_reporter(reading);
}

/// Made of fields alone, so that nothing in it leads to a reporter.
fn summary(taxonomy: &Taxonomy, case: &Case, file: &CaseFile) -> String {
    let leaf = taxonomy.category(&case.category).map_or(case.category.as_str(), |leaf| leaf.zh.as_str());
    let subjects = file.subjects.iter().map(|subject| {
        let parts = [&subject.org, &subject.name, &subject.title];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("")
    });
    let subjects = subjects.filter(|subject| !subject.is_empty()).collect::<Vec<_>>().join("、");
    let whom = if subjects.is_empty() { "未指明对象".to_owned() } else { subjects };
    format!("反映{whom}：{leaf}（由并件拆分，共{}件）", case.tips)
}

async fn store(
    dossier: &mut Dossier<'_>,
    moved: &[TipRecord],
    case: &Case,
    file: CaseFile,
) -> Result<(), DeskError> {
    let sealed = seal_case_file(dossier.desk().runtime(), case.id, &file).map_err(|_| DeskError::TooLong)?;
    let record = CaseRecord { case: case.clone(), file: sealed };
    dossier.work().insert_case(&record).await?;
    for tip in moved {
        dossier.work().move_tip(tip.tip.id, case.id).await?;
        dossier.work().move_link(tip.tip.id, case.id).await?;
    }
    let late = moved.iter().filter(|tip| late::waits(dossier.case(), dossier.file(), tip)).count();
    let old = dossier.case_mut();
    old.tips = old.tips.saturating_sub(case.tips);
    old.late_tips = old.late_tips.saturating_sub(u32::try_from(late).unwrap_or(u32::MAX));
    if old.late_tips == 0 {
        dossier.limits().cancel(|limit| limit.rule.as_str() == rule::LATE_TIP);
    }
    Ok(())
}
