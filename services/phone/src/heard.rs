//! Who opens which recording, for the audit log. A player asks for a recording in many parts: within some
//! minutes they are one opening.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use dengwen_clerk::{Seated, WaitingId};
use dengwen_door::{Act, Door};
use dengwen_http::Problem;
use dengwen_model::UserId;
use jiff::{SignedDuration, Timestamp};

/// So long further parts belong to one opening.
const ONE_OPENING: SignedDuration = SignedDuration::from_mins(30);

/// Openings of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<HashMap<(UserId, WaitingId), Timestamp>>);

impl Heard {
    /// Notes that a clerk opens a recording; returns when the note is durable.
    ///
    /// # Errors
    /// Where it cannot be noted: then nothing is played.
    pub(crate) async fn note(
        &self,
        door: &Door,
        clerk: &Seated,
        recording: &WaitingId,
    ) -> Result<(), Problem> {
        let (key, now) = ((clerk.id(), recording.clone()), door.clock().now());
        if self.is_open(&key, now) {
            return Ok(());
        }
        let object = format!("recording {recording}");
        let act = Act { actor: clerk.name(), action: "recording.opened", object: &object, reason: "" };
        door.note(&act).await?;
        metrics::counter!("dengwen_phone_recordings_opened").increment(1);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, now);
        Ok(())
    }

    /// Whether it is an opening that was noted. Older ones are forgotten.
    fn is_open(&self, key: &(UserId, WaitingId), now: Timestamp) -> bool {
        let mut openings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        openings.retain(|_, at| (SignedDuration::ZERO..ONE_OPENING).contains(&now.duration_since(*at)));
        openings.contains_key(key)
    }
}
