//! Aliyun SMS, domestic (阿里云短信服务: 上行消息 SmsUp、状态报告 SmsReport, documents 101847 and 60127; SendSms of
//! dysmsapi 2017-05-25, signed by ACS3-HMAC-SHA256).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::coding::Body;
use crate::gateway::{
    Answer, CannotSend, DeliveryStatus, JSON_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report,
    Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::json::{self as strict, Scalar, Words};
use crate::wire::mac::{self, Hash};
use crate::wire::number::{Country, Plan};
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "aliyun",
    signed: Signature::Never,
    body_limit: JSON_LIMIT,
    signs_url: false,
    chinese: true,
    open,
};

struct Aliyun {
    zone: TimeZone,
    sending: Option<Sending>,
}

struct Sending {
    key: String,
    secret: Secret,
    sign_name: String,
    template: String,
    parameters: Vec<String>,
    extend_code: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    let zone = settings.text("timezone")?.unwrap_or_else(|| "Asia/Shanghai".into());
    let zone =
        TimeZone::get(&zone).map_err(|_| SettingsError::Wrong("timezone", "a time zone of the IANA list"))?;
    let api = settings.text("api_url")?.unwrap_or_else(|| "https://dysmsapi.aliyuncs.com".into());
    let parameters = settings.list("template_parameters")?;
    let extend_code = settings.text("extend_code")?;
    let sending = match (settings.text("access_key_id")?, settings.secret("access_key_secret")?) {
        (None, None) => {
            settings.text("sign_name")?;
            settings.text("template_code")?;
            None
        }
        (None, _) => return Err(SettingsError::Missing("access_key_id")),
        (_, None) => return Err(SettingsError::Missing("access_key_secret")),
        (Some(key), Some(secret)) => Some(Sending {
            key,
            secret,
            sign_name: settings.required("sign_name")?,
            template: settings.required("template_code")?,
            parameters: parameters.unwrap_or_else(|| (1..=5).map(|index| format!("p{index}")).collect()),
            extend_code,
            api,
        }),
    };
    Ok(Box::new(Aliyun { zone, sending }))
}

#[derive(Deserialize)]
struct SmsUp {
    #[serde(default)]
    phone_number: Scalar,
    content: Option<Words>,
    send_time: Option<String>,
    #[serde(default)]
    dest_code: Scalar,
    #[serde(default)]
    sequence_id: Scalar,
}

#[derive(Deserialize)]
struct SmsReport {
    #[serde(default)]
    biz_id: Scalar,
    #[serde(default)]
    out_id: Scalar,
    success: Option<bool>,
    err_code: Option<String>,
    report_time: Option<String>,
}

impl Vendor for Aliyun {
    /// Pushes are not signed: the common checks are all there is.
    fn verify(&self, _request: &Request, _now: Timestamp) -> Result<(), Reject> {
        Ok(())
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let rows: Vec<Result<SmsUp, Reject>> = strict::rows(&utf8(request)?)?;
        Ok(Parsed::batch(rows.into_iter().map(|row| row.and_then(|row| self.message(row))).collect()))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let rows: Vec<Result<SmsReport, Reject>> = strict::rows(&utf8(request)?)?;
        Ok(Parsed::batch(rows.into_iter().map(|row| row.and_then(|row| self.report(row))).collect()))
    }

    /// Only a numeric `code` 0 ends the vendor's repetitions.
    fn answer(&self, verdict: &Verdict) -> Answer {
        let body = match verdict {
            Verdict::Taken => json!({"code": 0, "msg": "接收成功"}),
            Verdict::Refused(reject) => json!({"code": 1, "msg": reject.to_string()}),
            Verdict::Unavailable => json!({"code": 2, "msg": "稍后重试"}),
        };
        Answer::new(Answer::status_of(verdict), "application/json", body.to_string())
    }

    fn sends_free_text(&self) -> bool {
        false
    }

    /// Only approved templates can be sent, no free text; the receipt fills the template's parameters.
    fn send(&self, reply: &Reply, signing: &Signing) -> Result<Outgoing, CannotSend> {
        let sending = self.sending.as_ref().ok_or(CannotSend::NotSetUp("access_key_id"))?;
        let parameters: Map<String, Value> =
            sending.parameters.iter().cloned().zip(reply.receipt.iter().map(|group| json!(group))).collect();
        let parameters = Value::Object(parameters).to_string();
        let mut query = vec![
            ("PhoneNumbers", reply.to.trim_start_matches("+86")),
            ("SignName", sending.sign_name.as_str()),
            ("TemplateCode", &sending.template),
            ("TemplateParam", &parameters),
            ("OutId", &reply.reference),
        ];
        query.extend(sending.extend_code.as_deref().map(|code| ("SmsUpExtendCode", code)));
        sending.signed("SendSms", "2017-05-25", query, signing)
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answered {
            code: String,
            biz_id: Option<String>,
        }
        let Ok(answered) = serde_json::from_slice::<Answered>(body) else {
            return if status == 200 {
                Sent::Unknown { code: "bad_answer".into() }
            } else {
                Sent::of_failure(status)
            };
        };
        match answered.code.as_str() {
            "OK" => Sent::Accepted(answered.biz_id),
            // A limit for this person or account; an hour is the shortest that helps.
            "isv.BUSINESS_LIMIT_CONTROL" => {
                Sent::Later { code: answered.code, wait: Some(SignedDuration::from_hours(1)) }
            }
            code if code.starts_with("Throttling") => Sent::later(code),
            code if status >= 500 || code == "isp.SYSTEM_ERROR" => Sent::Unknown { code: code.to_owned() },
            code => Sent::never(code),
        }
    }
}

impl Aliyun {
    fn message(&self, row: SmsUp) -> Result<Message, Reject> {
        let from = strict::required(&row.phone_number, "phone_number")?;
        let from = Plan::National(Country::CN).sender(&from).ok_or(Reject::BadField("phone_number"))?;
        let id = strict::required(&row.sequence_id, "sequence_id")?;
        let content = row.content.ok_or(Reject::MissingField("content"))?;
        // How long the vendor keeps sequence numbers apart is not written; two people's messages are two in any case.
        let key = format!("id:{id}/{}", from.as_str());
        let mut message = Message::new(id, from, Body::text(content))
            .to(strict::scalar(&row.dest_code).as_deref())
            .sent_at(row.send_time.map(|text| time::local(&text, &self.zone)));
        message.keys = vec![key];
        Ok(message)
    }

    fn report(&self, row: SmsReport) -> Result<Report, Reject> {
        let id = strict::required(&row.biz_id, "biz_id")?;
        let delivered = row.success.ok_or(Reject::MissingField("success"))?;
        let status = if delivered { DeliveryStatus::Delivered } else { DeliveryStatus::Failed };
        let mut report = Report::new(Some(&id), status);
        report.reference = strict::scalar(&row.out_id);
        report.error_code = row.err_code.filter(|code| !delivered && !code.is_empty());
        report.at = row.report_time.and_then(|text| time::local(&text, &self.zone));
        Ok(report)
    }
}

/// The body as UTF-8; some forwarders in front of older accounts declare and send GBK.
fn utf8(request: &Request) -> Result<Vec<u8>, Reject> {
    let body = request.posted()?;
    let label = request.charset().unwrap_or("utf-8");
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or(Reject::BadEncoding)?;
    match encoding.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => Ok(text.into_owned().into_bytes()),
        None => Err(Reject::BadEncoding),
    }
}

impl Sending {
    /// ACS3-HMAC-SHA256 ("V3版本请求体&签名机制" of the vendor's documentation).
    fn signed(
        &self,
        action: &str,
        version: &str,
        mut query: Vec<(&str, &str)>,
        signing: &Signing,
    ) -> Result<Outgoing, CannotSend> {
        query.sort_unstable();
        let query = query.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
        let query = query.collect::<Vec<_>>().join("&");
        let host = self.api.split_once("://").map_or(self.api.as_str(), |(_, host)| host);
        let date = signing.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let payload = mac::sha256_hex(b"");
        let headers = [
            ("host", host),
            ("x-acs-action", action),
            ("x-acs-content-sha256", &payload),
            ("x-acs-date", &date),
            ("x-acs-signature-nonce", &signing.nonce),
            ("x-acs-version", version),
        ];
        let names = headers.map(|(name, _)| name).join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{payload}");
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", mac::sha256_hex(canonical.as_bytes()));
        let signature = hex::encode(mac::hmac(Hash::Sha256, self.secret.bytes(), &[to_sign.as_bytes()]));
        let mut request = Outgoing::form(format!("{}/?{query}", self.api), &[]);
        request.headers.remove("content-type");
        for (name, value) in headers.into_iter().skip(1) {
            request.set(name, value);
        }
        let key = &self.key;
        request.set(
            "authorization",
            &format!("ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}"),
        );
        Ok(request)
    }
}

/// Percent-encoding of RFC 3986, which the vendor signs: a space is `%20`, `~` stays.
fn escape(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, SET).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the vendor's documentation of its signature version 3.
    #[test]
    fn signs_as_the_vendor_documents() {
        let sending = Sending {
            key: "YourAccessKeyId".into(),
            secret: Secret::from_bytes("YourAccessKeySecret"),
            sign_name: String::new(),
            template: String::new(),
            parameters: vec![],
            extend_code: None,
            api: "https://ecs.cn-shanghai.aliyuncs.com".into(),
        };
        let signing = Signing {
            now: "2023-10-26T10:22:32Z".parse().unwrap(),
            nonce: "3156853299f313e23d1673dc12e1703d".into(),
        };
        let query = vec![
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
            ("RegionId", "cn-shanghai"),
        ];
        let request = sending.signed("RunInstances", "2014-05-26", query, &signing).unwrap();
        let authorization = request.headers["authorization"].to_str().unwrap();
        assert_eq!(
            authorization,
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
             x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }
}
