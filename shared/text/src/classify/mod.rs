//! Classifying: vocabulary, patterns and a trained model, added up; with evidence and a calibrated
//! confidence, and the courage to abstain.

mod beside;
mod border;
mod disclaim;
mod employer;
mod evidence;
mod examples;
mod features;
mod foreign;
mod learn;
mod measured;
mod model;
mod train;

use crate::lexicon::{Hit, Lexicon, LexiconError};
use crate::passages::sentences;
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

/// A sentence that tells of another act than the main one.
#[derive(Debug)]
pub(crate) struct Aside {
    leaf: usize,
    share: f64,
    sentence: std::ops::Range<usize>,
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
        self.settle(signs, &mut ranked);
        let (leaf, share) = ranked.first().copied().unwrap_or((0, 0.0));
        let nothing = text.bare().take(2).count() < 2;
        let abstained = nothing || share < f64::from(self.model.threshold);
        let asides = if abstained { Vec::new() } else { self.asides(text, &features, leaf) };
        let mut evidence = passages(text, &features, &scores, &self.model, &self.lexicon, leaf);
        let secondary = self.secondary(leaf, signs, &asides);
        evidence::show_asides(text, &asides, &secondary, &self.model, &mut evidence);
        ranked.truncate(10);
        Verdict { abstained, ranked, secondary, evidence, disclaimers: features.disclaimers }
    }

    /// Border rules of the taxonomy that a sign settles, whichever of the two leaves the model holds for likelier:
    /// a relative who draws pay without working is a ghost job (D06), not nepotism (A06); a false accusation
    /// at a term change is one of the election's (C02).
    fn settle(&self, signs: &Signs, ranked: &mut [(usize, f64)]) {
        for (likelier, settled, sign) in [("A06", "D06", Sign::GhostPay), ("E04", "C02", Sign::TermChange)] {
            let place = |code: &str| ranked.iter().position(|(leaf, _)| self.model.leaves[*leaf] == code);
            if let (Some(0), Some(other)) = (place(likelier), place(settled))
                && signs.has(sign)
            {
                let (first, second) = (ranked[0].0, ranked[other].0);
                (ranked[0].0, ranked[other].0) = (second, first);
            }
        }
    }

    /// What the taxonomy and the words of the act put beside the main leaf, then what whole sentences tell of.
    fn secondary(&self, main: usize, signs: &Signs, asides: &[Aside]) -> Vec<usize> {
        let place = |code: &str| self.model.leaves.iter().position(|known| known == code);
        let mut leaves: Vec<usize> =
            beside::leaves(&self.model.leaves[main], signs).into_iter().filter_map(place).collect();
        for aside in asides {
            if !leaves.contains(&aside.leaf) {
                leaves.push(aside.leaf);
            }
        }
        leaves.truncate(beside::MOST);
        leaves
    }

    /// Sentences that, read by themselves, almost surely tell of another act than the tip's main one, surest first.
    fn asides(&self, text: &Normal, features: &Features, main: usize) -> Vec<Aside> {
        /// Sentences read.
        const MOST: usize = 16;
        /// Shorter ones are no account of an act.
        const LEAST: usize = 8;
        /// Chosen on labelled tips: below it what is added is more often wrong than right.
        const SURE: f64 = 0.985;
        let main = self.model.leaves[main].as_str();
        if main.starts_with('X') {
            return Vec::new();
        }
        let told = sentences(&text.chars);
        let told = told.into_iter().filter(|sentence| sentence.len() >= LEAST).take(MOST);
        let read = |sentence: std::ops::Range<usize>| {
            let scores = self.model.scores(&features.counts_within(&sentence));
            let shares = self.model.probabilities(&scores.logits);
            let (leaf, share) = shares.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
            let code = self.model.leaves[leaf].as_str();
            let further = code != main && beside::stands_beside(code);
            (further && share >= SURE).then_some(Aside { leaf, share, sentence })
        };
        let mut asides: Vec<Aside> = told.filter_map(read).collect();
        asides.sort_by(|a, b| b.share.total_cmp(&a.share));
        asides
    }
}
