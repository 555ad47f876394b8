//! One line of input: a request, the gateway's settings, the clock.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use dengwen_model::Clock;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Outcome;
use crate::gateway::{Gateway, Registry, Reject, Request, Settings, SettingsError, Signature};
use crate::intake::{Intake, reports};

/// The secret path that published cases use where they name none.
const PATH_SECRET: &str = "SECRETPATH";
/// Largest body that a case may describe, in bytes.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// A case as in `sms_cases.jsonl`.
#[derive(Debug, Deserialize)]
pub struct Case {
    id: String,
    vendor: String,
    #[serde(default, deserialize_with = "or_default")]
    kind: CaseKind,
    method: String,
    url: String,
    #[serde(default, deserialize_with = "or_default")]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    body_b64: Option<String>,
    body_gen: Option<BodyGen>,
    #[serde(default, deserialize_with = "or_default")]
    secrets: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    config: BTreeMap<String, Value>,
    now: Option<Value>,
    seq: Option<Seq>,
}

/// A field that is null is one that is absent.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(field: D) -> Result<T, D::Error> {
    Option::deserialize(field).map(Option::unwrap_or_default)
}

/// What the request is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CaseKind {
    /// A message of a person ("mobile originated").
    #[default]
    Mo,
    /// A delivery report.
    Dlr,
    /// Only the signature.
    Auth,
}

/// Which steps share a store.
#[derive(Debug, Clone, Deserialize)]
pub struct Seq {
    /// The store.
    pub group: String,
    /// The place in it.
    pub step: u64,
}

/// A body too long to be written out.
#[derive(Debug, Deserialize)]
struct BodyGen {
    #[serde(default)]
    prefix: String,
    unit: String,
    count: usize,
    #[serde(default)]
    suffix: String,
}

impl Case {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, &'static str> {
        serde_json::from_str(line)
            .map_err(|_| "not a case: wanted id, vendor, method, url and a body in JSON")
    }

    /// Where it stands in a sequence.
    pub fn seq(&self) -> Option<&Seq> {
        self.seq.as_ref()
    }

    /// What would become of it.
    pub async fn run(&self, registry: &Registry, intake: &Intake, clock: &dyn Clock) -> Outcome {
        let now = self.now().unwrap_or_else(|| clock.now());
        let gateway = match self.gateway(registry) {
            Ok(gateway) => gateway,
            Err(_) => return Outcome::not_set_up(&self.id),
        };
        let Some(request) = self.request() else {
            return Outcome::refused(&self.id, &gateway, Reject::BadEncoding);
        };
        match self.kind {
            CaseKind::Mo => {
                let received = intake.receive(&gateway, &request, now).await;
                Outcome::of_messages(&self.id, received)
            }
            CaseKind::Dlr => {
                let (verdict, good, bad) = reports(&gateway, &request, now);
                Outcome::of_reports(&self.id, &gateway, verdict, good, bad)
            }
            CaseKind::Auth => Outcome::of_signature(&self.id, &gateway, gateway.verify(&request, now)),
        }
    }

    fn gateway(&self, registry: &Registry) -> Result<Gateway, SettingsError> {
        let mut values = self.config.clone();
        values.extend(self.secrets.clone());
        // Where a case gives a name and a password for a kind that signs nothing, callers must give them.
        if registry.kind(&self.vendor).is_some_and(|kind| kind.signed.is_optional()) {
            for (given, setting) in [("username", "basic_user"), ("password", "basic_password")] {
                if let Some(value) = self.secrets.get(given) {
                    values.insert(setting.to_owned(), value.clone());
                }
            }
        }
        let mut settings = Settings::lenient(values);
        // A case gives the URL as its vendor saw it.
        settings.default_to("public_url", "https://unset.invalid");
        let signed = registry.kind(&self.vendor).map(|kind| kind.signed);
        let has_secret = ["signature_secret", "push_ak"].iter().any(|name| settings.has(name));
        let opts_out =
            signed == Some(Signature::ByAccount) && !has_secret && !settings.has("require_signature");
        if opts_out {
            settings.default_to("require_signature", false);
        }
        if settings.has("basic_user") {
            // Guarded by a password.
        } else if signed.is_some_and(Signature::is_optional) {
            settings.default_to("path_secret", self.path_secret());
        } else if opts_out || self.config.get("require_signature") == Some(&Value::Bool(false)) {
            settings.default_to("allow_from", "0.0.0.0/0");
        }
        registry.open(&self.vendor, &self.vendor, &mut settings)
    }

    /// The secret of the gateway's own URL, where the case gives that.
    fn path_secret(&self) -> String {
        let own = self.config.get("get_url").and_then(Value::as_str).and_then(presented_secret);
        own.unwrap_or_else(|| PATH_SECRET.to_owned())
    }

    fn request(&self) -> Option<Request> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().ok()?;
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
        let url = self.public_url();
        Some(Request {
            method: Method::from_bytes(self.method.as_bytes()).ok()?,
            path_secret: presented_secret(&url),
            url,
            headers,
            body: self.body()?,
            peer: Some(std::net::Ipv4Addr::LOCALHOST.into()),
        })
    }

    /// The URL that the vendor saw: the configured public address with the raw path and query.
    fn public_url(&self) -> String {
        let base = self.config.get("public_base_url").and_then(Value::as_str);
        let observed = self.config.get("observed_url").and_then(Value::as_str).unwrap_or(&self.url);
        let after = observed.split_once("://").map_or("", |(_, rest)| rest);
        let path = after.find(['/', '?']).map_or("", |start| &after[start..]);
        match base {
            Some(base) => format!("{}{path}", base.trim_end_matches('/')),
            None => self.url.clone(),
        }
    }

    fn body(&self) -> Option<Bytes> {
        if let Some(encoded) = &self.body_b64 {
            return BASE64_STANDARD.decode(encoded).ok().map(Bytes::from);
        }
        if let Some(made) = &self.body_gen {
            let length = made.unit.len().checked_mul(made.count)?;
            let count =
                if length > LARGEST_BODY { LARGEST_BODY / made.unit.len().max(1) } else { made.count };
            return Some(Bytes::from(format!("{}{}{}", made.prefix, made.unit.repeat(count), made.suffix)));
        }
        Some(Bytes::from(self.body.clone().unwrap_or_default()))
    }

    /// Seconds since 1970, or RFC 3339.
    fn now(&self) -> Option<Timestamp> {
        match self.now.as_ref()? {
            Value::Number(number) => {
                let since = SignedDuration::try_from_secs_f64(number.as_f64()?).ok()?;
                Timestamp::UNIX_EPOCH.checked_add(since).ok()
            }
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// What stands in the place of the secret: the segment after the gateway's, as `/in/aliyun/SECRET/report`, or
/// after the door's own word for what comes there, as `/sms/main/inbound/SECRET`.
fn presented_secret(url: &str) -> Option<String> {
    let path = url.split_once("://")?.1.split(['?', '#']).next()?;
    let mut after_gateway = path.split('/').skip(3);
    match after_gateway.next()? {
        "inbound" | "status" => after_gateway.next().map(str::to_owned),
        secret => Some(secret.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_of_a_path_is_found_behind_the_doors_own_word_too() {
        for (url, secret) in [
            ("https://tips.example.org/in/aliyun/s3cret/report", Some("s3cret")),
            ("https://tips.example.org/sms/main/inbound/s3cret?x=1", Some("s3cret")),
            ("https://tips.example.org/sms/main/status/s3cret", Some("s3cret")),
            ("https://tips.example.org/sms/main/inbound", None),
            ("https://tips.example.org/sms/main", None),
        ] {
            assert_eq!(presented_secret(url).as_deref(), secret);
        }
    }
}
