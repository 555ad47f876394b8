//! MessageBird's older SMS API ("Inbound SMS", "Status reports", "Verifying HTTP requests" of the vendor's
//! documentation).

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use crate::coding::{Alphabet, Body, length};
use crate::gateway::{
    Answer, CannotSend, DeliveryStatus, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report,
    Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::form::Form;
use crate::wire::mac::{self, Hash};
use crate::wire::number::Plan;
use crate::wire::{jwt, time};

pub(super) const KIND: Kind = Kind {
    name: "messagebird",
    signed: Signature::Always,
    body_limit: FORM_LIMIT,
    signs_url: true,
    chinese: false,
    open,
};

const ALGORITHMS: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
/// The vendor's own validators allow clocks to differ by this much.
const LEEWAY: f64 = 1.0;
/// What the vendor's own library calls recent, for the older signature.
const RECENT: SignedDuration = SignedDuration::from_secs(10);

struct MessageBird {
    keys: Vec<Secret>,
    access_key: Option<Secret>,
    originator: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(MessageBird {
        keys: settings.secrets("signing_key", "signing_keys")?,
        access_key: settings.secret("access_key")?,
        originator: settings.text("from")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "https://rest.messagebird.com".into()),
    }))
}

impl Vendor for MessageBird {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        let filled = |name| request.header(name).filter(|value| !value.is_empty());
        match (filled("messagebird-signature-jwt"), filled("messagebird-signature")) {
            (Some(token), _) => self.verify_token(token, request, now),
            (None, Some(signature)) => self.verify_older(signature, request, now),
            (None, None) => Err(Reject::MissingSignature),
        }
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let form = request.fields_or_json()?;
        // A short code has names of its own; real requests carry those of the other kind beside them.
        let names = if text(&form, "shortcode")?.is_some() { SHORT_CODE } else { LONG_NUMBER };
        let id = first(&form, names.id)?.ok_or(Reject::MissingField("id"))?;
        let from = text(&form, "originator")?.ok_or(Reject::MissingField("originator"))?;
        let from = Plan::International.sender(from).ok_or(Reject::BadField("originator"))?;
        let to = text(&form, "recipient")?.or(text(&form, "shortcode")?);
        let has_file = form.all("mediaUrls").chain(form.all("mediaURLs")).any(|urls| !urls.is_empty());
        let body = match names.body.into_iter().find_map(|name| form.last(name)) {
            Some(body) => body,
            None if has_file => b"",
            None => return Err(Reject::MissingField("body")),
        };
        let sent_at = first(&form, ["createdDatetime", "CreatedDatetime", "receive_datetime"])?
            .map(|at| time::rfc3339(at).or_else(|| time::digits(at, "%Y%m%d%H%M%S")));
        let body = Body { bytes: body.to_vec(), alphabet: Alphabet::Utf8 };
        Ok(Parsed::One(Message::new(id, from, body).to(to).sent_at(sent_at).with_file(has_file)))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let form = request.fields()?;
        let id = text(&form, "id")?.ok_or(Reject::MissingField("id"))?;
        let status = match text(&form, "status")?.ok_or(Reject::MissingField("status"))? {
            "scheduled" | "buffered" => DeliveryStatus::Queued,
            "sent" => DeliveryStatus::Sent,
            "delivered" => DeliveryStatus::Delivered,
            "expired" | "delivery_failed" => DeliveryStatus::Failed,
            _ => return Ok(Parsed::Nothing),
        };
        let mut report = Report::new(Some(id), status);
        report.reference = text(&form, "reference")?.map(str::to_owned);
        report.error_code = text(&form, "statusErrorCode")?.filter(|code| *code != "0").map(str::to_owned);
        report.opted_out = report.error_code.as_deref() == Some("103");
        report.at = text(&form, "statusDatetime")?.and_then(time::rfc3339);
        Ok(Parsed::One(report))
    }

    fn answer(&self, verdict: &Verdict) -> Answer {
        Answer::or_problem(verdict, Answer::new(200, "text/plain", "OK"))
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let key = self.access_key.as_ref().ok_or(CannotSend::NotSetUp("access_key"))?;
        let from = self.originator.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let coding = if length::needs_ucs2(&reply.text) { "unicode" } else { "plain" };
        let mut body = json!({
            "recipients": [reply.to.trim_start_matches('+')],
            "originator": from,
            "body": reply.text,
            "reference": reply.reference,
            "datacoding": coding,
        });
        if let Some(url) = &reply.status_url {
            body["reportUrl"] = json!(url);
        }
        let mut request = Outgoing::json(format!("{}/messages", self.api), &body);
        request.set("authorization", &format!("AccessKey {}", key.text()));
        Ok(request)
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Created {
            id: String,
        }
        match status {
            200..300 => {
                Sent::Accepted(serde_json::from_slice::<Created>(body).ok().map(|created| created.id))
            }
            _ => Sent::of_failure(status),
        }
    }
}

impl MessageBird {
    fn verify_token(&self, token: &str, request: &Request, now: Timestamp) -> Result<(), Reject> {
        let claims = jwt::verify(token, &ALGORITHMS, &self.keys)?;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a double")]
        let now = now.as_second() as f64;
        if claims.iss.as_deref() != Some("MessageBird") {
            return Err(Reject::BadIssuer);
        }
        if claims.nbf.ok_or(Reject::MissingClaim("nbf"))? > now + LEEWAY {
            return Err(Reject::NotYetValid);
        }
        if claims.exp.ok_or(Reject::MissingClaim("exp"))? < now - LEEWAY {
            return Err(Reject::Expired);
        }
        if !hash_is(claims.url_hash.as_deref(), request.url.as_bytes()) {
            return Err(Reject::UrlHashMismatch);
        }
        // The hash is there exactly when there is a body.
        let fits = match (&claims.payload_hash, request.body.is_empty()) {
            (None, empty) => empty,
            (Some(_), true) => false,
            (Some(hash), false) => hash_is(Some(hash), &request.body),
        };
        if fits { Ok(()) } else { Err(Reject::PayloadHashMismatch) }
    }

    /// The signature before tokens: time, query sorted by name, and the body's hash as bytes.
    fn verify_older(&self, signature: &str, request: &Request, now: Timestamp) -> Result<(), Reject> {
        const AT: &str = "MessageBird-Request-Timestamp";
        let at = request.header(AT).ok_or(Reject::MissingHeader(AT))?;
        let signed_at = time::header_seconds(at)?;
        let presented = mac::base64(signature).ok_or(Reject::BadSignature)?;
        let query = sorted_query(request.query());
        let body = mac::sha256(&request.body);
        let parts = [at.as_bytes(), b"\n", query.as_bytes(), b"\n", &body];
        if !self.keys.iter().any(|key| mac::same(&mac::hmac(Hash::Sha256, key.bytes(), &parts), &presented)) {
            return Err(Reject::BadSignature);
        }
        if request.method != Method::GET && request.method != Method::POST {
            return Err(Reject::MethodNotAllowed);
        }
        time::within(signed_at, now, RECENT, RECENT)
    }
}

/// The names of a message's id and words, the usual one first.
struct Names {
    id: [&'static str; 2],
    body: [&'static str; 2],
}

const LONG_NUMBER: Names = Names { id: ["id", "mid"], body: ["body", "message"] };
const SHORT_CODE: Names = Names { id: ["mid", "id"], body: ["message", "body"] };

/// The first of the names that says something.
fn first<'a, const N: usize>(form: &'a Form, names: [&'static str; N]) -> Result<Option<&'a str>, Reject> {
    names.into_iter().find_map(|name| text(form, name).transpose()).transpose()
}

fn hash_is(hash: Option<&str>, bytes: &[u8]) -> bool {
    hash.and_then(|hash| hex::decode(hash).ok()).is_some_and(|hash| mac::same(&hash, &mac::sha256(bytes)))
}

fn sorted_query(query: &str) -> String {
    let mut pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    pairs.sort();
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Real requests repeat names, also with other values; all of it is signed, and the last is what is meant.
fn text<'a>(form: &'a Form, name: &'static str) -> Result<Option<&'a str>, Reject> {
    let Some(value) = form.last(name) else { return Ok(None) };
    let value = std::str::from_utf8(value).map_err(|_| Reject::BadEncoding)?;
    Ok(Some(value).filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, body: &str) -> Message {
        let vendor = open(&mut Settings::from_pairs([("signing_key", "k")])).unwrap();
        let mut request = Request::get("https://t.example/");
        request.method = Method::POST;
        request.headers.insert("content-type", content_type.parse().unwrap());
        request.body = bytes::Bytes::copy_from_slice(body.as_bytes());
        vendor.messages(&request).unwrap().into_rows().remove(0).unwrap()
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    /// As requests have been seen, with other numbers and words.
    #[test]
    fn repeated_names_mean_the_last_and_a_short_code_has_its_own() {
        let long = read(
            FORM,
            "receiver=31600000001&body=old&reference=1&id=a&id=b&recipient=31600000001\
                               &originator=31600000002&body=new&CreatedDatetime=2026-03-01T12%3A00%3A00%2B00%3A00",
        );
        assert_eq!((long.external_id.as_deref(), long.body.decode().0.as_str()), (Some("b"), "new"));
        let short = read(
            FORM,
            "shortcode=51515&message=words&id=a&mid=b&recipient=31600000001\
                                &originator=31600000002&body=other&receive_datetime=20260301120000",
        );
        assert_eq!((short.external_id.as_deref(), short.body.decode().0.as_str()), (Some("b"), "words"));
        assert_eq!(short.sent_at, long.sent_at);
        assert!(short.sent_at.is_some());
    }

    /// What a flow sends is a form or JSON, as its author chose.
    #[test]
    fn json_says_the_same() {
        let message = read(
            "application/json",
            r#"{"id":"a","originator":31600000002,"recipient":"31600000001","body":"举报"}"#,
        );
        assert_eq!((message.from.as_str(), message.body.decode().0.as_str()), ("+31600000002", "举报"));
    }
}
