//! Infobip SMS ("Receive inbound SMS", format MO_JSON_2, "Receive delivery reports" and "Send SMS" version 3
//! of the vendor's documentation). The Subscriptions API guards pushes by basic authentication.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::coding::Body;
use crate::gateway::{
    CannotSend, DeliveryStatus, JSON_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report, Request,
    Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor,
};
use crate::wire::number::Plan;
use crate::wire::{json as strict, time};

pub(super) const KIND: Kind = Kind {
    name: "infobip",
    signed: Signature::Never,
    body_limit: JSON_LIMIT,
    signs_url: false,
    chinese: false,
    open,
};

struct Infobip {
    key: Option<Secret>,
    from: Option<String>,
    api: Option<String>,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(Infobip {
        key: settings.secret("api_key")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?,
    }))
}

#[derive(Deserialize)]
struct Push {
    results: Option<Vec<Box<RawValue>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inbound {
    #[serde(default)]
    message_id: Value,
    #[serde(default)]
    from: Value,
    #[serde(default)]
    to: Value,
    text: Option<String>,
    message: Option<Vec<Content>>,
    received_at: Option<String>,
    #[serde(default)]
    sms_count: Value,
}

/// A piece of the variant with several contents.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    content_type: Option<String>,
    value: Option<String>,
}

impl Inbound {
    fn message(self) -> Result<Message, Reject> {
        let id = strict::required(&self.message_id, "messageId")?;
        let from = strict::required(&self.from, "from")?;
        let from = Plan::International.sender(&from).ok_or(Reject::BadField("from"))?;
        let pieces = self.message.map(|contents| {
            let text = |content: Content| {
                content
                    .content_type
                    .is_none_or(|kind| kind.starts_with("text/"))
                    .then_some(content.value)
                    .flatten()
            };
            contents.into_iter().filter_map(text).collect::<String>()
        });
        let text = self.text.or(pieces).ok_or(Reject::MissingField("text"))?;
        Ok(Message::new(id, from, Body::text(text))
            .to(strict::scalar(&self.to).as_deref())
            .sent_at(self.received_at.as_deref().map(time::rfc3339))
            .segments(strict::scalar(&self.sms_count).as_deref()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    #[serde(default)]
    message_id: Value,
    callback_data: Option<String>,
    done_at: Option<String>,
    status: Option<Group>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group_name: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    name: Option<String>,
}

impl Delivery {
    fn report(self) -> Result<Option<Report>, Reject> {
        let id = strict::required(&self.message_id, "messageId")?;
        let group = self.status.and_then(|status| status.group_name).ok_or(Reject::MissingField("status"))?;
        let status = match group.as_str() {
            "PENDING" | "ACCEPTED" => DeliveryStatus::Sent,
            "DELIVERED" => DeliveryStatus::Delivered,
            "UNDELIVERABLE" | "EXPIRED" | "REJECTED" => DeliveryStatus::Failed,
            _ => return Ok(None),
        };
        let mut report = Report::new(Some(&id), status);
        report.reference = self.callback_data;
        report.error_code = self.error.and_then(|error| error.name).filter(|name| name != "NO_ERROR");
        report.at = self.done_at.as_deref().and_then(time::rfc3339);
        Ok(Some(report))
    }
}

impl Vendor for Infobip {
    /// Pushes are not signed: the common checks are all there is.
    fn verify(&self, _request: &Request, _now: Timestamp) -> Result<(), Reject> {
        Ok(())
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let push: Push = strict::read(request.posted()?)?;
        let results = push.results.ok_or(Reject::MissingField("results"))?;
        let rows: Vec<Result<Inbound, Reject>> = strict::split(results);
        Ok(Parsed::batch(rows.into_iter().map(|row| row.and_then(Inbound::message)).collect()))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let push: Push = strict::read(request.posted()?)?;
        let results = push.results.ok_or(Reject::MissingField("results"))?;
        let rows: Vec<Result<Delivery, Reject>> = strict::split(results);
        let rows = rows.into_iter().filter_map(|row| row.and_then(Delivery::report).transpose()).collect();
        Ok(Parsed::batch(rows))
    }

    fn knows_references(&self) -> bool {
        true
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let key = self.key.as_ref().ok_or(CannotSend::NotSetUp("api_key"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let api = self.api.as_deref().ok_or(CannotSend::NotSetUp("api_url"))?;
        let mut message = json!({
            "sender": from,
            "destinations": [{"to": reply.to.trim_start_matches('+'), "messageId": reply.reference}],
            "content": {"text": reply.text},
        });
        if let Some(url) = &reply.status_url {
            message["webhooks"] = json!({"delivery": {"url": url}, "callbackData": reply.reference});
        }
        let mut request = Outgoing::json(format!("{api}/sms/3/messages"), &json!({"messages": [message]}));
        request.set("authorization", &format!("App {}", key.text()));
        Ok(request)
    }

    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        #[derive(Deserialize)]
        struct Answered {
            messages: Vec<One>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct One {
            message_id: Option<String>,
            status: Status,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Status {
            group_id: u32,
            name: Option<String>,
        }
        if !(200..300).contains(&status) {
            return Sent::of_failure(status);
        }
        let answered = serde_json::from_slice::<Answered>(body).ok();
        match answered.and_then(|answered| answered.messages.into_iter().next()) {
            // PENDING and DELIVERED.
            Some(one) if matches!(one.status.group_id, 1 | 3) => Sent::Accepted(one.message_id),
            Some(one) => {
                Sent::never(one.status.name.unwrap_or_else(|| format!("group_{}", one.status.group_id)))
            }
            None => Sent::Unknown { code: "bad_answer".into() },
        }
    }
}
