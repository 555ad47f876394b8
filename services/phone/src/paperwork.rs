//! What waits at the phone desk to be written up: recordings, which go with their tip, and calls that nobody
//! took, of which nothing goes with it.

use async_trait::async_trait;
use dengwen_clerk::{NotPut, Paperwork, PaperworkPlan, Put, TrayError, WaitingId};

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
        if self.calls.find(id).is_ok() {
            return Ok(None);
        }
        let waiting = self.recordings.tray().find(id)?;
        Ok(Some(Put { name: waiting.name, bytes: self.recordings.tray().read(id).await? }))
    }

    async fn done(&self, id: &WaitingId) -> Result<(), TrayError> {
        self.calls.settle(id).await?;
        self.recordings.tray().remove(id).await
    }
}
