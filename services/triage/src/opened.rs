//! A tip as it came off the queue, opened.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_messages::TipReceived;
use dengwen_model::TipContent;
use dengwen_seal::{KeyRing, SealedBox, purpose};

/// Why a tip cannot be opened; the code under which it is parked. Someone with the keys can look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenTipError {
    #[error("a field is not base64 or not a sealed box")]
    Malformed,
    #[error("sealed to a key that is not here, or changed on the way")]
    Sealed,
    #[error("sealed content is not a tip of a known form")]
    Content,
    #[error("the message names another channel than the sealed content")]
    Channel,
}

impl OpenTipError {
    /// The short code for the parked message.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "tip-malformed",
            Self::Sealed => "tip-does-not-open",
            Self::Content => "tip-content-unknown",
            Self::Channel => "tip-of-another-channel",
        }
    }
}

/// A tip with its sealed parts as bytes and its content readable, in memory only.
pub(crate) struct Opened {
    pub(crate) received: TipReceived,
    pub(crate) receipt_hash: Vec<u8>,
    pub(crate) external_key: Option<Vec<u8>>,
    pub(crate) content_sealed: Vec<u8>,
    pub(crate) identity_sealed: Option<Vec<u8>>,
    pub(crate) reply_to_sealed: Option<Vec<u8>>,
    pub(crate) content: TipContent,
}

pub(crate) fn open(received: &TipReceived, ring: &KeyRing<purpose::Line>) -> Result<Opened, OpenTipError> {
    let bytes = |text: &str| STANDARD.decode(text).map_err(|_| OpenTipError::Malformed);
    let optional = |text: &Option<String>| text.as_deref().map(bytes).transpose();
    let content_sealed = bytes(&received.content)?;
    let sealed = SealedBox::from_bytes(content_sealed.clone()).map_err(|_| OpenTipError::Malformed)?;
    let id = received.tip.as_uuid();
    let plain = ring.open(purpose::TipContent, id.as_bytes(), &sealed).map_err(|_| OpenTipError::Sealed)?;
    let content: TipContent = serde_json::from_slice(&plain).map_err(|_| OpenTipError::Content)?;
    // What stands outside the box may have been changed on the way; this much the door has put inside as well.
    if content.channel != received.channel {
        return Err(OpenTipError::Channel);
    }
    Ok(Opened {
        receipt_hash: bytes(&received.receipt_hash)?,
        external_key: optional(&received.external_key)?,
        identity_sealed: optional(&received.identity)?,
        reply_to_sealed: optional(&received.reply_to)?,
        received: received.clone(),
        content_sealed,
        content,
    })
}
