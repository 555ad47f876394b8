//! SMS Gateway for Android, sms-gate.app (its documentation: "Webhooks", "Sending messages"). The application
//! signs each attempt anew and sends the same event more than once.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::coding::Body;
use crate::gateway::{
    CannotSend, DeliveryStatus, JSON_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report, Request,
    Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor,
};
use crate::wire::json::{self as strict, Scalar, Words};
use crate::wire::mac::{self, Hash};
use crate::wire::number::{Country, Plan};
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "android-sms-gateway",
    signed: Signature::Always,
    body_limit: JSON_LIMIT,
    signs_url: false,
    chinese: true,
    open,
};

const WINDOW: SignedDuration = SignedDuration::from_mins(5);
const AT: &str = "X-Timestamp";

struct AndroidSmsGateway {
    keys: Vec<Secret>,
    plan: Plan,
    user: Option<String>,
    password: Option<Secret>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(AndroidSmsGateway {
        keys: settings.secrets("signing_key", "signing_keys")?,
        plan: match super::plan(settings)? {
            Plan::International => Plan::National(Country::CN),
            plan => plan,
        },
        user: settings.text("username")?,
        password: settings.secret("password")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "https://api.sms-gate.app/3rdparty/v1".into()),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<T> {
    #[serde(default)]
    device_id: Scalar,
    event: Option<String>,
    #[serde(default)]
    id: Scalar,
    payload: Option<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    #[serde(default)]
    message_id: Scalar,
    message: Option<Words>,
    #[serde(default)]
    sender: Scalar,
    /// What older versions call the sender.
    #[serde(default)]
    phone_number: Scalar,
    #[serde(default)]
    recipient: Scalar,
    received_at: Option<String>,
    /// Of an MMS: what it is called, and what it says once the telephone has it.
    subject: Option<Words>,
    body: Option<Words>,
}

/// Kinds of event that are messages; those of an MMS bring a file, if it was fetched or not.
const RECEIVED: [&str; 3] = ["sms:received", "mms:received", "mms:downloaded"];

impl Vendor for AndroidSmsGateway {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        let signature = request
            .header("x-signature")
            .filter(|value| !value.is_empty())
            .ok_or(Reject::MissingSignature)?;
        let at = request.header(AT).ok_or(Reject::MissingHeader(AT))?;
        let signed_at = time::header_seconds(at)?;
        let presented = hex::decode(signature.trim()).map_err(|_| Reject::BadSignature)?;
        let parts: [&[u8]; 2] = [&request.body, at.as_bytes()];
        if !self.keys.iter().any(|key| mac::same(&mac::hmac(Hash::Sha256, key.bytes(), &parts), &presented)) {
            return Err(Reject::BadSignature);
        }
        time::within(signed_at, now, WINDOW, WINDOW)
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let kind: Event<IgnoredAny> = strict::read(request.posted()?)?;
        let Some(name) = kind.event.as_deref().filter(|name| RECEIVED.contains(name)) else {
            return Ok(Parsed::Nothing);
        };
        let has_file = name.starts_with("mms:");
        let event: Event<Received> = strict::read(request.posted()?)?;
        let id = strict::required(&event.id, "id")?;
        let payload = event.payload.ok_or(Reject::MissingField("payload"))?;
        let sender = strict::scalar(&payload.sender).or(strict::scalar(&payload.phone_number));
        let sender = sender.ok_or(Reject::MissingField("sender"))?;
        let from = self.plan.sender(&sender).ok_or(Reject::BadField("sender"))?;
        let text = match payload.message.or(payload.body).or(payload.subject) {
            Some(text) => text,
            None if has_file => Words::default(),
            None => return Err(Reject::MissingField("message")),
        };
        let mut message = Message::new(id, from, Body::text(text))
            .to(strict::scalar(&payload.recipient).as_deref())
            .sent_at(payload.received_at.as_deref().map(time::rfc3339))
            .with_file(has_file);
        // The application may report one SMS under several event ids; its message id is a hash of the content,
        // so only together with the time does it tell one SMS.
        if let (Some(content), Some(at)) = (strict::scalar(&payload.message_id), &payload.received_at) {
            let device = strict::scalar(&event.device_id).unwrap_or_default();
            let fields = format!("{device}\n{content}\n{sender}\n{at}");
            message.keys.push(format!("sms:{}", mac::sha256_hex(fields.as_bytes())));
        }
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Outcome {
            #[serde(default)]
            message_id: Scalar,
            sent_at: Option<String>,
            delivered_at: Option<String>,
            failed_at: Option<String>,
            reason: Option<String>,
        }
        let event: Event<IgnoredAny> = strict::read(request.posted()?)?;
        let status = match event.event.as_deref() {
            Some("sms:sent") => DeliveryStatus::Sent,
            Some("sms:delivered") => DeliveryStatus::Delivered,
            Some("sms:failed") => DeliveryStatus::Failed,
            _ => return Ok(Parsed::Nothing),
        };
        let event: Event<Outcome> = strict::read(request.posted()?)?;
        let outcome = event.payload.ok_or(Reject::MissingField("payload"))?;
        let id = strict::required(&outcome.message_id, "messageId")?;
        let mut report = Report::new(Some(&id), status);
        // The id is the one that we gave when sending.
        report.reference = Some(id);
        report.error_code = outcome.reason;
        let at = outcome.delivered_at.or(outcome.failed_at).or(outcome.sent_at);
        report.at = at.as_deref().and_then(time::rfc3339);
        Ok(Parsed::One(report))
    }

    fn knows_references(&self) -> bool {
        true
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let user = self.user.as_deref().ok_or(CannotSend::NotSetUp("username"))?;
        let password = self.password.as_ref().ok_or(CannotSend::NotSetUp("password"))?;
        let body = json!({
            "id": reply.reference,
            "textMessage": {"text": reply.text},
            "phoneNumbers": [reply.to],
            "withDeliveryReport": true,
        });
        Ok(Outgoing::json(format!("{}/messages", self.api), &body).basic(user, password.text()))
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Accepted {
            id: String,
        }
        match status {
            200..300 => {
                Sent::Accepted(serde_json::from_slice::<Accepted>(body).ok().map(|accepted| accepted.id))
            }
            // The id that we gave is there already: an earlier attempt arrived.
            409 => Sent::Accepted(None),
            _ => Sent::of_failure(status),
        }
    }
}
