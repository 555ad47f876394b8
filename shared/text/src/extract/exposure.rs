//! What keeps a tip away from those who are near: the wish not to have it handed down (C6), and facts by
//! which the reporter could be told (C8).

use crate::passages::{clauses, sentences};

/// Parts in their order, each at most so many characters after the one before.
type Phrase = [(&'static [&'static str], usize)];

const NOT: &[&str] = &[
    "不要",
    "请勿",
    "切勿",
    "莫",
    "请别",
    "千万别",
    "求别",
    "勿",
    "不能",
    "不可",
    "不得",
    "唔好",
    "不想",
    "不希望",
    "不宜",
    "不愿",
];
/// Ways of handing on a tip; handing over money is another matter.
const SEND: &[&str] =
    &["转", "交给", "交由", "交办", "交回", "批转", "批给", "下发", "发回", "退回", "退给", "返"];
/// Whoever is near the reported.
const NEAR: &[&str] = &[
    "县", "区", "旗", "镇", "乡", "街道", "村", "局里", "们局", "本局", "学校", "当地", "本地", "地方",
    "下面", "下级", "基层", "单位", "本级",
];
const PLEASE: &[&str] = &["请", "求", "望", "建议", "盼"];
const ABOVE: &[&str] =
    &["上级", "上面", "省里", "市里", "自治区", "盟里", "省委", "市委", "中央", "省级", "市级", "以上"];
const BY_ABOVE: &[&str] = &["由上级", "由市以上", "由省", "由市里", "由市级", "由自治区"];
const CHECK: &[&str] = &["查", "核", "办", "处理"];

/// 不要转县里, 请省里直接来查, 提级办理.
const WISHES: [&Phrase; 7] = [
    &[(NOT, 0), (SEND, 8), (NEAR, 10)],
    &[
        (&["别转", "别交", "别批"], 0),
        (&["县", "镇", "乡", "当地", "本地", "地方", "下面", "下级", "基层"], 3),
    ],
    &[(&["不要给", "请别给", "莫给", "请勿给"], 0), (&["当地", "本地", "地方", "县里", "镇里", "局里"], 1)],
    &[(PLEASE, 0), (ABOVE, 6), (&["直接", "提级"], 8), (CHECK, 6)],
    &[(PLEASE, 0), (BY_ABOVE, 4), (CHECK, 12)],
    &[(&["请上级派人"], 0)],
    &[(&["提级", "异地"], 0), (CHECK, 2)],
];

const ME: &[&str] = &["我", "本人", "咱", "俺"];
const ONLY_ME: &[&str] =
    &["只有我", "就我一", "只我一", "仅我一", "只有本人", "唯有我", "只有咱", "只有俺", "除了我"];
const KNOWS: &[&str] = &["知道", "知情", "在场", "经手", "看到", "看见", "接触", "掌握", "保管", "晓得"];
const KNOWING: &[&str] = &["知道的", "知情的", "在场的", "经手的", "看到的", "接触的", "掌握的"];
const AT_ONCE: &[&str] = &["一看就", "一查就", "一听就", "一猜就", "肯定", "马上", "立刻"];
const TELLS_ME: &[&str] = &["是我", "到我", "出我", "是本人", "到本人"];
const UNIT: &[&str] =
    &["单位", "科", "股", "站", "所", "馆", "室", "局", "校", "中心", "部门", "班组", "村委", "居委", "组"];
const IN_ALL: &[&str] = &["一共", "总共", "拢共", "统共", "只有", "就", "才", "仅", "不到", "不足", "加起来"];
const NO_MORE: &[&str] = &["就", "才", "有", "只有", "仅", "不到", "不足"];
/// Fewer than ten (domain.md 3.7, C8).
const FEW: &[&str] = &[
    "一个人",
    "两个人",
    "二个人",
    "三个人",
    "四个人",
    "五个人",
    "六个人",
    "七个人",
    "八个人",
    "九个人",
    "几个人",
    "两人",
    "二人",
    "三人",
    "四人",
    "五人",
    "六人",
    "七人",
    "八人",
    "九人",
    "2人",
    "3人",
    "4人",
    "5人",
    "6人",
    "7人",
    "8人",
    "9人",
    "2个人",
    "3个人",
    "4个人",
    "5个人",
    "6个人",
    "7个人",
    "8个人",
    "9个人",
    "十个人",
    "10个人",
    "十人",
    "10人",
];

/// Only one could know; whoever reads it knows at once who wrote; a unit of a handful.
const GIVEAWAYS: [&Phrase; 5] = [
    &[(ONLY_ME, 0), (KNOWS, 8)],
    &[(KNOWING, 0), (&["只有我", "就我", "只有本人"], 4)],
    &[(AT_ONCE, 0), (&["知道", "猜", "认", "晓得"], 3), (TELLS_ME, 2)],
    // A number is not looked for within a longer one.
    &[(ME, 0), (UNIT, 8), (IN_ALL, 4), (FEW, 0)],
    &[(ME, 0), (UNIT, 8), (IN_ALL, 4), (NO_MORE, 0), (FEW, 0)],
];

const PERHAPS: &[&str] = &["是不是", "是否", "怀疑", "会不会", "肯定是", "估计是"];
/// Whoever had the report in hand.
const HANDLERS: &[&str] = &["县", "区", "镇", "市", "组织部", "纪委", "信访", "你们", "受理", "办案", "上面"];
const LEAK: &[&str] = &["告诉", "透露", "泄", "漏", "通风", "转给"];
const INSPECTORS: &[&str] = &["考察组"];
const WHETHER: &[&str] = &["是否", "有没有", "到底", "究竟"];

/// 是不是县里把举报内容告诉了局长; 是谁提名, 考察组是否看过: those who would handle it are in question.
const DOUBTS: [&Phrase; 4] = [
    &[(PERHAPS, 0), (HANDLERS, 4), (LEAK, 14)],
    &[(INSPECTORS, 0), (WHETHER, 2)],
    &[(&["谁提名", "谁提的名"], 0)],
    &[(&["谁"], 0), (&["推荐的"], 2)],
];

/// Whether the tip calls in question those who handled a report or chose the person: the organisation
/// department of that level (涉及组织部门或办理单位), which must not handle it then.
pub(crate) fn doubts_the_handlers(chars: &[char]) -> bool {
    clauses(chars).into_iter().any(|clause| DOUBTS.iter().any(|doubt| says(&chars[clause.clone()], doubt)))
}

/// Whether the reporter asks that it is not handed down or not handled locally.
pub(crate) fn asks_not_down(chars: &[char]) -> bool {
    clauses(chars).into_iter().any(|clause| WISHES.iter().any(|wish| says(&chars[clause.clone()], wish)))
}

/// Whether the facts themselves lead to the reporter.
pub(crate) fn gives_reporter_away(chars: &[char]) -> bool {
    sentences(chars)
        .into_iter()
        .any(|sentence| GIVEAWAYS.iter().any(|phrase| says(&chars[sentence.clone()], phrase)))
}

fn says(chars: &[char], phrase: &Phrase) -> bool {
    (0..chars.len()).any(|at| goes_on(chars, at, 0, phrase))
}

/// Whether the parts follow one another from `at`, the first within `gap` characters.
fn goes_on(chars: &[char], at: usize, gap: usize, phrase: &Phrase) -> bool {
    let Some(((words, _), rest)) = phrase.split_first() else { return true };
    let next_gap = rest.first().map_or(0, |(_, gap)| *gap);
    (at..=at + gap).any(|start| {
        words.iter().any(|word| {
            starts_with(chars, start, word) && goes_on(chars, start + word.chars().count(), next_gap, rest)
        })
    })
}

fn starts_with(chars: &[char], at: usize, word: &str) -> bool {
    chars.get(at..).is_some_and(|rest| {
        let mut rest = rest.iter();
        word.chars().all(|c| rest.next() == Some(&c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn a_wish_not_to_be_handed_down_is_heard() {
        for text in [
            "求上面直接来查,莫转给县里!",
            "请不要把材料转回本县办理",
            "恳请不要转交永嵩县处理",
            "千万别批转给我们局里",
            "请勿退回当地",
            "唔好转返镇度",
            "请省里直接派人来查",
            "请求由市以上部门查处",
            "请由市里或省里直接查",
            "这封信别转给县里",
            "希望提级办理",
        ] {
            assert!(asks_not_down(&chars(text)), "{text}");
        }
        for text in [
            "他不能交流任职",
            "请尽快转县里处理",
            "不要再这样下去了。转到县里三年了",
            "上级任命的",
            "钱不要,转身就走",
            "分别转给局长和副局长五万",
            "别人送到局里的钱",
            "市里派人来查过一次",
            "请上级部门尽快核查",
        ] {
            assert!(!asks_not_down(&chars(text)), "{text}");
        }
    }

    #[test]
    fn doubts_about_those_who_handle_it_are_heard() {
        for text in [
            "问是不是县里把举报内容告诉了局长",
            "怀疑信访上的人把材料透露出去",
            "请查明是谁提名、考察组是否看过处分材料",
            "不知道他是谁推荐的",
        ] {
            assert!(doubts_the_handlers(&chars(text)), "{text}");
        }
        for text in
            ["考察组来过两次", "是不是可以请县里来查", "他告诉大家县里已经定了", "是否转给民政部门由你们定"]
        {
            assert!(!doubts_the_handlers(&chars(text)), "{text}");
        }
    }

    #[test]
    fn facts_that_lead_to_the_reporter_are_noticed() {
        for text in [
            "当时只有我一个人在场",
            "这笔账经手的只有我",
            "材料一看就知道是我写的",
            "我们站里一共就三个人",
            "我所在的科室,总共不到10个人",
        ] {
            assert!(gives_reporter_away(&chars(text)), "{text}");
        }
        for text in [
            "一共任了九个人",
            "该站只有三个人",
            "我们局一共三十二个人",
            "这五个人当中有两人",
            "请别让学校知道是我写的",
            "我反映他们。局里就三个人提了",
        ] {
            assert!(!gives_reporter_away(&chars(text)), "{text}");
        }
    }
}
