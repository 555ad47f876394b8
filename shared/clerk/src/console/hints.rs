//! The form once more, with what may be known of what stands in it. The script asks for the same page and
//! shows its hints alone.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use dengwen_door::{Hint, Hints, Sketch};
use dengwen_http::Problem;
use dengwen_pages::console::{HintLine, HintsShown};
use dengwen_pages::{Lang, page};

use super::entry::form_page;
use super::fields::{Fields, Sent, entry, of_form};
use super::seated::give_back;
use super::send::sender;
use crate::Entry;
use crate::desk::Desk;
use crate::hints::{known, sketch};

/// Shows what may be known.
pub(crate) async fn look<E: Entry>(
    State(desk): State<Desk<E>>,
    parts: Parts,
    Sent(fields): Sent,
) -> Result<Response, Problem> {
    let (seated, id) = match sender(&desk, &parts, &fields).await? {
        Ok(sender) => sender,
        Err(unseated) => return Ok(give_back(unseated, &parts, fields)),
    };
    let given = of_form(&E::FORM, fields);
    let hints = match written::<E>(&given) {
        Some(sketch) => known(&desk, &seated.token, &sketch).await,
        None => None,
    };
    let mut shown = form_page(&desk, &seated, &id, given).await?;
    shown.hints = hints.map_or(HintsShown::Away, |hints| HintsShown::Known(lines(hints, seated.lang)));
    Ok(page(StatusCode::OK, &shown))
}

/// What tells the matter; fields that cannot be read yet are left out.
fn written<E: Entry>(given: &Fields) -> Option<Sketch> {
    let (reading, _) = entry::<E>(given).ok()?;
    reading.value().map(|entry| sketch(entry.common()))
}

fn lines(hints: Hints, lang: Lang) -> Vec<HintLine> {
    let line = |hint: Hint| HintLine {
        number: hint.number,
        category: match lang {
            Lang::Zh => hint.category,
            Lang::En => hint.category_en,
        },
        because: hint.because.iter().map(|part| format!("hint.{part}")).collect(),
        tips: hint.tips,
    };
    hints.hints.into_iter().map(line).collect()
}
