//! Classifying: vocabulary, patterns and a trained model, added up; with evidence and a calibrated
//! confidence, and the courage to abstain.

mod beside;
mod border;
mod disclaim;
mod evidence;
mod examples;
mod features;
mod learn;
mod measured;
mod model;
mod train;

use crate::lexicon::{Hit, Lexicon, LexiconError};
use crate::sign::{Sign, SignLists, Signs};
use crate::{Normal, Script};

pub use examples::{Example, example_hash};
pub use learn::{Bout, CORRECTION_WEIGHT, LearnError, Learned, learn};
pub use measured::{Measured, Reliability};
pub use model::{Model, ModelError};
pub use train::train;

use evidence::passages;
use features::Features;

/// The content of `data/pairs.txt` for these texts: how rare each pair of characters is.
pub fn pair_listing<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let script = Script::shipped();
    let normal: Vec<Normal> = texts.map(|text| Normal::new(text, &script)).collect();
    crate::rarity::Rarity::listing(normal.iter().map(|text| text.chars.as_slice()))
}

/// What classifying finds, by the places of the leaves in the model.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// Leaf and calibrated probability, likeliest first.
    pub(crate) ranked: Vec<(usize, f64)>,
    /// Further leaves.
    pub(crate) secondary: Vec<usize>,
    /// A person decides.
    pub(crate) abstained: bool,
    /// Ranges of the normalised text, and why.
    pub(crate) evidence: Vec<(std::ops::Range<usize>, String)>,
    /// What the reporter says it is not about.
    pub(crate) disclaimers: Vec<std::ops::Range<usize>>,
}

/// Vocabulary and model, ready to classify.
#[derive(Debug)]
pub struct Classifier {
    pub(crate) script: Script,
    pub(crate) lexicon: Lexicon,
    pub(crate) signs: SignLists,
    pub(crate) model: Model,
}

impl Classifier {
    /// The vocabulary shipped with the crate and the model given.
    ///
    /// # Errors
    /// [`LexiconError`] where the shipped vocabulary is broken.
    pub fn new(model: Model) -> Result<Self, LexiconError> {
        let (lexicon, signs) = (Lexicon::shipped()?, SignLists::shipped()?);
        Ok(Self { script: Script::shipped(), lexicon, signs, model })
    }

    /// The same vocabulary with another model.
    #[must_use]
    pub fn with_model(self, model: Model) -> Self {
        Self { model, ..self }
    }

    /// Feature counts of a text, for training.
    pub(crate) fn counts(&self, text: &str) -> features::Counts {
        let normal = Normal::new(text, &self.script);
        let (hits, signs) = (self.lexicon.scan(&normal), self.signs.scan(&normal));
        Features::of(&normal, &hits, &signs, &self.lexicon).counts()
    }

    /// The likeliest leaves of a text with their probabilities: what training is measured by.
    pub fn rank(&self, text: &str) -> Vec<(&str, f64)> {
        let normal = Normal::new(text, &self.script);
        let verdict = self.verdict(&normal, &self.lexicon.scan(&normal), &self.signs.scan(&normal));
        verdict.ranked.into_iter().map(|(leaf, share)| (self.model.leaves[leaf].as_str(), share)).collect()
    }

    /// Classifies a normalised text.
    pub(crate) fn verdict(&self, text: &Normal, hits: &[Hit], signs: &Signs) -> Verdict {
        let features = Features::of(text, hits, signs, &self.lexicon);
        let scores = self.model.scores(&features.counts());
        let shares = self.model.probabilities(&scores.logits);
        let mut ranked: Vec<(usize, f64)> = shares.iter().copied().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.ghost(signs, &mut ranked);
        let (leaf, share) = ranked.first().copied().unwrap_or((0, 0.0));
        let nothing = text.bare().take(2).count() < 2;
        let place = |code: &str| self.model.leaves.iter().position(|known| known == code);
        let secondary =
            beside::leaves(&self.model.leaves[leaf], signs).into_iter().filter_map(place).collect();
        let evidence = passages(text, &features, &scores, &self.model, &self.lexicon, leaf);
        ranked.truncate(10);
        Verdict {
            abstained: nothing || share < f64::from(self.model.threshold),
            ranked,
            secondary,
            evidence,
            disclaimers: features.disclaimers,
        }
    }

    /// A relative who draws pay without working is a ghost job (D06), not nepotism (A06), whichever the model holds
    /// for likelier of the two.
    fn ghost(&self, signs: &Signs, ranked: &mut [(usize, f64)]) {
        let place = |code: &str| ranked.iter().position(|(leaf, _)| self.model.leaves[*leaf] == code);
        if let (Some(0), Some(ghost)) = (place("A06"), place("D06"))
            && signs.has(Sign::GhostPay)
        {
            let (nepotism, second) = (ranked[0].0, ranked[ghost].0);
            (ranked[0].0, ranked[ghost].0) = (second, nepotism);
        }
    }
}
