//! Facts that the rules decide on: what makes a tip concrete, and the circumstances.

use crate::reading::Facts;

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

const TIME: &[&str] = &[
    "去年",
    "今年",
    "前年",
    "昨天",
    "昨晚",
    "前天",
    "上周",
    "上月",
    "上个月",
    "这个月",
    "本月",
    "礼拜",
    "星期",
    "周一",
    "周二",
    "周三",
    "周四",
    "周五",
    "周六",
    "周日",
    "当天",
    "当晚",
    "头天",
    "第二天",
    "次日",
    "几天",
    "半夜",
    "凌晨",
    "夜里",
    "下午",
    "上午",
    "中午",
    "早上",
    "晚上",
    "春节",
    "中秋",
    "端午",
    "国庆",
    "过年",
    "年前",
    "年底",
    "月初",
    "月底",
    "开春",
    "入冬",
    "昨暝",
    "上回",
    "下月",
    "上任后",
    "三年",
    "两年",
    "几年",
    "半年",
    "腊月",
    "正月",
    "如今",
    "刚",
    "每次",
    "最近",
    "这两天",
    "至今",
    "到现在",
];
const PLACE: &[&str] = &[
    "办公室",
    "酒店",
    "饭店",
    "茶楼",
    "茶馆",
    "会所",
    "小区",
    "家里",
    "屋里",
    "门口",
    "食堂",
    "会议室",
    "楼",
    "村口",
    "广场",
    "学校",
    "医院",
    "市场",
    "河",
    "路",
    "店",
    "库",
    "工地",
    "现场",
    "县城",
    "宾馆",
    "农家乐",
    "走廊",
    "院",
    "厂",
    "网上",
    "群里",
    "微信",
    "车上",
    "站里",
    "局里",
    "镇里",
    "镇上",
    "乡里",
    "村里",
    "单位",
];
const PEOPLE: &[&str] = &[
    "老板",
    "司机",
    "秘书",
    "同事",
    "邻居",
    "村民",
    "职工",
    "代表",
    "委员",
    "常委",
    "班子成员",
    "会计",
    "出纳",
    "老婆",
    "妻子",
    "儿子",
    "女儿",
    "侄",
    "外甥",
    "小舅子",
    "亲戚",
    "战友",
    "同学",
    "老乡",
    "证人",
    "作证",
    "可以问",
    "大家",
    "都知道",
    "几个人",
    "名单上",
    "考察组",
    "他爹",
    "他妈",
    "爱人",
    "群众",
    "老师",
    "人都",
    "囡",
    "细佬",
    "老公",
    "媳妇",
    "丈夫",
    "父亲",
    "母亲",
    "女婿",
    "弟弟",
    "妹妹",
    "哥哥",
    "姐姐",
    "亲家",
    "干部们",
];
const DOCUMENT: &[&str] = &[
    "照片",
    "截图",
    "录音",
    "视频",
    "文件",
    "会议记录",
    "纪要",
    "转账",
    "合同",
    "收条",
    "欠条",
    "借条",
    "发票",
    "单据",
    "档案",
    "登记表",
    "名单",
    "公告",
    "通知",
    "决定",
    "材料",
    "信",
    "账",
    "简历",
    "证书",
    "工资表",
    "工资条",
    "花名册",
    "考勤",
    "票",
    "附",
    "复印",
    "聊天",
    "表上",
    "履历",
    "任命",
    "公示",
    "回执",
    "签到",
];

/// What makes the text concrete.
pub(crate) fn concrete(
    facts: &mut Facts,
    text: &str,
    dates: usize,
    numbers: usize,
    amounts: usize,
    act: bool,
) {
    facts.concrete_act = act;
    facts.time = dates > 0 || has(text, TIME);
    facts.place = has(text, PLACE);
    facts.amount = amounts > 0 || numbers > 0;
    facts.participants = has(text, PEOPLE);
    facts.document = has(text, DOCUMENT);
}

/// The circumstances, as far as the words tell and the leaf does not contradict.
pub(crate) fn circumstances(facts: &mut Facts, text: &str, leaf: &str, secondary: &[&str]) {
    let is = |codes: &[&str]| codes.contains(&leaf) || secondary.iter().any(|code| codes.contains(code));
    let inside = !leaf.starts_with('X');
    let published = has(text, &["公示"])
        && !has(text, &["没有公示", "没公示", "未公示", "未经公示", "不公示", "公示也没", "连公示"]);
    let vetted = has(
        text,
        &[
            "考察组",
            "考核组",
            "正在考察",
            "考察对象",
            "被考察",
            "考察期",
            "来考核",
            "来考察",
            "考察谈话",
            "考核谈话",
            "巡视期间",
            "巡察期间",
            "考察走过场",
        ],
    );
    facts.during_publicity = inside
        && ((leaf == "A17" && published)
            || has(text, &["公示期", "正在公示", "公示到", "公示还", "公示截止"])
                && is(&["A17", "A07", "B01", "B02", "B03"]));
    facts.during_vetting = inside
        && !facts.during_publicity
        && ((is(&["A14", "A17"]) && vetted)
            || has(text, &["正在考察", "考察对象", "被考察"]) && is(&["A14", "A17", "B03", "B01", "B02"]));
    facts.during_election =
        inside && (leaf.starts_with('C') || (has(text, &["换届期间", "正在换届", "正在进行换届"])));
    facts.retaliation = matches!(leaf, "E01" | "E02") || (inside && is(&["E01"]));
    facts.media_heat = has(
        text,
        &[
            "热搜",
            "上了新闻",
            "记者",
            "媒体报道",
            "网上传开",
            "网上都在传",
            "抖音上",
            "微博上",
            "点击量",
            "浏览量",
            "转发了几",
            "刷屏",
            "网络曝光",
            "短视频平台",
        ],
    );
    facts.reported_before = has(text, &["反映过", "举报过", "寄过", "来过信", "打过电话"])
        && has(text, &["再寄", "再次反映", "再次举报", "再反映", "第二次来信", "现再", "重新寄"]);
    facts.internal_source = internal_source(text);
}

/// 巡察组移交, 审计移交, 考察组转来: the text shows that it comes from an inspection (M4).
fn internal_source(text: &str) -> Option<&'static str> {
    let head: String = text.chars().take(60).collect();
    let tail: String = text.chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
    let moved = has(&head, &["移交", "转来", "摘录", "转办", "移送"])
        || has(text, &["现按规定移交", "按规定移交", "请贵部就", "请贵部核"]);
    if !moved {
        return None;
    }
    let either = |words: &[&str]| has(&head, words) || has(&tail, words);
    [
        ("巡视巡察", &["巡察", "巡视"][..]),
        ("审计", &["审计"]),
        ("考察", &["考察组"]),
        ("考核", &["考核组", "考核办"]),
        ("一报告两评议", &["一报告两评议"]),
        ("检查", &["检查组", "督查组", "督导组"]),
    ]
    .into_iter()
    .find(|(_, words)| either(words))
    .map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inspection_shows_in_the_words() {
        assert_eq!(internal_source("(县委巡察二组移交信访件)巡察谈话中"), Some("巡视巡察"));
        assert_eq!(internal_source("县里来考核我们局,考核组坐了一上午"), None);
    }

    #[test]
    fn publicity_is_a_time_not_a_missing_step() {
        let mut facts = Facts::default();
        circumstances(&mut facts, "没有公示就上任", "A10", &[]);
        assert!(!facts.during_publicity);
        circumstances(&mut facts, "公示到20号就完了", "A17", &[]);
        assert!(facts.during_publicity);
    }
}
