//! From comparisons to a decision: join, suggest, or new.
//!
//! A matter is joined on the average over its members, never by one link alone, so that likenesses
//! do not chain (measured in the design study: pair precision 0.98 becomes 0.87 under union-find).
//!
//! Two tips compare the same from both sides: whichever comes first, they are joined or they are not. Of three the order
//! may tell, where one is as near to each of two that are not one matter: with both known it joins neither and both are
//! shown, with one known it joins that one. Only joining whatever hangs together (the chaining above) or taking joins
//! back as others come in would make it the same; a person undoes a join, and no machine.

use serde::Serialize;

use super::compare::{Comparison, Located};

/// Joined alone at or above this probability (and no conflict, and two kinds of evidence).
pub const JOIN: f64 = 0.8;
/// The same for one kind of wrong of one person, as far as both tell who it is. Among the tips the weights were
/// fitted on and those kept from them 58 pairs of one matter lie between the two, and none of two matters.
pub const JOIN_ALIKE: f64 = 0.66;
/// Shown to an officer at or above this probability, or where it is one act of one person however long ago.
pub const SUGGEST: f64 = 0.2;
/// Least bits about what happened, against contradictions, for joining alone.
const LEAST_WHAT: f32 = -1.0;
/// The same where a rare surname and the post tell who it is: whoever leads a bureau is complained of more than once.
const WHAT_RARELY: f32 = 1.0;
/// The same where a surname, a township or a body of one county is all that they share: all are found often.
const WHAT_LOOSELY: f32 = 2.0;
/// Where it is such a body alone or the county, as in every other tip of that county.
const WHAT_BARELY: f32 = 5.0;
/// Bits about what happened that stand for a missing name (a nickname, a place nobody lists). The same wrong is
/// done in many places: with a thousand tips on other matters in one month, at 1.5 bits 30 were joined wrongly.
const WHAT_ALONE: f32 = 7.0;
/// Bits within which another matter is as near as the nearest.
const AS_NEAR: f32 = 1.0;
/// Most suggestions shown.
const SHOWN: usize = 5;

/// What a tip is to what is already known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Nothing known is surely this.
    New,
    /// 同件: the same text again, resent, retyped or cut.
    Copy,
    /// 同一事项: another report of a known matter.
    SameMatter,
}

/// A known matter that a tip was compared with.
#[derive(Debug, Clone)]
pub struct Match<K> {
    /// The member most like the tip.
    pub key: K,
    /// That member's place in the index, for [`super::Index::insert_joined`].
    pub place: u32,
    /// Probability that the tip belongs to the matter.
    pub score: f64,
    /// The comparison with the member most like it.
    pub best: Comparison,
    /// Share of the members compared that contradict the tip.
    pub conflicts: f64,
}

impl<K> Match<K> {
    /// From the members compared; `members` is never empty.
    pub(crate) fn new(mut members: Vec<(u32, K, Comparison)>) -> Self {
        members.sort_by(|a, b| {
            (b.2.identical(), b.2.total())
                .partial_cmp(&(a.2.identical(), a.2.total()))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then(a.0.cmp(&b.0))
        });
        let count = members.len().max(1) as f64;
        let conflicts = members.iter().filter(|(_, _, c)| c.conflict()).count() as f64 / count;
        let average = members.iter().map(|(_, _, c)| c.chance()).sum::<f64>() / count;
        let (place, key, best) = members.swap_remove(0);
        let top = best.chance();
        // The nearest member speaks, the others must not deny it.
        let score = if best.identical() { 1.0 } else { top.min(0.5 + average) };
        Self { key, place, score, best, conflicts }
    }

    /// The relation if the tip were joined to this matter.
    pub fn relation(&self) -> Relation {
        if self.best.same_text() { Relation::Copy } else { Relation::SameMatter }
    }

    fn joins(&self) -> bool {
        let best = &self.best;
        if best.identical() {
            return true;
        }
        let agreed = self.conflicts <= 0.5 && !best.conflict();
        // The same text again needs no name.
        if best.again() {
            return agreed && self.score >= JOIN_ALIKE;
        }
        if !best.tells_the_same() {
            return false;
        }
        if best.same_person() && best.same_kind() {
            return agreed && self.score >= JOIN_ALIKE;
        }
        // Who alone is "same person, other matter"; what alone may be a template filled in for somebody else.
        let told = best.what()
            >= match best.located() {
                Located::Found => LEAST_WHAT,
                Located::Rarely => WHAT_RARELY,
                Located::Loosely => WHAT_LOOSELY,
                Located::Barely => WHAT_BARELY,
                Located::Not if best.template() => return false,
                Located::Not => WHAT_ALONE,
            };
        agreed && self.score >= JOIN && told
    }
}

/// The decision on one tip.
#[derive(Debug, Clone)]
pub struct Decision<K> {
    /// What it is.
    pub relation: Relation,
    /// The matter it is joined to, unless it is new.
    pub joined: Option<Match<K>>,
    /// Others an officer may look at, likeliest first.
    pub suggestions: Vec<Match<K>>,
}

impl<K> Decision<K> {
    /// Takes the next matter out of the suggestions that the tip could be joined to, where the one it was joined
    /// to is not to have it.
    pub fn take_next(&mut self) -> Option<Match<K>> {
        let at = self.suggestions.iter().position(Match::joins)?;
        Some(self.suggestions.remove(at))
    }
}

/// Decides among the matters found; `apart` tells whether the tips at two places speak of two matters.
pub(crate) fn decide<K>(mut matches: Vec<Match<K>>, apart: impl Fn(u32, u32) -> bool) -> Decision<K> {
    matches.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(b.best.total().total_cmp(&a.best.total()))
            .then(a.place.cmp(&b.place))
    });
    let nearest = matches.iter().position(Match::joins);
    // Two matters that are as near and not one: a person tells which.
    let clear = |at: &usize| {
        let nearest = &matches[*at];
        let rival = |other: &&Match<K>| other.joins() && other.best.total() >= nearest.best.total() - AS_NEAR;
        let mut rivals = matches[at + 1..].iter().filter(rival);
        nearest.best.identical() || !rivals.any(|other| apart(nearest.place, other.place))
    };
    let joined = nearest.filter(clear).map(|at| matches.remove(at));
    matches.retain(|m| m.score >= SUGGEST || m.best.same_act());
    matches.truncate(SHOWN);
    let relation = joined.as_ref().map_or(Relation::New, Match::relation);
    Decision { relation, joined, suggestions: matches }
}
