//! Files that come with a tip: recognised by content, sealed each under its own key, and durable in
//! the object store before the tip is taken.

use std::sync::Arc;

use dengwen_model::{Attachment, Entropy};
use dengwen_seal::FileKey;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use sha2::{Digest, Sha256};

/// Longest file name that is kept, in characters.
const MAX_NAME: usize = 120;

/// A file cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Larger than the line takes.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Not one of the kinds that the line takes.
    #[error("not a picture, document, recording or archive that the line takes")]
    Kind,
    /// The object store does not answer or is full.
    #[error("the file store is not available")]
    Store,
}

/// The sealed files.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    max_bytes: usize,
}

impl Files {
    /// Files of at most `max_bytes` each in this store.
    pub fn new(store: Arc<dyn ObjectStore>, max_bytes: usize) -> Self {
        Self { store, max_bytes }
    }

    /// The largest file in bytes.
    pub fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Whether a file can be taken, and what it is. Looking at all of them before the first is kept
    /// leaves nothing behind of a tip that is refused.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn admit(&self, bytes: &[u8]) -> Result<&'static str, FileError> {
        if bytes.is_empty() {
            return Err(FileError::Empty);
        }
        if bytes.len() > self.max_bytes {
            return Err(FileError::TooLarge { limit: self.max_bytes });
        }
        recognise(bytes).ok_or(FileError::Kind)
    }

    /// Recognises, seals and stores one file. Returns when it is durable.
    ///
    /// # Errors
    /// See [`FileError`]; nothing is stored then.
    pub async fn keep(
        &self,
        name: &str,
        bytes: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Attachment, FileError> {
        let media_type = self.admit(bytes)?;
        let mut random = [0; 16];
        entropy.fill(&mut random);
        let object = format!("tips/{}/{}", hex::encode(&random[..1]), hex::encode(random));
        let key = FileKey::generate(entropy);
        let sealed =
            key.seal(&object, bytes, entropy).map_err(|_| FileError::TooLarge { limit: self.max_bytes })?;
        let path = Path::from(object.as_str());
        self.store.put(&path, sealed.into()).await.map_err(|error| {
            tracing::error!(kind = %kind_of(&error), "a file could not be stored");
            FileError::Store
        })?;
        Ok(Attachment {
            object,
            name: plain_name(name),
            media_type: media_type.to_owned(),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: hex::encode(Sha256::digest(bytes)),
            key: key.to_hex().to_string(),
        })
    }
}

/// The store's error without the path it names.
fn kind_of(error: &object_store::Error) -> &'static str {
    match error {
        object_store::Error::NotFound { .. } => "not found",
        object_store::Error::PermissionDenied { .. } => "permission denied",
        object_store::Error::Unauthenticated { .. } => "unauthenticated",
        _ => "not available",
    }
}

/// What a file is by its first bytes; `None` where the line does not take it. Text has no first
/// bytes to know it by: what is UTF-8 without control characters passes as text.
fn recognise(bytes: &[u8]) -> Option<&'static str> {
    if let Some(kind) = infer::get(bytes) {
        use infer::MatcherType::{Archive, Audio, Doc, Image, Video};
        let known = matches!(kind.matcher_type(), Image | Video | Audio | Doc)
            || (kind.matcher_type() == Archive
                && matches!(kind.extension(), "zip" | "rar" | "7z" | "pdf" | "rtf" | "gz"));
        return known.then(|| kind.mime_type());
    }
    if is_layer_3(bytes) {
        return Some("audio/mpeg");
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let plain = !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    plain.then_some("text/plain")
}

/// The header of an MP3 frame (ISO/IEC 11172-3), as exchanges record: at 8 kHz or with a checksum it is in no list of
/// first bytes.
fn is_layer_3(bytes: &[u8]) -> bool {
    let Some([0xFF, second, third, _]) = bytes.first_chunk() else { return false };
    let (version, rate, samples) = (second >> 3 & 3, third >> 4, third >> 2 & 3);
    second & 0xE6 == 0xE2 && version != 1 && !matches!(rate, 0 | 15) && samples != 3
}

/// The last part of the name, without control characters, bounded. Those that turn the direction of writing
/// make a name look as if it ended otherwise.
fn plain_name(name: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !turns(*c)).take(MAX_NAME).collect();
    if kept.is_empty() { "file".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dengwen_model::SeededEntropy;
    use object_store::memory::InMemory;

    fn files() -> (Files, Arc<InMemory>) {
        let store = Arc::new(InMemory::new());
        (Files::new(store.clone(), 1000), store)
    }

    #[tokio::test]
    async fn a_kept_file_opens_with_its_own_key_and_only_so() {
        let (files, store) = files();
        let entropy = SeededEntropy::new(1);
        let kept = files.keep("C:\\证据\\表.txt", "会议记录".as_bytes(), &entropy).await.unwrap();
        assert_eq!((kept.name.as_str(), kept.media_type.as_str(), kept.size), ("表.txt", "text/plain", 12));
        let stored = store.get(&Path::from(kept.object.as_str())).await.unwrap().bytes().await.unwrap();
        assert!(!stored.windows(12).any(|w| w == "会议记录".as_bytes()), "stored sealed");
        let opened = FileKey::from_hex(&kept.key).unwrap().open(&kept.object, &stored).unwrap();
        assert_eq!(&opened[..], "会议记录".as_bytes());
        assert!(FileKey::generate(&entropy).open(&kept.object, &stored).is_err());
    }

    #[test]
    fn a_name_is_what_it_looks_like() {
        for (sent, kept) in
            [("a\u{202E}fdp.exe", "afdp.exe"), ("../../etc/x\0", "x"), ("\u{2066}", "file"), ("", "file")]
        {
            assert_eq!(plain_name(sent), kept);
        }
    }

    #[tokio::test]
    async fn programs_empty_and_large_files_are_refused() {
        let (files, _) = files();
        let entropy = SeededEntropy::new(1);
        assert_eq!(files.keep("a", b"", &entropy).await, Err(FileError::Empty));
        assert_eq!(files.keep("a", &[b'x'; 1001], &entropy).await, Err(FileError::TooLarge { limit: 1000 }));
        assert_eq!(
            files.keep("a.jpg", b"\x7fELF\x02\x01\x01\0\0\0\0\0", &entropy).await,
            Err(FileError::Kind)
        );
        assert_eq!(files.keep("a.txt", b"text\0", &entropy).await, Err(FileError::Kind));
    }
}
