//! The border rules of the taxonomy (`distinguish`): what settles a border, as features of its own.
//!
//! Only a candidate or already in the post (A17/A07); a village election (C03) or a term change
//! (C01, C02); the consequence of a report (E01) or one's own case (X11); paid for a post (A02) or for
//! something else (X01). How much each sign counts is learned with the rest.

use crate::Normal;

/// Words that settle a border.
struct Signs {
    candidate: bool,
    appointed: bool,
    post: bool,
    village: bool,
    term_change: bool,
    reported: bool,
    own_case: bool,
    money: bool,
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

impl Signs {
    fn of(text: &str) -> Self {
        Self {
            candidate: has(
                text,
                &[
                    "公示期",
                    "拟任",
                    "拟提",
                    "拟晋升",
                    "拟聘",
                    "公示名单",
                    "公示的",
                    "公示里",
                    "考察对象",
                    "正在公示",
                    "正在考察",
                    "公示人",
                    "还没上任",
                    "要提拔",
                    "要升",
                    "要提",
                    "公示到",
                    "公示还",
                    "公示第",
                    "公示0",
                    "公示1",
                    "公示2",
                    "公示3",
                    "公示4",
                    "公示5",
                    "公示6",
                    "公示7",
                    "公示8",
                    "公示9",
                    "公示一",
                    "公示二",
                    "公示三",
                    "公示五",
                    "上公示",
                    "上了公示",
                    "在公示",
                    "看公示",
                    "看到公示",
                    "提拔之前",
                    "榜上",
                    "红榜",
                    "被考察",
                    "候任",
                    "人选",
                    "还没宣布",
                    "快要提",
                    "准备提",
                    "即将提",
                    "即将任",
                ],
            ) && !has(
                text,
                &["没有公示", "没公示", "未公示", "未经公示", "不公示", "公示也没", "没见公示", "连公示"],
            ),
            appointed: has(
                text,
                &[
                    "已任",
                    "已经任",
                    "当上了",
                    "宣布任",
                    "任命下来",
                    "升了",
                    "提了",
                    "上任了",
                    "走马上任",
                    "到任",
                    "如今是",
                    "现在是",
                    "任命他",
                    "坐上",
                ],
            ),
            post: has(
                text,
                &[
                    "提拔",
                    "位子",
                    "帽子",
                    "局长",
                    "站长",
                    "科长",
                    "所长",
                    "主任",
                    "校长",
                    "股长",
                    "副科",
                    "正科",
                    "教导员",
                    "职务",
                    "当上",
                ],
            ),
            village: has(
                text,
                &["村委会", "村主任", "村支书", "村民", "村里", "社区", "居委会", "嘎查", "两委"],
            ),
            term_change: has(
                text,
                &[
                    "换届",
                    "人代会",
                    "党代会",
                    "人大代表",
                    "党代表",
                    "选县长",
                    "选镇长",
                    "选乡长",
                    "换班子",
                    "新一届",
                    "代表团",
                    "选举",
                ],
            ),
            reported: has(
                text,
                &[
                    "举报",
                    "反映",
                    "写信",
                    "写了信",
                    "告他",
                    "告了",
                    "上访",
                    "12380",
                    "材料",
                    "说了实话",
                    "作证",
                    "热线",
                ],
            ),
            own_case: has(text, &["对我", "给我", "我被", "本人被", "我的处分", "不服", "申诉", "复核"]),
            money: has(text, &["万", "钱", "元", "块", "红包", "现金", "转账", "好处", "金条", "利是"]),
        }
    }
}

/// The signs that hold, by number: what is there, and what is not there where that tells as much.
pub(crate) fn signs(text: &Normal) -> Vec<u64> {
    let signs = Signs::of(text.as_str());
    let rows = [
        signs.candidate,
        signs.appointed,
        signs.candidate && !signs.appointed,
        !signs.candidate && signs.appointed,
        signs.post,
        !signs.post,
        signs.village,
        signs.term_change,
        signs.village && signs.term_change,
        !signs.village && signs.term_change,
        signs.reported,
        signs.own_case,
        signs.own_case && !signs.reported,
        signs.own_case && signs.reported,
        signs.money,
        signs.money && signs.post,
        signs.money && !signs.post,
    ];
    (0..).zip(rows).filter(|(_, holds)| *holds).map(|(number, _)| number).collect()
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
