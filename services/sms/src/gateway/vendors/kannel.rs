//! Kannel's smsbox (Kannel 1.4 user guide: SMSBox, `get-url` escapes, `post-url` headers, delivery reports,
//! `sendsms`; codings count from 0 in both, as its smsbox 1.4.5 sends them). The operator
//! writes the URL, so the names of its parameters are read from that URL.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::coding::udh::{self, Part};
use crate::coding::{Alphabet, Body, Flag, length};
use crate::gateway::{
    Answer, CannotSend, DeliveryStatus, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report,
    Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::form::Form;
use crate::wire::number::Plan;
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "kannel",
    signed: Signature::Never,
    body_limit: FORM_LIMIT,
    signs_url: false,
    chinese: false,
    open,
};

struct Kannel {
    names: Names,
    plan: Plan,
    user: Option<String>,
    password: Option<Secret>,
    from: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    let template = settings.text("get_url")?;
    Ok(Box::new(Kannel {
        names: template.as_deref().map(Names::of_template).unwrap_or_default(),
        plan: super::plan(settings)?,
        user: settings.text("username")?,
        password: settings.secret("password")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "http://127.0.0.1:13013".into()),
    }))
}

/// Which parameter holds which escape.
#[derive(Default)]
struct Names(BTreeMap<char, String>);

impl Names {
    fn of_template(template: &str) -> Self {
        let query = template.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let escape = value.strip_prefix('%')?.chars().next()?;
            Some((escape, name.to_owned()))
        });
        Self(pairs.collect())
    }

    /// The parameter for the first of the escapes that the template has, else the first usual name that the
    /// request has.
    fn find<'a>(
        &self,
        form: &'a Form,
        escapes: &str,
        usual: &[&'static str],
    ) -> Result<Option<&'a [u8]>, Reject> {
        let label = usual[0];
        let mut names: Vec<&str> =
            escapes.chars().filter_map(|escape| self.0.get(&escape)).map(String::as_str).collect();
        if names.is_empty() {
            names.extend(usual);
        }
        for name in names {
            let mut values = form.all(name);
            match (values.next(), values.next()) {
                (None, _) => {}
                (value, None) => return Ok(value),
                _ => return Err(Reject::AmbiguousField(label)),
            }
        }
        Ok(None)
    }

    fn text<'a>(
        &self,
        form: &'a Form,
        escapes: &str,
        usual: &[&'static str],
    ) -> Result<Option<&'a str>, Reject> {
        let Some(value) = self.find(form, escapes, usual)? else { return Ok(None) };
        let value = std::str::from_utf8(value).map_err(|_| Reject::BadEncoding)?;
        Ok(Some(value).filter(|value| !value.is_empty()))
    }
}

/// What a `post-url` brings besides its URL; nothing for a `get-url`.
struct Posted<'a>(Option<&'a Request>);

impl<'a> Posted<'a> {
    /// The guide calls `post-xml` experimental, and its own smsbox writes bytes into it that no XML can hold.
    fn of(request: &'a Request) -> Result<Self, Reject> {
        if request.method != Method::GET && request.method != Method::POST {
            return Err(Reject::MethodNotAllowed);
        }
        let posted = Some(request).filter(|request| request.method == Method::POST);
        match posted.and_then(Request::content_type) {
            Some(kind) if kind.ends_with("/xml") => Err(Reject::UnsupportedContentType),
            _ => Ok(Self(posted)),
        }
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.0?.header(name).filter(|value| !value.is_empty())
    }

    fn charset(&self) -> Option<&'a str> {
        self.0?.charset()
    }

    fn body(&self) -> Option<&'a [u8]> {
        Some(self.0?.body.as_ref())
    }
}

impl Vendor for Kannel {
    /// Nothing is signed: the common checks are all there is.
    fn verify(&self, _request: &Request, _now: Timestamp) -> Result<(), Reject> {
        Ok(())
    }

    /// By `get-url`, or by `post-url`, which has the text as its body and the rest in `X-Kannel-` headers. What
    /// stands in the URL goes first.
    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let form = Form::parse(request.query().as_bytes());
        let (names, posted) = (&self.names, Posted::of(request)?);
        let field = |escapes, usual, header| {
            names.text(&form, escapes, usual).map(|text| text.or_else(|| posted.header(header)))
        };
        let from = field("pqQ", &["from", "sender"], "x-kannel-from")?.ok_or(Reject::MissingField("from"))?;
        let from = self.plan.sender(from).ok_or(Reject::BadField("from"))?;
        let text = names.find(&form, "bakr", &["text", "message"])?.or(posted.body());
        let text = text.ok_or(Reject::MissingField("text"))?;
        let id = names.text(&form, "IF", &["id", "msgid"])?.ok_or(Reject::MissingField("id"))?;
        let coding = field("c", &["coding"], "x-kannel-coding")?;
        let charset = names.text(&form, "C", &["charset"])?.or(posted.charset());
        let (alphabet, unknown) = alphabet(coding, charset, text);
        let header = names.find(&form, "u", &["udh"])?.unwrap_or_default();
        let header = if header.is_empty() {
            posted.header("x-kannel-udh").unwrap_or_default().as_bytes()
        } else {
            header
        };
        let at = match names.text(&form, "T", &["ts"])? {
            Some(at) => Some(time::unix(at).or_else(|| time::local(at, &TimeZone::UTC))),
            None => field("t", &["time"], "x-kannel-time")?.map(|at| time::local(at, &TimeZone::UTC)),
        };
        let mut message = Message::new(id, from, Body { bytes: text.to_vec(), alphabet })
            .to(field("PQ", &["to", "receiver"], "x-kannel-to")?)
            .sent_at(at);
        message.flags.extend(unknown.then_some(Flag::DecodeError));
        match part(header) {
            Ok(part) => message.part = part,
            Err(udh::BadUdh) => message.flags.push(Flag::BadUdh),
        }
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        Posted::of(request)?;
        let form = Form::parse(request.query().as_bytes());
        let reference = match form.optional("uuid")? {
            Some(reference) => reference,
            None => form.required("id").map_err(|_| Reject::MissingField("uuid"))?,
        };
        let status = match form.required("status")? {
            "1" => DeliveryStatus::Delivered,
            "2" | "16" => DeliveryStatus::Failed,
            "4" | "8" => DeliveryStatus::Sent,
            _ => return Ok(Parsed::Nothing),
        };
        let mut report = Report::new(None, status);
        report.reference = Some(reference.to_owned());
        Ok(Parsed::One(report))
    }

    /// Any body is sent to the person as an SMS, so there never is one.
    fn answer(&self, verdict: &Verdict) -> Answer {
        Answer::new(Answer::status_of(verdict), "text/plain", "")
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let user = self.user.as_deref().ok_or(CannotSend::NotSetUp("username"))?;
        let password = self.password.as_ref().ok_or(CannotSend::NotSetUp("password"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("username", user),
            ("password", password.text()),
            ("from", from),
            ("to", &reply.to),
            ("text", &reply.text),
            ("charset", "UTF-8"),
        ]);
        if length::needs_ucs2(&reply.text) {
            query.append_pair("coding", "2");
        }
        if let Some(url) = &reply.status_url {
            let joint = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{joint}uuid={}&status=%d", reply.reference);
            query.append_pair("dlr-mask", "31").append_pair("dlr-url", &url);
        }
        Ok(Outgoing::get(format!("{}/cgi-bin/sendsms?{}", self.api, query.finish())))
    }

    /// "0: Accepted for delivery" or "3: Queued for later delivery" with 202; "Temporal failure" with 503.
    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        match status {
            200..300 if body.starts_with(b"0:") || body.starts_with(b"3:") => Sent::Accepted(None),
            200..300 => Sent::Unknown { code: "bad_answer".into() },
            _ => Sent::of_failure(status),
        }
    }
}

/// `%c` decides where it is there; an unknown charset is read as UTF-8 and flagged. The guide's GSM names what the
/// telephone sent: smsbox has made UTF-8 of it, unless a letter stands there as only GSM 03.38 writes it.
fn alphabet(coding: Option<&str>, charset: Option<&str>, text: &[u8]) -> (Alphabet, bool) {
    let declared = charset.map(|label| Alphabet::of_label(label).ok_or(()));
    match (coding, declared) {
        (Some("2"), Some(Ok(Alphabet::Named(name)))) if name == "utf-16le" => (Alphabet::Named(name), false),
        (Some("2"), _) => (Alphabet::Utf16Be, false),
        (Some("1"), _) => (Alphabet::Binary, false),
        (_, Some(Ok(Alphabet::Gsm7))) if !is_raw_gsm(text) => (Alphabet::Utf8, false),
        (_, Some(Ok(alphabet))) => (alphabet, false),
        (_, Some(Err(()))) => (Alphabet::Utf8, true),
        (_, None) => (Alphabet::Utf8, false),
    }
}

/// The header as bytes, or as hexadecimal digits, which some relays make of it.
fn part(header: &[u8]) -> Result<Option<Part>, udh::BadUdh> {
    match udh::parse(header) {
        Err(udh::BadUdh) => {
            hex::decode(header).map_err(|_| udh::BadUdh).and_then(|header| udh::parse(&header))
        }
        parsed => parsed,
    }
}

/// Whether septets came as they were: the letters of GSM 03.38 below the blank are no characters of a text in UTF-8,
/// except for the ends of lines.
fn is_raw_gsm(text: &[u8]) -> bool {
    text.iter().any(|byte| *byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_url_names_the_parameters() {
        let names = Names::of_template("http://h/x?wer=%p&was=%b&fix=1&id=%I");
        let form = Form::parse(b"wer=%2B1234567890&was=a+b&id=7&text=no");
        assert_eq!(names.find(&form, "pqQ", &["from"]), Ok(Some(&b"+1234567890"[..])));
        assert_eq!(names.find(&form, "ba", &["text"]), Ok(Some(&b"a b"[..])));
        assert_eq!(names.find(&form, "T", &["ts"]), Ok(None));
    }

    fn post(content_type: &str, headers: &[(&'static str, &'static str)], body: &'static [u8]) -> Request {
        let mut request = Request::get("https://t.example/sms/main/inbound?id=7&ts=1772366400");
        request.method = Method::POST;
        request.headers.insert("content-type", content_type.parse().unwrap());
        for (name, value) in headers {
            request.headers.insert(*name, value.parse().unwrap());
        }
        request.body = bytes::Bytes::from_static(body);
        request
    }

    /// As a real smsbox 1.4.5 posts it.
    #[test]
    fn a_post_has_its_text_in_the_body_and_the_rest_in_headers() {
        let kannel = open(&mut Settings::from_pairs([("default_region", "CN")])).unwrap();
        let read = |request: &Request| match kannel.messages(request).map(Parsed::into_rows) {
            Ok(mut rows) => rows.remove(0),
            Err(reject) => Err(reject),
        };
        let headers = [("x-kannel-from", "13900000001"), ("x-kannel-to", "12380"), ("x-kannel-coding", "0")];
        let message = read(&post("text/plain; charset=\"UTF-8\"", &headers, "举报+1".as_bytes())).unwrap();
        assert_eq!(message.body.decode().0, "举报+1", "a body is not escaped");
        assert_eq!((message.from.as_str(), message.to.as_deref()), ("+8613900000001", Some("12380")));
        assert_eq!(message.external_id.as_deref(), Some("7"));
        let headers =
            [("x-kannel-from", "13900000001"), ("x-kannel-coding", "2"), ("x-kannel-udh", "050003010202")];
        let message = read(&post("text/plain; charset=\"UTF-16BE\"", &headers, b"N-e\x87")).unwrap();
        assert_eq!(message.body.decode().0, "中文");
        assert_eq!(message.part.map(|part| (part.total, part.seq)), Some((2, 2)));
        let headers = [("x-kannel-from", "13900000001"), ("x-kannel-coding", "1")];
        let message = read(&post("application/octet-stream", &headers, b"N-e\x87")).unwrap();
        assert_eq!(message.body.alphabet, Alphabet::Binary);
        let unsupported = read(&post("text/xml", &headers, b"<message/>")).unwrap_err();
        assert_eq!(unsupported, Reject::UnsupportedContentType);
        let nobody = read(&post("text/plain", &[], b"x")).unwrap_err();
        assert_eq!(nobody, Reject::MissingField("from"), "send-sender = true is needed");
    }

    #[test]
    fn only_get_and_post_bring_anything() {
        let kannel = open(&mut Settings::default()).unwrap();
        for method in [Method::HEAD, Method::PUT, Method::DELETE] {
            let mut request =
                Request::get("https://t.example/?from=%2B8613900000001&id=1&text=x&uuid=1&status=1");
            assert!(kannel.messages(&request).is_ok() && kannel.reports(&request).is_ok());
            request.method = method;
            assert_eq!(kannel.messages(&request).err(), Some(Reject::MethodNotAllowed));
            assert_eq!(kannel.reports(&request).err(), Some(Reject::MethodNotAllowed));
        }
    }

    #[test]
    fn coding_goes_before_charset() {
        assert_eq!(alphabet(Some("2"), Some("UTF-8"), b"x"), (Alphabet::Utf16Be, false));
        assert_eq!(alphabet(Some("0"), Some("GBK"), b"x"), (Alphabet::Named("gbk".into()), false));
        assert_eq!(alphabet(Some("0"), Some("no-such"), b"x"), (Alphabet::Utf8, true));
        assert_eq!(alphabet(Some("0"), Some("GSM"), b"x"), (Alphabet::Utf8, false));
        assert_eq!(alphabet(Some("0"), Some("GSM"), b"caf\x05"), (Alphabet::Gsm7, false));
        assert_eq!(alphabet(None, None, b"x"), (Alphabet::Utf8, false));
    }
}
