//! Tencent Cloud SMS (腾讯云短信: 短信回复通知、短信下发状态通知; SendSms 2021-01-11, signed by TC3-HMAC-SHA256).

use jiff::tz::{self, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use crate::coding::Body;
use crate::gateway::{
    Answer, CannotSend, DeliveryStatus, JSON_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report,
    Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::json::{self as strict, Scalar, Words};
use crate::wire::mac::{self, Hash};
use crate::wire::number::Plan;
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "tencent",
    signed: Signature::Never,
    body_limit: JSON_LIMIT,
    signs_url: false,
    chinese: true,
    open,
};

struct Tencent {
    sending: Option<Sending>,
}

struct Sending {
    id: String,
    key: Secret,
    app: String,
    sign_name: String,
    template: String,
    extend_code: Option<String>,
    region: String,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    let api = settings.text("api_url")?.unwrap_or_else(|| "https://sms.tencentcloudapi.com".into());
    let extend_code = settings.text("extend_code")?;
    let region = settings.text("region")?.unwrap_or_else(|| "ap-guangzhou".into());
    let sending = match (settings.text("secret_id")?, settings.secret("secret_key")?) {
        (None, None) => {
            for name in ["sdk_app_id", "sign_name", "template_id"] {
                settings.text(name)?;
            }
            None
        }
        (None, _) => return Err(SettingsError::Missing("secret_id")),
        (_, None) => return Err(SettingsError::Missing("secret_key")),
        (Some(id), Some(key)) => Some(Sending {
            id,
            key,
            app: settings.required("sdk_app_id")?,
            sign_name: settings.required("sign_name")?,
            template: settings.required("template_id")?,
            extend_code,
            region,
            api,
        }),
    };
    Ok(Box::new(Tencent { sending }))
}

#[derive(Deserialize)]
struct SmsReply {
    #[serde(default)]
    extend: Scalar,
    #[serde(default)]
    mobile: Scalar,
    #[serde(default)]
    nationcode: Scalar,
    sign: Option<String>,
    text: Option<Words>,
    #[serde(default)]
    time: Scalar,
}

#[derive(Deserialize)]
struct SmsStatus {
    user_receive_time: Option<String>,
    report_status: Option<String>,
    errmsg: Option<String>,
    #[serde(default)]
    sid: Scalar,
    #[serde(default)]
    ext: Scalar,
}

impl SmsReply {
    /// There is no id: the fields together are what makes it the same message when it comes again.
    fn message(self) -> Result<Message, Reject> {
        let mobile = strict::required(&self.mobile, "mobile")?;
        let nation = strict::scalar(&self.nationcode).unwrap_or_else(|| "86".into());
        let code = nation.trim_start_matches('+');
        let full = if mobile.starts_with('+') { mobile.clone() } else { format!("+{code}{mobile}") };
        let from = Plan::International.sender(&full).ok_or(Reject::BadField("mobile"))?;
        let body = Body::text(self.text.ok_or(Reject::MissingField("text"))?);
        let (extend, at) = (strict::scalar(&self.extend), strict::scalar(&self.time));
        let mut fields = String::new();
        let sign = self.sign.unwrap_or_default();
        for field in [
            &nation,
            &mobile,
            extend.as_deref().unwrap_or_default(),
            &sign,
            at.as_deref().unwrap_or_default(),
            &body.decode().0,
        ] {
            fields.push_str(&format!("{}:{field}", field.len()));
        }
        let mut message =
            Message::new("", from, body).to(extend.as_deref()).sent_at(at.map(|text| time::unix(&text)));
        message.external_id = None;
        message.keys = vec![format!("fields:{}", mac::sha256_hex(fields.as_bytes()))];
        Ok(message)
    }
}

impl SmsStatus {
    fn report(self) -> Result<Option<Report>, Reject> {
        let id = strict::required(&self.sid, "sid")?;
        let status = match self.report_status.as_deref() {
            Some("SUCCESS") => DeliveryStatus::Delivered,
            Some("FAIL") => DeliveryStatus::Failed,
            Some(_) => return Ok(None),
            None => return Err(Reject::MissingField("report_status")),
        };
        let mut report = Report::new(Some(&id), status);
        report.reference = strict::scalar(&self.ext);
        report.error_code = self.errmsg.filter(|_| status == DeliveryStatus::Failed);
        let beijing = TimeZone::fixed(tz::offset(8));
        report.at = self.user_receive_time.and_then(|text| time::local(&text, &beijing));
        Ok(Some(report))
    }
}

impl Vendor for Tencent {
    /// Callbacks are not signed: the common checks are all there is.
    fn verify(&self, _request: &Request, _now: Timestamp) -> Result<(), Reject> {
        Ok(())
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        strict::read::<SmsReply>(request.posted()?)?.message().map(Parsed::One)
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let rows: Vec<Result<SmsStatus, Reject>> = strict::rows(request.posted()?)?;
        let rows = rows.into_iter().filter_map(|row| row.and_then(SmsStatus::report).transpose());
        Ok(Parsed::batch(rows.collect()))
    }

    fn answer(&self, verdict: &Verdict) -> Answer {
        let body = match verdict {
            Verdict::Taken => r#"{"result":0,"errmsg":"OK"}"#.to_owned(),
            Verdict::Refused(reject) => json!({"result": 1, "errmsg": reject.to_string()}).to_string(),
            Verdict::Unavailable => json!({"result": 2, "errmsg": "try again later"}).to_string(),
        };
        Answer::new(Answer::status_of(verdict), "application/json", body)
    }

    fn sends_free_text(&self) -> bool {
        false
    }

    /// Only approved templates; each variable holds at most six characters, so each is one group of the
    /// receipt.
    fn send(&self, reply: &Reply, signing: &Signing) -> Result<Outgoing, CannotSend> {
        let sending = self.sending.as_ref().ok_or(CannotSend::NotSetUp("secret_id"))?;
        if reply.receipt.iter().any(|group| group.chars().count() > 6) {
            return Err(CannotSend::Impossible);
        }
        let mut body = json!({
            "PhoneNumberSet": [reply.to],
            "SmsSdkAppId": sending.app,
            "SignName": sending.sign_name,
            "TemplateId": sending.template,
            "TemplateParamSet": reply.receipt,
            "SessionContext": reply.reference,
        });
        if let Some(code) = &sending.extend_code {
            body["ExtendCode"] = json!(code);
        }
        Ok(sending.signed("SendSms", "2021-01-11", &body.to_string(), signing.now))
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answered {
            response: Response,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Response {
            send_status_set: Option<Vec<One>>,
            error: Option<Failure>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct One {
            serial_no: Option<String>,
            code: String,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Failure {
            code: String,
        }
        if status != 200 {
            return Sent::of_failure(status);
        }
        let Ok(Answered { response }) = serde_json::from_slice(body) else {
            return Sent::Unknown { code: "bad_answer".into() };
        };
        let one = response.send_status_set.and_then(|set| set.into_iter().next());
        match (response.error.map(|error| error.code), one) {
            (None, Some(one)) if one.code == "Ok" => Sent::Accepted(one.serial_no),
            (Some(code), _) | (None, Some(One { code, .. })) => refusal(code),
            (None, None) => Sent::Unknown { code: "bad_answer".into() },
        }
    }
}

fn refusal(code: String) -> Sent {
    match code.as_str() {
        "RequestLimitExceeded" => Sent::later(code),
        "LimitExceeded.PhoneNumberThirtySecondLimit" => {
            Sent::Later { code, wait: Some(SignedDuration::from_secs(30)) }
        }
        "LimitExceeded.PhoneNumberOneHourLimit" => {
            Sent::Later { code, wait: Some(SignedDuration::from_hours(1)) }
        }
        "FailedOperation.PhoneNumberInBlacklist" => Sent::Never { code, opted_out: true },
        _ if code.starts_with("InternalError") => Sent::Unknown { code },
        _ => Sent::never(code),
    }
}

impl Sending {
    /// TC3-HMAC-SHA256 (签名方法 v3 of the vendor's documentation).
    fn signed(&self, action: &str, version: &str, body: &str, now: Timestamp) -> Outgoing {
        let host = self.api.split_once("://").map_or(self.api.as_str(), |(_, host)| host);
        let service = host.split('.').next().unwrap_or_default();
        let content_type = "application/json; charset=utf-8";
        let names = "content-type;host;x-tc-action";
        let lines =
            format!("content-type:{content_type}\nhost:{host}\nx-tc-action:{}\n", action.to_lowercase());
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", mac::sha256_hex(body.as_bytes()));
        let date = now.strftime("%Y-%m-%d").to_string();
        let scope = format!("{date}/{service}/tc3_request");
        let at = now.as_second().to_string();
        let to_sign = format!("TC3-HMAC-SHA256\n{at}\n{scope}\n{}", mac::sha256_hex(canonical.as_bytes()));
        let mut key = [b"TC3", self.key.bytes()].concat();
        for part in [&date, service, "tc3_request"] {
            key = mac::hmac(Hash::Sha256, &key, &[part.as_bytes()]);
        }
        let signature = hex::encode(mac::hmac(Hash::Sha256, &key, &[to_sign.as_bytes()]));
        let mut request = Outgoing::form(format!("{}/", self.api), &[]);
        request.body = body.as_bytes().to_vec();
        request.set("content-type", content_type);
        request.set("x-tc-action", action);
        request.set("x-tc-version", version);
        request.set("x-tc-timestamp", &at);
        request.set("x-tc-region", &self.region);
        let id = &self.id;
        request.set(
            "authorization",
            &format!("TC3-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"),
        );
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the vendor's documentation, whose keys are masked and signed as printed.
    #[test]
    fn signs_as_the_vendor_documents() {
        let sending = Sending {
            id: "AKID********************************".into(),
            key: Secret::from_bytes("********************************"),
            app: String::new(),
            sign_name: String::new(),
            template: String::new(),
            extend_code: None,
            region: "ap-guangzhou".into(),
            api: "https://cvm.tencentcloudapi.com".into(),
        };
        let body =
            r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let now = Timestamp::from_second(1_551_113_065).unwrap();
        let request = sending.signed("DescribeInstances", "2017-03-12", body, now);
        assert_eq!(
            request.headers["authorization"],
            "TC3-HMAC-SHA256 Credential=AKID********************************/2019-02-25/cvm/tc3_request, \
             SignedHeaders=content-type;host;x-tc-action, \
             Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
        );
    }
}
