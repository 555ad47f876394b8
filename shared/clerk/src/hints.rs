//! Known matters while a clerk still writes: casework is asked in the clerk's name. Nothing is kept of it, and
//! nothing that fails stops the writing: then there are no hints now.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use dengwen_door::{Hints, Sketch, given};
use dengwen_http::{Bearer, ValidJson};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::Desk;
use crate::sign_in::Clerk;
use crate::{Common, Entry};

/// Longest wait; somebody is on the telephone.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// Shortest text, in characters with what the subject's fields say, that anything can be known by.
const LEAST: usize = 4;

/// What may be known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Known {
    /// Whether casework answered; where it did not, there are no hints now.
    available: bool,
    #[serde(flatten)]
    hints: Hints,
}

/// What may be known of what is written so far. Coarse, and never more than help: look on the case's own page
/// before you say anything.
pub(crate) async fn answer<E: Entry>(
    _clerk: Clerk,
    State(desk): State<Desk<E>>,
    token: Bearer,
    ValidJson(sketch): ValidJson<Sketch>,
) -> Json<Known> {
    let hints = known(&desk, token.as_str(), &sketch).await;
    Json(Known { available: hints.is_some(), hints: hints.unwrap_or_default() })
}

/// The hints; `None` where there are none now.
pub(crate) async fn known<E>(desk: &Desk<E>, token: &str, sketch: &Sketch) -> Option<Hints> {
    let about = [&sketch.name, &sketch.org, &sketch.title].into_iter().flatten();
    let written: usize = about.chain([&sketch.text]).map(|text| text.trim().chars().count()).sum();
    if written < LEAST {
        return Some(Hints::default());
    }
    let asked = tokio::time::timeout(ANSWER_WITHIN, desk.hints()?.hints(token, sketch)).await;
    asked.ok()?.ok()
}

/// As much of an entry as tells what it is about.
pub(crate) fn sketch(common: &Common) -> Sketch {
    let subject = &common.subject;
    Sketch {
        text: common.text.clone(),
        name: given(&subject.name),
        org: given(&subject.org),
        title: given(&subject.title),
        region: given(&subject.region).or_else(|| given(&subject.region_code)),
    }
}
