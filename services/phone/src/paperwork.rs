//! What waits at the phone desk to be written up: recordings, which go with their tip, and calls that nobody
//! took and what cannot be played, of which nothing goes with it.

use async_trait::async_trait;
use dengwen_clerk::{End, NotPut, Paperwork, PaperworkPlan, Put, TrayError, Used, WaitingId};

use crate::calls::Calls;
use crate::desk::RECORDINGS;
use crate::recordings::Recordings;

/// Both.
#[derive(Debug)]
pub(crate) struct Unwritten {
    pub(crate) recordings: Recordings,
    pub(crate) calls: Calls,
}

#[async_trait]
impl Paperwork for Unwritten {
    fn plan(&self) -> PaperworkPlan {
        PaperworkPlan { kind: "recording", list: RECORDINGS }
    }

    fn kind_of(&self, id: &WaitingId) -> &'static str {
        if self.calls.find(id).is_ok() { "call" } else { self.plan().kind }
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<WaitingId, NotPut> {
        Ok(self.recordings.admit(name, bytes).await?.id)
    }

    async fn read(&self, id: &WaitingId) -> Result<Option<Put>, TrayError> {
        if self.calls.find(id).is_ok() || self.recordings.unplayable().find(id).is_ok() {
            return Ok(None);
        }
        let waiting = self.recordings.tray().find(id)?;
        Ok(Some(Put { name: waiting.name, bytes: self.recordings.tray().read(id).await? }))
    }

    async fn done(&self, id: &WaitingId, end: End<'_>) -> Result<(), TrayError> {
        self.calls.settle(id).await?;
        self.recordings.unplayable().remove(id).await?;
        match end {
            End::Registered(_) => self.recordings.tray().use_up(id, None).await,
            End::Discarded => self.recordings.tray().remove(id).await,
        }
    }

    async fn used(&self, id: &WaitingId) -> Option<Used> {
        self.recordings.tray().used(id).await
    }
}
