//! A call (来电) as the operator writes it up.

use dengwen_clerk::{Common, Entry, Row, local_instant};
use dengwen_door::{Submission, given};
use dengwen_http::FieldError;
use dengwen_model::{Channel, ChannelDetails};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// Longest call that is believed, in seconds: a day.
const MAX_DURATION: u32 = 86_400;

/// A call. Only `text` is required. A caller number stays with the telephone exchange: it is not taken
/// here, since a number shown is not a contact given (domain rules, M2).
#[derive(Deserialize, Validate, ToSchema)]
pub(crate) struct CallIn {
    #[serde(flatten)]
    #[validate(nested)]
    common: Common,
    /// When the call began.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    started_at: Option<Timestamp>,
    /// Seconds.
    #[serde(default, alias = "duration_sec")]
    #[validate(range(max = 86400))]
    duration_s: Option<u32>,
    /// The operator's desk, as `坐席03`.
    #[serde(default)]
    #[validate(length(max = 40))]
    operator: Option<String>,
    /// The facts were read back and confirmed.
    #[serde(default)]
    readback_confirmed: bool,
}

impl Entry for CallIn {
    const SOURCE: &'static str = "phone/calls";

    fn from_row(row: &Row) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let common = Common::from_row(row).unwrap_or_else(|wrong| {
            errors.extend(wrong);
            Common::default()
        });
        let started_at =
            row.get(&["started_at", "来电时间", "开始时间", "start", "calldate"]).and_then(|text| {
                let instant = local_instant(text);
                if instant.is_none() {
                    errors.push(FieldError::new("started_at", "invalid"));
                }
                instant
            });
        let duration_s = row
            .get(&["duration_s", "duration_sec", "duration", "通话时长", "时长", "billsec"])
            .and_then(|text| {
                let seconds = text.parse().ok().filter(|seconds| *seconds <= MAX_DURATION);
                if seconds.is_none() {
                    errors.push(FieldError::new("duration_s", "invalid"));
                }
                seconds
            });
        let confirmed = row.get(&["readback_confirmed", "已复述确认", "复述确认"]);
        let call = Self {
            common,
            started_at,
            duration_s,
            operator: row.get(&["operator", "接听员", "坐席", "工号"]).map(ToOwned::to_owned),
            readback_confirmed: confirmed.is_some_and(|text| matches!(text, "1" | "true" | "是" | "Y" | "y")),
        };
        if errors.is_empty() { Ok(call) } else { Err(errors) }
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn instants(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![("received_at", self.common.received_at), ("started_at", self.started_at)]
    }

    fn into_submission(mut self) -> Submission {
        self.common.received_at = self.common.received_at.or(self.started_at);
        let details = ChannelDetails::Phone {
            started_at: self.started_at,
            duration_s: self.duration_s,
            operator: given(&self.operator),
            readback_confirmed: self.readback_confirmed,
        };
        self.common.into_submission(Channel::Phone, details, Self::SOURCE)
    }
}
