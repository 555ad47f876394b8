//! What was registered at this desk before: a door holds no ledger, and a clerk must be told before a table is
//! imported which of its rows are in there already.
//!
//! By a keyed hash of what tells a repeat, when that was and under which register number. Kept for good, as the
//! ledger keeps the tip: it has no word of one.

use std::path::PathBuf;
use std::sync::Arc;

use dengwen_door::{Door, ExternalId};
use dengwen_queue::{Key, KeyedStore, QueueError, Write};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

/// Name of the table.
const SPACE: &str = "registered";

/// An entry that was registered here before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Earlier {
    /// When that was.
    pub(crate) at: Timestamp,
    /// Under which register number, at a desk that gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
}

/// Everything that was registered at a desk under an id that may come again.
#[derive(Debug)]
pub(crate) struct Before {
    door: Arc<Door>,
    path: PathBuf,
    /// Opened when it is first needed: what opens a desk does not wait for a disk.
    store: OnceCell<KeyedStore>,
}

impl Before {
    /// In this file.
    pub(crate) fn at(path: PathBuf, door: Arc<Door>) -> Self {
        Self { door, path, store: OnceCell::new() }
    }

    /// Which of these were registered before, in their order.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub(crate) async fn find(&self, ids: &[ExternalId]) -> Result<Vec<Option<Earlier>>, QueueError> {
        let keys = ids.iter().map(|id| self.key(id)).collect();
        let found = self.store().await?.get_many(SPACE, keys).await?;
        Ok(found.iter().map(|value| serde_json::from_slice(value.as_deref()?).ok()).collect())
    }

    /// Notes that these are registered now, each with its register number. One that was before stays as it is.
    /// What cannot be noted is registered all the same, and is told as new by the next dry run.
    pub(crate) async fn note(&self, entries: Vec<(ExternalId, Option<String>)>) {
        let at = self.door.clock().now();
        let put = |(id, number): (ExternalId, Option<String>)| {
            let value = serde_json::to_vec(&Earlier { at, number }).unwrap_or_default();
            Write::PutNew { space: SPACE, key: self.key(&id), value, due: None }
        };
        let writes = entries.into_iter().map(put).collect();
        let noted = match self.store().await {
            Ok(store) => store.commit(writes).await,
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a dry run will not tell what was registered"
            );
        }
    }

    async fn store(&self) -> Result<&KeyedStore, QueueError> {
        self.store.get_or_try_init(|| KeyedStore::open(&self.path)).await
    }

    fn key(&self, id: &ExternalId) -> Key {
        *self.door.keys().answer.locate(&format!("registered/{}", id.source), &id.id).as_bytes()
    }
}
