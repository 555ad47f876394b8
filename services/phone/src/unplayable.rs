//! What came as a recording and cannot be played: empty, cut off before any sound, or no recording at all. Somebody may
//! have called: it is kept, sealed, in a tray of its own, so that a clerk sees that it came, can save it, and settles it.

use dengwen_clerk::{Tray, TrayError, Waiting, WaitingId};
use dengwen_http::Text;
use dengwen_service::DoorRuntime;
use serde::{Deserialize, Serialize};

/// Why it cannot be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// Nothing is in it.
    Empty,
    /// It is no recording of a kind that is taken, whatever it is called.
    Kind,
    /// No sound is in it.
    Broken,
    /// Larger than so many bytes.
    TooLarge(usize),
}

impl Why {
    /// A stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Kind => "file_kind",
            Self::Broken => "broken",
            Self::TooLarge(_) => "too_large",
        }
    }

    /// In words for whoever sent it, and for the clerk.
    pub(crate) fn text(self) -> Text {
        match self {
            Self::Empty => Text::new("empty", "内容为空"),
            Self::Kind => Text::new("not a recording in WAV, MP3 or AMR", "不是 WAV、MP3 或 AMR 录音"),
            Self::Broken => {
                Text::new("the file is broken: there is no sound in it", "文件已损坏，其中没有可播放的声音")
            }
            Self::TooLarge(limit) => {
                Text::composed(format!("larger than {limit} bytes"), format!("超过 {limit} 字节"))
            }
        }
    }
}

/// What is known of it besides its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unplayed {
    pub(crate) why: Why,
}

/// What cannot be played. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Unplayable(Tray<Unplayed>);

impl Unplayable {
    pub(crate) fn open(runtime: &DoorRuntime) -> anyhow::Result<Self> {
        Ok(Self(Tray::open_for(runtime, "unplayable")?))
    }

    /// Keeps it. The same content again is the same; of what is empty, the same name.
    pub(crate) async fn keep(&self, name: &str, bytes: Vec<u8>, why: Why) -> Result<(), TrayError> {
        let bytes = if bytes.is_empty() { name.as_bytes().to_vec() } else { bytes };
        let (_, new) = self.0.put_once(name, "application/octet-stream", bytes, Unplayed { why }).await?;
        if new {
            metrics::counter!("dengwen_phone_recordings_unplayable", "why" => why.code()).increment(1);
            tracing::warn!(
                why = why.code(),
                "something came that cannot be played; it waits at the phone desk"
            );
        }
        Ok(())
    }

    /// What waits, oldest first.
    pub(crate) fn list(&self) -> Vec<Waiting<Unplayed>> {
        self.0.list()
    }

    /// One that waits.
    pub(crate) fn find(&self, id: &WaitingId) -> Result<Waiting<Unplayed>, TrayError> {
        self.0.find(id)
    }

    /// It as it came; nothing of what was empty.
    pub(crate) async fn read(&self, id: &WaitingId) -> Result<Vec<u8>, TrayError> {
        match self.find(id)?.about.why {
            Why::Empty => Ok(Vec::new()),
            _ => self.0.read(id).await,
        }
    }

    /// It waits no more. One that is not there is no error.
    pub(crate) async fn remove(&self, id: &WaitingId) -> Result<(), TrayError> {
        self.0.remove(id).await
    }
}
