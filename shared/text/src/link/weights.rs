//! The bits of every way in which a part of a comparison can come out.
//!
//! Fitted by logistic regression over pairs that share a key of the index (so that [`PRIOR`] is the odds among
//! candidates), drawn towards what an officer would say and held to their order: more in common is never less
//! likely. `cargo run --example pairs -p dengwen-text` writes the pairs, `data/README.md` tells the rest.

use super::compare::PartKind;

/// Bits before anything is compared.
pub(crate) const PRIOR: f32 = -5.8;

/// One way in which a part comes out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    /// As an officer reads it.
    pub(crate) said: &'static str,
    /// For (above 0) or against one matter.
    pub(crate) bits: f32,
}

const fn level(said: &'static str, bits: f32) -> Level {
    Level { said, bits }
}

/// The row of [`PartKind::Others`] that says somebody is named in both.
pub(crate) const OTHERS_NAMED: u8 = 1;

const UNKNOWN: Level = level("", 0.0);

/// The rows of a part. The first says that one of the tips lacks the field.
pub(crate) const fn levels(part: PartKind) -> &'static [Level] {
    match part {
        PartKind::Wording => WORDING,
        PartKind::Words => WORDS,
        PartKind::Rare => RARE,
        PartKind::Person => PERSON,
        PartKind::Others => OTHERS,
        PartKind::Place => PLACE,
        PartKind::Org => ORG,
        PartKind::Role => ROLE,
        PartKind::Date => DATE,
        PartKind::Year => YEAR,
        PartKind::Amount => AMOUNT,
        PartKind::Count => COUNT,
        PartKind::Leaf => LEAF,
        PartKind::Received => RECEIVED,
        PartKind::Altered => ALTERED,
    }
}

const WORDING: &[Level] = &[
    UNKNOWN,
    level("文字不同", -3.4),
    level("文字少有相同", -1.2),
    level("文字略有相同", 0.2),
    level("文字部分相同", 0.8),
    level("文字近半相同", 2.9),
    level("文字大半相同", 2.9),
    level("文字几乎相同", 2.9),
];

const WORDS: &[Level] = &[
    UNKNOWN,
    level("无常用词相同", -0.7),
    level("一个常用词相同", 1.2),
    level("几个常用词相同", 1.3),
    level("一些常用词相同", 1.8),
    level("不少常用词相同", 1.8),
    level("许多常用词相同", 1.8),
];

const RARE: &[Level] = &[
    UNKNOWN,
    level("无罕见用语相同", -0.1),
    level("一处罕见用语相同", 0.7),
    level("两处罕见用语相同", 2.2),
    level("三处罕见用语相同", 2.2),
    level("四五处罕见用语相同", 5.1),
    level("六处以上罕见用语相同", 5.1),
    level("十处以上罕见用语相同", 5.1),
];

const PERSON: &[Level] = &[
    UNKNOWN,
    level("姓名相同", 3.7),
    level("姓名一字之差", 3.7),
    level("姓名在另一件中提到", 4.4),
    level("少见的姓氏相同", 2.6),
    level("姓氏相同", 2.6),
    level("姓氏在另一件中提到", 3.7),
    level("同姓而名不同", -4.3),
    level("姓氏不同", -2.8),
    level("提到的姓氏不同", -1.4),
];

const OTHERS: &[Level] = &[UNKNOWN, level("提到同一旁人", 0.6)];

const PLACE: &[Level] = &[
    UNKNOWN,
    level("同一县区", 0.1),
    level("同一乡镇", 2.7),
    level("同一村社", 6.0),
    level("提到同一乡村", 6.4),
    level("乡镇村社不同", -2.6),
    level("县区不同", -3.0),
];

const ORG: &[Level] = &[
    UNKNOWN,
    level("同一部门", 0.7),
    level("同一单位", 0.1),
    level("提到同一单位", 3.4),
    level("部门不同", -4.3),
    level("单位不同", -0.4),
];

const ROLE: &[Level] = &[UNKNOWN, level("职务相同", 1.8), level("职务不同", -0.1)];

const DATE: &[Level] = &[
    UNKNOWN,
    level("日期相同", 4.7),
    level("月份相同", 1.2),
    level("日期不合", -2.4),
    level("月份不合", -4.5),
];

const YEAR: &[Level] =
    &[UNKNOWN, level("年份相同", 0.1), level("年份部分相同", -0.1), level("年份不同", -2.7)];

const AMOUNT: &[Level] = &[
    UNKNOWN,
    level("多个金额相同", 3.2),
    level("金额相同", 3.2),
    level("金额相同(整数)", 2.0),
    level("金额不同", -1.6),
];

const COUNT: &[Level] = &[UNKNOWN, level("数目相同", 4.3), level("多个数目相同", 4.3)];

const LEAF: &[Level] = &[
    UNKNOWN,
    level("问题相同", 0.5),
    level("问题多半相同", -0.3),
    level("问题可能相同", -0.3),
    level("问题多半不同", -1.2),
    level("问题可能不同", -4.8),
    level("问题不同", -4.8),
];

const RECEIVED: &[Level] = &[
    UNKNOWN,
    level("三日内收到", 5.0),
    level("两周内收到", 5.0),
    level("一个半月内收到", 3.8),
    level("相隔数月收到", -3.6),
    level("相隔久收到", -5.6),
];

const ALTERED: &[Level] =
    &[UNKNOWN, level("文字相同而数目有改动", -2.0), level("文字相同而年份地点职务等不同", -9.0)];
