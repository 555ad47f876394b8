//! What reading finds in plain tips, the contract's lines, and how good it is on tips that neither the
//! model nor the vocabulary was made from.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, LazyLock};

use dengwen_rules::{Rules, Units};
use dengwen_text::link::{Index, LinkKey, Signature};
use dengwen_text::{Reader, TryLink, try_classify_line};
use serde_json::{Value, json};

static READER: LazyLock<Reader> =
    LazyLock::new(|| Reader::new(Arc::new(Units::sample().unwrap()), LinkKey::new([3; 32])).unwrap());
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().unwrap());

fn classified(tip: &Value) -> Value {
    serde_json::from_str(&try_classify_line(&READER, &RULES, &tip.to_string())).unwrap()
}

fn tip(text: &str) -> Value {
    json!({"id": "t", "channel": "sms", "received_at": "2026-10-10T21:14:00+08:00", "text": text})
}

fn set(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn without_gold(tip: &Value) -> Value {
    let mut tip = tip.clone();
    tip.as_object_mut().unwrap().remove("gold");
    tip
}

#[test]
fn a_misspelt_name_and_an_everyday_body_are_resolved_to_the_register() {
    let read = classified(&tip(
        "举报清岚县交通局局长骆维军,下面股长的位子明码标价,今年七月提的两个股长一个人交了5万块",
    ));
    assert_eq!(read["category"], "A02");
    let subject = &read["subjects"][0];
    assert_eq!(subject["name"], "骆维钧");
    assert_eq!(subject["org"], "清岚县交通运输局");
    assert_eq!(subject["rank_code"], "0141");
    assert_eq!(subject["region_code"], "990121");
    assert_eq!(subject["is_top_leader"], true);
    assert_eq!(read["must_investigate"], json!(["M1", "M3"]));
    assert_eq!(read["priority"], 1);
    assert_eq!(read["handling"], "H1");
}

#[test]
fn another_name_of_the_same_body_stays_as_it_was_written() {
    for (text, name) in [
        ("清岚县交通运输局驾驶员骆维明半年没上班,工资照领", "骆维明"),
        ("清岚县交通运输局驾驶员骆维军半年没上班,工资照领", "骆维军"),
        ("清岚县委组织部甄岱山的大学文凭是花钱买的", "甄岱山"),
    ] {
        let read = classified(&tip(text));
        assert_eq!(read["subjects"][0]["name"], name);
        assert_eq!(read["subjects"][0]["is_top_leader"], false);
    }
}

#[test]
fn whoever_reports_is_not_complained_of() {
    for text in [
        "永嵩县水务局办公室主任谷雨声实名举报局长收受现金4万元提拔科长,有转账记录。",
        "举报怀渠县农业农村局局长卖官。我的名字叫谷雨声",
        "举报怀渠县农业农村局局长卖官。我(谷雨声)愿意当面说明",
        "举报怀渠县农业农村局局长卖官。回电请找谷雨声",
        "我们是交通局的谷雨声、关秀梅、万家宝三人,联名举报清岚县交通运输局局长骆维钧卖官,一个股长五万。",
    ] {
        let read = classified(&tip(text));
        let subjects = read["subjects"].as_array().unwrap();
        assert!(!subjects.is_empty(), "{text}");
        assert_eq!(read["reporter"]["identity"], "named", "{text}");
        for subject in subjects {
            let who =
                (subject["name"].as_str().unwrap_or_default(), subject["title"].as_str().unwrap_or_default());
            assert!(!["谷雨声", "关秀梅", "万家宝"].contains(&who.0) && who.1 != "办公室主任", "{text}");
        }
    }
}

/// Wronged, praised, cleared or said not to be meant.
#[test]
fn whoever_nothing_is_said_against_is_not_complained_of() {
    for (text, spared) in [
        ("县林业局局长翟守礼打击报复覃有志,就因为覃有志写信说他卖站长的位子", "覃有志"),
        ("受害人卜玉梅是县中医院护士,院长翟守礼不给她评职称,只因她没送礼", "卜玉梅"),
        ("农技站站长本来是阮青禾,阮青禾的站长位子被镇长的小舅子花五万块买走了", "阮青禾"),
        ("有人传民政局局长阮青禾收钱,纪委查过与阮青禾无关,收钱提拔股长的是副局长翟守礼", "阮青禾"),
        ("我要表扬清岚县水利局局长阮青禾,他把副局长翟守礼卖站长位子的事顶了回去", "阮青禾"),
        ("卖股长位子的不是阮青禾,是镇长翟守礼,一个位子四万", "阮青禾"),
    ] {
        let read = classified(&tip(text));
        let subjects = read["subjects"].as_array().unwrap();
        assert!(subjects.iter().all(|subject| subject["name"] != spared), "{text}: {subjects:?}");
        if text.contains("翟守礼") {
            assert_eq!(subjects[0]["name"], "翟守礼", "{text}: {subjects:?}");
        }
    }
}

#[test]
fn how_to_be_reached_and_a_greeting_change_nothing() {
    let act = "举报永嵩县教育局局长卖官,校长明码标价10万元一个。";
    for text in [
        format!("{act} 联系:QQ123456,WeChat abc_def_123,email wmy@example.com"),
        format!("{act}请回复到wmy@example.com"),
        format!("Please investigate. {act}"),
    ] {
        assert_eq!(classified(&tip(&text))["category"], "A02", "{text}");
    }
}

#[test]
fn the_same_few_words_about_others_are_another_matter() {
    let with = |id: &str, received: &str, text: &str, form: Value| {
        json!({"id": id, "channel": "web", "received_at": received, "text": text, "form": form}).to_string()
    };
    let subject = |name: &str, org: &str| json!({"subject_name": name, "subject_org": org});
    let relations = |lines: &[String]| {
        let mut link = TryLink::new(&READER);
        let read = lines.iter().map(|line| serde_json::from_str::<Value>(&link.line(line)).unwrap());
        read.map(|line| line["relation"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (day, next) = ("2026-10-10T09:00:00+08:00", "2026-10-11T09:00:00+08:00");
    let words = "他的大学文凭是花钱买的,请组织上查一查。";
    let three = [
        with("1", day, words, subject("骆维钧", "清岚县交通运输局")),
        with("2", next, words, subject("郭永福", "怀渠县水务局")),
        with("3", next, words, subject("高翔", "溪垣县民政局")),
    ];
    assert_eq!(relations(&three), ["new", "new", "new"]);
    let nobody = [with("1", day, "我要举报", json!({})), with("2", next, "我要举报", json!({}))];
    assert_eq!(relations(&nobody), ["new", "new"]);
    let letter = "清岚县交通运输局局长骆维钧把河道股股长的位子卖给一个包工头出身的人,钱装在月饼盒里,在南门茶楼二楼交的,\
                  账记在红皮本上,司机老樊看见了,我写过信,到现在没有人管,请查。";
    let later = "2027-06-10T09:00:00+08:00";
    let again = [
        with("1", day, letter, json!({})),
        with("2", later, &format!("{letter}之前发过一次,没人理。"), json!({})),
    ];
    assert_eq!(relations(&again), ["new", "copy"]);
}

#[test]
fn whom_it_is_about_is_named_and_in_or_not_in_the_post() {
    for (text, name, title, leads) in [
        ("咱们乡的派出所所长马三立天天打牌不上班", Some("马三立"), "所长", false),
        ("举报新来的县长,名叫赵长河,把原来的司机提成办公室副主任", Some("赵长河"), "县长", true),
        ("文旅局温局把他的同学都提成了科长,别人都靠边站", None, "局长", true),
        ("征收中心换主任,昨天才开的会,没有人谈话也没有推荐", None, "主任", false),
        ("永嵩县公示的芮文韬拟任教体局副局长,他去年酒驾背了处分", Some("芮文韬"), "拟任副局长", false),
        ("黑松县水利局建管科科长收了包工头的钱,标书是他透的", None, "建管科科长", false),
        ("石碾镇镇长助理天天打牌不上班", None, "镇长助理", false),
        ("芦汊村选村主任,那个古耀樟,投票前一天挨家发红包", Some("古耀樟"), "村委会主任候选人", false),
        ("团县委副书记才考进来一年多,别人干了九年还是科员", None, "副书记", false),
        ("县法院书记员贝丽华天天上班炒股,谁也不敢说", Some("贝丽华"), "书记员", false),
        ("局长尹守成提拔农技站站长收了四万", Some("尹守成"), "局长", true),
        ("财政局长期没有人值班,局长在外面打牌", None, "局长", true),
        ("民政局副局长何丽文凭是花钱买的", Some("何丽"), "副局长", false),
        ("教育局管招生的科长跟补习班老板分钱", None, "科长", false),
    ] {
        let subject = &classified(&tip(text))["subjects"][0];
        let told = (subject["name"].as_str(), subject["title"].as_str(), subject["is_top_leader"].as_bool());
        assert_eq!(told, (name, Some(title), Some(leads)), "{text}: {subject}");
    }
    let register = &classified(&tip("举报清岚县骆维钧局长收了下属六万块才给提的股长"))["subjects"][0];
    assert_eq!(register["org"], "清岚县交通运输局", "骆维钧局 is no body");
}

/// The contract's line for `try classify`, for every tip of the open set.
#[test]
fn every_field_of_the_contract_is_there() {
    for tip in set("tips_40.jsonl") {
        let read = classified(&without_gold(&tip));
        let chars: Vec<char> = tip["text"].as_str().unwrap().chars().collect();
        assert_eq!(read["id"], tip["id"]);
        for (field, holds) in [
            ("category", read["category"].is_string()),
            ("secondary", read["secondary"].is_array()),
            ("scope", ["in", "conditional", "out"].contains(&read["scope"].as_str().unwrap())),
            ("referral", read["referral"].is_string() == (read["scope"] == "out")),
            ("confidence", (0.0..=1.0).contains(&read["confidence"].as_f64().unwrap())),
            ("abstained", read["abstained"].is_boolean()),
            ("must_investigate", read["scope"] != "out" || read["must_investigate"] == json!([])),
            ("context_flags", read["context_flags"].is_array()),
            ("priority", (1..=4).contains(&read["priority"].as_u64().unwrap())),
            ("handling", read["handling"].as_str().unwrap().starts_with('H')),
            ("identity", read["reporter"]["identity"].is_string()),
        ] {
            assert!(holds, "{field}: {read}");
        }
        for shown in read["evidence"].as_array().unwrap() {
            let at = |key: &str| shown[key].as_u64().unwrap() as usize;
            let words: String = chars[at("start")..at("end")].iter().collect();
            assert_eq!(shown["text"], words, "evidence is the reporter's own words");
            assert!(!shown["why"].as_str().unwrap().is_empty());
        }
        for subject in read["subjects"].as_array().unwrap() {
            for key in
                ["kind", "name", "org", "title", "rank_code", "region_code", "region_name", "is_top_leader"]
            {
                assert!(subject.get(key).is_some(), "{key}: {subject}");
            }
        }
    }
}

#[test]
fn traditional_script_is_shown_as_it_was_written() {
    let text = "投訴懷渠縣民政局副局長苗春耘,十月初民主推薦之前,佢喺縣城漁港酒家擺咗三圍,請啲有票嘅人食飯";
    let read = classified(&tip(text));
    assert_eq!(read["category"], "A03");
    assert_eq!(read["subjects"][0]["name"], "苗春耘");
    for evidence in read["evidence"].as_array().unwrap() {
        assert!(text.contains(evidence["text"].as_str().unwrap()));
    }
}

#[test]
fn a_negated_keyword_does_not_mislead() {
    let read = classified(&tip("我不是告谁买官卖官,也没说谁拉票,就想问问组织关系转到外省要带什么材料"));
    assert_eq!(read["category"], "X12");
    assert_eq!(read["scope"], "out");
    assert_eq!(read["must_investigate"], json!([]));
}

/// Who works at a court, a procuratorate or the police may have a false file as anybody else; X03, X05 and X06 are for what
/// is done to people, cases and judgments.
#[test]
fn the_leaf_follows_the_act_and_not_the_employer() {
    for (leaf, text) in [
        ("B01", "法院纪检组长的出生年份被人从六三改成六七,该退了还没退"),
        ("B02", "检察院办公室主任的本科毕业证是在网上买来的"),
        ("B03", "法院副院长名下四套房,上报的时候只写了一套"),
        ("A02", "公安局政治处的主任替人买官,一个副所长收九万"),
        ("A06", "检察院检察长把自己的侄女婿提成了办公室主任"),
        ("A06", "法院院长的司机两年就提成了后勤科长"),
        ("D06", "法院有个副庭长四年没来上过班,工资照领"),
        ("D02", "检察院的副检察长在外面养着情妇,还生了孩子"),
        ("X06", "法院判了我赢,三年了执行局一分钱没要回来"),
        ("X05", "检察院对打伤我父亲的人不起诉,我们不服"),
        ("X03", "交警大队的民警拦车收钱不开票,给两百就放行"),
    ] {
        let read = classified(&tip(text));
        assert_eq!(read["category"], leaf, "{text}: {}", read["confidence"]);
    }
}

/// Notices, advertisements, greetings and messages for somebody else: nothing is reported.
#[test]
fn what_reports_nothing_is_no_complaint() {
    for text in [
        "各股室注意:明天上午九点半三楼会议室开碰头会,请股长们准时到。",
        "陈主任,会议改到周四下午了,记得让小吴带电脑。",
        "各支部:请于本周五前把学习笔记交到党办。",
        "您的快递放在门卫室了,请凭取件码来拿。",
        "专业办理资质证书,价格优惠,加微信详谈。",
        "祝局长新春快乐,身体健康!",
        "妈我晚上加班,不回来吃饭了。",
    ] {
        let read = classified(&tip(text));
        let nothing = read["category"] == "X13" || read["abstained"] == true;
        assert!(nothing && read["must_investigate"] == json!([]), "{text}: {}", read["category"]);
    }
}

/// The border rules of the taxonomy (`distinguish`), each with texts that hold words of both sides.
#[test]
fn border_rules_hold() {
    for (leaf, text) in [
        ("A02", "他想当局长,托人给书记送了八万块现金,任命下来了"),
        ("A01", "他想当局长,天天托人找书记说情,没见他送过一分钱,就是到处跑"),
        ("A04", "已经退休的老局长还打电话给原单位,要他们提拔他以前的部下当科长"),
        ("A06", "局长把他亲外甥提成了办公室主任,会上他也没有回避"),
        ("D06", "局长的外甥挂名两年没来上过一天班,工资每月照发"),
        ("A07", "他去年受了严重警告,处分期还没满,上个月已经当上副局长了"),
        ("A17", "正在公示的拟任副局长去年受了严重警告,处分期还没满,公示到周五"),
        ("C03", "村里换届选主任,他挨家挨户发钱,一票三百块"),
        ("X01", "交通局长收了包工头二十万,工程就给了他,跟提拔没有关系"),
        ("X11", "我本人对给我的记过处分不服,请求复核撤销"),
        ("E01", "自从我举报了局长,就被调去看仓库,年底考核给我定了基本称职"),
        ("X03", "派出所民警收赌场老板的钱,有人报警也不出警"),
        ("X04", "核定编制二十个,实际在编四十三人,超编进人,编办没有批过"),
        ("A09", "一个镇配了十一个副镇长,比核定的领导职数多出六个"),
    ] {
        let read = classified(&tip(text));
        assert_eq!(read["category"], leaf, "{text}: {}", read["confidence"]);
    }
}

#[test]
fn of_whom_only_the_name_is_told_the_register_knows_the_post() {
    let subject = classified(&tip("邬立樵大贪官,怀渠老百姓恨死他了"))["subjects"][0].clone();
    assert_eq!((&subject["org"], &subject["title"]), (&json!("中共怀渠县委"), &json!("书记")));
    assert_eq!((&subject["rank_code"], &subject["is_top_leader"]), (&json!("0131"), &json!(true)));
}

#[test]
fn what_a_leadership_decided_is_told_of_the_leadership() {
    let read = classified(&tip("溪垣县松汀镇书记镇长底下副职十一个,比核定的领导职数多四个"));
    let subject = &read["subjects"][0];
    assert_eq!(read["category"], "A09");
    assert_eq!((&subject["kind"], &subject["title"]), (&json!("org"), &json!("领导班子")));
    assert_eq!(subject["is_top_leader"], false);
}

#[test]
fn a_reported_or_denied_charge_is_not_the_charge() {
    let read = classified(&tip("他们说我诬告,其实我举报的都是真的:局长卖官,一个股长收六万,钱打在他老婆卡上"));
    assert_eq!(read["category"], "A02");
    let read = classified(&tip("我不反映买官卖官,也不是带病提拔的事,就是小区停水五天了没有人修"));
    assert_eq!(read["category"], "X08");
}

#[test]
fn who_reports_is_told_apart() {
    let identity = |tip: Value| classified(&tip)["reporter"]["identity"].as_str().unwrap().to_owned();
    assert_eq!(identity(tip("反映某局长上班打牌,知情人")), "anonymous");
    assert_eq!(identity(tip("反映某局长上班打牌,我的电话13900000021")), "contact_only");
    let mut named = tip("反映某局长上班打牌");
    named["form"] = json!({"reporter_name": "温雨桐", "reporter_phone": "13900000021"});
    assert_eq!(identity(named), "named");
    for signed in ["石碾镇退休教师费云舟,电话13900000021。", "以上属实。石碾镇村民费云舟。"]
    {
        assert_eq!(identity(tip(&format!("反映某局长上班打牌,谁都知道。{signed}"))), "named", "{signed}");
    }
    assert_eq!(identity(tip("反映上班打牌的事。请查一查局长费云舟。")), "anonymous");
    let mut sender = tip("反映某局长上班打牌");
    sender["form"] = json!({"sender": "13900000021", "caller_number": "13900000022"});
    assert_eq!(identity(sender), "anonymous");
}

#[test]
fn a_copy_is_a_copy_however_it_is_written_and_another_person_is_not() {
    let mut link = TryLink::new(&READER);
    let mut line = |id: &str, text: &str| -> Value {
        let tip =
            json!({"id": id, "channel": "web", "received_at": "2026-10-10T21:14:00+08:00", "text": text});
        serde_json::from_str(&link.line(&tip.to_string())).unwrap()
    };
    let first = "怀渠县民政局副局长苗春耘在民主推荐前摆了三桌,请有票的人吃饭,逐个打电话叫人投他";
    assert_eq!(line("1", first)["relation"], "new");
    let again =
        line("2", "懷渠縣民政局副局長苗春耘在民主推薦前擺了三桌，請有票的人吃飯，逐個打電話叫人投他！");
    assert_eq!((again["relation"].as_str(), again["to"].as_str()), (Some("copy"), Some("1")));
    let twin = line("3", "崇沣县财政局副局长单绍衡在民主推荐前摆了三桌,请有票的人吃饭,逐个打电话叫人投他");
    assert_eq!(twin["relation"], "new");
    let other = line("4", "怀渠县民政局副局长苗春耘的毕业证在学信网上查不到,他只念过初中,文凭是买的");
    assert_eq!(other["relation"], "new");
}

#[test]
fn the_index_can_be_rebuilt_from_stored_signatures() {
    let texts = [
        "清岚县交通局局长骆维钧卖股长的位子,一个五万",
        "望陵区城管局局长麻永赋的侄女挂名领工资两年没上班",
        "永嵩县教体局拟任副局长酒驾处分期没满,公示到20号",
    ];
    let read = |text: &str| {
        READER
            .read(&dengwen_text::TipText {
                text,
                form: dengwen_text::TipForm::default(),
                channel: dengwen_model::Channel::Web,
                received_at: "2026-10-10T08:00:00Z".parse().unwrap(),
                received_by: None,
                source_kind: None,
            })
            .signature
    };
    let mut index = Index::new();
    for (at, text) in texts.iter().enumerate() {
        let stored = read(text).to_bytes();
        index.insert_new(at, Signature::from_bytes(&stored).unwrap());
    }
    for (at, text) in texts.iter().enumerate() {
        let joined = index.decide(&read(text)).joined.unwrap();
        assert_eq!(joined.key, at);
    }
}

/// Neither the model, nor the vocabulary, nor the patterns were made from these tips. The bars are a little
/// below what was measured, to notice when reading gets worse.
#[test]
fn tips_kept_apart_are_read_about_as_well_as_measured() {
    for file in ["tips_held.jsonl", "tips_fresh.jsonl", "tips_voices.jsonl"] {
        let tips = set(file);
        let (mut right, mut decided, mut scope, mut identity) = (0, 0, 0, 0);
        for tip in &tips {
            let read = classified(&without_gold(tip));
            scope += usize::from(read["scope"] == tip["gold"]["scope"]);
            identity += usize::from(read["reporter"]["identity"] == tip["gold"]["reporter"]);
            if read["abstained"] == false {
                decided += 1;
                right += usize::from(read["category"] == tip["gold"]["category"]);
            }
        }
        let all = tips.len();
        assert!(decided * 100 >= all * 84, "{file}: decided {decided} of {all}");
        assert!(right * 100 >= decided * 87, "{file}: right {right} of {decided} decided");
        assert!(scope * 100 >= all * 88, "{file}: scope right {scope} of {all}");
        assert!(identity * 100 >= all * 90, "{file}: identity right {identity} of {all}");
    }
}

/// Of what is joined alone among the development tips next to nothing may be wrong.
#[test]
fn what_is_joined_alone_is_right() {
    let mut tips = set("tips_open.jsonl");
    tips.extend(set("tips_held.jsonl"));
    tips.sort_by(|a, b| a["received_at"].as_str().cmp(&b["received_at"].as_str()));
    let matter = |id: &Value| {
        let tip = tips.iter().find(|tip| tip["id"] == *id).unwrap();
        tip["gold"]["matter"].clone()
    };
    let mut link = TryLink::new(&READER);
    let (mut joined, mut wrong) = (0, 0);
    for tip in &tips {
        let answer: Value = serde_json::from_str(&link.line(&without_gold(tip).to_string())).unwrap();
        if answer["to"].is_string() {
            joined += 1;
            wrong += usize::from(matter(&answer["to"]) != tip["gold"]["matter"]);
        }
    }
    assert!(joined >= 25, "joined {joined}");
    assert!(wrong * 50 <= joined, "wrong {wrong} of {joined}");
}
