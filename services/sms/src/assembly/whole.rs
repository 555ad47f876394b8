//! A message as a person wrote it: what becomes a tip.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Held;
use crate::coding::{Body, Flag};
use crate::gateway::{Control, Message};
use crate::wire::number::Sender;

/// A message that stands for itself. Never shown by `Debug`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    /// The vendor's id; of the first part, where there were several.
    pub external_id: Option<String>,
    /// What makes it this message and no other, for as long as the ledger exists.
    pub identity: String,
    /// Who sent it.
    pub from: Sender,
    /// The number it was sent to.
    pub to: Option<String>,
    /// What it says.
    pub text: String,
    /// The vendor's time; the earliest, where there were several.
    pub sent_at: Option<Timestamp>,
    /// When the first of it reached us; `None` where that is now.
    pub arrived_at: Option<Timestamp>,
    /// What the vendor says it asks for.
    pub control: Option<Control>,
    /// What was found while reading it.
    pub flags: Vec<Flag>,
    /// Short messages that the vendor says it was put together from.
    pub segments: Option<u32>,
    /// What it was put together from here.
    pub parts: Option<WholeParts>,
}

/// What a message was put together from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeParts {
    /// The sender's reference.
    pub reference: String,
    /// Number of parts.
    pub total: u8,
    /// The vendor's ids in order of place.
    pub ids: Vec<String>,
}

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whole")
            .field("flags", &self.flags)
            .field("parts", &self.count())
            .finish_non_exhaustive()
    }
}

impl Whole {
    /// A message that came in one piece.
    pub fn single(message: &Message) -> Self {
        let (text, found) = message.body.decode();
        let mut whole = Self::about(message, message.keys.first().cloned().unwrap_or_default(), text);
        whole.flags = sorted(message.flags.iter().copied().chain(found));
        whole.segments = message.segments;
        whole
    }

    fn about(message: &Message, identity: String, text: String) -> Self {
        Self {
            external_id: message.external_id.clone(),
            identity,
            from: message.from.clone(),
            to: message.to.clone(),
            text,
            sent_at: message.sent_at,
            arrived_at: None,
            control: message.control,
            flags: Vec::new(),
            segments: None,
            parts: None,
        }
    }

    /// Short messages that it was put together from, at least 1.
    pub fn count(&self) -> u16 {
        let counted =
            self.parts.as_ref().map(|parts| parts.ids.len() as u64).or(self.segments.map(u64::from));
        u16::try_from(counted.unwrap_or(1).max(1)).unwrap_or(u16::MAX)
    }

    /// Whether a picture or another file came with it, which was left.
    pub fn has_file(&self) -> bool {
        self.flags.contains(&Flag::File)
    }

    /// Whether parts of it never came.
    pub fn is_incomplete(&self) -> bool {
        self.flags.contains(&Flag::Incomplete)
    }
}

/// Joins parts in order of place; a gap is marked where it is.
pub(super) fn assemble(parts: &[Held], reference: &str, total: u8) -> Option<Whole> {
    let first = parts.first()?;
    let (text, mut flags) = text_with_gaps(parts, total);
    let complete = parts.len() == usize::from(total);
    let identity = first.message.keys.first().cloned().unwrap_or_default();
    let kind = if complete { "parts" } else { "some-parts" };
    let mut whole = Whole::about(&first.message, format!("{kind}/{total}/{identity}"), text);
    flags.extend((!complete).then_some(Flag::Incomplete));
    flags.extend(parts.iter().flat_map(|held| held.message.flags.iter().copied()));
    whole.flags = sorted(flags);
    whole.sent_at = parts.iter().filter_map(|held| held.message.sent_at).min();
    whole.arrived_at = parts.iter().map(|held| held.arrived_at).min();
    whole.parts = Some(WholeParts { reference: reference.to_owned(), total, ids: ids(parts) });
    Some(whole)
}

fn text_with_gaps(parts: &[Held], total: u8) -> (String, Vec<Flag>) {
    let mut text = String::new();
    let mut flags = Vec::new();
    let mut reached = 0;
    let mark = |text: &mut String, missing: std::ops::Range<u16>| {
        for seq in missing {
            text.push_str(&format!(" [{seq}/{total} missing] "));
        }
    };
    for run in runs(parts) {
        mark(&mut text, reached + 1..run[0].seq);
        let (piece, found) = decode(run);
        text.push_str(&piece);
        flags.extend(found);
        reached = run[run.len() - 1].seq;
    }
    mark(&mut text, reached + 1..u16::from(total) + 1);
    if parts.len() == usize::from(total) {
        return (text, flags);
    }
    (text.replace("  [", " [").trim().to_owned(), flags)
}

/// Joins messages that one person sent soon after each other, one a line.
pub(super) fn join(parts: &[Held]) -> Option<Whole> {
    let first = parts.first()?;
    let decoded: Vec<_> = parts.iter().map(|held| held.message.body.decode()).collect();
    let text = decoded.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n");
    let identity = first.message.keys.first().cloned().unwrap_or_default();
    let mut whole = Whole::about(&first.message, identity, text);
    let flags = parts.iter().flat_map(|held| held.message.flags.iter().copied());
    whole.flags = sorted(flags.chain(decoded.iter().flat_map(|(_, found)| found.iter().copied())));
    whole.sent_at = parts.iter().filter_map(|held| held.message.sent_at).min();
    whole.arrived_at = Some(first.arrived_at);
    whole.segments = u32::try_from(parts.len()).ok();
    Some(whole)
}

/// Neighbouring parts in one alphabet: their bytes belong together, as a letter may be split between them.
fn runs(parts: &[Held]) -> impl Iterator<Item = &[Held]> {
    parts.chunk_by(|left, right| {
        left.seq + 1 == right.seq && left.message.body.alphabet == right.message.body.alphabet
    })
}

fn decode(run: &[Held]) -> (String, Vec<Flag>) {
    let bytes = run.iter().flat_map(|held| held.message.body.bytes.iter().copied()).collect();
    Body { bytes, alphabet: run[0].message.body.alphabet.clone() }.decode()
}

fn ids(parts: &[Held]) -> Vec<String> {
    parts.iter().map(|held| held.message.external_id.clone().unwrap_or_default()).collect()
}

fn sorted(flags: impl IntoIterator<Item = Flag>) -> Vec<Flag> {
    let mut flags: Vec<Flag> = flags.into_iter().collect();
    flags.sort_unstable();
    flags.dedup();
    flags
}
