//! `/receipt`: how a tip stands, by hand. The receipt travels in the body, never in an address.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_door::MailboxView;
use dengwen_http::{ClientAddress, IdempotencyKey, Problem, problems};
use dengwen_model::{CoarseState, MessageFrom};
use dengwen_pages::{Lang, MailboxLine, MailboxPage, NoticePage, ReceiptPage, Unsent, page};
use dengwen_rules::shanghai;
use dengwen_seal::Receipt;
use jiff::Timestamp;

use crate::Web;
use crate::addition::Added;
use crate::form::{self, PageLang};
use crate::mailbox::{self, Closed};

/// What is told of a receipt that nobody knows.
const UNKNOWN: &str = "error.receipt_unknown";
const RECEIPT: &str = "receipt";
/// The fields of a message's form beside its files.
const FIELDS: [&str; 3] = [RECEIPT, "once", "text"];

/// Where the receipt is typed in.
pub(crate) async fn show(PageLang(lang): PageLang) -> Response {
    page(StatusCode::OK, &ReceiptPage { lang, error: "", typed: "", unsent: None })
}

/// What the receipt opens.
pub(crate) async fn open(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    PageLang(lang): PageLang,
    request: Request,
) -> Response {
    let parts = match form::read(&web, request).await {
        Ok(parts) => parts,
        Err(problem) => return unread(lang, problem.status(), "error.receipt", ""),
    };
    let typed = parts.field(RECEIPT).unwrap_or_default().to_owned();
    if let Err(problem) = parts.whole().and_then(|parts| parts.with_fields(&[RECEIPT])) {
        return unread(lang, problem.status(), "error.receipt_fields", &typed);
    }
    let Ok(receipt) = typed.parse::<Receipt>() else {
        return unread(lang, StatusCode::NOT_FOUND, "error.receipt", &typed);
    };
    match mailbox::look(&web, address, &receipt).await {
        Ok(view) => {
            let once = form::once(web.door.entropy());
            render(&web, lang, &receipt, &view, &Said { once, ..Said::default() })
        }
        Err(Closed::Unknown) => unread(lang, StatusCode::NOT_FOUND, UNKNOWN, &typed),
        Err(closed) => refused(lang, &closed),
    }
}

/// The page where a receipt is typed in, with what was typed and why it opens nothing.
fn unread(lang: Lang, status: StatusCode, error: &str, typed: &str) -> Response {
    page(status, &ReceiptPage { lang, error, typed, unsent: None })
}

/// Sends a message, then shows the mailbox with it, or that it is safe.
pub(crate) async fn write(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    PageLang(lang): PageLang,
    request: Request,
) -> Response {
    let parts = match form::read(&web, request).await {
        Ok(parts) => parts,
        Err(problem) => return refused(lang, &problem.into()),
    };
    let Ok(receipt) = parts.field(RECEIPT).unwrap_or_default().parse::<Receipt>() else {
        return unread(lang, StatusCode::NOT_FOUND, "error.receipt", "");
    };
    let key = parts.field("once").and_then(IdempotencyKey::parse);
    let typed = [vec![parts.all("text", "\n")], parts.others(&FIELDS)].concat().join("\n");
    let sent = match Added::of(parts, &FIELDS).and_then(|added| added.check(&web).map(|()| added)) {
        Ok(added) => mailbox::write(&web, address, key.clone(), &receipt, added).await,
        Err(problem) => Err(Closed::Refused(problem)),
    };
    let said = match sent {
        Ok(()) => Said { done: "mailbox.accepted", once: form::once(web.door.entropy()), ..Said::default() },
        Err(Closed::Refused(problem) | Closed::Limited(problem)) => Said {
            status: problem.status(),
            error: shown(&problem),
            typed: &typed,
            once: form::once_more(&web, key, &problem),
            ..Said::default()
        },
        Err(Closed::Unknown) => {
            let once = form::once_more(&web, key, &problems::NOT_FOUND.into());
            let said = Said {
                status: StatusCode::NOT_FOUND,
                error: UNKNOWN,
                typed: &typed,
                once,
                ..Said::default()
            };
            return unsent(lang, &receipt, &said);
        }
        Err(Closed::Away) => Said {
            status: StatusCode::SERVICE_UNAVAILABLE,
            error: "error.message",
            typed: &typed,
            once: form::once_more(&web, key, &problems::UNAVAILABLE.into()),
            ..Said::default()
        },
    };
    match mailbox::look(&web, address, &receipt).await {
        Ok(view) => render(&web, lang, &receipt, &view, &said),
        Err(_) if said.error.is_empty() => {
            let (title, text) = ("notice.message_kept", "notice.message_kept_text");
            page(StatusCode::OK, &NoticePage { lang, title, text })
        }
        Err(_) => unsent(lang, &receipt, &said),
    }
}

/// The page where a receipt is typed in, with a message that was not sent: what somebody wrote is not thrown away.
fn unsent(lang: Lang, receipt: &Receipt, said: &Said<'_>) -> Response {
    let digits = receipt.digits();
    let unsent = Unsent { receipt: &digits, once: &said.once, text: said.typed };
    page(said.status, &ReceiptPage { lang, error: said.error, typed: &digits, unsent: Some(unsent) })
}

/// What the page says besides what the receipt opens.
#[derive(Default)]
struct Said<'a> {
    status: StatusCode,
    /// The name of the next message.
    once: String,
    done: &'static str,
    error: &'static str,
    typed: &'a str,
}

/// What is wrong with a message, in the page's words.
fn shown(problem: &Problem) -> &'static str {
    let code = problem.errors().first().map(|error| error.code.as_ref());
    match code {
        _ if *problem.kind() == problems::TOO_LARGE => "message.too_large",
        _ if *problem.kind() == problems::RATE_LIMITED => "message.limited",
        Some("required") => "message.required",
        Some("too_long") => "message.too_long",
        Some("too_many") => "message.too_many",
        Some("file_kind" | "empty") => "message.file_kind",
        Some("not_allowed") => "message.not_allowed",
        Some("unknown_field" | "duplicate_field") => "message.foreign",
        _ => "error.message",
    }
}

fn refused(lang: Lang, closed: &Closed) -> Response {
    match closed {
        Closed::Unknown => unread(lang, StatusCode::NOT_FOUND, UNKNOWN, ""),
        Closed::Limited(_) => unread(lang, StatusCode::TOO_MANY_REQUESTS, "error.limited", ""),
        Closed::Refused(problem) => unread(lang, problem.status(), "error.message", ""),
        Closed::Away => page(
            StatusCode::SERVICE_UNAVAILABLE,
            &NoticePage { lang, title: "notice.away", text: "notice.away_text" },
        ),
    }
}

fn render(web: &Web, lang: Lang, receipt: &Receipt, view: &MailboxView, said: &Said<'_>) -> Response {
    let messages: Vec<MailboxLine> = view
        .messages
        .iter()
        .map(|message| MailboxLine {
            from_reporter: message.from == MessageFrom::Reporter,
            at: local(message.at),
            text: message.text.clone(),
            files: message.files,
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
        said.status,
        &MailboxPage {
            lang,
            state,
            updated_at: &updated_at,
            messages: &messages,
            receipt: &receipt.digits(),
            once: &said.once,
            max_file_mib: web.files.max_bytes() >> 20,
            max_files: web.max_files,
            done: said.done,
            error: said.error,
            typed: said.typed,
        },
    )
}

/// Date and time of day in Asia/Shanghai.
fn local(at: Timestamp) -> String {
    at.to_zoned(shanghai()).strftime("%Y-%m-%d %H:%M").to_string()
}
