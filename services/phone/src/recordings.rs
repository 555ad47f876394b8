//! Calls that were recorded while nobody was there. A recording waits in the desk's tray, sealed with the
//! desk's own key, until a clerk has heard it and written the call up; then it goes with the tip.
//!
//! The tray is needed because a door cannot open what is sealed to the line.

use async_trait::async_trait;
use dengwen_clerk::{Fate, Found, NotPut, TakesFiles, Tray, Waiting};
use dengwen_door::{FileError, Files};
use dengwen_http::{Language, Text};
use dengwen_service::DoorRuntime;
use serde::{Deserialize, Serialize};

use crate::sound::{self, Flaw, Sound};
use crate::unplayable::{Unplayable, Why};

/// What is known of a recording besides its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unheard {
    #[serde(default)]
    pub(crate) flaws: Vec<Flaw>,
}

/// The recordings of the desk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Recordings {
    tray: Tray<Unheard>,
    unplayable: Unplayable,
    files: Files,
}

/// A recording that was looked at.
struct Looked {
    media: &'static str,
    sound: Sound,
}

impl Recordings {
    pub(crate) fn open(runtime: &DoorRuntime) -> anyhow::Result<Self> {
        Ok(Self {
            tray: Tray::open(runtime)?,
            unplayable: Unplayable::open(runtime)?,
            files: runtime.files().clone(),
        })
    }

    pub(crate) fn tray(&self) -> &Tray<Unheard> {
        &self.tray
    }

    /// What came and cannot be played.
    pub(crate) fn unplayable(&self) -> &Unplayable {
        &self.unplayable
    }

    /// Checks a recording and puts it into the tray. Of what cannot be played nothing is kept: whoever has it is told.
    pub(crate) async fn admit(&self, name: &str, bytes: Vec<u8>) -> Result<Waiting<Unheard>, NotPut> {
        let looked = self.look(&bytes).map_err(refused)?;
        self.put(name, bytes, &looked).await
    }

    /// As [`Recordings::admit`], of what a program sends that may have it no more: what cannot be played is kept for
    /// a person to see.
    pub(crate) async fn receive(&self, name: &str, bytes: Vec<u8>) -> Result<Waiting<Unheard>, NotPut> {
        match self.look(&bytes) {
            Ok(looked) => self.put(name, bytes, &looked).await,
            Err(why) => {
                self.unplayable.keep(name, bytes, why).await?;
                let told = |language, kept| format!("{}{kept}", why.text().in_language(language));
                let english = told(Language::English, "; it was kept for a clerk to see");
                let chinese = told(Language::Chinese, "；已留存，待人工查看");
                Err(NotPut::Refused { code: why.code(), why: Text::composed(english, chinese) })
            }
        }
    }

    fn look(&self, bytes: &[u8]) -> Result<Looked, Why> {
        let media = self.files.admit(bytes).map_err(|error| match error {
            FileError::TooLarge { limit } => Why::TooLarge(limit),
            FileError::Empty => Why::Empty,
            FileError::Kind | FileError::Store => Why::Kind,
        })?;
        if !sound::is_taken(media) {
            return Err(Why::Kind);
        }
        match sound::of(media, bytes) {
            Sound::Nothing => Err(Why::Broken),
            sound => Ok(Looked { media, sound }),
        }
    }

    async fn put(&self, name: &str, bytes: Vec<u8>, looked: &Looked) -> Result<Waiting<Unheard>, NotPut> {
        let flaws = sound::flaws(looked.media, &bytes, looked.sound);
        Ok(self.tray.put(name, looked.media, bytes, Unheard { flaws }).await?)
    }
}

fn refused(why: Why) -> NotPut {
    NotPut::Refused { code: why.code(), why: why.text() }
}

#[async_trait]
impl TakesFiles for Recordings {
    fn max_bytes(&self) -> usize {
        self.files.max_bytes()
    }

    async fn take(&self, file: Found<'_>) -> Fate {
        let looked = self.look(&file.bytes);
        let may_grow = match &looked {
            Ok(looked) => matches!(looked.sound, Sound::Unended | Sound::Cut),
            Err(_) => true,
        };
        // Taken while the call goes on, the rest of it would be lost.
        if may_grow && !file.settled {
            return Fate::Growing;
        }
        let kept = match looked {
            Ok(looked) => self.put(file.name, file.bytes, &looked).await.map(drop),
            Err(why) => self.unplayable.keep(file.name, file.bytes, why).await.map_err(NotPut::from),
        };
        match kept {
            Ok(()) => Fate::Kept,
            Err(NotPut::Refused { why, .. }) => Fate::Refused(why),
            Err(NotPut::Tray(error)) => {
                tracing::error!(%error, "a recording cannot be kept; it stays in the folder");
                Fate::Later
            }
        }
    }
}
