//! Infobip SMS ("Receive inbound SMS", format MO_JSON_2, "Receive delivery reports" and "Send SMS" version 3
//! of the vendor's documentation). The Subscriptions API guards pushes by basic authentication or by HMAC. How it
//! signs is not on the pages that we know; its own adapter (BotBuilderCommunity/botbuilder-community-dotnet,
//! Bot.Builder.Community.Adapters.Infobip.Core, AuthorizationHelper.cs) reads `X-Hub-Signature: SHA1=<hex>` over
//! the body. So header and hash are settings.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

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
    name: "infobip",
    signed: Signature::WithKey,
    body_limit: JSON_LIMIT,
    signs_url: false,
    chinese: false,
    open,
};

/// How pushes are signed, as the subscription says.
struct Signed {
    keys: Vec<Secret>,
    header: String,
    hash: Hash,
    /// What stands before the signature: the hash's name.
    prefix: &'static str,
}

struct Infobip {
    signed: Option<Signed>,
    key: Option<Secret>,
    from: Option<String>,
    api: Option<String>,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(Infobip {
        signed: signed(settings)?,
        key: settings.secret("api_key")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?,
    }))
}

fn signed(settings: &mut Settings) -> Result<Option<Signed>, SettingsError> {
    if !settings.has_secrets("signing_key", "signing_keys") {
        return Ok(None);
    }
    let wrong = SettingsError::Wrong("signature_method", "sha1, sha256 or sha512, as the subscription says");
    let (hash, prefix) = match settings.required("signature_method")?.as_str() {
        "sha1" => (Hash::Sha1, "sha1="),
        "sha256" => (Hash::Sha256, "sha256="),
        "sha512" => (Hash::Sha512, "sha512="),
        _ => return Err(wrong),
    };
    let keys = settings.secrets("signing_key", "signing_keys")?;
    let header = settings.text("signature_header")?.unwrap_or_else(|| "x-hub-signature".into());
    Ok(Some(Signed { keys, header, hash, prefix }))
}

impl Signed {
    /// The signature as bytes, whether it is written in hexadecimal or base64, with or without the hash's name.
    fn presented(&self, header: &str) -> Option<Vec<u8>> {
        let named =
            header.get(..self.prefix.len()).is_some_and(|name| name.eq_ignore_ascii_case(self.prefix));
        let text = if named { &header[self.prefix.len()..] } else { header };
        hex::decode(text).ok().or_else(|| mac::base64(text))
    }

    fn verify(&self, request: &Request) -> Result<(), Reject> {
        let header = request.header(&self.header).map(str::trim).filter(|value| !value.is_empty());
        let presented =
            self.presented(header.ok_or(Reject::MissingSignature)?).ok_or(Reject::BadSignature)?;
        let right =
            |key: &Secret| mac::same(&mac::hmac(self.hash, key.bytes(), &[&request.body]), &presented);
        if self.keys.iter().any(right) { Ok(()) } else { Err(Reject::BadSignature) }
    }
}

#[derive(Deserialize)]
struct Push {
    results: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inbound {
    #[serde(default)]
    message_id: Scalar,
    #[serde(default)]
    from: Scalar,
    #[serde(default)]
    to: Scalar,
    text: Option<Words>,
    message: Option<Vec<Content>>,
    received_at: Option<String>,
    #[serde(default)]
    sms_count: Scalar,
}

/// A piece of the variant with several contents.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    content_type: Option<String>,
    value: Option<Words>,
}

impl Inbound {
    fn message(self) -> Result<Message, Reject> {
        let id = strict::required(&self.message_id, "messageId")?;
        let from = strict::required(&self.from, "from")?;
        let from = Plan::International.sender(&from).ok_or(Reject::BadField("from"))?;
        let mut has_file = false;
        let pieces = self.message.map(|contents| {
            let text = |content: Content| {
                let is_text = content.content_type.is_none_or(|kind| kind.starts_with("text/"));
                has_file |= !is_text;
                is_text.then_some(content.value).flatten()
            };
            contents.into_iter().filter_map(text).flat_map(Vec::<u8>::from).collect()
        });
        let text = self.text.map(Vec::from).or(pieces).ok_or(Reject::MissingField("text"))?;
        Ok(Message::new(id, from, Body::text(text))
            .to(strict::scalar(&self.to).as_deref())
            .sent_at(self.received_at.as_deref().map(time::rfc3339))
            .segments(strict::scalar(&self.sms_count).as_deref())
            .with_file(has_file))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    #[serde(default)]
    message_id: Scalar,
    callback_data: Option<String>,
    done_at: Option<String>,
    status: Option<Group>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group_name: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    name: Option<String>,
}

impl Delivery {
    fn report(self) -> Result<Option<Report>, Reject> {
        let id = strict::required(&self.message_id, "messageId")?;
        let group = self.status.and_then(|status| status.group_name).ok_or(Reject::MissingField("status"))?;
        let status = match group.as_str() {
            "PENDING" | "ACCEPTED" => DeliveryStatus::Sent,
            "DELIVERED" => DeliveryStatus::Delivered,
            "UNDELIVERABLE" | "EXPIRED" | "REJECTED" => DeliveryStatus::Failed,
            _ => return Ok(None),
        };
        let mut report = Report::new(Some(&id), status);
        report.reference = self.callback_data;
        report.error_code = self.error.and_then(|error| error.name).filter(|name| name != "NO_ERROR");
        report.at = self.done_at.as_deref().and_then(time::rfc3339);
        Ok(Some(report))
    }
}

impl Vendor for Infobip {
    /// Without a key the common checks are all there is. Nothing of the signature tells a time: what is repeated
    /// is known by its id.
    fn verify(&self, request: &Request, _now: Timestamp) -> Result<(), Reject> {
        self.signed.as_ref().map_or(Ok(()), |signed| signed.verify(request))
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let push: Push = strict::read(request.posted()?)?;
        let results = push.results.ok_or(Reject::MissingField("results"))?;
        let rows: Vec<Result<Inbound, Reject>> = strict::split(results);
        Ok(Parsed::batch(rows.into_iter().map(|row| row.and_then(Inbound::message)).collect()))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let push: Push = strict::read(request.posted()?)?;
        let results = push.results.ok_or(Reject::MissingField("results"))?;
        let rows: Vec<Result<Delivery, Reject>> = strict::split(results);
        let rows = rows.into_iter().filter_map(|row| row.and_then(Delivery::report).transpose()).collect();
        Ok(Parsed::batch(rows))
    }

    fn knows_references(&self) -> bool {
        true
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let key = self.key.as_ref().ok_or(CannotSend::NotSetUp("api_key"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let api = self.api.as_deref().ok_or(CannotSend::NotSetUp("api_url"))?;
        let mut message = json!({
            "sender": from,
            "destinations": [{"to": reply.to.trim_start_matches('+'), "messageId": reply.reference}],
            "content": {"text": reply.text},
        });
        if let Some(url) = &reply.status_url {
            message["webhooks"] = json!({"delivery": {"url": url}, "callbackData": reply.reference});
        }
        let mut request = Outgoing::json(format!("{api}/sms/3/messages"), &json!({"messages": [message]}));
        request.set("authorization", &format!("App {}", key.text()));
        Ok(request)
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Answered {
            messages: Vec<One>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct One {
            message_id: Option<String>,
            status: Status,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Status {
            group_id: u32,
            name: Option<String>,
        }
        if !(200..300).contains(&status) {
            return Sent::of_failure(status);
        }
        let answered = serde_json::from_slice::<Answered>(body).ok();
        match answered.and_then(|answered| answered.messages.into_iter().next()) {
            // PENDING and DELIVERED.
            Some(one) if matches!(one.status.group_id, 1 | 3) => Sent::Accepted(one.message_id),
            Some(one) => {
                Sent::never(one.status.name.unwrap_or_else(|| format!("group_{}", one.status.group_id)))
            }
            None => Sent::Unknown { code: "bad_answer".into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(method: &str, header: &'static str, value: &str, body: &'static [u8]) -> Result<(), Reject> {
        let pairs = [("signing_key", "Jefe"), ("signature_method", method), ("signature_header", header)];
        let vendor = open(&mut Settings::from_pairs(pairs)).unwrap();
        let mut request = Request::get("https://t.example/");
        request.body = bytes::Bytes::from_static(body);
        request.headers.insert(header, value.parse().unwrap());
        vendor.verify(&request, Timestamp::UNIX_EPOCH)
    }

    /// RFC 2202 and RFC 4231, test case 2 of each, in the forms in which the header has been seen.
    #[test]
    fn the_bodys_hmac_is_taken_in_each_form_and_no_other() {
        const BODY: &[u8] = b"what do ya want for nothing?";
        const SHA1: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        const SHA256: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(verify("sha1", "x-hub-signature", &format!("SHA1={SHA1}"), BODY), Ok(()));
        assert_eq!(verify("sha256", "x-hub-signature", &format!("sha256={SHA256}"), BODY), Ok(()));
        assert_eq!(verify("sha256", "x-other", SHA256, BODY), Ok(()));
        let base64 = mac::to_base64(&hex::decode(SHA256).unwrap());
        assert_eq!(verify("sha256", "x-other", &base64, BODY), Ok(()));
        // Another hash than the subscription's, another body, none.
        let wrong = Err(Reject::BadSignature);
        assert_eq!(verify("sha256", "x-hub-signature", &format!("SHA1={SHA1}"), BODY), wrong);
        assert_eq!(verify("sha1", "x-hub-signature", &format!("SHA1={SHA1}"), b"what do ya want"), wrong);
        assert_eq!(verify("sha1", "x-hub-signature", "SHA1=", BODY), wrong);
        assert_eq!(verify("sha1", "x-hub-signature", "", BODY), Err(Reject::MissingSignature));
    }

    #[test]
    fn a_key_without_a_method_is_no_setting() {
        let mut settings = Settings::from_pairs([("signing_key", "k")]);
        assert_eq!(open(&mut settings).err(), Some(SettingsError::Missing("signature_method")));
        let mut settings = Settings::from_pairs([("signing_key", ""), ("signature_method", "sha1")]);
        assert_eq!(
            open(&mut settings).err(),
            Some(SettingsError::Missing("signing_key")),
            "an empty one is none"
        );
    }
}
