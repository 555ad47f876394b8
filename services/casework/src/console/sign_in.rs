//! Signing in and out, and the password.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use dengwen_door::ClerkCookie;
use dengwen_http::SameOrigin;
use dengwen_pages::console::{PasswordPage, SignInPage};
use dengwen_pages::page;

use super::forms::{Sent, text};
use super::shell::{bare_shell, say};
use super::{language, shell};
use crate::access::{Means, SessionCookie, SignedIn, clear_cookie, set_cookie};
use crate::accounts::{self, MAX_PASSWORD, SESSION_SECONDS};
use crate::desk::Desk;
use crate::refusal::{Failure, Refusal};

/// The form.
pub(super) async fn show(headers: HeaderMap) -> Response {
    let shell = bare_shell(language::of(&headers), "/desk/sign-in");
    page(StatusCode::OK, &SignInPage { shell, name: String::new() })
}

/// Signs in.
pub(super) async fn send(State(desk): State<Desk>, headers: HeaderMap, Sent(fields): Sent) -> Response {
    let lang = language::of(&headers);
    let name = text(&fields, "name");
    let refused = |problem: dengwen_http::Problem, name: String| {
        let mut shell = bare_shell(lang, "/desk/sign-in");
        shell.error = say(&problem, lang);
        page(problem.kind().status(), &SignInPage { shell, name })
    };
    if !SameOrigin::holds(&headers) {
        return refused(SameOrigin::refused(), String::new());
    }
    if name.len() > 256 {
        return refused(accounts::wrong(), String::new());
    }
    match accounts::sign_in(&desk, &name, text(&fields, "password"), SessionCookie::of(&headers)).await {
        Ok((token, account)) => {
            let cookie = set_cookie(&headers, &token, SESSION_SECONDS);
            let to = if account.must_change { "/desk/password" } else { shell::first_desk(account.role) };
            ([(SET_COOKIE, cookie)], Redirect::to(to)).into_response()
        }
        Err(error) => refused(error.problem(), name),
    }
}

/// Signs out.
pub(super) async fn leave(State(desk): State<Desk>, parts: Parts) -> Result<Response, Failure> {
    let signed_in = SignedIn::recognise(&parts, &desk).await?;
    if let Means::Session { token, .. } = &signed_in.by {
        accounts::sign_out(&desk, token).await?;
    }
    let ended = [clear_cookie(&parts.headers), ClerkCookie::clear(&parts.headers)];
    let ended = AppendHeaders(ended.map(|cookie| (SET_COOKIE, cookie)));
    Ok((ended, Redirect::to("/desk/sign-in")).into_response())
}

/// The form for another password.
pub(super) async fn show_password(State(desk): State<Desk>, parts: Parts) -> Response {
    match password_page(&desk, &parts).await {
        Ok((shown, _)) => page(StatusCode::OK, &shown),
        Err(elsewhere) => elsewhere,
    }
}

/// Changes the password.
pub(super) async fn send_password(State(desk): State<Desk>, parts: Parts, Sent(fields): Sent) -> Response {
    let (mut shown, who) = match password_page(&desk, &parts).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere,
    };
    let (old, new) = (text(&fields, "old"), text(&fields, "new"));
    if old.len().max(new.len()) > MAX_PASSWORD * 2 {
        shown.shell.error = say(&accounts::wrong(), shown.shell.lang);
        return page(StatusCode::UNPROCESSABLE_ENTITY, &shown);
    }
    match accounts::change_password(&desk, &who, old, new).await {
        Ok(renewed) => {
            let cookie = |token| [(SET_COOKIE, set_cookie(&parts.headers, &token, SESSION_SECONDS))];
            (renewed.map(cookie), Redirect::to("/desk?done=password")).into_response()
        }
        Err(error) => {
            let problem = error.problem();
            shown.shell.error = say(&problem, shown.shell.lang);
            page(problem.kind().status(), &shown)
        }
    }
}

async fn password_page(desk: &Desk, parts: &Parts) -> Result<(PasswordPage, SignedIn), Response> {
    let signed_in = match SignedIn::recognise(parts, desk).await {
        Ok(signed_in) => signed_in,
        Err(refused) if refused.asks_for_sign_in() => {
            return Err(Redirect::to("/desk/sign-in").into_response());
        }
        Err(refused) => return Err(Failure::from(refused).into_response()),
    };
    let must_change = matches!(signed_in.by, Means::Session { must_change: true, .. });
    let mut shell = bare_shell(language::of(&parts.headers), "/desk/password");
    shell.role = format!("role.{}", signed_in.principal.role);
    shell.who.clone_from(&signed_in.principal.name);
    Ok((PasswordPage { shell, must_change }, signed_in))
}
