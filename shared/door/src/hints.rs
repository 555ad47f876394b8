//! Known matters while a clerk still writes: the desk asks casework, in the clerk's name, what is known that
//! may be the same. A hint decides nothing; where casework is away there is none.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{DeskAway, HttpDesk};

/// Where casework answers; the clerk's own token is the key to it, not the door's.
pub const HINTS_PATH: &str = "/api/v1/hints";

/// Most bytes of an answer.
const MAX_ANSWER: usize = 64 << 10;

/// As much of a report as is written yet. Neither stored nor logged anywhere.
#[derive(Clone, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sketch {
    /// The words so far.
    #[validate(length(max = 40_000))]
    pub text: String,
    /// 被举报人姓名.
    #[validate(length(max = 50))]
    pub name: Option<String>,
    /// 所在单位.
    #[validate(length(max = 100))]
    pub org: Option<String>,
    /// 职务.
    #[validate(length(max = 100))]
    pub title: Option<String>,
    /// 所在地区.
    #[validate(length(max = 100))]
    pub region: Option<String>,
}

impl std::fmt::Debug for Sketch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sketch(hidden)")
    }
}

/// A matter that may be the same. Coarse: nothing of what others said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hint {
    /// The case's number.
    pub number: String,
    /// Name of its category, in Chinese.
    pub category: String,
    /// The same in English.
    pub category_en: String,
    /// What speaks for it, strongest first: `person`, `place`, `org`, `role`, `date`, `amount`, `wording`, …
    pub because: Vec<String>,
    /// Tips on it so far.
    pub tips: u32,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hints {
    /// Likeliest first.
    pub hints: Vec<Hint>,
}

/// Casework as a source of hints.
#[async_trait]
pub trait HintDesk: Send + Sync + std::fmt::Debug {
    /// What may be known of this, for the clerk who has this token. [`DeskAway`] also where the clerk asked
    /// too often.
    async fn hints(&self, token: &str, sketch: &Sketch) -> Result<Hints, DeskAway>;
}

#[async_trait]
impl HintDesk for HttpDesk {
    async fn hints(&self, token: &str, sketch: &Sketch) -> Result<Hints, DeskAway> {
        let answer = self.ask_as(token, HINTS_PATH, sketch).await?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(DeskAway);
        }
        let body = dengwen_http::read_body(answer, MAX_ANSWER).await.map_err(|_| DeskAway)?;
        serde_json::from_slice(&body).map_err(|_| DeskAway)
    }
}
