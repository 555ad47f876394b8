//! `POST /api/v1/assignments/{id}/classify`: a person corrects the category or decides where the machine
//! abstained. The correction stays in the course of the case, its tips become labelled examples for
//! `dengwen train`, and the unit is chosen again.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_ledger::Correction;
use dengwen_messages::{CaseOpened, Event, Topic};
use dengwen_model::{
    AssignmentId, AssignmentTask, Case, CaseStage, CategoryCode, CourseEvent, IdentityKind, Principal, Scope,
};
use dengwen_rules::{Category, Facts};
use dengwen_service::{TIP_LABELLED, correction_evidence, open_reading};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::screened::{self, ScreenRefused};
use crate::access::DeskWorker;
use crate::boxes::open_tip;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::refusal::{DeskError, Failure};

/// Tips of one case that become examples: a campaign must not outweigh everything else.
const MOST_EXAMPLES: usize = 20;

/// The right category, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassifyIn {
    /// A leaf of the taxonomy, as `A02`.
    #[validate(length(min = 1, max = 8))]
    pub(crate) category: String,
    /// The reason.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Classify by hand.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/classify", tag = "screening", operation_id = "classify",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ClassifyIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, or another task"), (status = 422, description = "Unknown category")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ClassifyIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Classifies.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ClassifyIn,
) -> Result<AssignmentChanged, ScreenRefused> {
    let code: CategoryCode = input.category.parse().map_err(|_| ScreenRefused::UnknownCode)?;
    let rules = desk.runtime().rules().clone();
    let leaf = rules.taxonomy.category(&code).ok_or(ScreenRefused::UnknownCode)?;
    let (mut dossier, record) = screened::open(desk, principal, id, AssignmentTask::Screen).await?;
    let before = dossier.case().category.clone();
    let named = rules.taxonomy.category(&before);
    let change = format!("category {before} -> {code}");
    dossier.advance(CaseStage::reclassify)?;
    correct(dossier.case_mut(), leaf);
    dossier.file_mut().direction = None;
    if let Some(named) = named {
        rename(&mut dossier.file_mut().summary, named, leaf);
    }
    ask_again(desk, &mut dossier).await?;
    keep_examples(desk, &mut dossier, principal, before).await?;
    dossier.note(CourseEvent::Corrected { change: change.clone(), reason: input.reason });
    dossier.tell(Topic::CasesOpened, Event::CaseOpened(CaseOpened { case: record.assignment.case }));
    screened::settle(dossier, record, "case.classified", &change).await
}

/// Puts a case into a leaf. It becomes no less urgent by that (lowering needs a second person,
/// domain.md 3.6), and what must be investigated stays so.
pub(crate) fn correct(case: &mut Case, leaf: &Category) {
    case.secondary.retain(|code| *code != leaf.code);
    case.category = leaf.code.clone();
    case.scope = leaf.scope;
    case.referral = leaf.referral.clone();
    case.handling = leaf.default_handling;
    case.priority = case.priority.at_least(leaf.priority_base);
    case.abstained = false;
    if leaf.scope == Scope::Out {
        // 四个必查 are asked of what is in scope alone.
        case.must_investigate.clear();
    }
}

/// A summary that triage made ends with the category (`反映…：无实质内容（X13）`); it goes on saying the right one.
fn rename(summary: &mut String, before: &Category, leaf: &Category) {
    let end = |leaf: &Category| format!("：{}（{}）", leaf.zh, leaf.code);
    if let Some(about) = summary.strip_suffix(&end(before)) {
        *summary = format!("{about}{}", end(leaf));
    }
}

/// 四个必查 again, for a matter that came into the scope by the correction: as far as they can be told
/// without reading the words anew (M2–M4). What held before goes on holding.
async fn ask_again(desk: &Desk, dossier: &mut Dossier<'_>) -> Result<(), ScreenRefused> {
    let case = dossier.case().clone();
    let rules = desk.runtime().rules().clone();
    let top_leader = dossier.file().subjects.iter().any(|subject| subject.is_top_leader);
    let mut hits = case.must_investigate.clone();
    for record in dossier.work().tips_of_case(case.id).await.map_err(DeskError::from)? {
        let tip = record.tip;
        let reading =
            open_reading(desk.runtime(), tip.id, &tip.reading).map_err(DeskError::from)?.classification;
        let content = open_tip(desk.runtime(), tip.id, &tip.content)?;
        let facts = Facts {
            verifiable_name: reading.identity == IdentityKind::Named,
            volunteered_contact: reading.identity == IdentityKind::ContactOnly,
            top_leader,
            category: Some(&case.category),
            secondary: &case.secondary,
            source_kind: Some(&content.source_kind),
            ..Facts::default()
        };
        hits.extend(rules.taxonomy.must_investigate().hits(case.scope, &facts));
    }
    hits.sort_unstable();
    hits.dedup();
    dossier.case_mut().must_investigate = hits;
    Ok(())
}

/// The tips of the case become labelled examples for the classifier, each with what had decided before. A copy
/// teaches nothing that its first did not.
async fn keep_examples(
    desk: &Desk,
    dossier: &mut Dossier<'_>,
    principal: &Principal,
    before: CategoryCode,
) -> Result<(), ScreenRefused> {
    let (case, leaf) = (dossier.case().id, dossier.case().category.clone());
    let at = desk.runtime().clock().now();
    let mut corrections = Vec::new();
    for record in dossier.work().tips_of_case(case).await.map_err(DeskError::from)? {
        if corrections.len() == MOST_EXAMPLES {
            break;
        }
        if record.tip.relation["relation"] == "copy" {
            continue;
        }
        let reading =
            open_reading(desk.runtime(), record.tip.id, &record.tip.reading).map_err(DeskError::from)?;
        corrections.push(Correction {
            tip: record.tip.id,
            leaf: leaf.clone(),
            before: before.clone(),
            decided_by: reading.classification.version,
            by: principal.id,
            at,
        });
    }
    dossier.work().keep_corrections(&corrections).await.map_err(DeskError::from)?;
    for correction in &corrections {
        let reason = correction_evidence(correction).after(correction.leaf.as_str());
        dossier.vouch(TIP_LABELLED, correction.tip.to_string(), reason);
    }
    Ok(())
}
