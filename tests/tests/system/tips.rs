//! Reports to send. Persons, units and places are invented.

use serde_json::{Value, json};

const PERSONS: &[&str] = &["钱守拙", "孙问渠", "李怀瑾", "周砚秋", "吴望舒", "郑知微", "王疏桐", "冯观棋"];
const UNITS: &[(&str, &str)] = &[
    ("清岚县水利局", "局长"),
    ("清岚县教育局", "副局长"),
    ("云栖镇党委", "书记"),
    ("清岚县交通运输局", "局长"),
    ("石桥乡人民政府", "乡长"),
];
const MATTERS: &[&str] = &[
    "在干部推荐期间请客送礼,私下打电话拉票,让人在民主推荐时投他的票",
    "为提拔使用收受他人现金,买官卖官,事后把人调到重要岗位",
    "档案里的出生日期被涂改,比原始材料小了三岁,入党时间也对不上",
    "任人唯亲,把自己的侄子违规调入本单位并突击提拔为股长",
    "干部选拔没有经过民主推荐和集体研究,由他一个人说了算",
    "跑官要官,托人向上级打招呼,在考察组到来之前统一口径",
    "超职数配备干部,设置没有编制的副职岗位安排亲信",
];
const WHEN: &[&str] = &["去年换届的时候", "今年三月", "上个月考察期间", "前年机构改革之后", "国庆假期前后"];

/// The `number`th report, unlike most of its neighbours.
pub(crate) fn report(number: usize) -> Value {
    let (org, title) = UNITS[number % UNITS.len()];
    let name = PERSONS[(number / UNITS.len()) % PERSONS.len()];
    let matter = MATTERS[(number / 3) % MATTERS.len()];
    let when = WHEN[(number / 7) % WHEN.len()];
    json!({
        "form_kind": "person",
        "subject": {"name": name, "org": org, "title": title},
        "text": format!("我反映{org}{title}{name}的问题。{when},{name}{matter}。请组织核实。第{number}号情况。"),
        "when": when,
        "reporter": null,
    })
}

/// Four reports that have nothing in common: four cases.
pub(crate) fn unlike(number: usize) -> Value {
    let (name, org, title, text) = [
        (
            "钱守拙",
            "清岚县水利局",
            "局长",
            "钱守拙任清岚县水利局局长期间，民主推荐前夜在家中设宴，逐一打电话拉票，要大家投他的票。",
        ),
        (
            "郑知微",
            "石桥乡人民政府",
            "乡长",
            "石桥乡人民政府乡长郑知微的出生日期被改过：小学毕业登记表写的是一九六九年，现在的档案成了一九七二年。",
        ),
        (
            "周砚秋",
            "清岚县教育局",
            "副局长",
            "清岚县教育局副局长周砚秋把妻弟从企业调进招生办，不到半年提为副科，没有公示，也没有开会研究。",
        ),
        (
            "冯观棋",
            "清岚县交通运输局",
            "局长",
            "交通运输局局长冯观棋收了下属八万元现金，转天就让那人当上了运管所所长，所里人人都知道是买来的。",
        ),
    ][number % 4];
    json!({"subject": {"name": name, "org": org, "title": title}, "text": text})
}
