//! Calls that were recorded while nobody was there. A recording waits in the desk's tray, sealed with the
//! desk's own key, until a clerk has heard it and written the call up; then it goes with the tip.
//!
//! The tray is needed because a door cannot open what is sealed to the line.

use async_trait::async_trait;
use dengwen_clerk::{Fate, NotPut, TakesFiles, Tray, Waiting};
use dengwen_door::{FileError, Files};
use dengwen_http::Text;
use dengwen_service::DoorRuntime;
use serde::{Deserialize, Serialize};

use crate::wav::has_sound;

/// Media types of what exchanges record, as the content tells.
const TAKEN: [&str; 3] = [WAV, "audio/mpeg", "audio/amr"];
const WAV: &str = "audio/x-wav";

/// What is known of a recording besides its file: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unheard {}

/// The recordings of the desk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Recordings {
    tray: Tray<Unheard>,
    files: Files,
}

impl Recordings {
    pub(crate) fn open(runtime: &DoorRuntime) -> anyhow::Result<Self> {
        Ok(Self { tray: Tray::open(runtime)?, files: runtime.files().clone() })
    }

    pub(crate) fn tray(&self) -> &Tray<Unheard> {
        &self.tray
    }

    /// Checks a recording and puts it into the tray.
    pub(crate) async fn admit(&self, name: &str, bytes: Vec<u8>) -> Result<Waiting<Unheard>, NotPut> {
        let media = self.files.admit(&bytes).map_err(refused)?;
        if !TAKEN.contains(&media) {
            return Err(refused(FileError::Kind));
        }
        if media == WAV && !has_sound(&bytes) {
            return Err(broken());
        }
        Ok(self.tray.put(name, media, bytes, Unheard {}).await?)
    }
}

fn refused(error: FileError) -> NotPut {
    let (code, why) = match error {
        FileError::TooLarge { limit } => {
            ("too_large", Text::composed(format!("larger than {limit} bytes"), format!("超过 {limit} 字节")))
        }
        FileError::Empty => ("empty", Text::new("empty", "内容为空")),
        FileError::Kind | FileError::Store => {
            ("file_kind", Text::new("not a recording in WAV, MP3 or AMR", "不是 WAV、MP3 或 AMR 录音"))
        }
    };
    NotPut::Refused { code, why }
}

fn broken() -> NotPut {
    let why =
        Text::new("the WAV file is broken: there is no sound in it", "WAV 文件已损坏，其中没有可播放的声音");
    NotPut::Refused { code: "broken", why }
}

#[async_trait]
impl TakesFiles for Recordings {
    fn max_bytes(&self) -> usize {
        self.files.max_bytes()
    }

    async fn take(&self, name: &str, bytes: Vec<u8>) -> Fate {
        match self.admit(name, bytes).await {
            Ok(_) => Fate::Kept,
            Err(NotPut::Refused { why, .. }) => Fate::Refused(why),
            Err(NotPut::Tray(error)) => {
                tracing::error!(%error, "a recording cannot be kept; it stays in the folder");
                Fate::Later
            }
        }
    }
}
