//! A clerk's page for somebody who calls again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_model::CoarseState;
use dengwen_pages::console::{AnswerLine, RECEIPTS, ReceiptsPage};
use dengwen_pages::page;

use super::forms::{self, Sent, checked, text};
use super::shell::{only, say, shell};
use super::viewer::Viewer;
use super::words;
use crate::access::Clerk;
use crate::api::called_again::{self, ReceiptIn, StandingOut};
use crate::desk::Desk;
use crate::refusal::Failure;

/// The form.
pub(super) async fn show(viewer: Viewer) -> Result<Response, Failure> {
    only(Clerk::includes(viewer.principal.role))?;
    Ok(page(StatusCode::OK, &receipts_page(&viewer)))
}

/// Looks.
pub(super) async fn look(
    State(desk): State<Desk>,
    viewer: Viewer,
    Sent(fields): Sent,
) -> Result<Response, Failure> {
    only(Clerk::includes(viewer.principal.role))?;
    let mut shown = receipts_page(&viewer);
    let told = match checked(ReceiptIn { receipt: text(&fields, "receipt") }) {
        Ok(input) => forms::told(called_again::work(&desk, &viewer.principal, input).await),
        Err(problem) => Err(problem),
    };
    let status = match told {
        Ok(StandingOut { state, updated_at, answers }) => {
            shown.state = state_key(state);
            shown.updated_at = words::time(updated_at);
            let line = |answer: called_again::AnswerOut| AnswerLine {
                at: words::time(answer.at),
                text: answer.text,
            };
            shown.answers = answers.into_iter().map(line).collect();
            StatusCode::OK
        }
        Err(problem) => {
            shown.receipt = text(&fields, "receipt");
            shown.shell.error = say(&problem, viewer.lang);
            problem.kind().status()
        }
    };
    Ok(page(status, &shown))
}

fn state_key(state: CoarseState) -> &'static str {
    match state {
        CoarseState::Received => "state.received",
        CoarseState::InProgress => "state.in_progress",
        CoarseState::PassedOn => "state.passed_on",
        CoarseState::Concluded => "state.concluded",
    }
}

fn receipts_page(viewer: &Viewer) -> ReceiptsPage {
    ReceiptsPage {
        shell: shell(viewer, RECEIPTS.0),
        receipt: String::new(),
        state: "",
        updated_at: String::new(),
        answers: Vec::new(),
    }
}
