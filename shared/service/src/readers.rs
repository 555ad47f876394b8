//! The reader of tips over the present units register and with the model in place; made anew when one of them
//! changed.

use std::sync::{Arc, PoisonError, RwLock};

use dengwen_ledger::{LedgerError, ModelRecord};
use dengwen_rules::Units;
use dengwen_text::link::LinkKey;
use dengwen_text::{Model, Reader, ReaderError};

use crate::{Runtime, open_model};

/// Readers of one process.
pub struct Readers {
    runtime: Runtime,
    known: RwLock<Option<Known>>,
}

/// A reader for the units register and the model that it was made from.
#[derive(Clone)]
struct Known {
    units: Arc<Units>,
    /// The model put in place; `None` for the shipped one.
    model: Option<String>,
    reader: Arc<Reader>,
}

/// There is no reader at the moment.
#[derive(Debug, thiserror::Error)]
pub enum NoReader {
    /// The ledger does not tell which model is in place.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It cannot be made.
    #[error("the reader cannot be made")]
    Made(#[from] ReaderError),
}

impl Readers {
    /// On this runtime.
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime, known: RwLock::new(None) }
    }

    /// The reader of this moment.
    ///
    /// # Errors
    /// See [`NoReader`].
    pub async fn current(&self) -> Result<Arc<Reader>, NoReader> {
        let units = self.runtime.units();
        let mut work = self.runtime.ledger().read().await?;
        let model = work.active_model().await?;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.units, &units) && known.model == model) {
            return Ok(known.reader);
        }
        let trained = match &model {
            Some(version) => work.model(version).await?.and_then(|record| self.open_model(&record)),
            None => None,
        };
        drop(work);
        let reader = Arc::new(self.make(units.clone(), trained)?);
        let fresh = Known { units, model, reader: reader.clone() };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        Ok(reader)
    }

    /// A model that cannot be used must not stop the line: the shipped one reads, and says so in each decision.
    fn open_model(&self, record: &ModelRecord) -> Option<Model> {
        let opened = open_model(&self.runtime, record).ok().and_then(|bytes| Model::from_bytes(&bytes).ok());
        if opened.is_none() {
            tracing::error!(version = %record.version, "the model in place cannot be used; the shipped one reads");
        }
        opened
    }

    fn make(&self, units: Arc<Units>, trained: Option<Model>) -> Result<Reader, ReaderError> {
        let key = LinkKey::new(*self.runtime.keys().index.hash("link", b"signature").as_bytes());
        match trained {
            Some(model) => Reader::with_model(units, key, model),
            None => Reader::new(units, key),
        }
    }
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Readers")
    }
}
