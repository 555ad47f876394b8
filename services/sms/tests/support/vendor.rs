//! The vendors' side of the webhooks: requests as each documents them, signed as each documents it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use dengwen_sms::wire::form::Form;
use dengwen_sms::wire::mac::{Hash, hmac, sha256, sha256_hex, to_base64};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Where the vendor was told that we are.
pub(crate) const PUBLIC: &str = "https://t.example";

/// A request as a vendor makes it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn get(url: &str, pairs: &[(&str, &str)]) -> Self {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let joint = if url.contains('?') { '&' } else { '?' };
        Self { method: "GET", url: format!("{url}{joint}{query}"), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn form(url: &str, pairs: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Self { method: "POST", url: url.to_owned(), headers, body: body.into_bytes() }
    }

    pub(crate) fn json(url: &str, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: "POST", url: url.to_owned(), headers, body: body.to_string().into_bytes() }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
    }

    /// The path and query, as our server sees them.
    fn uri(&self) -> &str {
        self.url.strip_prefix(PUBLIC).unwrap()
    }

    pub(crate) fn request(&self) -> http::Request<axum::body::Body> {
        let mut request = http::Request::builder().method(self.method).uri(self.uri());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(axum::body::Body::from(self.body.clone())).unwrap()
    }

    fn split(&self) -> (&str, &str) {
        self.url.split_once('?').unwrap_or((&self.url, ""))
    }
}

/// A vendor and our account with it.
pub(crate) struct Vendor {
    pub(crate) kind: &'static str,
    /// The gateway's settings for receiving.
    pub(crate) settings: &'static str,
    /// What stands behind `inbound` and `status` in the address.
    pub(crate) secret: &'static str,
    /// A message in order.
    pub(crate) message: fn(&str) -> Call,
    /// The report that a reply arrived: where to, the vendor's id and our reference.
    pub(crate) delivered: fn(&str, &str, &str) -> Call,
    /// Signs a request at an instant; nothing where the vendor signs nothing.
    pub(crate) sign: fn(&mut Call, Timestamp),
}

impl Vendor {
    pub(crate) fn of(kind: &str) -> &'static Self {
        VENDORS.iter().find(|vendor| vendor.kind == kind).unwrap()
    }

    pub(crate) fn inbound(&self) -> String {
        format!("{PUBLIC}/sms/main/inbound{}", self.secret)
    }

    /// The gateway's table.
    pub(crate) fn table(&self) -> toml::Table {
        let Self { kind, settings, .. } = self;
        format!("public_url = \"{PUBLIC}\"\n[gateways.main]\nkind = \"{kind}\"\n{settings}").parse().unwrap()
    }
}

const FROM: &str = "+8613900000001";
const DIGITS: &str = "8613900000001";
pub(crate) const TEXT: &str = "县长卖官";
const WHSEC: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) const VENDORS: &[Vendor] = &[
    Vendor {
        kind: "twilio",
        settings: "auth_token = \"t\"",
        secret: "",
        message: |url| {
            let pairs = [
                ("MessageSid", "SM9"),
                ("AccountSid", "AC1"),
                ("From", FROM),
                ("To", "+1555"),
                ("Body", TEXT),
            ];
            Call::form(url, &pairs)
        },
        delivered: |url, id, _| {
            Call::form(url, &[("MessageSid", id), ("MessageStatus", "delivered"), ("To", FROM)])
        },
        sign: |call, _| {
            let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = owned(&Form::parse(&call.body));
            pairs.sort();
            let joined: Vec<u8> =
                pairs.into_iter().flat_map(|(name, value)| [name, value].concat()).collect();
            let signature = to_base64(&hmac(Hash::Sha1, b"t", &[call.url.as_bytes(), &joined]));
            call.set("x-twilio-signature", signature);
        },
    },
    Vendor {
        kind: "vonage",
        settings: "signature_secret = \"s\"",
        secret: "",
        message: |url| {
            let pairs = [
                ("messageId", "9"),
                ("msisdn", DIGITS),
                ("to", "12380"),
                ("text", TEXT),
                ("type", "unicode"),
            ];
            Call::form(url, &pairs)
        },
        delivered: |url, id, reference| {
            let pairs =
                [("messageId", id), ("msisdn", DIGITS), ("status", "delivered"), ("client-ref", reference)];
            Call::form(url, &pairs)
        },
        sign: |call, at| {
            call.body.extend(format!("&timestamp={}&nonce=n", at.as_second()).into_bytes());
            let mut pairs = owned(&Form::parse(&call.body));
            pairs.sort();
            let mut text = Vec::new();
            for (name, value) in pairs {
                text.extend([b"&", name.as_slice(), b"="].concat());
                text.extend(value.iter().map(|byte| if matches!(byte, b'&' | b'=') { b'_' } else { *byte }));
            }
            let hash = hex::encode(dengwen_sms::wire::mac::md5(&[&text, b"s"]));
            call.body.extend(format!("&sig={hash}").into_bytes());
        },
    },
    Vendor {
        kind: "vonage-messages",
        settings: "signature_secret = \"s\"",
        secret: "",
        message: |url| {
            let body =
                json!({"channel": "sms", "message_uuid": "9", "from": DIGITS, "to": "12380", "text": TEXT});
            Call::json(url, &body)
        },
        delivered: |url, id, reference| {
            Call::json(url, &json!({"message_uuid": id, "status": "delivered", "client_ref": reference}))
        },
        sign: |call, at| {
            let claims = json!({"iat": at.as_second(), "jti": "j", "iss": "Vonage", "payload_hash": sha256_hex(&call.body)});
            call.set("authorization", format!("Bearer {}", token(&claims, b"s")));
        },
    },
    Vendor {
        kind: "plivo",
        settings: "auth_token = \"t\"",
        secret: "",
        message: |url| {
            let pairs =
                [("MessageUUID", "9"), ("From", DIGITS), ("To", "12380"), ("Text", TEXT), ("Type", "sms")];
            Call::form(url, &pairs)
        },
        delivered: |url, id, _| {
            Call::form(url, &[("MessageUUID", id), ("ParentMessageUUID", id), ("Status", "delivered")])
        },
        sign: |call, _| {
            let (url, query) = call.split();
            let mut form = owned(&Form::parse(&call.body));
            form.sort();
            let joined: Vec<u8> = form.into_iter().flat_map(|(name, value)| [name, value].concat()).collect();
            let dot = if query.is_empty() { "" } else { "." };
            let parts: [&[u8]; 6] =
                [url.as_bytes(), b"?", query.as_bytes(), dot.as_bytes(), &joined, b".31627761595286130198"];
            let signature = to_base64(&hmac(Hash::Sha256, b"t", &parts));
            call.set("x-plivo-signature-v3", signature);
            call.set("x-plivo-signature-v3-nonce", "31627761595286130198");
        },
    },
    Vendor {
        kind: "messagebird",
        settings: "signing_key = \"k\"",
        secret: "",
        message: |url| {
            Call::form(url, &[("id", "9"), ("originator", DIGITS), ("recipient", "12380"), ("body", TEXT)])
        },
        delivered: |url, id, reference| {
            Call::get(
                url,
                &[("id", id), ("reference", reference), ("recipient", DIGITS), ("status", "delivered")],
            )
        },
        sign: |call, at| {
            let mut claims = json!({
                "iss": "MessageBird", "nbf": at.as_second(), "exp": at.as_second() + 60, "jti": "j",
                "url_hash": sha256_hex(call.url.as_bytes()),
            });
            if !call.body.is_empty() {
                claims["payload_hash"] = json!(sha256_hex(&call.body));
            }
            call.set("messagebird-signature-jwt", token(&claims, b"k"));
        },
    },
    Vendor {
        kind: "bird",
        settings: "signing_key = \"k\"",
        secret: "",
        message: |url| {
            let body = json!({
                "service": "channels", "event": "sms.inbound",
                "payload": {
                    "id": "9", "sender": {"contact": {"identifierValue": FROM}},
                    "receiver": {"connector": {"identifierValue": "12380"}},
                    "body": {"type": "text", "text": {"text": TEXT}}, "direction": "incoming",
                },
            });
            Call::json(url, &body)
        },
        delivered: |url, id, reference| {
            let payload =
                json!({"id": id, "status": "delivered", "reference": reference, "direction": "outgoing"});
            Call::json(url, &json!({"service": "channels", "event": "sms.outbound", "payload": payload}))
        },
        sign: |call, at| {
            let at = at.as_second().to_string();
            let body = sha256(&call.body);
            let parts: [&[u8]; 5] = [at.as_bytes(), b"\n", call.url.as_bytes(), b"\n", &body];
            let signature = to_base64(&hmac(Hash::Sha256, b"k", &parts));
            call.set("messagebird-signature", signature);
            call.set("messagebird-request-timestamp", at);
        },
    },
    Vendor {
        kind: "infobip",
        settings: "signing_key = \"k\"\nsignature_method = \"sha256\"",
        secret: "",
        message: |url| {
            let row = json!({"messageId": "9", "from": DIGITS, "to": "12380", "text": TEXT, "smsCount": 1});
            Call::json(url, &json!({"results": [row], "messageCount": 1, "pendingMessageCount": 0}))
        },
        delivered: |url, id, reference| {
            let status =
                json!({"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"});
            let row = json!({"messageId": id, "to": DIGITS, "status": status, "callbackData": reference});
            Call::json(url, &json!({"results": [row]}))
        },
        sign: |call, _| {
            let signature = hex::encode(hmac(Hash::Sha256, b"k", &[&call.body]));
            call.set("x-hub-signature", format!("sha256={signature}"));
        },
    },
    Vendor {
        kind: "aliyun",
        settings: "path_secret = \"s\"",
        secret: "/s",
        message: |url| {
            let row = json!({"phone_number": "13900000001", "content": TEXT, "send_time": "2026-03-01 20:00:00",
                             "dest_code": "1234", "sequence_id": "9"});
            Call::json(url, &json!([row]))
        },
        delivered: |url, id, reference| {
            let row = json!({"phone_number": "13900000001", "success": true, "err_code": "DELIVERED", "sms_size": "1",
                             "biz_id": id, "out_id": reference, "report_time": "2026-03-01 20:00:02"});
            Call::json(url, &json!([row]))
        },
        sign: |_, _| {},
    },
    Vendor {
        kind: "tencent",
        settings: "path_secret = \"s\"",
        secret: "/s",
        message: |url| {
            let body = json!({"extend": "12", "mobile": "13900000001", "nationcode": "86", "sign": "登闻", "text": TEXT,
                              "time": 1_772_366_400});
            Call::json(url, &body)
        },
        delivered: |url, id, reference| {
            let row = json!({"user_receive_time": "2026-03-01 20:00:05", "nationcode": "86", "mobile": "13900000001",
                             "report_status": "SUCCESS", "errmsg": "DELIVRD", "sid": id, "ext": reference});
            Call::json(url, &json!([row]))
        },
        sign: |_, _| {},
    },
    Vendor {
        kind: "huawei",
        settings: "push_ak = \"a\"\npush_sk = \"b\"",
        secret: "",
        message: |url| Call::form(url, &[("smsMsgId", "9"), ("from", FROM), ("to", "1069"), ("body", TEXT)]),
        delivered: |url, id, reference| {
            let pairs = [
                ("smsMsgId", id),
                ("total", "1"),
                ("sequence", "1"),
                ("status", "DELIVRD"),
                ("source", "2"),
                ("extend", reference),
                ("to", FROM),
            ];
            Call::form(url, &pairs)
        },
        sign: |call, at| {
            let date = at.strftime("%Y%m%dT%H%M%SZ").to_string();
            let (url, query) = call.split();
            let path = url.strip_prefix(PUBLIC).unwrap();
            let names = "content-type;host;x-sdk-date";
            let lines = format!(
                "content-type:application/x-www-form-urlencoded\nhost:t.example\nx-sdk-date:{date}\n"
            );
            let canonical =
                format!("{}\n{path}/\n{query}\n{lines}\n{names}\n{}", call.method, sha256_hex(&call.body));
            let to_sign = format!("SDK-HMAC-SHA256\n{date}\n{}", sha256_hex(canonical.as_bytes()));
            let signature = hex::encode(hmac(Hash::Sha256, b"b", &[to_sign.as_bytes()]));
            call.set("host", "t.example");
            call.set("x-sdk-date", date);
            let header = format!("SDK-HMAC-SHA256 Access=a, SignedHeaders={names}, Signature={signature}");
            call.set("authorization", header);
        },
    },
    Vendor {
        kind: "kannel",
        settings: "path_secret = \"s\"",
        secret: "/s",
        message: |url| {
            Call::get(url, &[("from", FROM), ("to", "12380"), ("id", "9"), ("coding", "0"), ("text", TEXT)])
        },
        delivered: |url, _, reference| Call::get(url, &[("uuid", reference), ("status", "1")]),
        sign: |_, _| {},
    },
    Vendor {
        kind: "jasmin",
        settings: "path_secret = \"s\"",
        secret: "/s",
        message: |url| {
            let binary: String = TEXT.encode_utf16().map(|unit| format!("{unit:04x}")).collect();
            let pairs =
                [("id", "9"), ("from", DIGITS), ("to", "12380"), ("coding", "8"), ("binary", &binary)];
            Call::form(url, &pairs)
        },
        delivered: |url, id, _| {
            let pairs = [
                ("id", id),
                ("level", "2"),
                ("message_status", "DELIVRD"),
                ("connector", "c"),
                ("donedate", "2603011200"),
                ("err", "000"),
                ("dlvrd", "001"),
                ("sub", "001"),
            ];
            Call::form(url, &pairs)
        },
        sign: |_, _| {},
    },
    Vendor {
        kind: "android-sms-gateway",
        settings: "signing_key = \"k\"",
        secret: "",
        message: |url| {
            let payload = json!({"messageId": "m9", "message": TEXT, "sender": FROM, "recipient": null, "simNumber": 1,
                                 "receivedAt": "2026-03-01T20:00:00.000+08:00"});
            let body = json!({"deviceId": "d", "event": "sms:received", "id": "9", "webhookId": "w", "payload": payload});
            Call::json(url, &body)
        },
        delivered: |url, _, reference| {
            let payload = json!({"messageId": reference, "recipient": FROM, "deliveredAt": "2026-03-01T20:00:05+08:00"});
            let body = json!({"deviceId": "d", "event": "sms:delivered", "id": "r", "webhookId": "w", "payload": payload});
            Call::json(url, &body)
        },
        sign: |call, at| {
            let at = at.as_second().to_string();
            let signature = hex::encode(hmac(Hash::Sha256, b"k", &[&call.body, at.as_bytes()]));
            call.set("x-signature", signature);
            call.set("x-timestamp", at);
        },
    },
    Vendor {
        kind: "standard-webhooks",
        settings: "signing_secret = \"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"",
        secret: "",
        message: |url| {
            let data = json!({"id": "9", "from": FROM, "to": "12380", "text": TEXT});
            let body = json!({"type": "sms.inbound", "timestamp": "2026-03-01T12:00:00Z", "data": data});
            Call::json(url, &body)
        },
        delivered: |url, id, reference| {
            let data = json!({"id": id, "reference": reference, "status": "delivered"});
            Call::json(url, &json!({"type": "sms.status", "timestamp": "2026-03-01T12:00:05Z", "data": data}))
        },
        sign: |call, at| {
            let at = at.as_second().to_string();
            let key = base64::prelude::BASE64_STANDARD.decode(WHSEC.trim_start_matches("whsec_")).unwrap();
            let parts: [&[u8]; 5] = [b"msg_9", b".", at.as_bytes(), b".", &call.body];
            let signature = to_base64(&hmac(Hash::Sha256, &key, &parts));
            call.set("webhook-id", "msg_9");
            call.set("webhook-timestamp", at);
            call.set("webhook-signature", format!("v1,{signature}"));
        },
    },
];

fn owned(form: &Form) -> Vec<(Vec<u8>, Vec<u8>)> {
    form.pairs().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// A token (RFC 7519) with HS256.
fn token(claims: &Value, key: &[u8]) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(hmac(Hash::Sha256, key, &[signed.as_bytes()]));
    format!("{signed}.{signature}")
}
