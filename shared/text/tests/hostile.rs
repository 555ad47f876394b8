//! Whatever a tip holds, reading it ends soon, in little memory, and a person gets it where the
//! machine cannot tell.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, LazyLock};

use dengwen_model::Channel;
use dengwen_rules::{Rules, Units};
use dengwen_text::link::{Comparison, Index, LinkKey, Signature, keys};
use dengwen_text::{READ_LIMIT, Reader, Reading, TipForm, TipText, TryLink, try_classify_line};
use proptest::prelude::*;

static READER: LazyLock<Reader> =
    LazyLock::new(|| Reader::new(Arc::new(Units::sample().unwrap()), LinkKey::new([3; 32])).unwrap());
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().unwrap());

fn read(text: &str) -> Reading {
    READER.read(&TipText {
        text,
        form: TipForm::default(),
        channel: Channel::Web,
        received_at: "2026-10-10T08:00:00Z".parse().unwrap(),
        received_by: None,
        source_kind: None,
    })
}

/// Every span lies in the text and shows what stands there.
fn spans_hold(text: &str, reading: &Reading) {
    let chars: Vec<char> = text.chars().collect();
    let mentions = reading.subjects.iter().filter_map(|found| found.mention.as_ref());
    for evidence in reading.evidence.iter().chain(mentions) {
        assert!(evidence.start < evidence.end && evidence.end <= chars.len());
        let shown: String = chars[evidence.start..evidence.end].iter().collect();
        assert_eq!(shown, evidence.text);
    }
}

#[test]
fn nothing_to_read_goes_to_a_person() {
    for text in ["", " \n\t", "😀", "\u{202e}\u{200f}\u{feff}", "!!!", "。", "\0\0\0"] {
        let reading = read(text);
        assert!(reading.abstained);
        assert!(reading.evidence.is_empty());
    }
}

#[test]
fn floods_are_cut_and_spans_still_hold() {
    let floods = [
        "啊".repeat(3_400_000),
        "a".repeat(10_000_000),
        "😀".repeat(200_000),
        "(.*)+[^x]{1,999}\\d*$|".repeat(20_000),
        "。".repeat(300_000),
        "买官卖官跑官要官拉票贿选任人唯亲带病提拔突击提拔超职数".repeat(4_000),
        "不是告谁,".repeat(60_000),
        "局长".repeat(100_000),
        "1".repeat(100_000),
        "一二三十百千万亿".repeat(20_000),
        "王县李镇张村赵局".repeat(20_000),
        "\u{202e}县长\u{202c}".repeat(20_000),
    ];
    for text in floods {
        let reading = read(&text);
        spans_hold(&text, &reading);
        assert!(reading.subjects.len() <= 4);
        assert!(reading.evidence.iter().all(|evidence| evidence.end <= READ_LIMIT));
    }
}

/// Recognising costs no more for a flood than for a letter: signatures and keys are of fixed size.
#[test]
fn hostile_texts_are_recognised_in_bounds_and_nothing_joins_nothing() {
    let texts =
        ["", "😀", "\u{202e}\u{200f}", "啊", "(.*)+[^x]{1,999}\\d*$|", "买官卖官", "a", "县长县长县长"];
    let mut index: Index<usize> = Index::new();
    for (at, text) in texts.iter().flat_map(|text| [(*text).to_owned(), text.repeat(50_000)]).enumerate() {
        let signature = read(&text).signature;
        assert!(keys(&signature).len() <= 20);
        let joined = index.decide(&signature).joined;
        let bare = text.chars().any(char::is_alphanumeric);
        assert!(bare || joined.is_none(), "a text without a letter is no copy of anything");
        index.insert_new(at, signature);
    }
    assert!(index.bytes() < 1 << 20);
}

#[test]
fn a_bad_line_is_answered_with_its_id_and_the_field() {
    let answer = |line: &str| try_classify_line(&READER, &RULES, line);
    // Read back: the order of the keys is not the same in every build of the workspace.
    let read_back = |line: &str| serde_json::from_str::<serde_json::Value>(&answer(line)).unwrap();
    let wrong = serde_json::json!({"id": "a1", "error": "text: must be text"});
    assert_eq!(read_back(r#"{"id":"a1","text":5}"#), wrong);
    assert_eq!(read_back(r#"{"id":"a2"}"#), serde_json::json!({"id": "a2", "error": "text: missing"}));
    assert!(answer("secret words").contains("not JSON"));
    assert!(!answer("secret words").contains("secret"));
    let late = answer(r#"{"id":"a3","text":"某局","received_at":"yesterday at the tea house"}"#);
    assert!(late.contains("received_at") && !late.contains("tea house"));
    let mut link = TryLink::new(&READER);
    assert!(link.line("[]").contains("error"));
    assert!(link.line(r#"{"id":"b","text":[]}"#).contains("\"id\":\"b\""));
}

/// A clause of words that patterns, names and signs are made of: repeated without a full stop it is the dearest text.
fn clause() -> impl Strategy<Value = String> {
    let words = vec![
        "提",
        "没",
        "当",
        "拿",
        "万",
        "名",
        "说",
        "送钱",
        "提拔",
        "局长",
        "王",
        "骆维钧",
        "县",
        "镇",
        "局",
        "站",
        "所",
        "我们站",
        "一共",
        "就",
        "三个人",
        "不要",
        "转",
        "交",
        "不是告",
        "2026年7月",
        "五万",
        "举报",
        "附件",
        "买官",
        "儿子",
        "空饷",
        "公示",
        "、",
        "\u{202e}",
        "A",
        "(.*)+",
        "😀",
    ];
    proptest::collection::vec(prop::sample::select(words), 1..10).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// So that time and memory are bounded by [`READ_LIMIT`], whatever the length.
    #[test]
    fn what_lies_beyond_the_limit_changes_nothing(clause in clause(), more in "\\PC{1,50}") {
        let read_part: String = clause.chars().cycle().take(READ_LIMIT).collect();
        let whole = format!("{read_part}{}", more.repeat(2_000));
        let (one, other) = (read(&read_part), read(&whole));
        prop_assert_eq!(&one.category, &other.category);
        prop_assert_eq!(&one.evidence, &other.evidence);
        prop_assert_eq!(&one.subjects, &other.subjects);
        prop_assert_eq!(&one.facts, &other.facts);
        prop_assert_eq!(one.signature.to_bytes(), other.signature.to_bytes());
        prop_assert!(one.signature.to_bytes().len() < 2_000 && one.subjects.len() <= 4 && one.dates.len() <= 40);
        spans_hold(&whole, &other);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_with_true_spans(text in "\\PC{0,300}") {
        spans_hold(&text, &read(&text));
    }

    #[test]
    fn words_of_the_trade_in_any_order_are_read(
        words in proptest::collection::vec(
            prop::sample::select(vec![
                "清岚县", "石碾镇", "交通局", "局长", "副书记", "王某", "骆维钧", "送了", "五万块", "提拔", "公示", "村委会", "不是告", "2026年",
                "13月40日", "电话139", ",", "。", "\n", "(", "“", "的", "老", "姓", "我叫", "反映人:", "、", "㍿", "①", "İ", "ﷺ", "\u{180b}",
            ]),
            0..60,
        )
    ) {
        let text = words.concat();
        spans_hold(&text, &read(&text));
    }

    #[test]
    fn two_texts_compare_the_same_from_both_sides_and_when_stored(
        words in proptest::collection::vec(
            prop::sample::select(vec![
                "清岚县", "石碾镇", "交通局", "局长", "王某", "骆维钧", "骆维军", "送了", "五万块", "37万", "提拔", "231人", "2026年7月3日",
                "去年七月", ",", "。", "佟四儿", "老魏", "梅家弄", "镜湖", "翡翠", "麻将", "化验单",
            ]),
            2..80,
        ),
        cut in 0usize..80,
    ) {
        let (one, two) = words.split_at(cut.min(words.len()));
        let (one, two) = (read(&one.concat()).signature, read(&two.concat()).signature);
        let stored = |signature: &Signature| Signature::from_bytes(&signature.to_bytes()).unwrap();
        let (there, back) = (Comparison::of(&one, &two), Comparison::of(&stored(&two), &stored(&one)));
        prop_assert_eq!(there.reasons(), back.reasons());
        prop_assert_eq!(there.conflict(), back.conflict());
    }

    #[test]
    fn any_line_gets_one_line_of_json(line in "\\PC{0,200}") {
        let answer = try_classify_line(&READER, &RULES, &line);
        prop_assert!(!answer.contains('\n'));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok());
    }
}
