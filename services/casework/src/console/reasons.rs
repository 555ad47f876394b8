//! Reasons and reminders that the machine made, in the language of the page. The record keeps them in Chinese; the
//! English view says them in English by their codes and phrases. What is a person's own words, or was stored by
//! rules that are no more, stands as it is.

use dengwen_model::{AMOUNTS_NEW, CourseEvent, DATES_NEW, DIRECTED_FOR, Phrase, SUBJECT_NEW, WITHDRAWN};
use dengwen_pages::Lang;
use dengwen_rules::{Rules, reason_in_english};

use crate::view::ReminderOut;

/// What a passage spoke for by ([`crate::tip_view::EvidenceOut::why`]): the whole wording, an expression, or several that
/// stand together. The expressions are the reporter's language.
const PASSAGES: [Phrase; 3] = [
    Phrase::new("{0}：用语与此类举报相近", "{0}: worded as such reports are"),
    Phrase::new("{0}：有{1}一类说法", "{0}: says something like {1}"),
    Phrase::new("{0}：{1}连用", "{0}: {1} in one passage"),
];

fn said(lang: Lang, line: &str, english: impl FnOnce(&str) -> Option<String>) -> String {
    let english = if lang == Lang::En { english(line) } else { None };
    english.unwrap_or_else(|| line.to_owned())
}

/// A step of the path to a unit.
pub(super) fn of_path(line: &str, lang: Lang) -> String {
    said(lang, line, |line| DIRECTED_FOR.english(line).or_else(|| reason_in_english(line)))
}

/// Why a tip was joined to its case.
pub(super) fn of_link(line: &str, lang: Lang) -> String {
    said(lang, line, dengwen_text::link::reason_in_english)
}

/// A case that may be the same matter, with the reasons after its number.
pub(super) fn of_suggestion(line: &str, lang: Lang) -> String {
    said(lang, line, |line| {
        let (number, reasons) = line.split_once(' ')?;
        let reasons: Vec<_> = reasons.split('；').map(|reason| of_link(reason, lang)).collect();
        Some(format!("{number} {}", reasons.join("; ")))
    })
}

/// What a tip brought that was new.
pub(super) fn of_fact(line: &str, lang: Lang) -> String {
    let yuan = |datum: &str| Some(datum.replace('元', " yuan").replace('、', ", "));
    let plain = |datum: &str| Some(datum.replace('、', ", "));
    said(lang, line, |line| {
        let amounts = AMOUNTS_NEW.english_with(line, yuan);
        amounts.or_else(|| DATES_NEW.english_with(line, plain)).or_else(|| SUBJECT_NEW.english(line))
    })
}

/// What a passage spoke for.
pub(super) fn of_passage(why: &str, lang: Lang) -> String {
    let words = |datum: &str| Some(datum.replace("”与“", "” with “"));
    said(lang, why, |why| PASSAGES.iter().find_map(|phrase| phrase.english_with(why, words)))
}

/// A reminder.
pub(super) fn of_reminder(step: &ReminderOut, rules: &Rules, lang: Lang) -> String {
    let rule = step.rule.as_ref();
    said(lang, &step.action, |_| rules.deadlines.step_in_english(rule?, step.level))
}

/// The lines of a note in the course: what the machine says of a unit that a case was taken from.
pub(super) fn of_note(what: &str, reason: &str, lang: Lang) -> String {
    match what {
        WITHDRAWN => said(lang, reason, |reason| {
            let (unit, why) = reason.split_once(' ')?;
            Some(format!("{unit}: {}", reason_in_english(why)?))
        }),
        _ => reason.to_owned(),
    }
}

/// What a person changed, as the course has it in codes, on a Chinese page.
const CHANGES: [Phrase; 4] = [
    Phrase::new("category {0} -> {1}", "类别 {0} → {1}"),
    Phrase::new("handling {0} -> {1}", "办理方式 {0} → {1}"),
    Phrase::new("tips {0} -> {1}", "拆出 {0} 件，另立 {1}"),
    Phrase::new("tips from {0}", "由 {0} 拆出"),
];

/// What a person changed: the codes in English, in words in Chinese.
pub(super) fn of_change(change: &str, lang: Lang) -> String {
    let words = || CHANGES.iter().find_map(|phrase| phrase.english(change));
    let words = if lang == Lang::Zh { words() } else { None };
    words.unwrap_or_else(|| change.to_owned())
}

/// Why this unit, as the course has it.
pub(super) fn of_dispatch(event: &CourseEvent, lang: Lang) -> Option<Vec<String>> {
    match event {
        CourseEvent::Dispatched { path } => Some(path.iter().map(|line| of_path(line, lang)).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_said_in_english_and_what_is_not_stands_as_it_is() {
        let path = "990121-ZZB C2：被举报人是990121-ZZB所服务党委的领导，不得转990121-ZZB，上提一级";
        let english = of_path(path, Lang::En);
        assert!(english.starts_with("990121-ZZB C2: ") && english.is_ascii(), "{english}");
        assert_eq!(of_path(path, Lang::Zh), path);
        assert_eq!(of_path("指定理由：甲乙说明", Lang::En), "reasons given: 甲乙说明");
        assert_eq!(of_path("R1 990121-ZZB", Lang::En), "R1 990121-ZZB", "of rules that are no more");
        assert_eq!(of_link("姓名相同 +3.7", Lang::En), "same name +3.7");
        assert_eq!(
            of_suggestion("990000-2026-000001 姓名相同 +3.7；全文相同", Lang::En),
            "990000-2026-000001 same name +3.7; the very same text"
        );
        assert_eq!(of_fact("提到金额：50000元、8元", Lang::En), "new amounts: 50000 yuan, 8 yuan");
        assert_eq!(of_fact("新对象：某局长", Lang::En), "somebody new: 某局长");
        assert_eq!(of_passage("A02：用语与此类举报相近", Lang::En), "A02: worded as such reports are");
        assert_eq!(
            of_passage("A02：“提拔等”与“钱等”连用", Lang::En),
            "A02: “提拔等” with “钱等” in one passage"
        );
        assert_eq!(
            of_note(WITHDRAWN, "990121-ZZB C3：被举报人在990121-ZZB工作，由上级组织部门办理", Lang::En),
            "990121-ZZB: C3: the reported person works in 990121-ZZB: the organisation department above handles it"
        );
        assert_eq!(of_change("category A02 -> X01", Lang::Zh), "类别 A02 → X01");
        assert_eq!(of_change("tips from 990000-2026-000001", Lang::Zh), "由 990000-2026-000001 拆出");
        assert_eq!(of_change("category A02 -> X01", Lang::En), "category A02 -> X01");
        assert_eq!(of_note("reopened", "新的事实", Lang::En), "新的事实");
    }
}
