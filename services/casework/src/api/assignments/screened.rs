//! What the decisions on a screening item (分办) have in common: they are taken on what one holds, end
//! the assignment, and settle the limits of screening.

use dengwen_http::Problem;
use dengwen_ledger::AssignmentRecord;
use dengwen_model::{AssignmentId, AssignmentState, AssignmentTask, Principal};

use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::limits::rule;
use crate::refusal::{DeskError, Refusal, problem};
use crate::{guards, mailing};

/// Why a screening decision is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScreenRefused {
    /// The item asks for something else.
    #[error("the item asks for something else")]
    OtherTask,
    /// 四个必查: it must be investigated unless a leader waived that in writing (I2).
    #[error("must be investigated")]
    MustInvestigate,
    /// The code is in no table.
    #[error("unknown code")]
    UnknownCode,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ScreenRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::OtherTask => {
                problem(409, "other-task", "The item does not ask for this", "该件不要求此项操作")
            }
            Self::MustInvestigate => problem(
                409,
                "must-investigate",
                "A must-investigate rule (M1–M4) holds: it cannot be kept without a leader's written waiver",
                "符合四个必查（M1–M4）：未经领导书面批准，不得留存了结",
            ),
            Self::UnknownCode => {
                problem(422, "unknown-code", "The rules know no such code", "规则中没有该代码")
            }
            Self::Desk(error) => error.problem(),
        }
    }
}

/// Opens an item that one holds and that asks for `task`.
pub(crate) async fn open<'a>(
    desk: &'a Desk,
    principal: &Principal,
    id: AssignmentId,
    task: AssignmentTask,
) -> Result<(Dossier<'a>, AssignmentRecord), ScreenRefused> {
    let (dossier, record) = Dossier::open_held(desk, principal, id).await?;
    if record.assignment.task == task { Ok((dossier, record)) } else { Err(ScreenRefused::OtherTask) }
}

/// A matter that ends without being investigated (登记留存、举释字).
pub(crate) struct Ending<'a> {
    /// As it stands in the course of the case, the stage and the audit log: `kept`.
    pub(crate) how: &'static str,
    /// The officer's words. They go into the sealed course alone; the stage is stored in the clear.
    pub(crate) words: &'a str,
    /// What the reporters are told.
    pub(crate) told: &'a str,
    /// The handling form (H0–H8).
    pub(crate) form: &'static str,
}

/// Ends a matter. Not where a must-investigate rule holds (I2).
pub(crate) async fn end(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    ending: Ending<'_>,
) -> Result<AssignmentChanged, ScreenRefused> {
    let (mut dossier, record) = open(desk, principal, id, AssignmentTask::Screen).await?;
    if guards::must_be_investigated(dossier.case(), dossier.file()) {
        return Err(ScreenRefused::MustInvestigate);
    }
    dossier.advance(|stage| stage.keep(ending.how.to_owned()))?;
    dossier.note_that(ending.how, Some(ending.words));
    mailing::tell_all(&mut dossier, ending.told).await?;
    settle(dossier, record, &format!("case.{}", ending.how), ending.form).await
}

/// Ends the assignment and its limits, and stores the decision.
pub(crate) async fn settle(
    mut dossier: Dossier<'_>,
    mut record: AssignmentRecord,
    action: &str,
    code: &str,
) -> Result<AssignmentChanged, ScreenRefused> {
    let now = dossier.now();
    let id = record.assignment.id;
    dossier.limits().meet_of(id, now);
    dossier
        .limits()
        .meet(&[rule::UNIT_ACCEPTS, rule::SCREEN, rule::DECIDE, rule::TRANSFER, rule::PASS_UP], now);
    if dossier.case().stage.is_final() {
        dossier.limits().cancel(|_| true);
    }
    record.assignment.state = AssignmentState::Done;
    dossier.put(&mut record).await?;
    let case = dossier.save(action, code).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}
