//! The summary (摘要) as shown. The record has it in Chinese; the English says the same of the same fields, so that it
//! leads to a reporter as little.

use dengwen_model::Subject;

use crate::desk::Desk;
use crate::masking::mask;
use crate::read_case::Opened;
use crate::view::{is_sealed, waits};

/// In both languages.
pub(crate) struct Summary {
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl Summary {
    /// Of a case that somebody may see.
    pub(crate) fn of(desk: &Desk, opened: &Opened) -> Self {
        let Opened { case, file, assignments } = opened;
        if is_sealed(case, assignments) {
            return Self {
                zh: "密封件：涉及上级管理干部，径报上级，不得拆阅摘抄".to_owned(),
                en: "Sealed: about an official managed above; goes up unopened, not to be read or copied"
                    .to_owned(),
            };
        }
        let zh = mask(&file.summary);
        let whom = mask(&described(file.subjects.first()));
        if case.abstained && waits(case.stage.name()) {
            let en = format!("About {whom}: not classified by machine; a person decides");
            return Self { zh: undecided(&zh), en };
        }
        let leaf = desk.runtime().rules().taxonomy.category(&case.category).map(|leaf| leaf.en.clone());
        let en = format!("About {whom}: {} ({})", leaf.unwrap_or_default(), case.category);
        Self { zh, en }
    }
}

/// A subject by what is proper to it; names of people and bodies are not translated.
fn described(subject: Option<&Subject>) -> String {
    let parts = subject.map(|subject| [&subject.org, &subject.title, &subject.name]);
    let parts: Vec<_> = parts.into_iter().flatten().flatten().map(String::as_str).collect();
    let place = subject.and_then(|subject| subject.region_name.clone());
    match parts.is_empty() {
        true => place.unwrap_or_else(|| "somebody not named".to_owned()),
        false => parts.join(" "),
    }
}

/// A summary ends with the category. What the machine only guesses is not said as if it were decided.
fn undecided(summary: &str) -> String {
    let about = summary.rsplit_once('：').map_or(summary, |(about, _)| about);
    format!("{about}：未能自动分类，待人工")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_not_said_as_a_verdict() {
        assert_eq!(undecided("反映某县某局：无实质内容（X13）"), "反映某县某局：未能自动分类，待人工");
        assert_eq!(undecided("反映某县某局"), "反映某县某局：未能自动分类，待人工");
        assert!(waits("dispatched") && !waits("kept"), "what a person kept is decided");
    }
}
