//! Vonage SMS API, formerly Nexmo ("Inbound SMS", "Delivery receipts", "Signing messages" of the vendor's
//! documentation).

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::coding::udh::{self, Part};
use crate::coding::{Alphabet, Body, Flag, length};
use crate::gateway::{
    CannotSend, DeliveryStatus, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report, Request,
    Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor,
};
use crate::wire::form::Form;
use crate::wire::mac::{self, Hash};
use crate::wire::number::Plan;
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "vonage",
    signed: Signature::ByAccount,
    body_limit: FORM_LIMIT,
    signs_url: false,
    chinese: false,
    open,
};

/// The signed time is that of the first push, and pushes are repeated for 24 hours at most 15 minutes apart.
const OLDEST: SignedDuration = SignedDuration::from_mins(24 * 60 + 15);
const NEWEST: SignedDuration = SignedDuration::from_mins(5);

/// The account's "signature method". `md5hash` and `md5` are different things.
#[derive(Clone, Copy)]
enum Method {
    Md5Hash,
    Hmac(Hash),
}

struct Vonage {
    signing: Option<(Secret, Method)>,
    key: Option<String>,
    secret: Option<Secret>,
    from: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    let required = settings.flag("require_signature", true)?;
    let method = match settings.text("signature_method")?.as_deref() {
        None | Some("md5hash") => Method::Md5Hash,
        Some("md5") => Method::Hmac(Hash::Md5),
        Some("sha1") => Method::Hmac(Hash::Sha1),
        Some("sha256") => Method::Hmac(Hash::Sha256),
        Some("sha512") => Method::Hmac(Hash::Sha512),
        Some(_) => {
            return Err(SettingsError::Wrong("signature_method", "md5hash, md5, sha1, sha256 or sha512"));
        }
    };
    let secret = settings.secret("signature_secret")?;
    if required && secret.is_none() {
        return Err(SettingsError::Missing("signature_secret"));
    }
    Ok(Box::new(Vonage {
        signing: secret.map(|secret| (secret, method)),
        key: settings.text("api_key")?,
        secret: settings.secret("api_secret")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "https://rest.nexmo.com".into()),
    }))
}

impl Vendor for Vonage {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        let Some((secret, method)) = &self.signing else { return Ok(()) };
        let form = request.fields_or_json()?;
        let presented = form.only("sig")?.filter(|sig| !sig.is_empty()).ok_or(Reject::MissingSignature)?;
        let presented = hex::decode(presented).map_err(|_| Reject::BadSignature)?;
        let signed = signed_text(&form);
        let expected = match method {
            Method::Md5Hash => mac::md5(&[&signed, secret.bytes()]),
            Method::Hmac(hash) => mac::hmac(*hash, secret.bytes(), &[&signed]),
        };
        if !mac::same(&expected, &presented) {
            return Err(Reject::BadSignature);
        }
        let at = form.optional("timestamp")?.ok_or(Reject::MissingField("timestamp"))?;
        time::within(time::header_seconds(at)?, now, OLDEST, NEWEST)
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let form = request.fields_or_json()?;
        // The vendor probes a new address with a message about nothing.
        if form.is_empty() {
            return Ok(Parsed::Nothing);
        }
        let id = form.required("messageId")?;
        let from = Plan::International.sender(form.required("msisdn")?).ok_or(Reject::BadField("msisdn"))?;
        let to = form.required("to")?;
        let sent_at = form.optional("message-timestamp")?.map(|text| time::local(text, &TimeZone::UTC));
        let mut message = Message::new(id, from, body(&form)?).to(Some(to)).sent_at(sent_at);
        match part(&form)? {
            Ok(part) => message.part = part,
            Err(udh::BadUdh) => message.flags.push(Flag::BadUdh),
        }
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let form = request.fields_or_json()?;
        // The vendor probes a new address with a report about nothing.
        let Some(id) = form.optional("messageId")? else { return Ok(Parsed::Nothing) };
        let status = match form.required("status")? {
            "delivered" => DeliveryStatus::Delivered,
            "expired" | "failed" | "rejected" => DeliveryStatus::Failed,
            "accepted" | "buffered" => DeliveryStatus::Sent,
            _ => return Ok(Parsed::Nothing),
        };
        let mut report = Report::new(Some(id), status);
        report.reference = form.optional("client-ref")?.map(str::to_owned);
        report.error_code = form.optional("err-code")?.filter(|code| *code != "0").map(str::to_owned);
        report.at = form.optional("message-timestamp")?.and_then(|text| time::local(text, &TimeZone::UTC));
        Ok(Parsed::One(report))
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let key = self.key.as_deref().ok_or(CannotSend::NotSetUp("api_key"))?;
        let secret = self.secret.as_ref().ok_or(CannotSend::NotSetUp("api_secret"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let kind = if length::needs_ucs2(&reply.text) { "unicode" } else { "text" };
        let mut pairs = vec![
            ("api_key", key),
            ("api_secret", secret.text()),
            ("from", from),
            ("to", reply.to.trim_start_matches('+')),
            ("text", &reply.text),
            ("type", kind),
            ("client-ref", &reply.reference),
        ];
        if let Some(url) = &reply.status_url {
            pairs.extend([("status-report-req", "1"), ("callback", url.as_str())]);
        }
        Ok(Outgoing::form(format!("{}/sms/json", self.api), &pairs))
    }

    /// The status is 200 even for errors: each part has its own in the body.
    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Reply {
            messages: Vec<One>,
        }
        #[derive(Deserialize)]
        struct One {
            status: String,
            #[serde(rename = "message-id")]
            id: Option<String>,
        }
        if status != 200 {
            return Sent::of_failure(status);
        }
        let Ok(reply) = serde_json::from_slice::<Reply>(body) else {
            return Sent::Unknown { code: "bad_answer".into() };
        };
        let some_sent = reply.messages.iter().any(|one| one.status == "0");
        match reply.messages.iter().find(|one| one.status != "0") {
            None => match reply.messages.into_iter().next() {
                Some(one) => Sent::Accepted(one.id),
                None => Sent::Unknown { code: "bad_answer".into() },
            },
            // Some parts are on their way: sent again, they would come twice.
            Some(_) if some_sent => Sent::Unknown { code: "partly".into() },
            // Throttled; internal error before anything was sent.
            Some(one) if one.status == "1" => Sent::later(1),
            Some(one) if one.status == "5" => Sent::Unknown { code: "5".into() },
            Some(one) => Sent::never(&one.status),
        }
    }
}

/// `&name=value` for every name but `sig` in order; `&` and `=` inside values become `_`.
fn signed_text(form: &Form) -> Vec<u8> {
    let sorted: BTreeMap<&[u8], &[u8]> = form.pairs().filter(|(name, _)| *name != b"sig").collect();
    let mut text = Vec::new();
    for (name, value) in sorted {
        text.push(b'&');
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend(value.iter().map(|byte| if matches!(byte, b'&' | b'=') { b'_' } else { *byte }));
    }
    text
}

fn body(form: &Form) -> Result<Body, Reject> {
    if form.optional("type")? == Some("binary") {
        let data = form.required("data")?;
        let bytes = hex::decode(data).map_err(|_| Reject::BadField("data"))?;
        return Ok(Body { bytes, alphabet: Alphabet::Binary });
    }
    let text = form.only("text")?.ok_or(Reject::MissingField("text"))?;
    Ok(Body { bytes: text.to_vec(), alphabet: Alphabet::Utf8 })
}

/// The part by the vendor's own fields, or by the header of a binary message.
fn part(form: &Form) -> Result<Result<Option<Part>, udh::BadUdh>, Reject> {
    if form.optional("concat")? == Some("true") {
        let (Some(reference), Some(total), Some(seq)) =
            (form.optional("concat-ref")?, form.optional("concat-total")?, form.optional("concat-part")?)
        else {
            return Ok(Err(udh::BadUdh));
        };
        let (Ok(total), Ok(seq)) = (total.parse(), seq.parse()) else { return Ok(Err(udh::BadUdh)) };
        return Ok(Part::new(reference.to_owned(), total, seq).map(Some));
    }
    match form.optional("udh")? {
        Some(header) => {
            Ok(hex::decode(header).map_err(|_| udh::BadUdh).and_then(|header| udh::parse(&header)))
        }
        None => Ok(Ok(None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_of_a_new_address_is_no_message_and_a_message_without_an_id_no_probe() {
        let vonage =
            open(&mut Settings::new([("require_signature".to_owned(), false.into())].into())).unwrap();
        let read = |query| vonage.messages(&Request::get(&format!("https://t.example/?{query}")));
        assert_eq!(read(""), Ok(Parsed::Nothing));
        assert_eq!(read("msisdn=447700900001&text=x"), Err(Reject::MissingField("messageId")));
    }
}
