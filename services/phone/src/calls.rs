//! Calls to the line that nobody took, as the exchange's records tell of them. Each waits as a card, sealed with
//! the desk's own key, until the caller was called back.
//!
//! A card is known by the exchange's id of the call: the same record again, in whatever form, is the same card.
//! It is kept without the number for a month after it was settled, so that a table which is sent every day
//! brings nothing back.

use dengwen_clerk::{Tray, TrayError, Waiting, WaitingId};
use dengwen_service::DoorRuntime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::cdr::{CallRecord, Ended};

/// Older calls are history, and no card comes of them.
const FRESH: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So long a settled card is remembered: longer than its call is fresh.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(32 * 24);

/// What is known of a call that nobody took.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Untaken {
    pub(crate) began: Timestamp,
    /// Seconds.
    pub(crate) lasted: u32,
    /// Whether the voicemail answered.
    pub(crate) voicemail: bool,
    /// The number that was shown.
    pub(crate) caller: Option<String>,
    /// Whether the caller was called back, or need not be.
    settled: bool,
}

impl std::fmt::Debug for Untaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Untaken").field("settled", &self.settled).finish_non_exhaustive()
    }
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordFate {
    /// A card waits that was not there before.
    Waits,
    /// There is, or was, its card.
    Known,
    /// Somebody took the call.
    Taken,
    /// It was no call to the line.
    OtherLine,
    /// It is too old.
    Old,
}

impl RecordFate {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Known => "known",
            Self::Taken => "taken",
            Self::OtherLine => "other_line",
            Self::Old => "old",
        }
    }
}

/// The calls of the desk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    tray: Tray<Untaken>,
    /// What the line is called in the records.
    lines: Vec<String>,
}

impl Calls {
    pub(crate) fn open(runtime: &DoorRuntime, lines: Vec<String>) -> anyhow::Result<Self> {
        Ok(Self { tray: Tray::open_for(runtime, "calls")?, lines })
    }

    /// Takes a record: where nobody took the call, its card waits from now on.
    pub(crate) async fn admit(&self, call: CallRecord, now: Timestamp) -> Result<RecordFate, TrayError> {
        let fate = self.fate(call, now).await?;
        metrics::counter!("dengwen_phone_call_records", "fate" => fate.name()).increment(1);
        Ok(fate)
    }

    async fn fate(&self, call: CallRecord, now: Timestamp) -> Result<RecordFate, TrayError> {
        // The clocks of two machines differ a little.
        let began = call.began.min(now);
        if !call.called.iter().any(|number| self.lines.contains(number)) {
            return Ok(RecordFate::OtherLine);
        }
        if call.ended == Ended::Taken {
            return Ok(RecordFate::Taken);
        }
        if now.duration_since(began) > FRESH {
            return Ok(RecordFate::Old);
        }
        let card = Untaken {
            began,
            lasted: call.lasted,
            voicemail: call.ended == Ended::Voicemail,
            caller: call.caller,
            settled: false,
        };
        // What the card is known by is the file; all else is on the card.
        let known_by = format!("call {}", call.id).into_bytes();
        let (_, new) = self.tray.put_once("call", "text/plain", known_by, card).await?;
        Ok(if new { RecordFate::Waits } else { RecordFate::Known })
    }

    /// Forgets what was settled long ago.
    pub(crate) async fn sweep(&self, now: Timestamp) -> Result<(), TrayError> {
        for card in self.tray.list() {
            if card.about.settled && now.duration_since(card.about.began) > REMEMBERED {
                self.tray.remove(&card.id).await?;
            }
        }
        Ok(())
    }

    /// The calls that wait, the oldest first.
    pub(crate) fn waiting(&self) -> Vec<Waiting<Untaken>> {
        let mut waiting = self.tray.list();
        waiting.retain(|card| !card.about.settled);
        waiting.sort_by_key(|card| card.about.began);
        waiting
    }

    /// One that waits.
    pub(crate) fn find(&self, id: &WaitingId) -> Result<Waiting<Untaken>, TrayError> {
        let card = self.tray.find(id)?;
        if card.about.settled { Err(TrayError::Missing) } else { Ok(card) }
    }

    /// It waits no more; its number is gone. One that is not there is no error.
    pub(crate) async fn settle(&self, id: &WaitingId) -> Result<(), TrayError> {
        match self.find(id) {
            Ok(card) => self.tray.note(id, Untaken { caller: None, settled: true, ..card.about }).await,
            Err(TrayError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
