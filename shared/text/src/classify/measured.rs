//! How well a model classifies labelled tips that it has not seen.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Classifier, Example};

/// Equal steps of confidence over which calibration is compared.
const BINS: usize = 10;

/// What was measured on one set of tips.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Measured {
    /// Number of tips.
    pub tips: usize,
    /// Share whose leaf is right, abstained or not.
    pub accuracy: f64,
    /// Mean F1 over the leaves that occur, abstained or not.
    pub macro_f1: f64,
    /// Share whose leaf is among the first three.
    pub top3: f64,
    /// Share whose group (A to E, X) is right.
    pub group: f64,
    /// Share left to a person.
    pub abstained: f64,
    /// Share of the decided that are right.
    pub accuracy_decided: f64,
    /// Mean F1 over the leaves that occur among the decided.
    pub macro_f1_decided: f64,
    /// Expected calibration error: by how much confidence and accuracy differ, over ten steps.
    pub calibration_error: f64,
}

/// The tips whose confidence lies in one of ten equal steps: whether it means what it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Reliability {
    /// Lower end of the step; the upper one is a tenth more.
    pub from: f64,
    /// Number of tips.
    pub tips: usize,
    /// Their mean confidence.
    pub said: f64,
    /// The share of them that is right.
    pub right: f64,
}

impl Reliability {
    /// The steps in which there are tips.
    pub fn of(classifier: &Classifier, tips: &[Example]) -> Vec<Self> {
        let threshold = f64::from(classifier.model.threshold);
        let seen: Vec<Seen<'_>> = tips.iter().map(|tip| look(classifier, tip, threshold)).collect();
        let seen: Vec<&Seen<'_>> = seen.iter().collect();
        let steps = steps(&seen).into_iter().enumerate().filter(|(_, step)| step.tips > 0);
        steps
            .map(|(at, step)| Self {
                from: at as f64 / BINS as f64,
                tips: step.tips,
                said: step.said / step.tips as f64,
                right: step.right / step.tips as f64,
            })
            .collect()
    }
}

/// Sums over one step of confidence.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    tips: usize,
    said: f64,
    right: f64,
}

fn steps(seen: &[&Seen<'_>]) -> [Step; BINS] {
    let mut steps = [Step::default(); BINS];
    for one in seen {
        let step = &mut steps[((one.share * BINS as f64) as usize).min(BINS - 1)];
        step.tips += 1;
        step.said += one.share;
        step.right += f64::from(u8::from(right(one)));
    }
    steps
}

struct Seen<'a> {
    gold: &'a str,
    said: String,
    share: f64,
    in_three: bool,
    decided: bool,
}

impl Measured {
    /// Measures a classifier on tips.
    pub fn of(classifier: &Classifier, tips: &[Example]) -> Self {
        let threshold = f64::from(classifier.model.threshold);
        let look = |tip| look(classifier, tip, threshold);
        let seen: Vec<Seen<'_>> = tips.iter().map(look).collect();
        let all: Vec<&Seen<'_>> = seen.iter().collect();
        let decided: Vec<&Seen<'_>> = seen.iter().filter(|one| one.decided).collect();
        Self {
            tips: tips.len(),
            accuracy: share(&all, right),
            macro_f1: macro_f1(&all),
            top3: share(&all, |one| one.in_three),
            group: share(&all, |one| one.said.get(..1) == one.gold.get(..1)),
            abstained: share(&all, |one| !one.decided),
            accuracy_decided: share(&decided, right),
            macro_f1_decided: macro_f1(&decided),
            calibration_error: calibration_error(&all),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tips, accuracy {:.3}, macro-F1 {:.3}, top-3 {:.3}, group {:.3}; abstained {:.3}, \
             of the decided accuracy {:.3} and macro-F1 {:.3}; calibration error {:.3}",
            self.tips,
            self.accuracy,
            self.macro_f1,
            self.top3,
            self.group,
            self.abstained,
            self.accuracy_decided,
            self.macro_f1_decided,
            self.calibration_error,
        )
    }
}

fn look<'a>(classifier: &Classifier, tip: &'a Example, threshold: f64) -> Seen<'a> {
    let ranked = classifier.rank(&tip.text);
    let (said, share) = ranked.first().map_or((String::new(), 0.0), |(leaf, p)| ((*leaf).to_owned(), *p));
    let in_three = ranked.iter().take(3).any(|(leaf, _)| *leaf == tip.leaf);
    Seen { gold: &tip.leaf, said, share, in_three, decided: share >= threshold }
}

fn right(one: &Seen<'_>) -> bool {
    one.said == one.gold
}

fn share(seen: &[&Seen<'_>], holds: impl Fn(&Seen<'_>) -> bool) -> f64 {
    seen.iter().filter(|one| holds(one)).count() as f64 / seen.len().max(1) as f64
}

/// Over the leaves that occur as gold.
fn macro_f1(seen: &[&Seen<'_>]) -> f64 {
    let mut counts: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for one in seen {
        counts.entry(one.gold).or_default().1 += 1.0;
    }
    for one in seen {
        if let Some((hits, _, said)) = counts.get_mut(one.said.as_str()) {
            *said += 1.0;
            *hits += f64::from(u8::from(right(one)));
        }
    }
    let sum: f64 = counts.values().map(|(hits, gold, said)| 2.0 * hits / (gold + said)).sum();
    sum / counts.len().max(1) as f64
}

fn calibration_error(seen: &[&Seen<'_>]) -> f64 {
    let off = steps(seen).iter().map(|step| (step.said - step.right).abs()).sum::<f64>();
    off / seen.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(gold: &'static str, said: &str, share: f64) -> Seen<'static> {
        Seen { gold, said: said.to_owned(), share, in_three: gold == said, decided: true }
    }

    #[test]
    fn f1_and_calibration_are_as_by_hand() {
        let one = [seen("A01", "A01", 0.9), seen("A01", "A02", 0.9), seen("A02", "A02", 0.9)];
        let one: Vec<&Seen<'_>> = one.iter().collect();
        // A01: one of two found, nothing wrong under it; A02: found, one wrong under it.
        assert!((macro_f1(&one) - (2.0 / 3.0 + 2.0 / 3.0) / 2.0).abs() < 1e-9);
        assert!((calibration_error(&one) - (2.7 - 2.0) / 3.0).abs() < 1e-9);
    }
}
