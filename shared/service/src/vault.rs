//! The sealed columns of the ledger, sealed and opened in one place, so that every service binds a
//! value to the same table, column and row.

use dengwen_model::{CaseFile, CaseId, Classification, Entropy, MessageId, TipContent, TipId};
use dengwen_seal::{Field, InnerKeys, OpenError, SealError, SealedBox, purpose};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A sealed column cannot be opened, or its content is not what this version reads. Names the
/// column, never what stands in it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// No key of this process opens it, or it was moved or changed.
    #[error("{column} cannot be opened")]
    Closed {
        /// Which column.
        column: &'static str,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// It opens, and holds what this version cannot read.
    #[error("{column} holds what this version cannot read")]
    Unreadable {
        /// Which column.
        column: &'static str,
    },
    /// It is too long to be sealed.
    #[error("{column} is too long to be sealed")]
    TooLong {
        /// Which column.
        column: &'static str,
    },
}

/// Opens and seals columns with the keys behind the wall.
#[derive(Debug, Clone, Copy)]
pub struct Vault<'a> {
    keys: &'a InnerKeys,
    entropy: &'a dyn Entropy,
}

const CASE_FILE: Column = Column { table: "cases", column: "file", name: "cases.file" };
const READING: Column = Column { table: "tips", column: "reading", name: "tips.reading" };
const MESSAGE: Column = Column { table: "mailbox", column: "text", name: "mailbox.text" };
const CONTENT: &str = "tips.content";
const REPLY: &str = "a reply";

#[derive(Clone, Copy)]
struct Column {
    table: &'static str,
    column: &'static str,
    name: &'static str,
}

impl<'a> Vault<'a> {
    /// A vault with these keys.
    pub fn new(keys: &'a InnerKeys, entropy: &'a dyn Entropy) -> Self {
        Self { keys, entropy }
    }

    /// Opens a case file.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn open_case_file(&self, case: CaseId, sealed: &[u8]) -> Result<CaseFile, VaultError> {
        self.open(CASE_FILE, case.as_uuid(), sealed)
    }

    /// Seals a case file.
    ///
    /// # Errors
    /// [`VaultError::TooLong`].
    pub fn seal_case_file(&self, case: CaseId, file: &CaseFile) -> Result<Vec<u8>, VaultError> {
        self.seal(CASE_FILE, case.as_uuid(), file)
    }

    /// Opens what triage read in a tip.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn open_reading(&self, tip: TipId, sealed: &[u8]) -> Result<Classification, VaultError> {
        self.open(READING, tip.as_uuid(), sealed)
    }

    /// Seals what triage read in a tip.
    ///
    /// # Errors
    /// [`VaultError::TooLong`].
    pub fn seal_reading(&self, tip: TipId, reading: &Classification) -> Result<Vec<u8>, VaultError> {
        self.seal(READING, tip.as_uuid(), reading)
    }

    /// Opens a message of a mailbox.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn open_message(&self, message: MessageId, sealed: &[u8]) -> Result<String, VaultError> {
        self.open(MESSAGE, message.as_uuid(), sealed)
    }

    /// Seals a message of a mailbox.
    ///
    /// # Errors
    /// [`VaultError::TooLong`].
    pub fn seal_message(&self, message: MessageId, text: &str) -> Result<Vec<u8>, VaultError> {
        self.seal(MESSAGE, message.as_uuid(), &text)
    }

    /// Opens what a tip says, as a door sealed it.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn open_tip(&self, tip: TipId, sealed: &[u8]) -> Result<TipContent, VaultError> {
        let sealed = SealedBox::from_bytes(sealed.to_vec())
            .map_err(|_| VaultError::Unreadable { column: CONTENT })?;
        let opened = self
            .keys
            .line
            .open(purpose::TipContent, tip.as_uuid().as_bytes(), &sealed)
            .map_err(|source| VaultError::Closed { column: CONTENT, source })?;
        serde_json::from_slice(&opened).map_err(|_| VaultError::Unreadable { column: CONTENT })
    }

    /// Seals the words of a reply to the door that sends it, base64.
    ///
    /// # Errors
    /// [`VaultError::TooLong`].
    pub fn seal_reply(&self, tip: TipId, text: &str) -> Result<String, VaultError> {
        let sealed =
            self.keys.reply.seal(purpose::ReplyText, tip.as_uuid().as_bytes(), text.as_bytes(), self.entropy);
        sealed.map(|sealed| sealed.to_base64()).map_err(|_| VaultError::TooLong { column: REPLY })
    }

    fn open<T: DeserializeOwned>(&self, column: Column, row: Uuid, sealed: &[u8]) -> Result<T, VaultError> {
        let field = Field { table: column.table, column: column.column, row: row.as_bytes() };
        let opened = self.keys.fields.open(field, sealed);
        let opened = opened.map_err(|source| VaultError::Closed { column: column.name, source })?;
        serde_json::from_slice(&opened).map_err(|_| VaultError::Unreadable { column: column.name })
    }

    fn seal<T: Serialize>(&self, column: Column, row: Uuid, value: &T) -> Result<Vec<u8>, VaultError> {
        let plain = serde_json::to_vec(value).map_err(|_| VaultError::Unreadable { column: column.name })?;
        let field = Field { table: column.table, column: column.column, row: row.as_bytes() };
        let sealed: Result<_, SealError> = self.keys.fields.seal(field, &plain, self.entropy);
        sealed.map_err(|_| VaultError::TooLong { column: column.name })
    }
}
