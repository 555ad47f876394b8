//! `/receipt`: how a tip stands, by hand. The receipt travels in the body, never in an address.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use dengwen_door::{MailboxView, has_control};
use dengwen_http::ClientAddress;
use dengwen_model::{CoarseState, MessageFrom};
use dengwen_pages::{Lang, MailboxLine, MailboxPage, NoticePage, ReceiptPage, page};
use dengwen_rules::shanghai;
use dengwen_seal::Receipt;
use jiff::Timestamp;
use serde::Deserialize;

use crate::Web;
use crate::form::{LangQuery, lang};
use crate::mailbox::{self, Closed, MAX_MESSAGE};

/// The receipt as typed.
#[derive(Deserialize)]
pub(crate) struct ReceiptForm {
    receipt: String,
}

/// A message under a receipt.
#[derive(Deserialize)]
pub(crate) struct MessageForm {
    receipt: String,
    text: String,
}

/// Where the receipt is typed in.
pub(crate) async fn show(Query(query): Query<LangQuery>, headers: HeaderMap) -> Response {
    page(StatusCode::OK, &ReceiptPage { lang: lang(&query, &headers), error: "" })
}

/// What the receipt opens.
pub(crate) async fn open(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    Query(query): Query<LangQuery>,
    headers: HeaderMap,
    Form(form): Form<ReceiptForm>,
) -> Response {
    let lang = lang(&query, &headers);
    let Ok(receipt) = form.receipt.parse::<Receipt>() else {
        return page(StatusCode::NOT_FOUND, &ReceiptPage { lang, error: "error.receipt" });
    };
    match mailbox::look(&web, address, &receipt).await {
        Ok(view) => render(lang, StatusCode::OK, &receipt, &view, ""),
        Err(closed) => refused(lang, &closed),
    }
}

/// Sends a message, then shows the mailbox with it.
pub(crate) async fn write(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    Query(query): Query<LangQuery>,
    headers: HeaderMap,
    Form(form): Form<MessageForm>,
) -> Response {
    let lang = lang(&query, &headers);
    let Ok(receipt) = form.receipt.parse::<Receipt>() else {
        return page(StatusCode::NOT_FOUND, &ReceiptPage { lang, error: "error.receipt" });
    };
    let text = form.text.trim();
    let fits = !text.is_empty() && text.chars().count() <= MAX_MESSAGE && !has_control(text);
    let error = match fits {
        false => "error.message",
        true => match mailbox::write(&web, address, &receipt, text).await {
            Ok(()) => "",
            Err(Closed::Away) => "error.message",
            Err(closed) => return refused(lang, &closed),
        },
    };
    match mailbox::look(&web, address, &receipt).await {
        Ok(view) => render(lang, StatusCode::OK, &receipt, &view, error),
        Err(closed) => refused(lang, &closed),
    }
}

fn refused(lang: Lang, closed: &Closed) -> Response {
    match closed {
        Closed::Unknown => page(StatusCode::NOT_FOUND, &ReceiptPage { lang, error: "error.receipt" }),
        Closed::Limited(_) => {
            page(StatusCode::TOO_MANY_REQUESTS, &ReceiptPage { lang, error: "error.limited" })
        }
        Closed::Away => page(
            StatusCode::SERVICE_UNAVAILABLE,
            &NoticePage { lang, title: "notice.away", text: "notice.away_text" },
        ),
    }
}

fn render(lang: Lang, status: StatusCode, receipt: &Receipt, view: &MailboxView, error: &str) -> Response {
    let messages: Vec<MailboxLine> = view
        .messages
        .iter()
        .map(|message| MailboxLine {
            from_reporter: message.from == MessageFrom::Reporter,
            at: local(message.at),
            text: message.text.clone(),
        })
        .collect();
    let state = match view.state {
        CoarseState::Received => "state.received",
        CoarseState::InProgress => "state.in_progress",
        CoarseState::PassedOn => "state.passed_on",
        CoarseState::Concluded => "state.concluded",
    };
    let updated_at = local(view.updated_at);
    page(
        status,
        &MailboxPage {
            lang,
            state,
            updated_at: &updated_at,
            messages: &messages,
            receipt: &receipt.digits(),
            error,
        },
    )
}

/// Date and time of day in Asia/Shanghai.
fn local(at: Timestamp) -> String {
    at.to_zoned(shanghai()).strftime("%Y-%m-%d %H:%M").to_string()
}
