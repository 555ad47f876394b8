//! Secondary leaves: what a tip tells of besides its main matter.
//!
//! A rule speaks where the taxonomy's border rules (`distinguish`) name a second leaf, or where the words of one
//! act tell of another that regularly comes with it. The model's next guesses are not asked: they are other readings
//! of the same act, hardly ever a further one; officers see them as candidates. But a sentence that by itself is
//! almost surely of another leaf tells of a further act.

use crate::sign::{Sign, Signs};

/// Most secondary leaves of a tip.
pub(super) const MOST: usize = 2;

/// A sign that adds a leaf beside any of the main ones.
struct Rule {
    beside: &'static [&'static str],
    sign: Sign,
    adds: &'static str,
}

const fn rule(beside: &'static [&'static str], sign: Sign, adds: &'static str) -> Rule {
    Rule { beside, sign, adds }
}

/// The strongest first.
const RULES: [Rule; 13] = [
    // A post paid for is bribery too; so is the wealth that somebody conceals (taxonomy, A02 and B03).
    rule(&["A02"], Sign::Money, "X01"),
    rule(&["B03", "A17", "D08"], Sign::Bribe, "X01"),
    // Votes that a clique pays for are bought (taxonomy, A03 and C01).
    rule(&["C01"], Sign::VoteGift, "A03"),
    // A ghost job held by a leader's relative is nepotism, one kept for the budget a matter of staffing.
    rule(&["D06"], Sign::Kin, "A06"),
    rule(&["D06"], Sign::BudgetHeads, "X04"),
    // Whatever made the appointment wrong, a step was left out (taxonomy, A08).
    rule(&["A04", "A05", "A06", "A07", "A08", "A11", "A12", "A15", "A16"], Sign::StepLeftOut, "A10"),
    // Those put in are the leader's own.
    rule(&["A08", "A11"], Sign::OwnPeople, "A05"),
    rule(&["A06", "A08"], Sign::TooSoon, "A12"),
    // The vetting was for show, or known beforehand.
    rule(&["A05", "A13"], Sign::Formality, "A14"),
    // The answer objected to was on a missing step.
    rule(&["E03"], Sign::StepLeftOut, "A10"),
    // Who is made to suffer for a report was told on.
    rule(&["E01"], Sign::ToldOn, "E02"),
    // What is wrong in the file matters now: the person is up for a post.
    rule(&["B01", "B02", "B03"], Sign::BeingVetted, "A17"),
    rule(&["B01", "B02", "B03"], Sign::InPublicity, "A17"),
];

/// The leaves beside the main one, strongest first, each once.
pub(super) fn leaves(main: &str, signs: &Signs) -> Vec<&'static str> {
    let mut leaves: Vec<&'static str> = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.beside.contains(&main) && signs.has(rule.sign)) {
        if !leaves.contains(&rule.adds) {
            leaves.push(rule.adds);
        }
    }
    leaves.truncate(MOST);
    leaves
}

/// Whether a sentence may put this leaf beside a main one: an act that an officer looks into, or what goes to the
/// discipline inspection with it; an objection (E03) is always a tip's main matter.
pub(super) fn stands_beside(leaf: &str) -> bool {
    matches!(leaf, "X01" | "X02") || !(leaf.starts_with('X') || leaf == "E03")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignLists;
    use crate::{Normal, Script};

    fn beside(main: &str, text: &str) -> Vec<&'static str> {
        let signs = SignLists::shipped().unwrap().scan(&Normal::new(text, &Script::shipped()));
        leaves(main, &signs)
    }

    #[test]
    fn what_the_taxonomy_puts_beside_a_leaf() {
        assert_eq!(beside("A02", "提一个股长五万块"), ["X01"]);
        assert_eq!(beside("D06", "局长的侄女挂名领工资,冒领财政经费"), ["A06", "X04"]);
        assert_eq!(beside("B03", "房子都是收受的好处买的,没有报"), ["X01"]);
        assert_eq!(
            beside("A08", "走之前一晚上定了七个,没有民主推荐,有给他开车的,有刚满一年的"),
            ["A10", "A05"]
        );
    }

    #[test]
    fn a_sign_means_nothing_beside_another_leaf() {
        assert!(beside("D03", "没有民主推荐,老部下,走过场").is_empty());
    }
}
