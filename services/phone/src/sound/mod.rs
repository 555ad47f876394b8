//! How much of a recording can be heard: its frames or chunks are walked, no sound is decoded.

mod amr;
mod mp3;
mod wav;

use dengwen_http::Text;
use serde::{Deserialize, Serialize};

/// Media types of what exchanges record, as the content tells.
const WAV: &str = "audio/x-wav";
const MP3: &str = "audio/mpeg";
const AMR: &str = "audio/amr";

/// How much of a recording there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sound {
    /// All of it.
    Whole,
    /// What there is. How much there was to be is not told yet: whoever records a call writes it last.
    Unended,
    /// Less than it says, or its end is broken.
    Cut,
    /// More than it says.
    Longer,
    /// Nothing.
    Nothing,
}

/// What is known of a recording that waits besides its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flaw {
    /// It breaks off.
    Cut,
    /// Its header tells another length than it has.
    Length,
    /// Browsers do not play it.
    Codec,
}

impl Flaw {
    /// In words for the clerk.
    pub(crate) fn text(self) -> Text {
        match self {
            Self::Cut => Text::new(
                "the recording breaks off; what came can be heard",
                "录音不完整，只能听到已收到的部分",
            ),
            Self::Length => Text::new(
                "its header tells another length; all that came is played",
                "文件头所记长度与实际不符，按实际长度播放",
            ),
            Self::Codec => Text::new(
                "browsers do not play it: save it and open it with a player",
                "浏览器不能播放此格式，请保存后用播放器收听",
            ),
        }
    }
}

/// Whether the content is of a kind that exchanges record.
pub(crate) fn is_taken(media_type: &str) -> bool {
    [WAV, MP3, AMR].contains(&media_type)
}

/// How much of a recording can be heard.
pub(crate) fn of(media_type: &str, bytes: &[u8]) -> Sound {
    match media_type {
        WAV => wav::sound(bytes),
        MP3 => mp3::sound(bytes),
        AMR => amr::sound(bytes),
        _ => Sound::Nothing,
    }
}

/// What a clerk must know of a recording of which so much can be heard.
pub(crate) fn flaws(media_type: &str, bytes: &[u8], sound: Sound) -> Vec<Flaw> {
    let length = match sound {
        Sound::Cut => Some(Flaw::Cut),
        Sound::Longer => Some(Flaw::Length),
        Sound::Whole | Sound::Unended | Sound::Nothing => None,
    };
    let is_played = match media_type {
        WAV => wav::is_played(bytes),
        media_type => media_type == MP3,
    };
    length.into_iter().chain((!is_played).then_some(Flaw::Codec)).collect()
}

/// As browsers can play it: with the lengths that a WAV has, whatever its header says.
pub(crate) fn playable(media_type: &str, bytes: Vec<u8>) -> Vec<u8> {
    if media_type == WAV { wav::with_true_lengths(bytes) } else { bytes }
}
