//! Standard Webhooks 1.0 (standardwebhooks.com), for any gateway that speaks it: `sms.inbound` and `sms.status`
//! events with `data` of `id`, `from`, `to`, `text`. Replies are posted to the gateway the same way, signed.

use ed25519_dalek::{Signature as Ed25519, SigningKey, VerifyingKey};
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
use crate::wire::number::Plan;
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "standard-webhooks",
    signed: Signature::Always,
    body_limit: JSON_LIMIT,
    signs_url: false,
    chinese: true,
    open,
};

const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
const ID: &str = "webhook-id";
const AT: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

struct StandardWebhooks {
    keys: Vec<Key>,
    plan: Plan,
    send_url: Option<String>,
    send_key: Option<Key>,
}

/// A secret as the specification writes it.
enum Key {
    /// `whsec_` and base64, the prefix optional.
    Shared(Secret),
    /// `whpk_` and base64, or what follows from `whsk_`.
    Public(Box<VerifyingKey>),
}

impl Key {
    fn parse(text: &Secret) -> Option<Self> {
        let text = text.text().trim();
        let bytes = |prefix: &str| text.strip_prefix(prefix).and_then(mac::base64);
        if let Some(bytes) = bytes("whpk_") {
            let key = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
            return Some(Self::Public(Box::new(key)));
        }
        if let Some(bytes) = bytes("whsk_") {
            // The seed alone, or the seed with the public key behind it.
            let seed: [u8; 32] = bytes.get(..32)?.try_into().ok()?;
            return Some(Self::Public(Box::new(SigningKey::from_bytes(&seed).verifying_key())));
        }
        let bytes = bytes("whsec_").or_else(|| mac::base64(text)).filter(|bytes| !bytes.is_empty())?;
        Some(Self::Shared(Secret::from_bytes(bytes)))
    }

    fn signed(&self, version: &str, presented: &[u8], content: &[&[u8]]) -> bool {
        match (self, version) {
            (Self::Shared(secret), "v1") => {
                mac::same(&mac::hmac(Hash::Sha256, secret.bytes(), content), presented)
            }
            (Self::Public(key), "v1a") => Ed25519::from_slice(presented)
                .is_ok_and(|signature| key.verify_strict(&content.concat(), &signature).is_ok()),
            _ => false,
        }
    }
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    let secrets = settings.secrets("signing_secret", "signing_secrets")?;
    let keys: Option<Vec<Key>> = secrets.iter().map(Key::parse).collect();
    let send_key = match settings.secret("send_secret")? {
        Some(secret) => {
            Some(Key::parse(&secret).ok_or(SettingsError::Wrong("send_secret", "a whsec_ secret"))?)
        }
        None => None,
    };
    Ok(Box::new(StandardWebhooks {
        keys: keys.ok_or(SettingsError::Wrong("signing_secret", "a whsec_, whpk_ or whsk_ secret"))?,
        plan: super::plan(settings)?,
        send_url: settings.text("send_url")?,
        send_key,
    }))
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: Option<String>,
    timestamp: Option<String>,
    data: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: Option<T>,
}

#[derive(Deserialize)]
struct Inbound {
    #[serde(default)]
    id: Scalar,
    #[serde(default)]
    from: Scalar,
    #[serde(default)]
    to: Scalar,
    text: Option<Words>,
}

#[derive(Deserialize)]
struct Delivery {
    #[serde(default)]
    id: Scalar,
    reference: Option<String>,
    status: Option<String>,
    error_code: Option<String>,
}

/// A header under its own name or the one that Svix gives it.
fn header<'a>(request: &'a Request, name: &'static str) -> Result<&'a str, Reject> {
    let svix = name.replacen("webhook-", "svix-", 1);
    request.header(name).or_else(|| request.header(&svix)).ok_or(Reject::MissingHeader(name))
}

impl Vendor for StandardWebhooks {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        let (id, at, signatures) = (header(request, ID)?, header(request, AT)?, header(request, SIGNATURE)?);
        let signed_at = time::header_seconds(at)?;
        if signatures.trim().is_empty() {
            return Err(Reject::MissingSignature);
        }
        // A dot would let the id and the time trade characters under the same signature.
        if id.is_empty() || id.contains('.') {
            return Err(Reject::BadHeader(ID));
        }
        let content: [&[u8]; 5] = [id.as_bytes(), b".", at.as_bytes(), b".", &request.body];
        let right =
            signatures.split_whitespace().filter_map(|entry| entry.split_once(',')).any(|(version, text)| {
                mac::base64(text).is_some_and(|presented| {
                    self.keys.iter().any(|key| key.signed(version, &presented, &content))
                })
            });
        if !right {
            return Err(Reject::BadSignature);
        }
        time::within(signed_at, now, TOLERANCE, TOLERANCE)
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let body = request.posted()?;
        let event: Event = strict::read(body)?;
        match event.kind.as_deref() {
            Some("sms.inbound") => {}
            Some(_) => return Ok(Parsed::Nothing),
            None => return Err(Reject::MissingField("type")),
        }
        let data = strict::read::<Envelope<Inbound>>(body)?.data.ok_or(Reject::MissingField("data"))?;
        let from = strict::required(&data.from, "from")?;
        let from = self.plan.sender(&from).ok_or(Reject::BadField("from"))?;
        let text = data.text.ok_or(Reject::MissingField("text"))?;
        let webhook = header(request, ID)?;
        let id = strict::scalar(&data.id).unwrap_or_else(|| webhook.to_owned());
        let mut message = Message::new(id, from, Body::text(text))
            .to(strict::scalar(&data.to).as_deref())
            .sent_at(event.timestamp.as_deref().map(time::rfc3339));
        message.keys.push(format!("webhook:{webhook}"));
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let body = request.posted()?;
        let event: Event = strict::read(body)?;
        if event.kind.as_deref() != Some("sms.status") || event.data.is_none() {
            return Ok(Parsed::Nothing);
        }
        let data = strict::read::<Envelope<Delivery>>(body)?.data.ok_or(Reject::MissingField("data"))?;
        let id = strict::required(&data.id, "id")?;
        let status = match data.status.as_deref() {
            Some("queued") => DeliveryStatus::Queued,
            Some("sent") => DeliveryStatus::Sent,
            Some("delivered") => DeliveryStatus::Delivered,
            Some("failed") => DeliveryStatus::Failed,
            Some(_) => return Ok(Parsed::Nothing),
            None => return Err(Reject::MissingField("status")),
        };
        let mut report = Report::new(Some(&id), status);
        report.reference = data.reference;
        report.error_code = data.error_code;
        report.at = event.timestamp.as_deref().and_then(time::rfc3339);
        Ok(Parsed::One(report))
    }

    fn knows_references(&self) -> bool {
        true
    }

    fn send(&self, reply: &Reply, signing: &Signing) -> Result<Outgoing, CannotSend> {
        let url = self.send_url.as_deref().ok_or(CannotSend::NotSetUp("send_url"))?;
        let Some(Key::Shared(secret)) = &self.send_key else {
            return Err(CannotSend::NotSetUp("send_secret"));
        };
        let body = json!({
            "type": "sms.outbound",
            "timestamp": time::show(signing.now),
            "data": {"to": reply.to, "text": reply.text, "reference": reply.reference},
        });
        let mut request = Outgoing::json(url, &body);
        let at = signing.now.as_second().to_string();
        let id = &reply.reference;
        let content: [&[u8]; 5] = [id.as_bytes(), b".", at.as_bytes(), b".", &request.body];
        let signature = mac::to_base64(&mac::hmac(Hash::Sha256, secret.bytes(), &content));
        request.set(ID, id);
        request.set(AT, &at);
        request.set(SIGNATURE, &format!("v1,{signature}"));
        Ok(request)
    }

    /// The id stays the same when a reply is sent again, so the gateway can tell.
    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Accepted {
            id: Option<String>,
        }
        match status {
            200..300 => {
                Sent::Accepted(serde_json::from_slice::<Accepted>(body).ok().and_then(|accepted| accepted.id))
            }
            502 | 504 => Sent::later(format!("http_{status}")),
            _ => Sent::of_failure(status),
        }
    }
}
