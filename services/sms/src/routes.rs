//! The webhooks: `POST|GET /sms/{gateway}/inbound` and `/status`, each also with the gateway's secret behind it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use dengwen_http::{ClientAddress, Foreseen, Problem, problems};
use dengwen_model::Clock;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use tokio::sync::Notify;

use crate::gateway::{Answer, Endpoint, Gateway, Reject, Request, Verdict};
use crate::intake::{Intake, Row, reports};
use crate::settings::Gateways;
use crate::store::DurableStore;
use crate::wire::form::Form;

/// What the handlers share.
#[derive(Debug, Clone)]
pub struct Webhooks {
    /// The gateways.
    pub gateways: Arc<Gateways>,
    /// Takes messages.
    pub intake: Intake,
    /// Keeps delivery reports.
    pub store: DurableStore,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Wakes whoever sends replies and brings follow-ups.
    pub wake: Arc<Notify>,
}

#[derive(Deserialize)]
struct Place {
    gateway: String,
    secret: Option<String>,
}

/// The routes of the SMS door.
pub fn router(webhooks: Webhooks) -> Router {
    Router::new()
        .route("/sms/{gateway}/inbound", any(inbound))
        .route("/sms/{gateway}/inbound/{secret}", any(inbound))
        .route("/sms/{gateway}/status", any(status))
        .route("/sms/{gateway}/status/{secret}", any(status))
        .with_state(webhooks)
}

async fn inbound(
    State(webhooks): State<Webhooks>,
    place: Result<Path<Place>, PathRejection>,
    request: http::Request<Body>,
) -> Response {
    let Ok(Path(place)) = place else { return unknown() };
    let Some(gateway) = webhooks.gateways.get(&place.gateway) else { return unknown() };
    let request = match read(gateway, Endpoint::Inbound, place.secret, request).await {
        Ok(request) => request,
        Err(reject) => return refuse(gateway, reject),
    };
    let received = webhooks.intake.receive(gateway, &request, webhooks.clock.now()).await;
    count_refusal(gateway, &received.verdict);
    for row in &received.rows {
        count_row(gateway, row);
    }
    // An event of a type that is none of ours: a vendor that gave it another name would lose messages unseen.
    if received.rows.is_empty() && matches!(received.verdict, Verdict::Taken) {
        count(gateway, "ignored", "");
    }
    if received.rows.iter().any(|row| matches!(row, Row::Taken(..))) {
        webhooks.wake.notify_waiters();
    }
    respond(&received.verdict, received.answer)
}

async fn status(
    State(webhooks): State<Webhooks>,
    place: Result<Path<Place>, PathRejection>,
    request: http::Request<Body>,
) -> Response {
    let Ok(Path(place)) = place else { return unknown() };
    let Some(gateway) = webhooks.gateways.get(&place.gateway) else { return unknown() };
    let request = match read(gateway, Endpoint::Status, place.secret, request).await {
        Ok(request) => request,
        Err(reject) => return refuse(gateway, reject),
    };
    let now = webhooks.clock.now();
    let (mut verdict, good, bad) = reports(gateway, &request, now);
    if good.is_empty() && bad.is_empty() && matches!(verdict, Verdict::Taken) {
        count(gateway, "ignored", "");
    }
    // We ask for reports at an address that names the reply, for vendors that give no reference back.
    let query = Form::parse(request.query().as_bytes());
    let reference =
        query.all("ref").next().and_then(|text| std::str::from_utf8(text).ok()).map(str::to_owned);
    for mut report in good {
        report.reference = report.reference.filter(|text| !text.is_empty()).or_else(|| reference.clone());
        let kept = webhooks.store.keep_report(gateway.name(), &report, now).await;
        let outcome = match kept {
            Ok(Some(_)) => report.status.as_str(),
            Ok(None) => "not_ours",
            Err(_) => {
                verdict = Verdict::Unavailable;
                break;
            }
        };
        metrics::counter!("dengwen_sms_reports", "gateway" => gateway.name().to_owned(), "status" => outcome)
            .increment(1);
    }
    for (_, reject) in &bad {
        count(gateway, "quarantined", reject.code());
    }
    count_refusal(gateway, &verdict);
    respond(&verdict, gateway.vendor().answer(&verdict))
}

/// The request as its vendor sent it. The body is read up to the gateway's limit and never cut.
async fn read(
    gateway: &Gateway,
    endpoint: Endpoint,
    path_secret: Option<String>,
    request: http::Request<Body>,
) -> Result<Request, Reject> {
    let (parts, body) = request.into_parts();
    let limit = gateway.access().body_limit();
    let body = to_bytes(body, limit).await.map_err(|_| Reject::BodyTooLarge)?;
    Ok(Request {
        url: gateway.public().seen(endpoint, parts.uri.path(), parts.uri.query()),
        method: parts.method,
        headers: parts.headers,
        body,
        peer: parts.extensions.get::<ClientAddress>().map(|client| client.0),
        path_secret,
    })
}

fn refuse(gateway: &Gateway, reject: Reject) -> Response {
    let verdict = Verdict::Refused(reject);
    count_refusal(gateway, &verdict);
    respond(&verdict, gateway.vendor().answer(&verdict))
}

/// A gateway that is not there, or a path that is no text; told apart from none of ours.
fn unknown() -> Response {
    metrics::counter!("dengwen_sms_requests", "gateway" => "unknown", "outcome" => "refused", "reason" => "unknown_channel")
        .increment(1);
    Problem::from(problems::NOT_FOUND).into_response()
}

fn respond(verdict: &Verdict, answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    // Some vendors send a refused request again only after a 5xx: that it was refused is counted above.
    if matches!(verdict, Verdict::Refused(_)) {
        response.extensions_mut().insert(Foreseen);
    }
    response
}

fn count_refusal(gateway: &Gateway, verdict: &Verdict) {
    match verdict {
        Verdict::Refused(reject) => count(gateway, "refused", reject.code()),
        Verdict::Unavailable => count(gateway, "unavailable", ""),
        Verdict::Taken => {}
    }
}

fn count_row(gateway: &Gateway, row: &Row) {
    match row {
        Row::Taken(_, Some(_)) => count(gateway, "control", ""),
        Row::Taken(..) => count(gateway, "taken", ""),
        Row::Repeated(_) => count(gateway, "repeated", ""),
        Row::Waiting(..) | Row::Joining(_) => count(gateway, "waiting", ""),
        Row::Quarantined(_, reject) => count(gateway, "quarantined", reject.code()),
    }
}

fn count(gateway: &Gateway, outcome: &'static str, reason: &'static str) {
    metrics::counter!(
        "dengwen_sms_requests",
        "gateway" => gateway.name().to_owned(), "outcome" => outcome, "reason" => reason
    )
    .increment(1);
}
