//! Huawei Cloud MSGSMS (华为云消息&短信: 接收上行短信、接收状态报告、发送短信, and push authentication by AK/SK,
//! sms_05_0064; for sending by AK/SK or X-WSSE, sms_05_0046). `connection` and `host` are among the signed headers, so a proxy in front must leave them.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::coding::{Alphabet, Body};
use crate::gateway::{
    CannotSend, DeliveryStatus, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report, Request,
    Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor,
};
use crate::wire::mac::{self, Hash};
use crate::wire::number::{Country, Plan};
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "huawei",
    signed: Signature::ByAccount,
    body_limit: FORM_LIMIT,
    signs_url: true,
    chinese: true,
    open,
};

/// The vendor documents no window; 15 minutes is what its own API gateway uses.
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const ALGORITHM: &str = "SDK-HMAC-SHA256";

struct KeyPair {
    access: String,
    secret: Secret,
}

struct Huawei {
    /// Two pairs may be live while keys are changed.
    keys: Vec<KeyPair>,
    sending: Option<Sending>,
}

/// How requests to the vendor are authenticated.
#[derive(Clone, Copy)]
enum Authentication {
    /// The vendor recommends it: the request is signed.
    KeyPair,
    /// A digest of the secret and the time.
    Wsse,
}

struct Sending {
    key: KeyPair,
    authentication: Authentication,
    from: String,
    template: String,
    signature: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    let required = settings.flag("require_signature", true)?;
    let mut keys = Vec::new();
    for (access, secret) in [("push_ak", "push_sk"), ("push_ak_2", "push_sk_2")] {
        if let Some(pair) = key_pair(settings, access, secret)? {
            keys.push(pair);
        }
    }
    if required && keys.is_empty() {
        return Err(SettingsError::Missing("push_ak"));
    }
    let from = settings.text("from")?;
    let template = settings.text("template_id")?;
    let signature = settings.text("signature")?;
    let api = settings.text("api_url")?;
    let authentication = match settings.text("send_auth")?.as_deref() {
        None | Some("aksk") => Authentication::KeyPair,
        Some("wsse") => Authentication::Wsse,
        Some(_) => return Err(SettingsError::Wrong("send_auth", "aksk or wsse")),
    };
    let sending = match key_pair(settings, "app_key", "app_secret")? {
        None => None,
        Some(key) => Some(Sending {
            key,
            authentication,
            from: from.ok_or(SettingsError::Missing("from"))?,
            template: template.ok_or(SettingsError::Missing("template_id"))?,
            signature,
            api: api.ok_or(SettingsError::Missing("api_url"))?,
        }),
    };
    Ok(Box::new(Huawei { keys, sending }))
}

fn key_pair(
    settings: &mut Settings,
    access: &'static str,
    secret: &'static str,
) -> Result<Option<KeyPair>, SettingsError> {
    match (settings.text(access)?, settings.secret(secret)?) {
        (None, None) => Ok(None),
        (None, _) => Err(SettingsError::Missing(access)),
        (_, None) => Err(SettingsError::Missing(secret)),
        (Some(access), Some(secret)) => Ok(Some(KeyPair { access, secret })),
    }
}

impl Vendor for Huawei {
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        if self.keys.is_empty() {
            return Ok(());
        }
        let header = request.header("authorization").ok_or(Reject::MissingSignature)?;
        let fields = header.strip_prefix(ALGORITHM).ok_or(Reject::BadAlgorithm)?;
        let field =
            |name: &str| fields.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let (Some(access), Some(names), Some(signature)) =
            (field("Access"), field("SignedHeaders"), field("Signature"))
        else {
            return Err(Reject::BadSignature);
        };
        const DATE: &str = "X-Sdk-Date";
        let date = request.header(DATE).ok_or(Reject::MissingHeader(DATE))?;
        let at = date.strip_suffix('Z').and_then(|text| text.split_once('T'));
        let at = at.and_then(|(day, time)| time::digits(&format!("{day}{time}"), "%Y%m%d%H%M%S"));
        let at = at.ok_or(Reject::BadTimestamp)?;
        let mut known =
            self.keys.iter().filter(|pair| mac::same(pair.access.as_bytes(), access.as_bytes())).peekable();
        known.peek().ok_or(Reject::UnknownAccessKey)?;
        let presented = hex::decode(signature).map_err(|_| Reject::BadSignature)?;
        let to_sign = to_sign(request, names, date)?;
        if !known.any(|pair| {
            mac::same(&mac::hmac(Hash::Sha256, pair.secret.bytes(), &[to_sign.as_bytes()]), &presented)
        }) {
            return Err(Reject::BadSignature);
        }
        time::within(at, now, WINDOW, WINDOW)
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let form = request.fields()?;
        let id = form.required("smsMsgId")?;
        let from =
            Plan::National(Country::CN).sender(form.required("from")?).ok_or(Reject::BadField("from"))?;
        let to = form.optional("to")?;
        let text = form.only("body")?.ok_or(Reject::MissingField("body"))?;
        let sent_at = form.optional("createTime")?.map(time::rfc3339);
        let body = Body { bytes: repaired(text), alphabet: Alphabet::Utf8 };
        Ok(Parsed::One(Message::new(id, from, body).to(to).sent_at(sent_at)))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let form = request.fields()?;
        let id = form.required("smsMsgId")?;
        let word = form.required("status")?;
        // Whatever else the table of status words (接收状态报告) or the list of error codes (状态回执错误码) has is why
        // it failed.
        let status = DeliveryStatus::of_smpp(word).unwrap_or(DeliveryStatus::Failed);
        let mut report = Report::new(Some(id), status);
        report.reference = form.optional("extend")?.map(str::to_owned);
        report.error_code = (status == DeliveryStatus::Failed).then(|| word.to_owned());
        report.at = form.optional("updateTime")?.and_then(time::rfc3339);
        let number = |name| Ok::<_, Reject>(form.optional(name)?.and_then(|text| text.parse::<u32>().ok()));
        report.part = number("sequence")?.zip(number("total")?);
        Ok(Parsed::One(report))
    }

    fn sends_free_text(&self) -> bool {
        false
    }

    /// Only approved templates; the receipt fills the template's parameters.
    fn send(&self, reply: &Reply, signing: &Signing) -> Result<Outgoing, CannotSend> {
        let sending = self.sending.as_ref().ok_or(CannotSend::NotSetUp("app_key"))?;
        let parameters = serde_json::to_string(&reply.receipt).map_err(|_| CannotSend::Impossible)?;
        let mut pairs = vec![
            ("from", sending.from.as_str()),
            ("to", &reply.to),
            ("templateId", &sending.template),
            ("templateParas", &parameters),
            ("extend", &reply.reference),
        ];
        pairs.extend(reply.status_url.as_deref().map(|url| ("statusCallback", url)));
        pairs.extend(sending.signature.as_deref().map(|name| ("signature", name)));
        let mut outgoing = Outgoing::form(format!("{}/sms/batchSendSms/v1", sending.api), &pairs);
        match sending.authentication {
            Authentication::KeyPair => sending.sign(&mut outgoing, signing.now)?,
            Authentication::Wsse => sending.digest(&mut outgoing, signing),
        }
        Ok(outgoing)
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Answered {
            code: String,
            result: Option<Vec<One>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct One {
            sms_msg_id: Option<String>,
            status: Option<String>,
        }
        let Ok(answered) = serde_json::from_slice::<Answered>(body) else {
            return if status == 200 {
                Sent::Unknown { code: "bad_answer".into() }
            } else {
                Sent::of_failure(status)
            };
        };
        let one = answered.result.and_then(|result| result.into_iter().next());
        match (answered.code.as_str(), one) {
            ("000000", Some(One { sms_msg_id, status }))
                if status.as_deref().is_none_or(|s| s == "000000") =>
            {
                Sent::Accepted(sms_msg_id)
            }
            ("000000", None) => Sent::Accepted(None),
            // System error; flow control of the account.
            ("E000000", _) => Sent::Unknown { code: answered.code },
            ("E000620" | "E000623", _) => Sent::later(answered.code),
            (_, Some(One { status: Some(status), .. })) => Sent::never(status),
            _ => Sent::never(answered.code),
        }
    }
}

impl Sending {
    fn sign(&self, outgoing: &mut Outgoing, now: Timestamp) -> Result<(), CannotSend> {
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let host = self.api.split_once("://").map_or(self.api.as_str(), |(_, host)| host);
        outgoing.set("host", host);
        outgoing.set("x-sdk-date", &date);
        let names = "content-type;host;x-sdk-date";
        let request = Request {
            method: Method::POST,
            headers: outgoing.headers.clone(),
            body: outgoing.body.clone().into(),
            ..Request::get(&outgoing.url)
        };
        let to_sign = to_sign(&request, names, &date).map_err(|_| CannotSend::Impossible)?;
        let signature = hex::encode(mac::hmac(Hash::Sha256, self.key.secret.bytes(), &[to_sign.as_bytes()]));
        let access = &self.key.access;
        outgoing.set(
            "authorization",
            &format!("{ALGORITHM} Access={access}, SignedHeaders={names}, Signature={signature}"),
        );
        Ok(())
    }

    /// The page says Base64(SHA256(nonce + time + secret)); what its example holds is the base64 of the hash in
    /// hexadecimal, and so do its samples in Java and PHP.
    fn digest(&self, outgoing: &mut Outgoing, signing: &Signing) {
        let created = signing.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let nonce = &signing.nonce;
        let secret = [nonce.as_bytes(), created.as_bytes(), self.key.secret.bytes()].concat();
        let digest = mac::to_base64(mac::sha256_hex(&secret).as_bytes());
        let access = &self.key.access;
        outgoing.set("authorization", r#"WSSE realm="SDP",profile="UsernameToken",type="Appkey""#);
        outgoing.set(
            "x-wsse",
            &format!(
                r#"UsernameToken Username="{access}",PasswordDigest="{digest}",Nonce="{nonce}",Created="{created}""#
            ),
        );
    }
}

/// The string to sign: the canonical request's hash under the algorithm and the date.
fn to_sign(request: &Request, names: &str, date: &str) -> Result<String, Reject> {
    let mut path = request.path().to_owned();
    if !path.ends_with('/') {
        path.push('/');
    }
    let mut query: Vec<&str> = request.query().split('&').filter(|pair| !pair.is_empty()).collect();
    query.sort_unstable();
    let mut lines = String::new();
    for name in names.split(';') {
        let value = request.header(name).ok_or(Reject::BadSignature)?;
        lines.push_str(&format!("{}:{}\n", name.to_ascii_lowercase(), value.trim()));
    }
    let hash = mac::sha256_hex(&request.body);
    let canonical = format!("{}\n{path}\n{}\n{lines}\n{names}\n{hash}", request.method, query.join("&"));
    Ok(format!("{ALGORITHM}\n{date}\n{}", mac::sha256_hex(canonical.as_bytes())))
}

/// The vendor documents that UTF-8 sometimes arrives read as ISO 8859-1 and encoded once more, and to read it
/// back. Text that is not such a double encoding stays as it is.
fn repaired(text: &[u8]) -> Vec<u8> {
    let once = std::str::from_utf8(text).ok().and_then(|text| {
        text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect::<Option<Vec<u8>>>()
    });
    match once {
        Some(bytes) if !bytes.is_ascii() && std::str::from_utf8(&bytes).is_ok() => bytes,
        _ => text.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_encoded_twice_is_read_back() {
        let twice: String = "测试".bytes().map(char::from).collect();
        assert_eq!(repaired(twice.as_bytes()), "测试".as_bytes());
        for sound in ["测试", "café", "plain", "naïve £5"] {
            assert_eq!(repaired(sound.as_bytes()), sound.as_bytes());
        }
        assert_eq!(repaired(b"\xff\xfe"), b"\xff\xfe");
    }
}
