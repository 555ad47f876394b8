//! The columns of a table: what each is called by clerks, their programs and telephone exchanges, and what the
//! columns of one table count as.

use dengwen_http::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Entry;
use crate::table::is_yes;
use crate::time::{local_instant, seconds, written_instant};

/// What a column counts as that is not to be read. No column is called so.
pub(crate) const LEFT_OUT: &str = "-";

/// A column that a desk reads.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Translation key of its name, for whoever says which column is which.
    pub label: &'static str,
    /// What headers call it, in lower case; the first is the interface's.
    pub names: &'static [&'static str],
    /// What its cells tell.
    pub holds: Holds,
}

/// What the cells of a column tell, so that the same is known again however it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Words, a name, a number, a code.
    Words,
    /// A date, with or without a time of day.
    Instant,
    /// A duration.
    Seconds,
    /// Yes or no.
    YesOrNo,
}

impl Holds {
    /// What a cell says, written in one way. Spreadsheets break lines otherwise, write dates otherwise also where they
    /// stand among words, and drop the zeros before a number.
    pub(crate) fn canonical(self, cell: &str) -> String {
        let read = match self {
            Self::Words => written_instant(cell).ok().map(|instant| instant.to_string()),
            Self::Instant => local_instant(cell).ok().map(|instant| instant.to_string()),
            Self::Seconds => seconds(cell).map(|seconds| seconds.to_string()),
            Self::YesOrNo => Some(u8::from(is_yes(cell)).to_string()),
        };
        read.unwrap_or_else(|| plain(cell))
    }
}

/// Words with one space where there are some, or line breaks, and a number without zeros before it.
pub(crate) fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.trim_start_matches('0') {
        number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => number.to_owned(),
        _ => text,
    }
}

impl Column {
    /// One that holds words.
    pub const fn new(label: &'static str, names: &'static [&'static str]) -> Self {
        Self { label, names, holds: Holds::Words }
    }

    /// The same, holding something else.
    #[must_use]
    pub const fn holding(self, holds: Holds) -> Self {
        Self { holds, ..self }
    }

    /// Its name in the interface.
    pub(crate) fn field(&self) -> &'static str {
        self.names[0]
    }

    /// Whether several columns of a table are put together as this one: of what was reported nothing is dropped
    /// because the same words head it twice.
    pub(crate) fn is_put_together(&self) -> bool {
        is_put_together(self.field())
    }
}

/// The columns that the desk reads.
pub(crate) fn all<E: Entry>() -> impl Iterator<Item = &'static Column> {
    E::COLUMNS.iter().chain(common::ALL)
}

/// Whether columns that count as this field are put together.
fn is_put_together(field: &str) -> bool {
    field == common::TEXT.field()
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnFate {
    /// It is read.
    Taken,
    /// It has the name of no field, and is not taken.
    Unknown,
    /// It was to be left out.
    LeftOut,
    /// Another column tells the same better, as `billsec` and `duration`, and this one is not taken.
    Instead,
    /// Another column has the same name, and nobody can tell which is meant.
    Doubled,
}

/// What the columns of a table count as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// For each column its field, or [`LEFT_OUT`].
    pub(crate) names: Vec<String>,
    /// For each column what becomes of it.
    pub(crate) fates: Vec<ColumnFate>,
}

impl Mapping {
    /// As the header says. Where several columns tell of one field, the one whose name comes first with us; those
    /// with the facts are put together.
    pub(crate) fn guessed<E: Entry>(header: &[String]) -> Self {
        let rank = |name: &String| {
            all::<E>().find_map(|column| Some((column.field(), column.names.iter().position(|n| n == name)?)))
        };
        let known: Vec<_> = header.iter().map(rank).collect();
        let fate = |(at, known_as): (usize, &Option<(&str, usize)>)| match known_as {
            None => ColumnFate::Unknown,
            Some((field, _)) if is_put_together(field) => ColumnFate::Taken,
            Some((field, rank)) => {
                let others = known.iter().enumerate().filter(|(other, _)| *other != at);
                let of_field = others.filter_map(|(_, known)| known.filter(|(other, _)| other == field));
                match of_field.map(|(_, rank)| rank).min() {
                    Some(best) if best == *rank => ColumnFate::Doubled,
                    Some(best) if best < *rank => ColumnFate::Instead,
                    _ => ColumnFate::Taken,
                }
            }
        };
        let fates: Vec<_> = known.iter().enumerate().map(fate).collect();
        let name = |(known, fate): (&Option<(&str, usize)>, &ColumnFate)| match (known, fate) {
            (Some((field, _)), ColumnFate::Taken) => (*field).to_owned(),
            _ => LEFT_OUT.to_owned(),
        };
        Self { names: known.iter().zip(&fates).map(name).collect(), fates }
    }

    /// As somebody chose: for each column a field, or [`LEFT_OUT`].
    ///
    /// # Errors
    /// The columns, from 1, that count as no field, or as one that another counts as.
    pub(crate) fn chosen<E: Entry>(names: Vec<String>) -> Result<Self, Vec<FieldError>> {
        let known = |name: &String| name == LEFT_OUT || all::<E>().any(|column| column.field() == name);
        let fault = |(at, name): (usize, &String)| {
            let alone = name != LEFT_OUT && !is_put_together(name);
            let doubled = alone && names.iter().filter(|other| *other == name).count() > 1;
            let code = match (known(name), doubled) {
                (false, _) => "unknown_field",
                (true, true) => "duplicate_field",
                (true, false) => return None,
            };
            Some(FieldError::new(column_at(at), code))
        };
        let faults: Vec<_> = names.iter().enumerate().filter_map(fault).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let fate = |name: &String| {
            if name == LEFT_OUT { ColumnFate::LeftOut } else { ColumnFate::Taken }
        };
        Ok(Self { fates: names.iter().map(fate).collect(), names })
    }

    /// The columns that nobody can choose between.
    pub(crate) fn doubled(&self) -> Vec<FieldError> {
        let doubled = self.fates.iter().enumerate().filter(|(_, fate)| **fate == ColumnFate::Doubled);
        doubled.map(|(at, _)| FieldError::new(column_at(at), "duplicate_field")).collect()
    }
}

/// A column in an error, from 1 as the clerk counts.
fn column_at(at: usize) -> String {
    format!("columns[{}]", at + 1)
}

/// The names of columns in their order, as `external_id,-,text`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) struct ColumnNames(pub(crate) Vec<String>);

impl From<String> for ColumnNames {
    fn from(text: String) -> Self {
        Self(text.split(',').map(|name| name.trim().to_owned()).collect())
    }
}

/// The columns of the fields that every desk has.
pub(crate) mod common {
    use super::{Column, Holds};

    pub(crate) const TEXT: Column =
        Column::new("text", &["text", "facts", "content", "主要问题", "反映内容", "问题", "内容", "何事"]);
    pub(crate) const DEMAND: Column = Column::new("call.demand", &["demand", "诉求", "何诉求"]);
    pub(crate) const NAME: Column =
        Column::new("call.who", &["subject_name", "被举报人", "被举报人姓名", "何人"]);
    pub(crate) const ORG: Column =
        Column::new("call.org", &["subject_org", "被举报人单位", "单位", "被举报单位", "何单位"]);
    pub(crate) const TITLE: Column =
        Column::new("call.post", &["subject_title", "被举报人职务", "职务", "何职"]);
    pub(crate) const RANK: Column = Column::new("subject_rank", &["subject_rank", "rank_code", "级别代码"]);
    pub(crate) const REGION_CODE: Column = Column::new("call.region_code", &["region_code", "地区代码"]);
    pub(crate) const REGION: Column = Column::new("subject_region", &["region", "所在地区", "地区"]);
    pub(crate) const GENDER: Column = Column::new("call.gender", &["gender", "性别"]);
    pub(crate) const PARTY: Column = Column::new("call.political_status", &["political_status", "政治面貌"]);
    pub(crate) const WHEN: Column = Column::new("call.when", &["when", "发生时间", "何时"]);
    pub(crate) const PLACE: Column = Column::new("call.where", &["where", "发生地点", "何地"]);
    pub(crate) const SOURCE: Column = Column::new("call.source_kind", &["source_kind", "信息来源"]);
    pub(crate) const REPORTER: Column =
        Column::new("column.reporter_name", &["reporter_name", "举报人姓名", "举报人", "来电人"]);
    pub(crate) const PHONE: Column =
        Column::new("column.reporter_phone", &["reporter_phone", "举报人电话", "联系电话"]);
    pub(crate) const EMAIL: Column =
        Column::new("column.reporter_email", &["reporter_email", "举报人邮箱", "电子邮箱"]);
    pub(crate) const ADDRESS: Column =
        Column::new("column.reporter_address", &["reporter_address", "举报人地址", "地址"]);
    pub(crate) const UNIT: Column = Column::new("column.reporter_unit", &["reporter_unit", "举报人单位"]);
    pub(crate) const HOURS: Column = Column::new("contact_hours", &["contact_hours", "方便联系时间"]);
    // No 序号: every sheet counts from 1. `uniqueid` and `uuid` are what exchanges give each call, 流水号 and the like what
    // call centres do.
    pub(crate) const NUMBER: Column = Column::new(
        "call.external_id",
        &[
            "external_id",
            "id",
            "编号",
            "登记号",
            "流水号",
            "工单号",
            "工单编号",
            "受理编号",
            "来电编号",
            "来信编号",
            "录音编号",
            "call_id",
            "uniqueid",
            "uuid",
        ],
    );
    pub(crate) const RECEIVED: Column =
        Column::new("entry.received_at", &["received_at", "来件时间", "接收时间", "登记时间"])
            .holding(Holds::Instant);
    pub(crate) const ALL: &[Column] = &[
        TEXT,
        DEMAND,
        NAME,
        ORG,
        TITLE,
        RANK,
        REGION_CODE,
        REGION,
        GENDER,
        PARTY,
        WHEN,
        PLACE,
        SOURCE,
        REPORTER,
        PHONE,
        EMAIL,
        ADDRESS,
        UNIT,
        HOURS,
        NUMBER,
        RECEIVED,
    ];
}
