//! Who opens which recording, or sees the number of which call, for the audit log. A player asks for a recording in many parts: within some
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
    /// Notes that a clerk opens something of this kind; returns when the note is durable.
    ///
    /// # Errors
    /// Where it cannot be noted: then nothing is played or shown.
    pub(crate) async fn note(
        &self,
        door: &Door,
        clerk: &Seated,
        kind: &str,
        id: &WaitingId,
    ) -> Result<(), Problem> {
        let (key, now) = ((clerk.id(), id.clone()), door.clock().now());
        if self.is_open(&key, now) {
            return Ok(());
        }
        let (action, object) = (format!("{kind}.opened"), format!("{kind} {id}"));
        let act = Act { actor: clerk.name(), action: &action, object: &object, reason: "" };
        door.note(&act).await?;
        metrics::counter!("dengwen_phone_opened", "kind" => kind.to_owned()).increment(1);
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
