//! The same words about another year, place, post or person are no copy: templates go round, and every year has
//! its examination.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, LazyLock};

use dengwen_rules::Units;
use dengwen_text::link::LinkKey;
use dengwen_text::{Reader, TryLink};
use serde_json::{Value, json};

static READER: LazyLock<Reader> =
    LazyLock::new(|| Reader::new(Arc::new(Units::sample().unwrap()), LinkKey::new([3; 32])).unwrap());

/// What the second of two tips, sent on that day after the first, is to it.
fn linked(first: &str, day: &str, second: &str) -> Value {
    let mut link = TryLink::new(&READER);
    let line = |id: &str, day: &str, text: &str| {
        json!({"id": id, "channel": "web", "received_at": format!("{day}T09:00:00+08:00"), "text": text})
            .to_string()
    };
    link.line(&line("first", "2026-09-01", first));
    serde_json::from_str(&link.line(&line("second", day, second))).unwrap()
}

/// The same three days later.
fn relation(first: &str, second: &str) -> String {
    linked(first, "2026-09-04", second)["relation"].as_str().unwrap().to_owned()
}

/// A text, a piece of it and what stands there in the other matter.
const OTHERS: [(&str, &str, &str); 16] = [
    // The year.
    (
        "2024年清岚县事业单位公开招聘，面试前夜县教育局人事股股长窦德胜把题目给了他侄女，侄女面试高出第二名九分，进了县一中。",
        "2024年",
        "2025年",
    ),
    (
        "二〇二三年度全县公务员考核，凡给局长送过土鸡的都评了优秀，没送的三年轮不上一回，名单贴在一楼楼道里。",
        "二〇二三年",
        "二〇二四年",
    ),
    (
        "去年全镇村干部进编考试，考场的手机信号屏蔽器是关着的，前三名坐在一排，选择题一模一样。",
        "去年",
        "前年",
    ),
    (
        "2022年腊月村里的慰问金每户五百，名册上有四十七户，真正发到手的不到二十户，剩下的说是抵了卫生费。",
        "2022年",
        "2024年",
    ),
    (
        "县里2021年选调生到岗时说好两年轮岗，结果组织科把轮岗名额都给了机关子弟，乡下的一个没动。",
        "2021年",
        "2023年",
    ),
    // The place.
    (
        "柳湾村支书卖了村里三亩机动地，收了十八万没入账，村民问他，他说修路用了，路也没见修。",
        "柳湾村",
        "杏湾村",
    ),
    (
        "石桥镇的敬老院把老人的取暖煤拉去卖了，屋里结冰，来检查那天才烧起来，检查的人一走火就灭了。",
        "石桥镇",
        "柏桥镇",
    ),
    (
        "云溪县住建局在老旧小区改造里把保温层厚度减了一半，验收单上照样写合格，第一场雪就漏风。",
        "云溪县",
        "芦溪县",
    ),
    (
        "大坪村换届那天票箱抬到支书家里数的，监票的是他连襟，数完才让人进屋看，唱票的本子不见了。",
        "大坪村",
        "小坪村",
    ),
    // The post, where nobody is named.
    (
        "县水利局局长收了承包商的古董钟，堤坝修了半截就验收，汛期一来垮了一段，淹了二十几亩秧田。",
        "水利局局长",
        "水利局副局长",
    ),
    (
        "区文化馆馆长把少儿培训的收费转进自己的账户，家长要发票就说系统坏了，系统坏了整整两年。",
        "馆长",
        "会计",
    ),
    // The person.
    (
        "县供销社主任聂长河把门面低价租给小舅子，一年一万二，隔壁同样大小的租四万五，合同锁在抽屉里。",
        "聂长河",
        "邵文斌",
    ),
    (
        "镇卫生院院长滕玉兰让防疫医生自己垫钱买疫苗冰箱，垫了八千多两年不报，谁问就调谁去村里。",
        "滕玉兰",
        "翟建国",
    ),
    ("中心校校长皮学文收转正费，代课的五个人一人两万八，白条上只写借，一个也没转成。", "皮学文", "仇大明"),
    (
        "林业站站长邬志明把护林员的补贴扣下一半做活动费，三年没见过什么活动，问急了就换人。",
        "邬志明",
        "单建军",
    ),
    (
        "交警中队长窦志强把事故停车场包给连襟，拖车一次一千二，停一天八十，不交钱就不放车。",
        "窦志强",
        "闵长顺",
    ),
];

#[test]
fn the_same_words_about_another_year_place_post_or_person_are_never_joined_alone() {
    let mut joined = Vec::new();
    for (text, piece, other) in OTHERS {
        assert!(text.contains(piece));
        let twin = text.replace(piece, other);
        joined
            .extend([relation(text, &twin), relation(&twin, text)].map(|relation| (piece, other, relation)));
    }
    joined.retain(|(.., relation)| relation != "new");
    assert!(joined.is_empty(), "{joined:?}");
}

/// Sent on, cut and retyped, the same texts are one matter.
#[test]
fn the_same_words_about_the_same_are_a_copy() {
    let mut missed = Vec::new();
    for (text, piece, _) in OTHERS {
        let sent_on = format!("【转】{}", text.replace('，', ",").replace('。', "！"));
        let cut: String = text.chars().take(text.chars().count() * 3 / 4).collect();
        missed.extend([relation(text, &sent_on), relation(text, &cut)].map(|relation| (piece, relation)));
    }
    missed.retain(|(_, relation)| relation != "copy");
    assert!(missed.is_empty(), "{missed:?}");
}

/// Another sum in the same words may be a slip of the pen, but the text is not the same text.
#[test]
fn another_sum_or_day_in_the_same_words_is_no_copy() {
    let sums = [
        (
            "柳湾村支书卖了村里三亩机动地，收了十八万没入账，村民问他，他说修路用了，路也没见修。",
            "十八万",
            "三十五万",
        ),
        (
            "镇卫生院院长滕玉兰让防疫医生自己垫钱买疫苗冰箱，垫了八千四百元两年不报，谁问就调谁去村里。",
            "八千四百元",
            "六千一百元",
        ),
        (
            "7月3日局里推荐副局长，局长坐在票箱旁边看着人画，画完还要翻过来瞧一眼，没画的当天就谈了话。",
            "7月3日",
            "9月1日",
        ),
    ];
    for (text, piece, other) in sums {
        assert_ne!(relation(text, &text.replace(piece, other)), "copy", "{piece} as {other}");
    }
}

/// Two who share a surname and a sound, two schools of a township, one person and two who paid: somebody has to look.
#[test]
fn a_namesake_another_school_and_another_bargain_are_not_joined_alone() {
    for (one, other) in [
        ("请查永嵩县卫健局副局长白建四处房产没有报", "请查永嵩县卫健局副局长白健民四处房产没有报"),
        (
            "怀渠县柏桥镇中心小学校长吕守信收老师一万五给她评先进。",
            "怀渠县柏桥镇中学校长吕守信收老师一万五给她评先进。",
        ),
        (
            "永嵩县林业局局长段长青收了护林员覃有志三万,提他当林政股股长。",
            "永嵩县林业局局长段长青收了检查站的卜大海七万,提他当森防站站长。",
        ),
        (
            "永嵩县民政局局长卜大海去年让堂弟当了救助站站长",
            "永嵩县民政局局长卜大海今年让小姨子当了婚姻科科长",
        ),
        (
            "溪垣县文旅局局长段长青收了讲解员卜玉梅两万给她转正。",
            "溪垣县文旅局局长段长青收了保安阮大明四万给他转正。",
        ),
    ] {
        assert_eq!([relation(one, other), relation(other, one)], ["new", "new"], "{one} {other}");
    }
}

/// The days between the two tell against joining alone, and not against showing it to an officer.
#[test]
fn one_act_of_one_person_is_suggested_however_long_ago() {
    for (one, other) in [
        (
            "永嵩县林业局局长段长青提拔林场场长收了六万,钱是在加油站给的。",
            "想当场长就得找段长青局长,永嵩林业局上回那个场长给了他六万才上去。",
        ),
        (
            "怀渠县柏桥镇镇长阮大明把自己的表弟安排当了水管站站长,没开会没公示。",
            "柏桥镇水管站新站长是镇长阮大明的表弟,没有推荐也没有公示,大家不服。",
        ),
    ] {
        for day in ["2026-11-20", "2027-06-01"] {
            let answer = linked(one, day, other);
            let suggested = answer["suggestions"].as_array().unwrap().iter().any(|s| s["to"] == "first");
            assert!(suggested || answer["to"] == "first", "{day}: {other} {answer}");
        }
    }
}
