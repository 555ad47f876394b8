//! A call (来电) as the operator writes it up.

use dengwen_clerk::{Column, Common, DeskPlan, Entry, FormPlan, Holds, Row};
use dengwen_door::{Submission, given};
use dengwen_http::FieldError;
use dengwen_model::{Channel, ChannelDetails};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;
use validator::Validate;

use crate::form;

/// A call. Only `text` is required.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallIn {
    #[serde(skip)]
    #[validate(nested)]
    common: Common,
    /// When the call began.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    started_at: Option<Timestamp>,
    /// Seconds; a day at most.
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
    /// The number that was shown, as programs of exchanges send it. It is dropped unread: a number shown is
    /// not a contact given (domain rules, M2).
    #[serde(default, rename = "caller_number")]
    #[schema(value_type = Option<String>)]
    _caller_number: IgnoredAny,
}

// `calldate`, `start` and `billsec` are Asterisk's (cdr-csv, cdr_adaptive_odbc), `start_stamp` is FreeSWITCH's
// (mod_cdr_csv). The numbers of such records (`src`, `caller_id_number`) are not read.
const STARTED: Column = Column::new(
    "call.started_at",
    &["started_at", "来电时间", "开始时间", "start", "calldate", "start_stamp"],
)
.holding(Holds::Instant);
// Of a call record the seconds that were spoken, not those in which it rang too.
const LASTED: Column =
    Column::new("call.duration", &["duration_s", "duration_sec", "billsec", "duration", "通话时长", "时长"])
        .holding(Holds::Seconds);
const OPERATOR: Column =
    Column::new("call.operator", &["operator", "接听员", "坐席", "工号", "dst", "destination_number"]);
const READ_BACK: Column =
    Column::new("call.readback_confirmed", &["readback_confirmed", "已复述确认", "复述确认"])
        .holding(Holds::YesOrNo);

impl Entry for CallIn {
    const DESK: DeskPlan = DeskPlan {
        source: "phone/calls",
        title: "phone desk",
        about: "Register calls and call logs.",
        entries: "/api/v1/phone/calls",
        entry: "Register a call",
        import: "/api/v1/phone/import",
        table: "Import a call log",
        discard: "/api/v1/phone/recordings/{id}/discard",
        hints: "/api/v1/phone/hints",
        document: "/api/v1/phone/openapi.json",
    };

    const FORM: FormPlan = form::FORM;

    const COLUMNS: &'static [Column] = &[STARTED, LASTED, OPERATOR, READ_BACK];

    fn from_row(row: &Row, errors: &mut Vec<FieldError>) -> Self {
        Self {
            common: Common::from_row(row, errors),
            started_at: row.instant("started_at", STARTED.names, errors),
            duration_s: row.seconds("duration_s", LASTED.names, errors),
            operator: row.text(OPERATOR.names),
            readback_confirmed: row.says_yes(READ_BACK.names).unwrap_or_default(),
            _caller_number: IgnoredAny,
        }
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn common_mut(&mut self) -> &mut Common {
        &mut self.common
    }

    fn instants(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![("received_at", self.common.received_at), ("started_at", self.started_at)]
    }

    fn received_at(&self) -> Option<Timestamp> {
        self.common.received_at.or(self.started_at)
    }

    fn into_submission(mut self) -> Submission {
        self.common.received_at = self.received_at();
        let details = ChannelDetails::Phone {
            started_at: self.started_at,
            duration_s: self.duration_s,
            operator: given(&self.operator),
            readback_confirmed: self.readback_confirmed,
        };
        self.common.into_submission(Channel::Phone, details, Self::DESK.source)
    }
}
