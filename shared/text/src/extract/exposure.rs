//! What keeps a tip away from those who are near: the wish not to have it handed down (C6), and facts by
//! which the reporter could be told (C8). The words of each part are in `data/signs.txt`.

use crate::passages::{clauses, sentences};
use crate::sign::Sign::{
    Above, AmI, AskAbove, AtOnce, ByAbove, Check, Elsewhere, Few, Guess, Handlers, InAll, Inspectors,
    Knowing, Knows, Leak, Local, Me, Near, NearPlace, NoGiving, NoMore, NoPassing, Not, OnlyI, OnlyMe,
    Perhaps, Please, Recommended, Send, Sole, Straight, TellsMe, Unit, Whether, Who, WhoNamed, Whole,
};
use crate::sign::{Phrase, Signs};

/// 不要转县里, 请省里直接来查, 提级办理.
const WISHES: [&Phrase; 7] = [
    &[(Not, 0), (Send, 8), (Near, 10)],
    &[(NoPassing, 0), (NearPlace, 3)],
    &[(NoGiving, 0), (Local, 1)],
    &[(Please, 0), (Above, 6), (Straight, 8), (Check, 6)],
    &[(Please, 0), (ByAbove, 4), (Check, 12)],
    &[(AskAbove, 0)],
    &[(Elsewhere, 0), (Check, 2)],
];

/// Only one could know; whoever reads it knows at once who wrote; a unit of fewer than ten (domain.md 3.7, C8).
const GIVEAWAYS: [&Phrase; 9] = [
    &[(OnlyMe, 0), (Knows, 8)],
    &[(Knowing, 0), (OnlyI, 4)],
    &[(AtOnce, 0), (Guess, 3), (TellsMe, 2)],
    // A number is not looked for within a longer one.
    &[(Me, 0), (Unit, 8), (InAll, 4), (Few, 0)],
    &[(Me, 0), (Unit, 8), (InAll, 4), (NoMore, 0), (Few, 0)],
    // 全局只有我一个选调生, 我们科就我一个会计, 我是局里唯一的选调生.
    &[(Whole, 0), (OnlyMe, 3)],
    &[(Me, 0), (Unit, 8), (OnlyMe, 3)],
    &[(AmI, 0), (Whole, 6), (Sole, 3)],
    &[(AmI, 0), (Unit, 12), (Sole, 3)],
];

/// 是不是县里把举报内容告诉了局长; 是谁提名, 考察组是否看过: those who would handle it are in question.
const DOUBTS: [&Phrase; 4] = [
    &[(Perhaps, 0), (Handlers, 4), (Leak, 14)],
    &[(Inspectors, 0), (Whether, 2)],
    &[(WhoNamed, 0)],
    &[(Who, 0), (Recommended, 2)],
];

/// Whether the tip calls in question those who handled a report or chose the person: the organisation
/// department of that level (涉及组织部门或办理单位), which must not handle it then.
pub(crate) fn doubts_the_handlers(chars: &[char], signs: &Signs) -> bool {
    signs.says(&DOUBTS, || clauses(chars))
}

/// Whether the reporter asks that it is not handed down or not handled locally.
pub(crate) fn asks_not_down(chars: &[char], signs: &Signs) -> bool {
    signs.says(&WISHES, || clauses(chars))
}

/// Whether the facts themselves lead to the reporter.
pub(crate) fn gives_reporter_away(chars: &[char], signs: &Signs) -> bool {
    signs.says(&GIVEAWAYS, || sentences(chars))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignLists;
    use crate::{Normal, Script};

    /// A rule asked about a text.
    fn holds(rule: fn(&[char], &Signs) -> bool, text: &str) -> bool {
        let text = Normal::new(text, &Script::shipped());
        rule(&text.chars, &SignLists::shipped().unwrap().scan(&text))
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
            assert!(holds(asks_not_down, text), "{text}");
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
            assert!(!holds(asks_not_down, text), "{text}");
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
            assert!(holds(doubts_the_handlers, text), "{text}");
        }
        for text in
            ["考察组来过两次", "是不是可以请县里来查", "他告诉大家县里已经定了", "是否转给民政部门由你们定"]
        {
            assert!(!holds(doubts_the_handlers, text), "{text}");
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
            "全局只有我一个选调生",
            "我们科就我一个会计",
            "我是局里唯一的选调生",
            "本人系清岚县交通局唯一一名女站长",
        ] {
            assert!(holds(gives_reporter_away, text), "{text}");
        }
        for text in [
            "一共任了九个人",
            "该站只有三个人",
            "我们局一共三十二个人",
            "这五个人当中有两人",
            "请别让学校知道是我写的",
            "我们局的情况,就我所知是这样",
            "局里只有他一个选调生",
            "他是全局唯一的选调生",
            "我反映他们。局里就三个人提了",
        ] {
            assert!(!holds(gives_reporter_away, text), "{text}");
        }
    }
}
