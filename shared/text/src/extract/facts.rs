//! Facts that the rules decide on: what makes a tip concrete, and the circumstances. The words are in
//! `data/signs.txt`.

use crate::reading::Facts;
use crate::sign::{Sign, Signs};

/// How many numbers, days and amounts a text names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) dates: usize,
    pub(crate) numbers: usize,
    pub(crate) amounts: usize,
}

/// What makes the text concrete.
pub(crate) fn concrete(facts: &mut Facts, signs: &Signs, figures: Figures, act: bool) {
    facts.concrete_act = act;
    facts.time = figures.dates > 0 || signs.has(Sign::Time);
    facts.place = signs.has(Sign::Place);
    facts.amount = figures.amounts > 0 || figures.numbers > 0;
    facts.participants = signs.has(Sign::People);
    facts.document = signs.has(Sign::Document);
}

/// The circumstances, as far as the words tell and the leaf does not contradict. `length` is the text's.
pub(crate) fn circumstances(facts: &mut Facts, signs: &Signs, length: usize, leaf: &str, secondary: &[&str]) {
    let is = |codes: &[&str]| codes.contains(&leaf) || secondary.iter().any(|code| codes.contains(code));
    let has = |sign| signs.has(sign);
    let inside = !leaf.starts_with('X');
    let published = has(Sign::Publicity) && !has(Sign::NoPublicity);
    facts.during_publicity = inside
        && ((leaf == "A17" && (published || has(Sign::Posted)))
            || has(Sign::InPublicity) && is(&["A17", "A07", "B01", "B02", "B03"]));
    facts.during_vetting = inside
        && !facts.during_publicity
        && (((leaf == "A14" || is(&["A17"])) && has(Sign::Vetted))
            || has(Sign::BeingVetted) && (leaf == "A14" || is(&["A17", "B03", "B01", "B02"])));
    facts.during_election = inside && (leaf.starts_with('C') || has(Sign::InElection));
    facts.retaliation = matches!(leaf, "E01" | "E02") || (inside && is(&["E01"]));
    facts.media_heat = has(Sign::Media);
    facts.reported_before = has(Sign::Repeatedly) || (has(Sign::ToldBefore) && has(Sign::ToldAgain));
    facts.internal_source = internal_source(signs, length);
}

/// 巡察组移交, 审计移交, 考察组转来: the text shows that it comes from an inspection (M4).
fn internal_source(signs: &Signs, length: usize) -> Option<&'static str> {
    const HEAD: usize = 60;
    const TAIL: usize = 40;
    let in_head = |sign| signs.stands(0..HEAD, sign);
    if !in_head(Sign::PassedOn) && !signs.has(Sign::PassedByRule) {
        return None;
    }
    let at_an_end = |sign| in_head(sign) || signs.stands(length.saturating_sub(TAIL)..length, sign);
    [
        ("巡视巡察", Sign::Inspection),
        ("审计", Sign::Audit),
        ("考察", Sign::VettingTeam),
        ("考核", Sign::AppraisalTeam),
        ("一报告两评议", Sign::Review),
        ("检查", Sign::CheckTeam),
    ]
    .into_iter()
    .find(|(_, sign)| at_an_end(*sign))
    .map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignLists;
    use crate::{Normal, Script};

    fn found(text: &str, leaf: &str) -> Facts {
        let text = Normal::new(text, &Script::shipped());
        let mut facts = Facts::default();
        let signs = SignLists::shipped().unwrap().scan(&text);
        circumstances(&mut facts, &signs, text.len(), leaf, &[]);
        facts
    }

    #[test]
    fn an_inspection_shows_in_the_words() {
        let source = |text: &str| found(text, "D05").internal_source;
        assert_eq!(source("(县委巡察二组移交信访件)巡察谈话中"), Some("巡视巡察"));
        assert_eq!(source("县里来考核我们局,考核组坐了一上午"), None);
    }

    #[test]
    fn publicity_is_a_time_not_a_missing_step() {
        assert!(!found("没有公示就上任", "A10").during_publicity);
        assert!(found("公示到20号就完了", "A17").during_publicity);
        assert!(found("栏里贴着要当副所长的那位,贴到礼拜五", "A17").during_publicity);
        assert!(!found("栏里贴着要当副所长的那位,贴到礼拜五", "A02").during_publicity);
    }
}
