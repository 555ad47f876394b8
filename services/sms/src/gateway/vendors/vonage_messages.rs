//! Vonage Messages API ("Inbound message", "Message status", "Decode webhooks" of the vendor's
//! documentation).

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use crate::coding::Body;
use crate::gateway::{
    Answer, CannotSend, DeliveryStatus, JSON_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report,
    Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::json::{self as strict, Scalar, Words};
use crate::wire::mac::{self, Hash};
use crate::wire::number::Plan;
use crate::wire::{jwt, time};

pub(super) const KIND: Kind = Kind {
    name: "vonage-messages",
    signed: Signature::Always,
    body_limit: JSON_LIMIT,
    signs_url: false,
    chinese: false,
    open,
};

/// Pushes are repeated for 24 hours, perhaps with the first token.
const OLDEST: SignedDuration = SignedDuration::from_mins(24 * 60 + 15);
const NEWEST: SignedDuration = SignedDuration::from_mins(5);

struct VonageMessages {
    secrets: Vec<Secret>,
    key: Option<String>,
    secret: Option<Secret>,
    from: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(VonageMessages {
        secrets: settings.secrets("signature_secret", "signature_secrets")?,
        key: settings.text("api_key")?,
        secret: settings.secret("api_secret")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "https://api.nexmo.com".into()),
    }))
}

#[derive(Deserialize)]
struct Inbound {
    channel: Option<String>,
    #[serde(default)]
    message_uuid: Scalar,
    #[serde(default)]
    from: Scalar,
    #[serde(default)]
    to: Scalar,
    timestamp: Option<String>,
    text: Option<Words>,
    message_type: Option<String>,
    image: Option<Media>,
    audio: Option<Media>,
    video: Option<Media>,
    file: Option<Media>,
    sms: Option<Sms>,
}

/// A file of an MMS, with the words under it.
#[derive(Deserialize)]
struct Media {
    caption: Option<Words>,
}

impl Inbound {
    /// Whether it is more than words, or other than these.
    fn has_file(&self) -> bool {
        self.message_type.as_deref().is_some_and(|kind| kind != "text" && kind != "unsupported")
    }

    /// What it says; with a file perhaps nothing.
    fn words(self) -> Option<Words> {
        let has_file = self.has_file();
        let mut media = [self.image, self.audio, self.video, self.file].into_iter().flatten();
        let caption = media.find_map(|media| media.caption);
        self.text.or(caption).or_else(|| has_file.then(Words::default))
    }
}

#[derive(Deserialize)]
struct Sms {
    #[serde(default)]
    num_messages: Scalar,
}

impl Vendor for VonageMessages {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        let header = request.header("authorization").ok_or(Reject::MissingSignature)?;
        let token = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or(Reject::MissingSignature)?;
        let claims = jwt::verify(token.trim(), &[Hash::Sha256], &self.secrets)?;
        if claims.iss.is_some_and(|issuer| issuer != "Vonage") {
            return Err(Reject::BadIssuer);
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
        let seconds = now.as_second() as f64;
        if claims.exp.is_some_and(|end| end < seconds) {
            return Err(Reject::Expired);
        }
        let made = claims.iat.ok_or(Reject::MissingClaim("iat"))?;
        #[expect(clippy::cast_possible_truncation, reason = "out of range is no timestamp and refused below")]
        let made = Timestamp::from_second(made as i64).map_err(|_| Reject::BadTimestamp)?;
        time::within(made, now, OLDEST, NEWEST)?;
        let hash = claims.payload_hash.filter(|hash| !hash.is_empty());
        match hash.map(hex::decode) {
            None if request.body.is_empty() => Ok(()),
            Some(Ok(hash)) if mac::same(&hash, &mac::sha256(&request.body)) => Ok(()),
            _ => Err(Reject::PayloadHashMismatch),
        }
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let inbound: Inbound = strict::read(request.posted()?)?;
        if inbound.channel.as_deref().is_some_and(|channel| !matches!(channel, "sms" | "mms")) {
            return Ok(Parsed::Nothing);
        }
        let id = strict::required(&inbound.message_uuid, "message_uuid")?;
        let from = strict::required(&inbound.from, "from")?;
        let from = Plan::International.sender(&from).ok_or(Reject::BadField("from"))?;
        let segments = inbound.sms.as_ref().and_then(|sms| strict::scalar(&sms.num_messages));
        let (to, has_file) = (strict::scalar(&inbound.to), inbound.has_file());
        let sent_at = inbound.timestamp.as_deref().map(time::rfc3339);
        let text = inbound.words().ok_or(Reject::MissingField("text"))?;
        let message = Message::new(id, from, Body::text(text))
            .to(to.as_deref())
            .sent_at(sent_at)
            .segments(segments.as_deref())
            .with_file(has_file);
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        #[derive(Deserialize)]
        struct Status {
            #[serde(default)]
            message_uuid: Scalar,
            status: Option<String>,
            timestamp: Option<String>,
            client_ref: Option<String>,
            error: Option<Failure>,
        }
        #[derive(Deserialize)]
        struct Failure {
            title: Option<Scalar>,
        }
        let status: Status = strict::read(request.posted()?)?;
        let id = strict::required(&status.message_uuid, "message_uuid")?;
        let word = match status.status.as_deref() {
            Some("submitted") => DeliveryStatus::Sent,
            Some("delivered" | "read") => DeliveryStatus::Delivered,
            Some("rejected" | "undeliverable" | "failed") => DeliveryStatus::Failed,
            Some(_) => return Ok(Parsed::Nothing),
            None => return Err(Reject::MissingField("status")),
        };
        let mut report = Report::new(Some(&id), word);
        report.reference = status.client_ref;
        report.error_code = status.error.and_then(|failure| strict::scalar(&failure.title?));
        report.at = status.timestamp.as_deref().and_then(time::rfc3339);
        Ok(Parsed::One(report))
    }

    /// After an internal error the vendor may push without a signature, and pushes again only on a 5xx.
    fn answer(&self, verdict: &Verdict) -> Answer {
        match verdict {
            Verdict::Refused(Reject::MissingSignature) => Answer::plain(&Verdict::Unavailable),
            verdict => Answer::plain(verdict),
        }
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let key = self.key.as_deref().ok_or(CannotSend::NotSetUp("api_key"))?;
        let secret = self.secret.as_ref().ok_or(CannotSend::NotSetUp("api_secret"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let mut body = json!({
            "message_type": "text",
            "channel": "sms",
            "to": reply.to.trim_start_matches('+'),
            "from": from,
            "text": reply.text,
            "client_ref": reply.reference,
        });
        if let Some(url) = &reply.status_url {
            body["webhook_url"] = json!(url);
        }
        Ok(Outgoing::json(format!("{}/v1/messages", self.api), &body).basic(key, secret.text()))
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Accepted {
            message_uuid: String,
        }
        match status {
            200..300 => Sent::Accepted(serde_json::from_slice::<Accepted>(body).ok().map(|a| a.message_uuid)),
            _ => Sent::of_failure(status),
        }
    }
}
