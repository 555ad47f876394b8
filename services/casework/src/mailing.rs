//! What reporters are told: the words into the mailbox that their receipt opens, and where the tip
//! came in by a door that can answer, a notice there that says nothing of the matter.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_ledger::TipRecord;
use dengwen_messages::{Event, ReplyWanted, Topic};
use dengwen_model::TipId;

use crate::boxes::seal_reply;
use crate::dossier::Dossier;
use crate::limits::rule;
use crate::refusal::DeskError;

/// A telephone may be read by others, so the notice names neither line, matter, subject nor unit
/// (domain.md 3.8).
pub(crate) const NOTICE: &str = "您好，您此前的来信有新的回复，请凭回执编号查询。";

/// Tells the reporter of every tip of the case.
pub(crate) async fn tell_all(dossier: &mut Dossier<'_>, text: &str) -> Result<usize, DeskError> {
    let case = dossier.case().id;
    let tips = dossier.work().tips_of_case(case).await?;
    tell(dossier, &tips, text).await?;
    Ok(tips.len())
}

/// Tells the reporters of these tips of the case, which are all that were not told yet.
pub(crate) async fn tell(dossier: &mut Dossier<'_>, tips: &[TipRecord], text: &str) -> Result<(), DeskError> {
    for tip in tips {
        write(dossier, tip, text).await?;
    }
    let now = dossier.now();
    dossier.limits().meet(&[rule::NOTICE, rule::NOTICE_NAMED], now);
    Ok(())
}

/// Tells the reporter of one tip of the case.
pub(crate) async fn tell_one(dossier: &mut Dossier<'_>, tip: TipId, text: &str) -> Result<(), DeskError> {
    let record = dossier.work().tip(tip).await?.ok_or(DeskError::NotFound)?;
    if record.tip.case != dossier.case().id {
        return Err(DeskError::NotFound);
    }
    write(dossier, &record, text).await
}

async fn write(dossier: &mut Dossier<'_>, record: &TipRecord, text: &str) -> Result<(), DeskError> {
    let tip = &record.tip;
    let reply = dossier.post(tip.id, text).await?;
    if let Some(reply_to) = &tip.reply_to {
        let text = seal_reply(dossier.desk().runtime(), tip.id, NOTICE)?;
        let wanted = ReplyWanted { reply, tip: tip.id, reply_to: STANDARD.encode(reply_to), text };
        dossier.tell(Topic::Replies(tip.door.clone()), Event::ReplyWanted(wanted));
    }
    Ok(())
}
