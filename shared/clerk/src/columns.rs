//! The columns of a table: what each is called by clerks, their programs and telephone exchanges.

/// A column that a desk reads.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Translation key of its name, for whoever says which column is which.
    pub label: &'static str,
    /// What headers call it, in lower case; the first is the interface's.
    pub names: &'static [&'static str],
}

/// The columns of the fields that every desk has.
pub(crate) mod common {
    use super::Column;

    pub(crate) const TEXT: Column = Column {
        label: "text",
        names: &["text", "facts", "content", "主要问题", "反映内容", "问题", "内容", "何事"],
    };
    pub(crate) const DEMAND: Column =
        Column { label: "call.demand", names: &["demand", "诉求", "何诉求"] };
    pub(crate) const NAME: Column = Column {
        label: "call.who",
        names: &["subject_name", "被举报人", "被举报人姓名", "何人"],
    };
    pub(crate) const ORG: Column = Column {
        label: "call.org",
        names: &["subject_org", "被举报人单位", "单位", "被举报单位", "何单位"],
    };
    pub(crate) const TITLE: Column =
        Column { label: "call.post", names: &["subject_title", "被举报人职务", "职务", "何职"] };
    pub(crate) const RANK: Column =
        Column { label: "subject_rank", names: &["subject_rank", "rank_code", "级别代码"] };
    pub(crate) const REGION_CODE: Column =
        Column { label: "call.region_code", names: &["region_code", "地区代码"] };
    pub(crate) const REGION: Column =
        Column { label: "subject_region", names: &["region", "所在地区", "地区"] };
    pub(crate) const GENDER: Column = Column { label: "call.gender", names: &["gender", "性别"] };
    pub(crate) const PARTY: Column =
        Column { label: "call.political_status", names: &["political_status", "政治面貌"] };
    pub(crate) const WHEN: Column = Column { label: "call.when", names: &["when", "发生时间", "何时"] };
    pub(crate) const PLACE: Column =
        Column { label: "call.where", names: &["where", "发生地点", "何地"] };
    pub(crate) const SOURCE: Column =
        Column { label: "call.source_kind", names: &["source_kind", "信息来源"] };
    pub(crate) const REPORTER: Column = Column {
        label: "column.reporter_name",
        names: &["reporter_name", "举报人姓名", "举报人", "来电人"],
    };
    pub(crate) const PHONE: Column = Column {
        label: "column.reporter_phone",
        names: &["reporter_phone", "举报人电话", "联系电话"],
    };
    pub(crate) const EMAIL: Column = Column {
        label: "column.reporter_email",
        names: &["reporter_email", "举报人邮箱", "电子邮箱"],
    };
    pub(crate) const ADDRESS: Column = Column {
        label: "column.reporter_address",
        names: &["reporter_address", "举报人地址", "地址"],
    };
    pub(crate) const UNIT: Column =
        Column { label: "column.reporter_unit", names: &["reporter_unit", "举报人单位"] };
    pub(crate) const HOURS: Column =
        Column { label: "contact_hours", names: &["contact_hours", "方便联系时间"] };
    // No 序号: every sheet counts from 1. `uniqueid` and `uuid` are what exchanges give each call.
    pub(crate) const NUMBER: Column = Column {
        label: "call.external_id",
        names: &["external_id", "id", "编号", "登记号", "uniqueid", "uuid"],
    };
    pub(crate) const RECEIVED: Column = Column {
        label: "entry.received_at",
        names: &["received_at", "来件时间", "接收时间", "登记时间"],
    };
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
