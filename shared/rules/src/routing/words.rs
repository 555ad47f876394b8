//! The reasons of a path, in Chinese as the record keeps them and in English.

use dengwen_model::{Phrase, UnitCode};

use super::Conflict;

pub(super) const C1: Phrase = Phrase::new(
    "{0}为被举报单位或有被举报人任职，上提一级",
    "{0} is reported or has the reported person in it: one level up",
);
pub(super) const C1_MARKED: Phrase = Phrase::new(
    "标记为涉及组织部门或办理单位，不转{0}，上提一级",
    "marked as about the organisation department or the handling unit: not to {0}, one level up",
);
pub(super) const C2: Phrase = Phrase::new(
    "被举报人是{0}所服务党委的领导，不得转{0}，上提一级",
    "the reported person leads the party committee that {0} serves: not to {0}, one level up",
);
pub(super) const C3: Phrase = Phrase::new(
    "被举报人在{0}工作，由上级组织部门办理",
    "the reported person works in {0}: the organisation department above handles it",
);
pub(super) const C4: Phrase = Phrase::new(
    "被举报人是接收机构{0}的主要负责人，直报上级，本级不得拆阅",
    "the reported person heads {0}, which took it in: straight up, not to be opened here",
);
pub(super) const C5: Phrase = Phrase::new(
    "反映本地知情、泄露、压案或打击报复，不得转{0}，上提一级并采取保护措施",
    "local bodies are said to know the reporter, to leak, suppress or retaliate: not to {0}, one level up, with protection",
);
pub(super) const C6: Phrase = Phrase::new(
    "举报人请求不下转，不转{0}，上提一级",
    "the reporter asks that it is not handed down: not to {0}, one level up",
);
pub(super) const C6_UNHEEDED: Phrase = Phrase::new(
    "举报人请求不下转，不具备应当采纳的情形，记录在案",
    "the reporter asks that it is not handed down; nothing makes that binding, it is on record",
);
pub(super) const C8: Phrase = Phrase::new(
    "从内容可推知举报人，不转{0}，上提一级，摘要须改写",
    "the reporter can be told from the contents: not to {0}, one level up, with a summary in other words",
);
pub(super) const C9: Phrase = Phrase::new(
    "{0}有人员正被举报，须回避其本人",
    "somebody of {0} is reported in an open case and has to be kept out",
);
pub(super) const C10: Phrase = Phrase::new(
    "已无上级可提，由{0}办理，须书面决定",
    "there is no level above: {0} handles it, by a written decision",
);
pub(super) const C10_NOBODY: Phrase = Phrase::new(
    "已无上级可提，机构库中也没有可指定的其他机关，须由人工书面决定",
    "there is no level above, and no other body in the register: a person decides in writing",
);
pub(super) const C11: Phrase =
    Phrase::new("涉及另一地区，由{0}协办", "another region is concerned: {0} joins in");
pub(super) const JOINED: Phrase = Phrase::new("会同{0}办理", "together with {0}");
pub(super) const NOT_MANAGED: Phrase =
    Phrase::new("{0}不管理{1}，上提一级", "{0} does not manage {1}: one level up");
pub(super) const ABOVE_LEVEL: Phrase = Phrase::new(
    "标记为涉及上级管理干部，不由{0}办理，上提一级",
    "marked as about an official managed above: not {0}, one level up",
);
pub(super) const NOT_HANDLING: Phrase =
    Phrase::new("{0}不承办举报件，上提一级", "{0} takes no reports: one level up");
pub(super) const EXCLUDED: Phrase = Phrase::new(
    "{0}已被排除（管辖异议），上提一级",
    "{0} is excluded, since its objection was upheld: one level up",
);
pub(super) const AVOIDED: Phrase =
    Phrase::new("回避后由上级{0}办理", "after what had to be avoided, {0} above handles it");
pub(super) const NO_REGION: Phrase = Phrase::new(
    "被举报人所在地区不明，暂由{0}办理，待人工确认",
    "where the reported person belongs is not known: {0} for the time being, to be confirmed by a person",
);
pub(super) const NO_RANK: Phrase = Phrase::new(
    "职级不明，由被举报人所在地区的{0}办理，待人工确认",
    "the rank is not known: {0} of the reported person's region, to be confirmed by a person",
);
pub(super) const MANAGED: Phrase = Phrase::new(
    "按干部管理权限（{0}管理{1}）由{2}办理",
    "by managing level ({0} manages {1}): {2} handles it",
);
pub(super) const REFERRED: Phrase = Phrase::new("{0}属受理范围外，{1}", "{0} is out of scope: {1}");
pub(super) const SEALED_REFERRAL: Phrase = Phrase::new(
    "涉及上级管理干部，密封径报{0}，由其转送",
    "about an official managed above: goes up sealed to {0}, which refers it",
);
pub(super) const KEPT: Phrase = Phrase::new("登记留存，不转办", "registered and kept, given to no unit");
pub(super) const UNLISTED: Phrase = Phrase::new(
    "机构库中没有组织部门，须由人工决定",
    "the register has no organisation department: a person decides",
);
pub(super) const DIRECTED: Phrase = Phrase::new(
    "人工指定由{0}办理，理由见办理经过",
    "a person directed it to {0}; the reasons stand in the course of the work",
);
pub(super) const SET_ASIDE: Phrase =
    Phrase::new("{0}，已由指定人说明理由", "{0}: set aside, with the reasons of whoever directed it");
pub(super) const NOT_DIRECTED: Phrase = Phrase::new(
    "人工指定的{0}不宜办理（{1}），按规则另行分办",
    "{0}, to which a person directed it, may not have it ({1}): routed by the rules",
);
pub(super) const OBJECTED: Phrase = Phrase::new("{0}的管辖异议已获同意", "an objection of {0} was upheld");
pub(super) const OUTSIDE: Phrase =
    Phrase::new("被举报人不属{0}的干部管理权限", "{0} does not manage the reported person");
pub(super) const UNIT_UNLISTED: Phrase = Phrase::new("机构库中没有{0}", "the register has no {0}");
pub(super) const UNIT_NOT_HANDLING: Phrase = Phrase::new("{0}不承办举报件", "{0} takes no reports");
pub(super) const NOT_VERIFIED: Phrase = Phrase::new(
    "该件属范围外转送或登记留存，不转办查核",
    "the matter is referred or kept on file, so nobody verifies it",
);
pub(super) const SEALED: Phrase = Phrase::new(
    "该件须密封径报上级，不得另行指定承办单位",
    "the matter goes up unopened and may be directed to nobody",
);

const ALL: [Phrase; 34] = [
    C1,
    C1_MARKED,
    C2,
    C3,
    C4,
    C5,
    C6,
    C6_UNHEEDED,
    C8,
    C9,
    C10,
    C10_NOBODY,
    C11,
    JOINED,
    ABOVE_LEVEL,
    NOT_MANAGED,
    NOT_HANDLING,
    EXCLUDED,
    AVOIDED,
    NO_REGION,
    NO_RANK,
    MANAGED,
    REFERRED,
    SEALED_REFERRAL,
    KEPT,
    UNLISTED,
    DIRECTED,
    NOT_DIRECTED,
    OBJECTED,
    OUTSIDE,
    UNIT_UNLISTED,
    UNIT_NOT_HANDLING,
    NOT_VERIFIED,
    SEALED,
];

pub(super) const VERTICAL: Phrase = Phrase::new("{0}系统（垂直管理）", "the {0} system, led from above");
pub(super) const RANK: Phrase = Phrase::new("职级{0}", "rank {0}");
pub(super) const THIS_RANK: Phrase = Phrase::new("该职级", "this rank");

/// What stands within a sentence.
const WITHIN: [Phrase; 8] = [
    VERTICAL,
    RANK,
    THIS_RANK,
    Phrase::new("乡镇", "the township"),
    Phrase::new("县级", "the county level"),
    Phrase::new("市级", "the city level"),
    Phrase::new("省级", "the province level"),
    Phrase::new("中央", "the central level"),
];

/// What a conflict says of a unit, for the path.
pub(super) fn of_conflict(conflict: Conflict, unit: &UnitCode) -> String {
    let phrase = match conflict {
        Conflict::C1 => C1,
        Conflict::C2 => C2,
        Conflict::C3 => C3,
        Conflict::C4 => C4,
        Conflict::C5 => C5,
        Conflict::C6 => C6,
        Conflict::C8 => C8,
        Conflict::C9 => C9,
        Conflict::C10 => C10,
        Conflict::C11 => C11,
    };
    phrase.say(&[unit.as_str()])
}

/// A reason of a path in English, as the console's English view shows it: `why` as a [`super::PathStep`] has it, with
/// what may stand before it (the unit, the conflict). None where it is no reason of ours.
pub fn in_english(line: &str) -> Option<String> {
    let coded = |head: &str| head.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_. ".contains(&byte));
    match line.split_once('：').filter(|(head, _)| coded(head)) {
        Some((head, why)) => Some(format!("{head}: {}", in_english(why)?)),
        None => reasons(line),
    }
}

/// Several reasons that stand one after the other, or one.
fn reasons(why: &str) -> Option<String> {
    let several: Option<Vec<_>> = why.split('；').map(reason).collect();
    several.map(|said| said.join("; ")).or_else(|| reason(why))
}

fn reason(why: &str) -> Option<String> {
    std::iter::once(SET_ASIDE).chain(ALL).find_map(|phrase| phrase.english_with(why, within))
}

/// What stands in a place of a sentence: a part of one, a reason, or a code or name as it is. What is punctuated as a
/// sentence and is none of ours is somebody's own words.
fn within(inner: &str) -> Option<String> {
    let part = WITHIN.iter().find_map(|phrase| phrase.english(inner));
    part.or_else(|| in_english(inner)).or_else(|| (!inner.contains(['：', '；'])).then(|| inner.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::Unfit;
    use super::*;

    #[test]
    fn every_reason_is_said_in_english_too() {
        let unit: UnitCode = "990121-ZZB".parse().unwrap();
        let conflicts = [
            Conflict::C1,
            Conflict::C2,
            Conflict::C3,
            Conflict::C4,
            Conflict::C5,
            Conflict::C6,
            Conflict::C8,
            Conflict::C9,
            Conflict::C10,
            Conflict::C11,
        ];
        let unfit = [
            Unfit::Unlisted,
            Unfit::DoesNotHandle,
            Unfit::NotVerified,
            Unfit::Sealed,
            Unfit::Excluded,
            Unfit::DoesNotManage,
        ];
        let unfit = unfit.into_iter().chain(conflicts.map(Unfit::Conflict)).map(|unfit| unfit.why(&unit));
        let of_conflicts = conflicts.map(|conflict| of_conflict(conflict, &unit));
        let plain = ALL.map(|phrase| phrase.say(&["990121-ZZB", "0142", "990100-ZZB"]));
        let managed = MANAGED.say(&["县级", &RANK.say(&["0142"]), "990121-ZZB"]);
        let unmanaged = NOT_MANAGED.say(&["990121-ZZB", &VERTICAL.say(&["tax"])]);
        let aside =
            format!("{}；{}", DIRECTED.say(&["990121-ZZB"]), SET_ASIDE.say(&[&Unfit::Excluded.why(&unit)]));
        let barred = NOT_DIRECTED.say(&["990121-ZZB", &Unfit::Conflict(Conflict::C2).why(&unit)]);
        let lines = unfit.chain(of_conflicts).chain(plain).chain([managed, unmanaged, aside, barred]);
        for line in lines {
            for shown in [line.clone(), format!("990121-ZZB：{line}"), format!("- C10：{line}")] {
                let english = in_english(&shown).unwrap_or_else(|| panic!("{shown}"));
                assert!(english.is_ascii(), "{shown}: {english}");
            }
        }
        for other in ["指定理由：该单位不承办举报件", "R1 990121-ZZB", "张三：不转990121，上提", ""]
        {
            assert_eq!(in_english(other), None, "{other}");
        }
    }
}
