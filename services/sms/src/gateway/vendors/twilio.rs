//! Twilio Programmable Messaging ("Messaging webhooks", "Validating requests" and "Messages resource" of
//! the vendor's documentation).

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;

use crate::coding::{Alphabet, Body, Flag};
use crate::gateway::{
    Answer, CannotSend, Control, DeliveryStatus, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply,
    Report, Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::form::Form;
use crate::wire::mac::{self, Hash};
use crate::wire::number::Plan;

pub(super) const KIND: Kind = Kind {
    name: "twilio",
    signed: Signature::Always,
    body_limit: FORM_LIMIT,
    signs_url: true,
    chinese: false,
    open,
};

struct Twilio {
    tokens: Vec<Secret>,
    account: Option<String>,
    from: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(Twilio {
        tokens: settings.secrets("auth_token", "auth_tokens")?,
        account: settings.text("account_sid")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "https://api.twilio.com".into()),
    }))
}

/// Fields that decide what a message is; a second one would be a guess.
const DECISIVE: [&str; 5] = ["MessageSid", "From", "To", "Body", "AccountSid"];

impl Vendor for Twilio {
    fn verify(&self, request: &Request, _now: Timestamp) -> Result<(), Reject> {
        let header = request.header("x-twilio-signature").filter(|value| !value.is_empty());
        let presented = mac::base64(header.ok_or(Reject::MissingSignature)?).ok_or(Reject::BadSignature)?;
        let query = Form::parse(request.query().as_bytes());
        let body_hash = query.all("bodySHA256").next().map(<[u8]>::to_vec);
        let parameters = match request.method {
            Method::POST if request.is_form() => signed_parameters(&Form::parse(&request.body)),
            Method::POST if body_hash.is_none() => return Err(Reject::UnsupportedContentType),
            Method::GET | Method::POST => Vec::new(),
            _ => return Err(Reject::MethodNotAllowed),
        };
        let right = self.tokens.iter().any(|token| {
            spellings(&request.url).iter().any(|url| {
                mac::same(&mac::hmac(Hash::Sha1, token.bytes(), &[url.as_bytes(), &parameters]), &presented)
            })
        });
        if !right {
            return Err(Reject::BadSignature);
        }
        match body_hash {
            Some(hash) if request.method == Method::POST && !request.is_form() => {
                check_body_hash(&hash, &request.body)
            }
            _ => Ok(()),
        }
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let form = request.fields()?;
        if form.all("MessageStatus").next().is_some() && form.all("Body").next().is_none() {
            return Ok(Parsed::Nothing);
        }
        for name in DECISIVE {
            form.only(name)?;
        }
        let sid = form.required("MessageSid")?;
        let from = Plan::International.sender(form.required("From")?).ok_or(Reject::BadField("From"))?;
        let to = form.required("To")?;
        let has_file = form.optional("NumMedia")?.is_some_and(|count| count != "0");
        let text = match form.only("Body")? {
            Some(text) => text,
            None if has_file => b"",
            None => return Err(Reject::MissingField("Body")),
        };
        let plain = unwrapped(text);
        let bytes = plain.clone().unwrap_or_else(|| text.to_vec());
        let mut message = Message::new(sid, from, Body { bytes, alphabet: Alphabet::Utf8 })
            .to(Some(to))
            .segments(form.optional("NumSegments")?)
            .with_file(has_file);
        message.flags.extend(plain.map(|_| Flag::Base64));
        message.control = control(form.optional("OptOutType")?);
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let form = request.fields()?;
        let sid = form.required("MessageSid")?;
        let status = match form.required("MessageStatus")? {
            "accepted" | "scheduled" | "queued" | "sending" => DeliveryStatus::Queued,
            "sent" => DeliveryStatus::Sent,
            "delivered" | "read" => DeliveryStatus::Delivered,
            "undelivered" | "failed" | "canceled" => DeliveryStatus::Failed,
            _ => return Ok(Parsed::Nothing),
        };
        let mut report = Report::new(Some(sid), status);
        report.error_code = form.optional("ErrorCode")?.filter(|code| *code != "0").map(str::to_owned);
        report.opted_out = report.error_code.as_deref() == Some("21610");
        Ok(Parsed::One(report))
    }

    fn answer(&self, verdict: &Verdict) -> Answer {
        Answer::or_problem(verdict, Answer::new(200, "text/xml", "<Response></Response>"))
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let account = self.account.as_deref().ok_or(CannotSend::NotSetUp("account_sid"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        // A messaging service (MG…) chooses the number itself.
        let sender = if from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let mut pairs = vec![("To", reply.to.as_str()), (sender, from), ("Body", reply.text.as_str())];
        pairs.extend(reply.status_url.as_deref().map(|url| ("StatusCallback", url)));
        let url = format!("{}/2010-04-01/Accounts/{account}/Messages.json", self.api);
        let token = self.tokens.first().ok_or(CannotSend::NotSetUp("auth_token"))?;
        Ok(Outgoing::form(url, &pairs).basic(account, token.text()))
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Created {
            sid: String,
        }
        #[derive(Deserialize)]
        struct Failed {
            code: u32,
        }
        if (200..300).contains(&status) {
            return match serde_json::from_slice::<Created>(body) {
                Ok(created) => Sent::Accepted(Some(created.sid)),
                Err(_) => Sent::Accepted(None),
            };
        }
        match serde_json::from_slice::<Failed>(body) {
            // "Attempt to send to unsubscribed recipient", "Too many requests".
            Ok(Failed { code: 21610 }) => Sent::Never { code: "21610".into(), opted_out: true },
            Ok(Failed { code: 20429 }) => Sent::later(20429),
            Ok(failed) if status < 500 && status != 429 => Sent::never(failed.code),
            _ => Sent::of_failure(status),
        }
    }
}

fn control(kind: Option<&str>) -> Option<Control> {
    match kind {
        Some("STOP") => Some(Control::OptOut),
        Some("START") => Some(Control::OptIn),
        Some("HELP") => Some(Control::Help),
        _ => None,
    }
}

/// The text of a message that some carriers hand over as base64. Only a text that is nothing but base64, is
/// long, and holds readable text is one; half a letter at its end, where a carrier cut it, is left out.
fn unwrapped(text: &[u8]) -> Option<Vec<u8>> {
    const SHORTEST: usize = 60;
    let packed: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if packed.len() < SHORTEST || !packed.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = mac::base64(std::str::from_utf8(&packed).ok()?)?;
    if let Some(cut) = std::str::from_utf8(&bytes).err().filter(|error| error.error_len().is_none()) {
        bytes.truncate(cut.valid_up_to());
    }
    let readable = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    std::str::from_utf8(&bytes).ok()?.chars().all(readable).then_some(bytes)
}

/// Every name in byte order, followed by its distinct values in order, without anything between.
fn signed_parameters(form: &Form) -> Vec<u8> {
    let mut sorted: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
    for (name, value) in form.pairs() {
        sorted.entry(name).or_default().insert(value);
    }
    let mut joined = Vec::new();
    for (name, values) in sorted {
        for value in values {
            joined.extend_from_slice(name);
            joined.extend_from_slice(value);
        }
    }
    joined
}

fn check_body_hash(hash: &[u8], body: &[u8]) -> Result<(), Reject> {
    let hash = hex::decode(hash).map_err(|_| Reject::BodyHashMismatch)?;
    if mac::same(&hash, &mac::sha256(body)) { Ok(()) } else { Err(Reject::BodyHashMismatch) }
}

/// The URL with and without the standard port: the vendor's own validators accept both.
fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let port = if scheme == "https" { ":443" } else { ":80" };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if let Some(host) = authority.strip_suffix(port) {
        all.push(format!("{scheme}://{host}{tail}"));
    } else if !authority.rsplit(']').next().unwrap_or_default().contains(':') {
        all.push(format!("{scheme}://{authority}{port}{tail}"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_nothing_but_base64_is_unwrapped() {
        let said = "举报某县组织部长在换届期间收受现金，知情人还有两位，时间是三月。";
        let packed = mac::to_base64(said.as_bytes());
        assert_eq!(unwrapped(packed.as_bytes()).as_deref(), Some(said.as_bytes()));
        let cut = mac::to_base64(&said.as_bytes()[..said.len() - 2]);
        assert_eq!(unwrapped(cut.as_bytes()).as_deref(), said.strip_suffix('。').map(str::as_bytes));
        for other in [said, "short", &"abcd".repeat(20), &"wordswithoutspaces".repeat(6)] {
            assert_eq!(unwrapped(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn the_standard_port_may_be_written_or_not() {
        assert_eq!(
            spellings("https://h.example/a?b"),
            ["https://h.example/a?b", "https://h.example:443/a?b"]
        );
        assert_eq!(spellings("http://h.example:80/"), ["http://h.example:80/", "http://h.example/"]);
        assert_eq!(spellings("http://h.example:1234/a"), ["http://h.example:1234/a"]);
        assert_eq!(spellings("https://[::1]/a"), ["https://[::1]/a", "https://[::1]:443/a"]);
    }
}
