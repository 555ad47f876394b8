//! What a desk has besides its form: files that wait or come with an entry, and register numbers.

use async_trait::async_trait;
use dengwen_http::{FieldError, Problem, Text, problems};
use dengwen_seal::ReceiptHash;

use crate::tray::{TrayError, Used, WaitingId};

/// A file that waited.
#[derive(Debug)]
pub struct Put {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A file is not put into the tray.
#[derive(Debug, thiserror::Error)]
pub enum NotPut {
    /// The desk does not take it.
    #[error("the desk does not take such a file")]
    Refused {
        /// A stable code.
        code: &'static str,
        /// What is wrong with it.
        why: Text,
    },
    /// The tray cannot keep it.
    #[error(transparent)]
    Tray(#[from] TrayError),
}

impl NotPut {
    /// What whoever sent the file is told.
    pub fn problem(self, field: &str) -> Problem {
        match self {
            Self::Refused { code, why } => Problem::invalid(vec![FieldError::with_message(field, code, why)]),
            Self::Tray(error) => error.into(),
        }
    }
}

impl From<TrayError> for Problem {
    fn from(error: TrayError) -> Self {
        match error {
            TrayError::Missing => problems::NOT_FOUND.into(),
            TrayError::Full | TrayError::Disk(_) | TrayError::Sealed => {
                tracing::error!(%error, "the desk's tray cannot be used");
                problems::UNAVAILABLE.into()
            }
        }
    }
}

/// Why a file waits no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End<'a> {
    /// It went with an entry, of this register number where it has one.
    Registered(Option<&'a str>),
    /// Somebody discarded it.
    Discarded,
}

/// What waits at a desk is called, and where its list is.
#[derive(Debug, Clone, Copy)]
pub struct PaperworkPlan {
    /// As `scan`, in the audit log.
    pub kind: &'static str,
    /// Where what waits is listed in a browser.
    pub list: &'static str,
}

/// What a desk does with paper and recordings.
#[async_trait]
pub trait Paperwork: Send + Sync + std::fmt::Debug {
    /// What it is called.
    fn plan(&self) -> PaperworkPlan;

    /// Checks a file as the desk does and puts it into the tray.
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<WaitingId, NotPut>;

    /// What `id` is called in the audit log.
    fn kind_of(&self, _id: &WaitingId) -> &'static str {
        self.plan().kind
    }

    /// A file that waits; nothing where what waits is none, and nothing of it goes with an entry.
    async fn read(&self, id: &WaitingId) -> Result<Option<Put>, TrayError>;

    /// It waits no more.
    async fn done(&self, id: &WaitingId, end: End<'_>) -> Result<(), TrayError>;

    /// With what a file went that waits no more; nothing where that is not known.
    async fn used(&self, id: &WaitingId) -> Option<Used>;

    /// A register number that was never given before, where this desk gives numbers.
    async fn number(&self) -> std::io::Result<Option<String>> {
        Ok(None)
    }

    /// Register numbers of entries with these receipts, in their order, where this desk gives numbers; else nothing.
    /// An entry that has one keeps it.
    async fn numbers(&self, _receipts: Vec<ReceiptHash>) -> std::io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Why an entry may not be registered under this number, which the clerk gave, with a stable code; nothing where
    /// it may.
    fn may_use(&self, _number: &str) -> Option<(&'static str, Text)> {
        Some(("unknown", Text::new("this desk gives no numbers", "本受理点不编登记号")))
    }

    /// An entry was registered under a number.
    async fn registered(&self, _number: &str, _receipt: ReceiptHash) -> std::io::Result<()> {
        Ok(())
    }
}
