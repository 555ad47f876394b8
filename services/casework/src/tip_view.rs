//! What a reader is shown of a tip: its words with everything masked that could lead to a person, why it
//! was put where it is, and never an identity.

use dengwen_ledger::{MailboxRecord, TipRecord, UnitOfWork};
use dengwen_model::{
    Attachment, CaseFile, ChannelDetails, Evidence, MessageFrom, MessageId, TipContent, TipId, TipReading,
};
use dengwen_service::{open_message, open_reading};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::boxes::open_tip;
use crate::desk::Desk;
use crate::late;
use crate::masking::{mask, mask_words};
use crate::refusal::DeskError;

/// A passage that spoke for the category.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EvidenceOut {
    /// First character of the text as received, counted in Unicode scalar values.
    pub(crate) start: usize,
    /// One past the last.
    pub(crate) end: usize,
    /// The words, masked.
    pub(crate) text: String,
    /// What they speak for.
    pub(crate) why: String,
}

/// A file that came with a tip or a message. Its name is not shown: people name files after themselves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FileOut {
    /// Under which it is read, at `/api/v1/cases/{id}/files/{file}`.
    pub(crate) file: String,
    /// As recognised from its content.
    pub(crate) media_type: String,
    /// In bytes.
    pub(crate) size: u64,
    /// The handling unit may open it.
    pub(crate) released: bool,
}

impl FileOut {
    fn of(attachment: &Attachment, file: &CaseFile) -> Self {
        let id = file_id(attachment).to_owned();
        let released = file.released.contains(&id);
        Self { file: id, media_type: attachment.media_type.clone(), size: attachment.size, released }
    }
}

/// The last part of a file's name in the object store: random, tells nothing.
pub(crate) fn file_id(file: &Attachment) -> &str {
    file.object.rsplit('/').next().unwrap_or_default()
}

/// A message as the desk reads it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MessageOut {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) message_id: MessageId,
    /// `line` or `reporter`.
    #[schema(value_type = String)]
    pub(crate) from: MessageFrom,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// The words, masked.
    pub(crate) text: String,
    /// Files.
    pub(crate) files: Vec<FileOut>,
    /// Sent as a report of its own, over the daily limit: it may be on another matter.
    pub(crate) over_limit: bool,
}

/// One tip of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TipOut {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) tip_id: TipId,
    /// Its number, as `990000-2026-SMS-000123`.
    pub(crate) number: String,
    /// `phone`, `sms`, `web` or `letter`.
    pub(crate) channel: &'static str,
    /// When the door had it.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) received_at: Timestamp,
    /// The desk's register number, as it stands on the paper's label.
    pub(crate) register_no: Option<String>,
    /// `new`, `copy` or `same_matter`.
    pub(crate) relation: String,
    /// Why it was joined to this case.
    pub(crate) why: Vec<String>,
    /// What no earlier tip of the case gave.
    pub(crate) new_facts: Vec<String>,
    /// Other cases that may be the same matter; a person decides.
    pub(crate) suggestions: Vec<String>,
    /// Why it was put into its category.
    pub(crate) evidence: Vec<EvidenceOut>,
    /// The words, masked.
    pub(crate) text: String,
    /// When it happened, masked.
    pub(crate) when: Option<String>,
    /// Where it happened, masked.
    #[serde(rename = "where")]
    pub(crate) place: Option<String>,
    /// Where the information comes from.
    pub(crate) source_kind: String,
    /// Files.
    pub(crate) files: Vec<FileOut>,
    /// The newest messages with whoever holds the receipt, 20 at most.
    pub(crate) messages: Vec<MessageOut>,
    /// There are earlier ones: `GET /api/v1/cases/{id}/tips/{tip}/messages`.
    pub(crate) earlier_messages: bool,
    /// It came after the case was concluded.
    pub(crate) late: bool,
}

/// A tip of a case that travels sealed: by what it is known, nothing of what it says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SealedTipOut {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) tip_id: TipId,
    /// Its number.
    pub(crate) number: String,
    /// `phone`, `sms`, `web` or `letter`.
    pub(crate) channel: &'static str,
    /// When the door had it.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) received_at: Timestamp,
}

impl From<&TipRecord> for SealedTipOut {
    fn from(TipRecord { number, tip, .. }: &TipRecord) -> Self {
        let (channel, received_at) = (tip.channel.as_str(), tip.received_at);
        Self { tip_id: tip.id, number: number.clone(), channel, received_at }
    }
}

/// Some of a tip's messages, oldest first.
pub(crate) struct MessagePage {
    pub(crate) shown: Vec<MessageOut>,
    /// There are earlier ones.
    pub(crate) earlier: bool,
}

/// The last `max` messages of a tip before one of them.
pub(crate) async fn messages(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    file: &CaseFile,
    tip: TipId,
    before: Option<MessageId>,
    max: u32,
) -> Result<MessagePage, DeskError> {
    // One more than is shown tells whether there are more.
    let mut records = work.messages_before(tip, before, max.saturating_add(1)).await?;
    let surplus = records.len().saturating_sub(usize::try_from(max).unwrap_or(usize::MAX));
    records.drain(..surplus);
    let shown = records.iter().map(|message| shown_message(desk, file, message)).collect::<Result<_, _>>()?;
    Ok(MessagePage { shown, earlier: surplus > 0 })
}

/// One tip as shown.
pub(crate) fn tip(
    desk: &Desk,
    record: &TipRecord,
    file: &CaseFile,
    messages: MessagePage,
) -> Result<TipOut, DeskError> {
    let tip = &record.tip;
    let content: TipContent = open_tip(desk.runtime(), tip.id, &tip.content)?;
    let TipReading { classification, note } = open_reading(desk.runtime(), tip.id, &tip.reading)?;
    let masked_lines = |lines: &[String]| lines.iter().map(|line| mask(line)).collect();
    let text = mask_words(&content);
    let evidence = evidence(&text, &classification.evidence);
    let late = late::is_late(file, tip.registered_at);
    Ok(TipOut {
        tip_id: tip.id,
        number: record.number.clone(),
        channel: tip.channel.as_str(),
        received_at: tip.received_at,
        register_no: match content.details {
            ChannelDetails::Letter { register_no, .. } => register_no,
            _ => None,
        },
        why: masked_lines(&note.why),
        new_facts: masked_lines(&note.new_facts),
        relation: note.relation,
        suggestions: note.suggestions,
        evidence,
        text,
        when: content.when.as_deref().map(mask),
        place: content.place.as_deref().map(mask),
        source_kind: content.source_kind.0,
        files: content.attachments.iter().map(|attachment| FileOut::of(attachment, file)).collect(),
        messages: messages.shown,
        earlier_messages: messages.earlier,
        late,
    })
}

/// The passages as they stand in the masked text: cut out first and masked then, half a number would be
/// read as none.
fn evidence(masked: &str, evidence: &[Evidence]) -> Vec<EvidenceOut> {
    let chars: Vec<char> = masked.chars().collect();
    let cut = |e: &Evidence| chars.get(e.start..e.end).map(|passage| passage.iter().collect::<String>());
    evidence
        .iter()
        .filter_map(|e| Some(EvidenceOut { start: e.start, end: e.end, text: cut(e)?, why: e.why.clone() }))
        .collect()
}

fn shown_message(desk: &Desk, file: &CaseFile, record: &MailboxRecord) -> Result<MessageOut, DeskError> {
    let content = open_message(desk.runtime(), record.id, &record.text)?;
    Ok(MessageOut {
        message_id: record.id,
        from: record.from,
        at: record.at,
        text: mask(&content.text),
        files: content.attachments.iter().map(|attachment| FileOut::of(attachment, file)).collect(),
        over_limit: content.over_limit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> Evidence {
        Evidence { start, end, text: "13900".to_owned(), why: "A02: x".to_owned() }
    }

    #[test]
    fn a_passage_shows_no_more_than_the_masked_text_does() {
        let masked = mask("收钱，电话13900000123");
        let shown = evidence(&masked, &[span(0, 2), span(5, 10), span(10, 99), span(9, 3)]);
        let texts: Vec<_> = shown.iter().map(|e| e.text.as_str()).collect();
        assert_eq!(
            texts,
            ["收钱", "＊＊＊＊＊"],
            "half a number is hidden too, and what lies outside is left out"
        );
    }
}
