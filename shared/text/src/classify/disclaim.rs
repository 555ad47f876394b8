//! What the reporter says it is *not* about: "不是告谁买官", "与他提拔无关", "问是否反映某某，答没有"; and what
//! others reproach the reporter with: "他们说我诬告，其实…".
//!
//! Such clauses are full of the taxonomy's keywords and must not lead to a leaf. They are left out
//! of the features. An act told in the negative (没有民主推荐) is not a disclaimer: only the verbs of
//! reporting make one (`data/signs.txt`).

use std::ops::Range;

use crate::passages::clauses;
use crate::sign::{Sign, Signs};

/// Ranges of the text that are disclaimers: whole clauses, and clauses from a sign to their end.
pub(crate) fn disclaimers(chars: &[char], signs: &Signs) -> Vec<Range<usize>> {
    if ![Sign::DisclaimsFrom, Sign::DisclaimsAll, Sign::Reproach].iter().any(|sign| signs.has(*sign)) {
        return Vec::new();
    }
    let disclaimed = |clause: Range<usize>| {
        if signs.stands(clause.clone(), Sign::DisclaimsAll) {
            return Some(clause);
        }
        let from = signs.within(clause.clone(), Sign::DisclaimsFrom).next()?;
        Some(from.start..clause.end)
    };
    let reproaches = signs.within(0..chars.len(), Sign::Reproach);
    clauses(chars).into_iter().filter_map(disclaimed).chain(reproaches).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignLists;
    use crate::{Normal, Script};

    fn left(text: &str) -> String {
        let text = Normal::new(text, &Script::shipped());
        let out = disclaimers(&text.chars, &SignLists::shipped().unwrap().scan(&text));
        text.chars
            .iter()
            .enumerate()
            .filter(|(at, _)| !out.iter().any(|range| range.contains(at)))
            .map(|(_, c)| *c)
            .collect()
    }

    #[test]
    fn what_it_is_not_about_is_left_out_and_acts_stay() {
        assert_eq!(left("我不是告谁买官卖官,只问补偿款"), "我,只问补偿款");
        assert_eq!(left("没有民主推荐,没有公示就上任"), "没有民主推荐,没有公示就上任");
        assert_eq!(left("问是否反映带病提拔,答没有"), ",答没有");
        assert_eq!(left("他们说我诬告其实我亲眼看见他收钱"), "他们其实我亲眼看见他收钱");
    }
}
