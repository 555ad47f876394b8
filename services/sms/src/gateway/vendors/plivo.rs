//! Plivo ("Receive messages", "Signature validation" V3 and "Send a message" of the vendor's documentation).

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::coding::{Alphabet, Body};
use crate::gateway::{
    Answer, CannotSend, Control, DeliveryStatus, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply,
    Report, Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::form::Form;
use crate::wire::mac::{self, Hash};
use crate::wire::number::Plan;

pub(super) const KIND: Kind = Kind {
    name: "plivo",
    signed: Signature::Always,
    body_limit: FORM_LIMIT,
    signs_url: true,
    chinese: false,
    open,
};

struct Plivo {
    tokens: Vec<Secret>,
    allow_v2: bool,
    id: Option<String>,
    from: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(Plivo {
        tokens: settings.secrets("auth_token", "auth_tokens")?,
        allow_v2: settings.flag("allow_v2", false)?,
        id: settings.text("auth_id")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "https://api.plivo.com".into()),
    }))
}

const V3: &str = "x-plivo-signature-v3";
const V3_MAIN: &str = "x-plivo-signature-ma-v3";
const V3_NONCE: &str = "X-Plivo-Signature-V3-Nonce";
const V2: &str = "x-plivo-signature-v2";
const V2_NONCE: &str = "X-Plivo-Signature-V2-Nonce";

impl Vendor for Plivo {
    fn verify(&self, request: &Request, _now: Timestamp) -> Result<(), Reject> {
        let filled = |name| request.header(name).filter(|value| !value.is_empty());
        let v3: Vec<&str> = [filled(V3), filled(V3_MAIN)].into_iter().flatten().collect();
        if v3.is_empty() {
            return self.verify_v2(request);
        }
        let nonce = filled(V3_NONCE).ok_or(Reject::MissingHeader(V3_NONCE))?;
        let base = base_v3(request)?;
        self.matches(&v3.join(","), &[&base, b".", nonce.as_bytes()])
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let form = request.fields()?;
        let id = form.required("MessageUUID")?;
        let from = Plan::International.sender(form.required("From")?).ok_or(Reject::BadField("From"))?;
        let to = form.required("To")?;
        let has_file = form.optional("MediaCount")?.is_some_and(|count| count != "0")
            || form.all("Media0").next().is_some();
        let text = match form.only("Text")? {
            Some(text) => text,
            None if has_file => b"",
            None => return Err(Reject::MissingField("Text")),
        };
        let mut message = Message::new(id, from, Body { bytes: text.to_vec(), alphabet: Alphabet::Utf8 })
            .to(Some(to))
            .segments(form.optional("Units")?)
            .with_file(has_file);
        message.control = match form.optional("MessageIntent")? {
            Some("optout") => Some(Control::OptOut),
            Some("optin") => Some(Control::OptIn),
            Some("help") => Some(Control::Help),
            _ => None,
        };
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let form = request.fields()?;
        let id = match form.optional("ParentMessageUUID")? {
            Some(id) => id,
            None => form.required("MessageUUID")?,
        };
        // Documents write `Status`, requests have been seen with `status`.
        let status = match form.optional("Status")? {
            Some(status) => status,
            None => form.required("status").map_err(|_| Reject::MissingField("Status"))?,
        };
        let status = match status.to_ascii_lowercase().as_str() {
            "queued" => DeliveryStatus::Queued,
            "sent" => DeliveryStatus::Sent,
            "delivered" => DeliveryStatus::Delivered,
            "undelivered" | "rejected" | "failed" => DeliveryStatus::Failed,
            _ => return Ok(Parsed::Nothing),
        };
        let mut report = Report::new(Some(id), status);
        report.error_code = form.optional("ErrorCode")?.filter(|code| *code != "000").map(str::to_owned);
        report.part = form.optional("PartInfo")?.and_then(part);
        Ok(Parsed::One(report))
    }

    fn answer(&self, verdict: &Verdict) -> Answer {
        Answer::or_problem(verdict, Answer::new(200, "application/xml", "<Response></Response>"))
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let id = self.id.as_deref().ok_or(CannotSend::NotSetUp("auth_id"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let token = self.tokens.first().ok_or(CannotSend::NotSetUp("auth_token"))?;
        let mut body = json!({"src": from, "dst": reply.to.trim_start_matches('+'), "text": reply.text});
        if let Some(url) = &reply.status_url {
            body["url"] = json!(url);
            body["method"] = json!("POST");
        }
        Ok(Outgoing::json(format!("{}/v1/Account/{id}/Message/", self.api), &body).basic(id, token.text()))
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Accepted {
            message_uuid: Vec<String>,
        }
        match status {
            200..300 => Sent::Accepted(
                serde_json::from_slice::<Accepted>(body).ok().and_then(|a| a.message_uuid.into_iter().next()),
            ),
            _ => Sent::of_failure(status),
        }
    }
}

impl Plivo {
    /// V2 covers neither query nor body, so it proves nothing about a message.
    fn verify_v2(&self, request: &Request) -> Result<(), Reject> {
        if !self.allow_v2 {
            return Err(Reject::MissingSignature);
        }
        let signature =
            request.header(V2).filter(|value| !value.is_empty()).ok_or(Reject::MissingSignature)?;
        let nonce = request.header(V2_NONCE).ok_or(Reject::MissingHeader(V2_NONCE))?;
        self.matches(signature, &[request.url_without_query().as_bytes(), nonce.as_bytes()])
    }

    /// Whether any of the listed signatures is right for any live token.
    fn matches(&self, list: &str, parts: &[&[u8]]) -> Result<(), Reject> {
        let right = list.split(',').filter_map(mac::base64).any(|presented| {
            self.tokens
                .iter()
                .any(|token| mac::same(&mac::hmac(Hash::Sha256, token.bytes(), parts), &presented))
        });
        if right { Ok(()) } else { Err(Reject::BadSignature) }
    }
}

/// What V3 signs before the nonce: the URL with its query sorted, then the form sorted and joined.
fn base_v3(request: &Request) -> Result<Vec<u8>, Reject> {
    let form = match request.method {
        Method::GET => Form::default(),
        Method::POST if request.is_form() => Form::parse(&request.body),
        Method::POST if request.body.is_empty() => Form::default(),
        Method::POST => return Err(Reject::UnsupportedContentType),
        _ => return Err(Reject::MethodNotAllowed),
    };
    let query = Form::parse(request.query().as_bytes());
    let mut base = request.url_without_query().as_bytes().to_vec();
    if !query.is_empty() || !form.is_empty() {
        base.push(b'?');
    }
    for (index, (name, value)) in sorted(&query).into_iter().enumerate() {
        if index > 0 {
            base.push(b'&');
        }
        base.extend([name, b"=", value].concat());
    }
    if !query.is_empty() && !form.is_empty() {
        base.push(b'.');
    }
    for (name, value) in sorted(&form) {
        base.extend([name, value].concat());
    }
    Ok(base)
}

fn sorted(form: &Form) -> Vec<(&[u8], &[u8])> {
    let mut pairs: Vec<_> = form.pairs().collect();
    pairs.sort_unstable();
    pairs
}

/// "1 of 2".
fn part(text: &str) -> Option<(u32, u32)> {
    let (seq, total) = text.split_once(" of ")?;
    Some((seq.trim().parse().ok()?, total.trim().parse().ok()?))
}
