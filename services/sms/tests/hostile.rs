//! Whatever bytes come: an answer, no panic, and nothing believed that was not signed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use bytes::Bytes;
use dengwen_sms::gateway::{Gateway, KINDS, Registry, Request, Settings, Signature, Verdict};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::noon;

/// A gateway of every kind, set up as far as it can be.
fn gateways() -> Vec<(Signature, Gateway)> {
    KINDS
        .iter()
        .map(|kind| {
            let mut values = std::collections::BTreeMap::new();
            let mut set = |name: &str, value: Value| drop(values.insert(name.to_owned(), value));
            set("public_url", json!("https://t.example"));
            set("path_secret", json!("s"));
            for name in ["auth_token", "signing_key", "signature_secret", "push_ak", "push_sk"] {
                set(name, json!("k"));
            }
            set("signature_method", json!("sha256"));
            set("signing_secret", json!("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
            let mut settings = Settings::lenient(values);
            (kind.signed, Registry::default().open("g", kind.name, &mut settings).unwrap())
        })
        .collect()
}

/// Names that vendors' formats use, so that the search finds its way into them.
const WORDS: &[&str] = &[
    "MessageSid",
    "From",
    "To",
    "Body",
    "messageId",
    "msisdn",
    "text",
    "concat",
    "concat-ref",
    "concat-total",
    "concat-part",
    "type",
    "binary",
    "data",
    "udh",
    "timestamp",
    "sig",
    "id",
    "mid",
    "originator",
    "body",
    "results",
    "phone_number",
    "content",
    "sequence_id",
    "mobile",
    "nationcode",
    "time",
    "smsMsgId",
    "from",
    "to",
    "coding",
    "charset",
    "event",
    "payload",
    "sms:received",
    "sms.inbound",
    "status",
    "MessageStatus",
    "delivered",
    "true",
    "2",
    "8",
    "UTF-16BE",
    "%05%00%03",
    "null",
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "=",
    "&",
    "+",
    "%00",
    "%FF",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        proptest::collection::vec(proptest::sample::select(WORDS), 0..60)
            .prop_map(|words| words.concat().into_bytes()),
        proptest::collection::vec((proptest::sample::select(WORDS), ".{0,12}"), 0..12).prop_map(|pairs| {
            let object: serde_json::Map<String, Value> =
                pairs.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
            Value::Object(object).to_string().into_bytes()
        }),
    ]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let names = [
        "content-type",
        "authorization",
        "x-twilio-signature",
        "x-plivo-signature-v3",
        "x-plivo-signature-v3-nonce",
        "messagebird-signature-jwt",
        "messagebird-signature",
        "messagebird-request-timestamp",
        "x-sdk-date",
        "x-signature",
        "x-timestamp",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "content-length",
        "host",
    ];
    let values = prop_oneof![
        Just("application/json".to_owned()),
        Just("application/x-www-form-urlencoded; charset=gbk".to_owned()),
        Just("1772366400".to_owned()),
        Just("20260301T120000Z".to_owned()),
        Just("v1,AAAA v1a,AAAA ,,, v9,x".to_owned()),
        Just("Bearer eyJhbGciOiJub25lIn0.e30.".to_owned()),
        Just("SDK-HMAC-SHA256 Access=k, SignedHeaders=host;x-sdk-date, Signature=00".to_owned()),
        "[ -~]{0,60}",
    ];
    proptest::collection::vec((proptest::sample::select(names.to_vec()), values), 0..8).prop_map(|pairs| {
        let pair = |(name, value): (&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
        };
        pairs.into_iter().filter_map(pair).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_request_gets_an_answer_and_none_is_believed(
        body in body(), headers in headers(), query in "[ -~]{0,80}", post in any::<bool>(),
    ) {
        for (signed, gateway) in gateways() {
            let request = Request {
                method: if post { Method::POST } else { Method::GET },
                url: format!("https://t.example/sms/g/inbound/s?{query}"),
                headers: headers.clone(),
                body: Bytes::from(body.clone()),
                peer: None,
                path_secret: Some("s".to_owned()),
            };
            let verified = gateway.verify(&request, noon());
            prop_assert!(signed == Signature::Never || verified.is_err(), "{} believes a stranger", gateway.kind());
            if let Ok(parsed) = gateway.vendor().messages(&request) {
                for message in parsed.into_rows().into_iter().flatten() {
                    let (text, _) = message.body.decode();
                    prop_assert!(!text.contains('\0'));
                    prop_assert!(!message.keys.is_empty());
                    prop_assert!(message.part.is_none_or(|part| part.seq >= 1 && part.seq <= part.total));
                }
            }
            let _ = gateway.vendor().reports(&request);
            let _ = gateway.vendor().sent(200, &body);
            let _ = gateway.vendor().sent(500, &body);
        }
    }
}

#[test]
fn no_answer_of_a_refusal_repeats_what_was_sent() {
    let marker = "m4rker";
    for (_, gateway) in gateways() {
        let mut request =
            Request::get(&format!("https://t.example/sms/g/inbound/s?from={marker}&text={marker}"));
        request.method = Method::POST;
        request.body = Bytes::from(format!("{{\"from\":\"{marker}\",\"text\":\"{marker}\""));
        request.path_secret = Some("s".to_owned());
        let refused =
            gateway.verify(&request, noon()).and_then(|()| gateway.vendor().messages(&request).map(|_| ()));
        let answer = gateway.vendor().answer(&Verdict::Refused(refused.unwrap_err()));
        assert!(answer.status >= 400, "{}", gateway.kind());
        assert!(!answer.body.contains(marker), "{}", gateway.kind());
    }
}

#[test]
fn every_kind_tells_trouble_of_ours_from_trouble_of_theirs() {
    for (_, gateway) in gateways() {
        let status = |verdict| gateway.vendor().answer(&verdict).status;
        assert_eq!(status(Verdict::Taken), 200, "{}", gateway.kind());
        assert_eq!(status(Verdict::Unavailable), 503, "{}", gateway.kind());
    }
}
