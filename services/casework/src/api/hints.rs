//! `POST /api/v1/hints`: while a clerk still writes, what may be the same matter. Nothing is stored, nothing
//! is logged, and nothing is told but that a case is there: its number, its category, what the two have in
//! common, how many tips.

use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use dengwen_door::{DeskAway, Hint, HintDesk, Hints, Sketch};
use dengwen_http::{Problem, ValidJson, problems};
use dengwen_ledger::{AssignmentRecord, LedgerError, UnitOfWork};
use dengwen_model::{Case, CaseFile, CaseId, Channel, Principal, Role};
use dengwen_service::{Chain, Matters, NoReader, open_case_file};
use dengwen_text::link::{ALL_PARTS, Comparison, Match, PartKind, Signature};
use dengwen_text::{TipForm, TipText};

use crate::LocalDesk;
use crate::access::{Clerk, SignedIn};
use crate::desk::Desk;
use crate::refusal::{DeskError, Failure, Refusal};
use crate::{scope, view};

/// Hints at a time.
const SHOWN: usize = 3;
/// Bits from which on a part of the comparison is told.
const TOLD: f32 = 0.3;

/// Bits from which on shared words are more than one that stands in most tips (提拔).
const MANY_WORDS: f32 = 2.0;

/// Why there is no hint.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoHints {
    /// The clerk asked too often.
    #[error("asked too often")]
    TooOften,
    /// See there.
    #[error(transparent)]
    Reader(#[from] NoReader),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<LedgerError> for NoHints {
    fn from(error: LedgerError) -> Self {
        DeskError::from(error).into()
    }
}

impl Refusal for NoHints {
    fn problem(&self) -> Problem {
        match self {
            Self::TooOften => problems::RATE_LIMITED.into(),
            Self::Reader(_) => problems::UNAVAILABLE.into(),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// What may be known of what a clerk writes.
#[utoipa::path(
    post, path = "/api/v1/hints", tag = "intake", operation_id = "hints",
    request_body = Sketch,
    responses((status = 200, body = Hints), (status = 403), (status = 429, description = "Asked too often")),
    security(("token" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Clerk(principal): Clerk,
    ValidJson(sketch): ValidJson<Sketch>,
) -> Result<Json<Hints>, Failure> {
    Ok(Json(work(&desk, &principal, sketch).await?))
}

async fn work(desk: &Desk, principal: &Principal, sketch: Sketch) -> Result<Hints, NoHints> {
    if !desk.allow_hint(principal.id).await {
        return Err(NoHints::TooOften);
    }
    let signature = read(desk, sketch).await?;
    let mut work = desk.read().await?;
    let decision = Matters::of(work.as_mut(), &[&signature]).await?.decide(&signature);
    let mut hints = Vec::new();
    for Match { key: (_, case), best, .. } in decision.joined.into_iter().chain(decision.suggestions) {
        if hints.len() == SHOWN {
            break;
        }
        if !tells_what(&best) {
            continue;
        }
        hints.extend(hint(desk, work.as_mut(), principal, case, &best).await?);
    }
    Ok(Hints { hints })
}

/// Reads what is written so far, off the async threads: it is all computing.
async fn read(desk: &Desk, sketch: Sketch) -> Result<Signature, NoHints> {
    let (reader, now) = (desk.readers().current().await?, desk.now());
    let reading = tokio::task::spawn_blocking(move || {
        let form = TipForm {
            subject_name: sketch.name,
            subject_org: sketch.org,
            subject_title: sketch.title,
            region: sketch.region,
            ..TipForm::default()
        };
        let tip = TipText {
            text: &sketch.text,
            form,
            channel: Channel::Phone,
            received_at: now,
            received_by: None,
            source_kind: None,
        };
        reader.read(&tip).signature
    });
    reading.await.map_err(|_| DeskError::Stopping.into())
}

async fn hint(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    id: CaseId,
    best: &Comparison,
) -> Result<Option<Hint>, NoHints> {
    let Some(record) = work.case(id).await? else { return Ok(None) };
    let file = open_case_file(desk.runtime(), id, &record.file)?;
    let assignments = work.assignments_of_case(id).await?;
    let case = record.case;
    if !may_be_told(desk, principal, &case, &file, &assignments) {
        return Ok(None);
    }
    let taxonomy = &desk.runtime().rules().taxonomy;
    let name = taxonomy.category(&case.category).map(|leaf| (leaf.zh.clone(), leaf.en.clone()));
    let (category, category_en) =
        name.unwrap_or_else(|| (case.category.to_string(), case.category.to_string()));
    Ok(Some(Hint { number: case.number, category, category_en, because: because(best), tips: case.tips }))
}

/// Whether a clerk may learn that there is such a case. Not of one that travels sealed, that nobody has routed
/// yet, that went past the department which took it in, that is about a principal leader (一把手) or about the
/// clerk, or that belongs to another line (检举控告工作规则 15; domain.md 3.7).
fn may_be_told(
    desk: &Desk,
    clerk: &Principal,
    case: &Case,
    file: &CaseFile,
    assignments: &[AssignmentRecord],
) -> bool {
    let Some(last) = assignments.last() else { return false };
    let unit = case.stage.held_by().map_or(&last.assignment.unit, |(unit, _)| unit);
    let own_line = clerk.unit.as_ref().is_none_or(|own| desk.is_within(&case.received_by, own));
    let leader = file.subjects.iter().any(|subject| subject.is_top_leader);
    let sealed = view::is_sealed(case, assignments);
    own_line && desk.is_within(unit, &case.received_by) && !leader && !sealed && !scope::is_about(file, clerk)
}

/// Whether what happened is alike, and not only whom it is about: a clerk cannot look people up by their names
/// (检举控告工作规则 15). Rare words do not count: a name is made of them.
fn tells_what(best: &Comparison) -> bool {
    let alike = [PartKind::Wording, PartKind::Leaf, PartKind::Amount];
    alike.into_iter().any(|kind| best.part(kind) >= TOLD) || best.part(PartKind::Words) >= MANY_WORDS
}

/// What speaks for it, strongest first, as codes. That they came at about one time is nothing a clerk wrote.
fn because(best: &Comparison) -> Vec<String> {
    let told = |kind: &PartKind| *kind != PartKind::Received && best.part(*kind) >= TOLD;
    let mut parts: Vec<_> = ALL_PARTS.into_iter().filter(told).collect();
    parts.sort_by(|a, b| best.part(*b).total_cmp(&best.part(*a)));
    let name = |kind| serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned));
    parts.into_iter().filter_map(name).collect()
}

/// Casework within this process tells the desks beside it, and only clerks.
#[async_trait]
impl HintDesk for LocalDesk {
    async fn hints(&self, token: &str, sketch: &Sketch) -> Result<Hints, DeskAway> {
        let clerk = SignedIn::by_token(self.desk(), token).await.map_err(|_| DeskAway)?.principal;
        if clerk.role != Role::Intake {
            return Err(DeskAway);
        }
        work(self.desk(), &clerk, sketch.clone()).await.map_err(|error| {
            if !matches!(error, NoHints::TooOften) {
                tracing::warn!(error = %Chain(&error), "a desk gets no hints");
            }
            DeskAway
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_told_of_a_hint_has_words() {
        for kind in ALL_PARTS.into_iter().filter(|kind| *kind != PartKind::Received) {
            let code = serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned();
            assert!(dengwen_pages::Lang::En.told("hint", &code).is_some(), "{code}");
        }
    }
}
