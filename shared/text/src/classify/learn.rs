//! One round of learning: a new model from the shipped examples and persons' corrections, measured
//! against the one in use on tips that neither was made from.

use serde::Serialize;

use super::{Classifier, Example, Measured, Model, example_hash, train};
use crate::{LexiconError, ModelError, Normal, Script};

/// What a correction counts beside a shipped example: it is a real tip of this line.
pub const CORRECTION_WEIGHT: f32 = 3.0;
/// One correction in so many is kept apart for measuring, from this model and from every later one.
const KEPT_APART: u64 = 5;

/// How the model in use and the new one do on one set of tips.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bout {
    /// Which tips.
    pub set: String,
    /// The model in use.
    pub champion: Measured,
    /// The new one.
    pub challenger: Measured,
}

/// A new model and how it did.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The model.
    pub model: Model,
    /// The comparison, a set a row.
    pub bouts: Vec<Bout>,
    /// Corrections it was made from.
    pub learned_from: usize,
    /// Corrections kept apart.
    pub kept_apart: usize,
}

impl Learned {
    /// Whether the new model is better or as good on every set, by macro-F1.
    pub fn holds_up(&self) -> bool {
        self.bouts.iter().all(|bout| bout.challenger.macro_f1 >= bout.champion.macro_f1)
    }
}

/// A model cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The shipped examples.
    #[error("the shipped examples cannot be read at {0}")]
    Examples(String),
    /// The shipped vocabulary.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// A correction names a leaf that no shipped example has.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Learns from the shipped examples and these corrections. Takes a minute or so, on as many cores as it
/// gets up to five.
///
/// # Errors
/// [`LearnError`].
pub fn learn(champion: Model, corrections: Vec<Example>) -> Result<Learned, LearnError> {
    let shipped = Example::shipped().map_err(LearnError::Examples)?;
    let sets = Example::kept_apart().map_err(LearnError::Examples)?;
    learn_from(champion, shipped, corrections, sets)
}

fn learn_from(
    champion: Model,
    shipped: Vec<Example>,
    corrections: Vec<Example>,
    sets: Vec<(&'static str, Vec<Example>)>,
) -> Result<Learned, LearnError> {
    let script = Script::shipped();
    let (apart, kept): (Vec<_>, Vec<_>) = corrections.into_iter().partition(|tip| is_apart(tip, &script));
    let (learned_from, kept_apart) = (kept.len(), apart.len());
    let mut examples = shipped;
    examples.extend(kept);
    let leaves = champion.leaves.clone();
    let version = format!("trained-{}-{}", examples.len(), example_hash(&examples));
    let classifier = Classifier::new(champion)?;
    let model = train(&classifier, &leaves, &examples, &version)?;
    let mut sets: Vec<(String, Vec<Example>)> =
        sets.into_iter().map(|(name, tips)| (name.to_owned(), tips)).collect();
    if !apart.is_empty() {
        sets.push(("corrections".to_owned(), apart));
    }
    let before: Vec<Measured> = sets.iter().map(|(_, tips)| Measured::of(&classifier, tips)).collect();
    let classifier = classifier.with_model(model);
    let bout = |((set, tips), champion): ((String, Vec<Example>), Measured)| Bout {
        set,
        champion,
        challenger: Measured::of(&classifier, &tips),
    };
    let bouts = sets.into_iter().zip(before).map(bout).collect();
    Ok(Learned { model: classifier.model, bouts, learned_from, kept_apart })
}

/// By its words alone, so that a tip stays on its side in every later round, and its copies with it.
fn is_apart(tip: &Example, script: &Script) -> bool {
    let bare: String = Normal::new(&tip.text, script).bare().collect();
    xxhash_rust::xxh3::xxh3_64(bare.as_bytes()).is_multiple_of(KEPT_APART)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Example> {
        Example::parse_lines(text, 1.0).unwrap()
    }

    #[test]
    fn corrections_are_learned_and_some_are_kept_apart_for_good() {
        let leaves = vec!["A02".to_owned(), "X08".to_owned()];
        let shipped = lines("A02|送钱当上股长\nA02|花钱买副科\nX08|小区停水\nX08|路灯不亮");
        let mut corrections = Vec::new();
        for n in 0..30 {
            corrections.extend(lines(&format!("X08|楼上装修第{n}天,震得墙皮往下掉")));
        }
        let held = vec![("held", lines("X08|装修震得墙皮掉"))];
        let champion = Model::empty(&leaves);
        let first = learn_from(champion.clone(), shipped.clone(), corrections.clone(), held.clone()).unwrap();
        assert_eq!(first.learned_from + first.kept_apart, 30);
        assert!(first.kept_apart > 0 && first.kept_apart < 15);
        assert_eq!(
            first.bouts.iter().map(|bout| bout.set.as_str()).collect::<Vec<_>>(),
            ["held", "corrections"]
        );
        assert!((first.bouts[0].challenger.accuracy - 1.0).abs() < 1e-9);
        assert!(first.holds_up());
        assert!(first.model.version.starts_with("trained-"));

        let again =
            learn_from(first.model.clone(), shipped.clone(), corrections.clone(), held.clone()).unwrap();
        assert_eq!(again.model, first.model, "the same examples make the same model");
        corrections.pop();
        let other = learn_from(champion, shipped, corrections, held).unwrap();
        assert_ne!(other.model.version, first.model.version);
    }
}
