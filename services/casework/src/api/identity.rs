//! `POST /api/v1/tips/{id}/identity`: opens who sent a tip. Only the custodian (身份保管员), with a reason
//! on record and a second person who stands for it in person; every opening raises an alert and stays in
//! the audit log (domain.md 3.8).

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_ledger::{LedgerError, NewAuditRecord};
use dengwen_model::{CourseEvent, Principal, ReporterIdentity, Role, TipId, UserId};
use dengwen_seal::{SealedBox, purpose};
use dengwen_service::append_audit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::access::CustodianOnly;
use crate::desk::Desk;
use crate::dossier::{Actor, Dossier};
use crate::edge::{Id, REASON_MAX, filled};
use crate::refusal::{DeskError, Failure, Refusal, problem};
use crate::scope;

/// Why an identity is not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityRefused {
    /// The second person is not recognised, is no supervisor or leader, the custodian again, of the handling unit, or
    /// somebody whom the case is about.
    #[error("no second person")]
    SecondPerson,
    /// The reporter gave nothing.
    #[error("the tip is anonymous")]
    Anonymous,
    /// The custodian's key is not on this host.
    #[error("no custodian key here")]
    NoKey,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for IdentityRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::SecondPerson => problem(
                403,
                "second-person",
                "A supervisor or leader, neither the custodian nor of the handling unit nor concerned in the case, has to stand for it with their own token",
                "须由监督机构负责人或部领导（非保管员本人、非承办单位人员、与此件无涉）以其本人令牌共同授权",
            ),
            Self::Anonymous => {
                problem(404, "anonymous", "The tip came without an identity", "该举报为匿名，无身份信息")
            }
            Self::NoKey => problem(
                503,
                "no-custodian-key",
                "The custodian's key is not on this host",
                "本机没有身份保管密钥",
            ),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// Why, and who stands for it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityIn {
    /// The reason, kept in the sealed course of the case.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
    /// The second person's own access token; role supervisor or leader.
    #[validate(length(min = 1, max = 2048))]
    pub(crate) second_person: String,
}

/// Who sent the tip.
#[derive(Serialize, ToSchema)]
pub(crate) struct IdentityOut {
    /// What the reporter gave: name, phone, email, address, unit, contact hours.
    #[schema(value_type = Object)]
    pub(crate) identity: ReporterIdentity,
    /// The second person on record.
    pub(crate) second_person: String,
}

/// Open a reporter's identity.
#[utoipa::path(
    post, path = "/api/v1/tips/{id}/identity", tag = "identity", operation_id = "open_identity",
    params(("id" = String, Path, description = "The tip")),
    request_body = IdentityIn,
    responses((status = 200, body = IdentityOut), (status = 403, description = "Not the custodian, or no second person"), (status = 404)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CustodianOnly(principal): CustodianOnly,
    Id(id): Id<TipId>,
    ValidJson(input): ValidJson<IdentityIn>,
) -> Result<Json<IdentityOut>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Opens. The opening is on record before the identity is out.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: TipId,
    input: IdentityIn,
) -> Result<IdentityOut, IdentityRefused> {
    let second = second_person(desk, principal.id, &input.second_person).await?;
    let tip = desk.read().await?.tip(id).await.map_err(DeskError::from)?;
    let tip = tip.ok_or(DeskError::NotFound)?.tip;
    let mut dossier = Dossier::open_as(desk, Actor::from(principal), tip.case).await?;
    if let Some(refused) = unfit(&dossier, principal, &second) {
        drop(dossier);
        let who = if matches!(refused, IdentityRefused::SecondPerson) { &second } else { principal };
        log_refusal(desk, who).await?;
        return Err(refused);
    }
    let sealed = tip.identity.ok_or(IdentityRefused::Anonymous)?;
    let identity = open(desk, id, sealed)?;
    dossier.note(CourseEvent::Noted { what: "identity_opened".to_owned(), reason: Some(input.reason) });
    dossier.save("identity.opened", &format!("{id}; second person {}", second.name)).await?;
    tracing::warn!("an identity was opened by the custodian; see the audit log");
    metrics::counter!("dengwen_identity_opened").increment(1);
    Ok(IdentityOut { identity, second_person: second.name })
}

/// Who reported is for nobody whom the case is about or who is kept out of it, whatever their role; and nobody of
/// the handling unit stands for it, but of the department that commissioned it.
fn unfit(dossier: &Dossier<'_>, custodian: &Principal, second: &Principal) -> Option<IdentityRefused> {
    if scope::is_about(dossier.file(), custodian) {
        return Some(DeskError::NotFound.into());
    }
    let may = !scope::is_about(dossier.file(), second) && dossier.must_commission(second).is_ok();
    (!may).then_some(IdentityRefused::SecondPerson)
}

async fn second_person(desk: &Desk, custodian: UserId, token: &str) -> Result<Principal, IdentityRefused> {
    let claims = desk.runtime().keys().tokens.verify(token, desk.now());
    let second = claims.map_err(|_| IdentityRefused::SecondPerson)?.principal();
    let withdrawn = desk.read().await?.is_withdrawn(second.id).await.map_err(DeskError::from)?;
    let fits = matches!(second.role, Role::Supervisor | Role::Leader) && second.id != custodian && !withdrawn;
    if fits {
        return Ok(second);
    }
    log_refusal(desk, &second).await?;
    Err(IdentityRefused::SecondPerson)
}

/// An attempt with the wrong person is worth an entry as well.
async fn log_refusal(desk: &Desk, person: &Principal) -> Result<(), DeskError> {
    let mut work = desk.begin().await?;
    let entry = NewAuditRecord {
        at: desk.now(),
        actor: person.name.clone(),
        role: person.role.to_string(),
        action: "identity.refused".to_owned(),
        object: person.id.to_string(),
        reason: "person not accepted".to_owned(),
    };
    append_audit(work.as_mut(), vec![entry]).await?;
    work.commit().await?;
    Ok(())
}

fn open(desk: &Desk, tip: TipId, sealed: Vec<u8>) -> Result<ReporterIdentity, IdentityRefused> {
    let unfit = || DeskError::Ledger(LedgerError::Inconsistent { table: "tips", column: "identity" });
    let keys = desk.custodian().ok_or(IdentityRefused::NoKey)?;
    let sealed = SealedBox::from_bytes(sealed).map_err(|_| unfit())?;
    let opened = keys.custodian.open(purpose::Identity, tip.as_uuid().as_bytes(), &sealed);
    let identity = serde_json::from_slice(&opened.map_err(|_| unfit())?);
    Ok(identity.map_err(|_| unfit())?)
}
