//! One line of output.

use serde::Serialize;
use serde_json::{Value, json};

use crate::assembly::Whole;
use crate::coding::Flag;
use crate::coding::udh::Part;
use crate::gateway::{Answer, Control, Gateway, Reject, Report, Verdict};
use crate::intake::{Received, Row};
use crate::wire::time::show;

/// What became of a case. The first twelve fields are the contract's; the others are there where they apply.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    id: String,
    result: &'static str,
    from: Option<String>,
    to: Option<String>,
    text: Option<String>,
    external_id: Option<String>,
    received_at: Option<String>,
    messages: Option<Vec<Value>>,
    http_status: u16,
    content_type: String,
    response_body: String,
    reason: Option<String>,
    #[serde(flatten)]
    details: Details,
}

/// What a vendor told besides.
#[derive(Debug, Default, Serialize)]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<Control>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ack_sms: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<Flag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quarantined: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    duplicates: Vec<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<Vec<Value>>,
}

impl Outcome {
    fn answered(id: &str, result: &'static str, answer: Answer) -> Self {
        Self {
            id: id.to_owned(),
            result,
            http_status: answer.status,
            content_type: answer.content_type.to_owned(),
            response_body: answer.body,
            ..Self::default()
        }
    }

    /// The case's settings make no gateway: everything is refused.
    pub(super) fn not_set_up(id: &str) -> Self {
        let reject = Reject::UnknownChannel;
        let mut outcome = Self::answered(id, "reject", Answer::plain(&Verdict::Refused(reject)));
        outcome.reason = Some("not_configured".to_owned());
        outcome
    }

    /// Refused.
    pub(super) fn refused(id: &str, gateway: &Gateway, reject: Reject) -> Self {
        let answer = gateway.vendor().answer(&Verdict::Refused(reject));
        let mut outcome = Self::answered(id, "reject", answer);
        outcome.reason = Some(reject.to_string());
        outcome
    }

    /// Of a request that only its signature matters of.
    pub(super) fn of_signature(id: &str, gateway: &Gateway, verified: Result<(), Reject>) -> Self {
        match verified {
            Ok(()) => Self::answered(id, "accept", gateway.vendor().answer(&Verdict::Taken)),
            Err(reject) => Self::refused(id, gateway, reject),
        }
    }

    /// Of a request for messages.
    pub(super) fn of_messages(id: &str, received: Received) -> Self {
        let mut outcome = Self::answered(id, result_of(&received), received.answer);
        if let Verdict::Refused(reject) = received.verdict {
            outcome.reason = Some(reject.to_string());
        }
        let several = received.is_batch && received.rows.len() > 1;
        if several {
            outcome.messages = Some(Vec::new());
        }
        for row in received.rows {
            outcome.add(row, several);
        }
        outcome
    }

    fn add(&mut self, row: Row, several: bool) {
        match row {
            Row::Taken(whole, control) if several => {
                let message = message(&whole, control);
                self.messages.get_or_insert_default().push(message);
            }
            Row::Taken(whole, control) => self.describe(&whole, control),
            Row::Joining(whole) => self.describe(&whole, None),
            Row::Waiting(part, alone) => {
                self.details.parts = part.as_ref().map(part_value);
                self.details.text_part = Some(alone.text);
            }
            Row::Repeated(external_id) if several => self.details.duplicates.push(external_id),
            Row::Repeated(_) => {}
            Row::Quarantined(index, reject) => {
                self.details.quarantined.push(json!({"index": index, "reason": reject.to_string()}));
            }
        }
    }

    fn describe(&mut self, whole: &Whole, control: Option<Control>) {
        self.from = Some(whole.from.as_str().to_owned());
        self.to.clone_from(&whole.to);
        self.text = Some(whole.text.clone());
        self.external_id.clone_from(&whole.external_id);
        self.received_at = whole.sent_at.map(show);
        self.details.parts = whole.parts.as_ref().map(|parts| match parts.ids.len() {
            1 => json!({"ref": parts.reference, "total": parts.total, "seq": 1}),
            _ => json!({"ref": parts.reference, "total": parts.total, "ids": parts.ids}),
        });
        self.details.segments = whole.segments;
        self.details.control = control;
        self.details.ack_sms = (control.is_some() || whole.from.number().is_none()).then_some("none");
        self.details.flags.clone_from(&whole.flags);
    }

    /// Of a request for delivery reports.
    pub(super) fn of_reports(
        id: &str,
        gateway: &Gateway,
        verdict: Verdict,
        good: Vec<Report>,
        bad: Vec<(usize, Reject)>,
    ) -> Self {
        if let Verdict::Refused(reject) = verdict {
            return Self::refused(id, gateway, reject);
        }
        let result = if good.is_empty() { "ignore" } else { "accept" };
        let mut outcome = Self::answered(id, result, gateway.vendor().answer(&verdict));
        outcome.details.quarantined = bad
            .into_iter()
            .map(|(index, reject)| json!({"index": index, "reason": reject.to_string()}))
            .collect();
        match <[Report; 1]>::try_from(good) {
            Ok([report]) => outcome.describe_report(report),
            Err(reports) if reports.is_empty() => {}
            Err(reports) => outcome.details.statuses = Some(reports.iter().map(report_value).collect()),
        }
        outcome
    }

    fn describe_report(&mut self, report: Report) {
        self.external_id = report.external_id;
        self.details.status = Some(report.status.as_str());
        self.details.reference = report.reference;
        self.details.error_code = report.error_code;
        self.details.at = report.at.map(show);
        self.details.parts = report.part.map(|(seq, total)| json!({"total": total, "seq": seq}));
    }
}

fn result_of(received: &Received) -> &'static str {
    let any = |test: fn(&Row) -> bool| received.rows.iter().any(test);
    match received.verdict {
        Verdict::Refused(_) | Verdict::Unavailable => "reject",
        Verdict::Taken if any(|row| matches!(row, Row::Taken(..) | Row::Joining(_))) => "accept",
        Verdict::Taken if any(|row| matches!(row, Row::Waiting(..))) => "pending",
        Verdict::Taken if any(|row| matches!(row, Row::Repeated(_))) => "duplicate",
        Verdict::Taken => "ignore",
    }
}

fn message(whole: &Whole, control: Option<Control>) -> Value {
    let mut message = json!({
        "from": whole.from.as_str(),
        "to": whole.to,
        "text": whole.text,
        "external_id": whole.external_id,
        "received_at": whole.sent_at.map(show),
    });
    if let Some(segments) = whole.segments {
        message["segments"] = json!(segments);
    }
    if let Some(control) = control {
        message["control"] = json!(control);
    }
    message
}

fn part_value(part: &Part) -> Value {
    json!({"ref": part.reference, "total": part.total, "seq": part.seq})
}

fn report_value(report: &Report) -> Value {
    let mut value = json!({
        "external_id": report.external_id,
        "reference": report.reference,
        "status": report.status.as_str(),
    });
    if let Some(code) = &report.error_code {
        value["error_code"] = json!(code);
    }
    if let Some(at) = report.at {
        value["at"] = json!(show(at));
    }
    value
}
