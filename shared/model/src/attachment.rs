//! Files that came with a tip.

use serde::{Deserialize, Serialize};

/// A file kept sealed in the object store. This record, with the key that opens the file, lives only
/// inside the sealed content of its tip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Name in the object store; random, tells nothing.
    pub object: String,
    /// The name the sender gave the file.
    pub name: String,
    /// Media type as recognised from the content, never as claimed.
    pub media_type: String,
    /// Length of the file in bytes before sealing.
    pub size: u64,
    /// SHA-256 of the file before sealing, hexadecimal.
    pub sha256: String,
    /// The file's own key, hexadecimal (AES-256-GCM-SIV).
    pub key: String,
}
