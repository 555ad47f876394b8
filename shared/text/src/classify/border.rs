//! The border rules of the taxonomy (`distinguish`), as nudges to the scores.
//!
//! A rule moves points from one leaf to its neighbour only where the text settles the question; the
//! model decides the rest.

use super::features::Features;
use crate::Normal;
use crate::lexicon::Lexicon;

/// Words that settle a border.
struct Signs {
    candidate: bool,
    appointed: bool,
    post: bool,
    village: bool,
    term_change: bool,
    reported: bool,
    own_case: bool,
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

impl Signs {
    fn of(text: &str) -> Self {
        Self {
            candidate: has(text, &[
                "公示期", "拟任", "拟提", "拟晋升", "拟聘", "公示名单", "公示的", "公示里", "考察对象", "正在公示", "正在考察", "公示人",
                "还没上任", "要提拔", "要升", "要提", "公示到", "公示还", "公示第", "公示0", "公示1", "公示2", "公示3", "公示4", "公示5",
                "公示6", "公示7", "公示8", "公示9", "公示一", "公示二", "公示三", "公示五", "上公示", "上了公示", "在公示", "看公示", "看到公示",
                "提拔之前", "榜上", "红榜", "被考察", "候任", "人选", "还没宣布", "快要提", "准备提", "即将提", "即将任",
            ]) && !has(text, &["没有公示", "没公示", "未公示", "未经公示", "不公示", "公示也没", "没见公示", "连公示"]),
            appointed: has(text, &["已任", "已经任", "当上了", "宣布任", "任命下来", "升了", "提了", "上任了", "走马上任", "到任", "如今是", "现在是", "任命他", "坐上"]),
            post: has(text, &["提拔", "位子", "帽子", "局长", "站长", "科长", "所长", "主任", "校长", "股长", "副科", "正科", "教导员", "职务", "当上"]),
            village: has(text, &["村委会", "村主任", "村支书", "村民", "村里", "社区", "居委会", "嘎查", "两委"]),
            term_change: has(text, &["换届", "人代会", "党代会", "人大代表", "党代表", "选县长", "选镇长", "选乡长", "换班子", "新一届", "代表团", "选举"]),
            reported: has(text, &["举报", "反映", "写信", "写了信", "告他", "告了", "上访", "12380", "材料", "说了实话", "作证", "热线"]),
            own_case: has(text, &["对我", "给我", "我被", "本人被", "我的处分", "不服", "申诉", "复核"]),
        }
    }
}

/// Applies the rules to the scores.
pub(crate) fn apply(text: &Normal, features: &Features, lexicon: &Lexicon, leaves: &[String], logits: &mut [f32]) {
    let signs = Signs::of(text.as_str());
    let place = |code: &str| leaves.iter().position(|leaf| leaf == code);
    let told = |code: &str| features.patterns.iter().any(|hit| lexicon.pattern_leaf(hit.pattern) == code);
    let mut nudge = |code: &str, by: f32| {
        if let Some(logit) = place(code).and_then(|at| logits.get_mut(at)) {
            *logit += by;
        }
    };
    // A07 / A17: only a candidate, or already in the post.
    if signs.candidate && !signs.appointed {
        nudge("A17", 0.6);
        nudge("A07", -0.6);
    } else if !signs.candidate {
        nudge("A17", -1.2);
    }
    // A03 / C03: a village or community election; A03, C01: a term change.
    if !signs.village {
        nudge("C03", -1.0);
    }
    if !signs.term_change {
        nudge("C01", -0.8);
        nudge("C02", -0.8);
    } else {
        nudge("E04", -0.6);
    }
    // E01 / X11: a consequence of having reported, or one's own case.
    if signs.own_case && !signs.reported {
        nudge("E01", -0.8);
    }
    // A02 / X01: for a post, or for a contract.
    if !signs.post {
        nudge("A02", -0.8);
    } else if told("A02") {
        nudge("X01", -0.5);
    }
}

/// Whether a leaf makes sense beside the main one.
pub(crate) fn may_accompany(main: &str, other: &str) -> bool {
    let group = |code: &str| code.as_bytes().first().copied().unwrap_or(b'X');
    match (group(main), group(other)) {
        (b'X', b'X') => other == "X01" && main != "X13",
        (b'X', _) => false,
        (_, b'X') => matches!(other, "X01" | "X04"),
        _ => true,
    }
}
