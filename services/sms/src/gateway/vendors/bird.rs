//! Bird channels ("Channels webhooks" and "Verifying a webhook" of the vendor's documentation).

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
    name: "bird",
    signed: Signature::Always,
    body_limit: JSON_LIMIT,
    signs_url: true,
    chinese: false,
    open,
};

/// Each attempt is signed anew, so the window can be narrow.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
const SIGNATURE: &str = "messagebird-signature";
const AT: &str = "messagebird-request-timestamp";

struct Bird {
    keys: Vec<Secret>,
    access_key: Option<Secret>,
    workspace: Option<String>,
    channel: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(Bird {
        keys: settings.secrets("signing_key", "signing_keys")?,
        access_key: settings.secret("access_key")?,
        workspace: settings.text("workspace_id")?,
        channel: settings.text("channel_id")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "https://api.bird.com".into()),
    }))
}

#[derive(Deserialize)]
struct Event {
    event: Option<String>,
    payload: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default)]
    id: Scalar,
    sender: Option<Party>,
    receiver: Option<Party>,
    body: Option<MessageBody>,
    parts: Option<Vec<IgnoredAny>>,
    direction: Option<String>,
    status: Option<String>,
    reference: Option<String>,
    reason: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct Party {
    contact: Option<Identifier>,
    contacts: Option<Vec<Identifier>>,
    connector: Option<Identifier>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identifier {
    #[serde(default)]
    identifier_value: Scalar,
}

/// Words stand alone, or under a picture or a file.
#[derive(Deserialize)]
struct MessageBody {
    text: Option<Text>,
    image: Option<Text>,
    file: Option<Text>,
}

#[derive(Deserialize)]
struct Text {
    text: Option<Words>,
}

impl Party {
    fn value(self) -> Option<String> {
        let contact = self.contact.or_else(|| self.contacts?.into_iter().next()).or(self.connector);
        strict::scalar(&contact?.identifier_value)
    }
}

impl Vendor for Bird {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        let signature =
            request.header(SIGNATURE).filter(|value| !value.is_empty()).ok_or(Reject::MissingSignature)?;
        let at = request.header(AT).ok_or(Reject::MissingHeader(AT))?;
        let signed_at = time::header_seconds(at)?;
        let presented = mac::base64(signature).ok_or(Reject::BadSignature)?;
        let body = mac::sha256(&request.body);
        let parts = [at.as_bytes(), b"\n", request.url.as_bytes(), b"\n", &body];
        if !self.keys.iter().any(|key| mac::same(&mac::hmac(Hash::Sha256, key.bytes(), &parts), &presented)) {
            return Err(Reject::BadSignature);
        }
        time::within(signed_at, now, WINDOW, WINDOW)
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let event: Event = strict::read(request.posted()?)?;
        if event.event.as_deref() != Some("sms.inbound") {
            return Ok(Parsed::Nothing);
        }
        let payload = event.payload.ok_or(Reject::MissingField("payload"))?;
        if payload.direction.as_deref().is_some_and(|direction| direction != "incoming") {
            return Ok(Parsed::Nothing);
        }
        let id = strict::required(&payload.id, "id")?;
        let from = payload.sender.and_then(Party::value).ok_or(Reject::MissingField("sender"))?;
        let from = Plan::International.sender(&from).ok_or(Reject::BadField("sender"))?;
        let body = payload.body.ok_or(Reject::MissingField("body"))?;
        // A picture may have no words; whoever sent it must hear of that.
        let has_file = body.image.is_some() || body.file.is_some();
        let said = [body.text, body.image, body.file].into_iter().flatten().find_map(|part| part.text);
        let text = said.unwrap_or_default();
        let mut message = Message::new(id, from, Body::text(text))
            .to(payload.receiver.and_then(Party::value).as_deref())
            .sent_at(payload.created_at.as_deref().map(time::rfc3339))
            .with_file(has_file);
        message.segments =
            payload.parts.and_then(|parts| u32::try_from(parts.len()).ok()).filter(|count| *count > 0);
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let event: Event = strict::read(request.posted()?)?;
        let payload = event.payload.ok_or(Reject::MissingField("payload"))?;
        let id = strict::required(&payload.id, "id")?;
        let status = match payload.status.as_deref() {
            Some("accepted" | "processing" | "scheduled") => DeliveryStatus::Queued,
            Some("sent") => DeliveryStatus::Sent,
            Some("delivered") => DeliveryStatus::Delivered,
            Some("sending_failed" | "delivery_failed" | "rejected" | "skipped" | "deleted") => {
                DeliveryStatus::Failed
            }
            Some(_) => return Ok(Parsed::Nothing),
            None => return Err(Reject::MissingField("status")),
        };
        let mut report = Report::new(Some(&id), status);
        report.reference = payload.reference.filter(|reference| !reference.is_empty());
        report.error_code = payload.reason.filter(|reason| !reason.is_empty());
        report.at = payload.updated_at.or(payload.created_at).as_deref().and_then(time::rfc3339);
        Ok(Parsed::One(report))
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let key = self.access_key.as_ref().ok_or(CannotSend::NotSetUp("access_key"))?;
        let workspace = self.workspace.as_deref().ok_or(CannotSend::NotSetUp("workspace_id"))?;
        let channel = self.channel.as_deref().ok_or(CannotSend::NotSetUp("channel_id"))?;
        let body = json!({
            "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": reply.to}]},
            "body": {"type": "text", "text": {"text": reply.text}},
            "reference": reply.reference,
        });
        let url = format!("{}/workspaces/{workspace}/channels/{channel}/messages", self.api);
        let mut request = Outgoing::json(url, &body);
        request.set("authorization", &format!("AccessKey {}", key.text()));
        Ok(request)
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
            _ => Sent::of_failure(status),
        }
    }
}
