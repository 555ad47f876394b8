//! The trained model: a multinomial logistic regression over the features, weights in one byte each.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::features::{Counts, Kind, Part};
use crate::hashes::AsIs;

/// The row of each feature number.
pub(crate) type Rows = HashMap<u64, u32, BuildHasherDefault<AsIs>>;

pub(crate) fn rows(features: &[u64]) -> Rows {
    features.iter().copied().zip(0..).collect()
}

/// The mean weight of each row, the weights of a leaf in its steps.
pub(crate) fn means(weights: &[i8], step: &[f32]) -> Vec<f32> {
    let mean = |row: &[i8]| {
        row.iter().zip(step).map(|(&weight, step)| f32::from(weight) * step).sum::<f32>() / step.len() as f32
    };
    weights.chunks_exact(step.len()).map(mean).collect()
}

const MAGIC: &[u8; 8] = b"DWTEXT02";

/// The model file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Cut, or not a model file.
    #[error("this is not a whole model file of this version")]
    Broken,
    /// Its leaves are not the taxonomy's.
    #[error("the model knows a leaf that the taxonomy does not have: {0}")]
    UnknownLeaf(String),
}

/// What the model says before calibration: for each leaf the score, and the share of each feature.
#[derive(Debug, Clone)]
pub(crate) struct Scores {
    /// By leaf.
    pub(crate) logits: Vec<f32>,
    /// Row of the weights and value of each feature that the model knows.
    pub(crate) active: Vec<(u32, f32)>,
}

/// A trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its version: when and from what it was made, and a hash of the examples.
    pub version: String,
    /// The leaves, in the order of the scores.
    pub leaves: Vec<String>,
    /// Calibration: the scores are divided by this before they become probabilities.
    pub temperature: f32,
    /// Below this probability a person decides.
    pub threshold: f32,
    pub(crate) bias: Vec<f32>,
    /// Weight of one step of each leaf's column.
    pub(crate) step: Vec<f32>,
    /// Feature numbers, ascending.
    pub(crate) features: Vec<u64>,
    /// The row of each feature.
    pub(crate) rows: Rows,
    /// Rarity of each feature.
    pub(crate) rarity: Vec<f32>,
    /// Row by row, one byte for each leaf.
    pub(crate) weights: Vec<i8>,
    /// Mean weight of each row.
    pub(crate) mean: Vec<f32>,
}

impl Model {
    /// The model shipped with this crate (`data/model.bin`, made by `examples/train.rs`).
    ///
    /// # Errors
    /// [`ModelError::Broken`] where the shipped file is none.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::from_bytes(include_bytes!("../../data/model.bin"))
    }

    /// A model that knows nothing: every leaf is as likely, every tip goes to a person.
    pub fn empty(leaves: &[String]) -> Self {
        Self {
            version: "none".to_owned(),
            leaves: leaves.to_vec(),
            temperature: 1.0,
            threshold: 1.0,
            bias: vec![0.0; leaves.len()],
            step: vec![1.0; leaves.len()],
            features: Vec::new(),
            rows: Rows::default(),
            rarity: Vec::new(),
            weights: Vec::new(),
            mean: Vec::new(),
        }
    }

    /// The scores of a text with these feature counts.
    pub(crate) fn scores(&self, counts: &Counts) -> Scores {
        let mut known: Vec<(u32, u64, f32)> = Vec::with_capacity(counts.len());
        known.extend(
            counts.iter().filter_map(|(&feature, &count)| Some((self.row(feature)?, feature, count))),
        );
        known.sort_unstable_by_key(|(row, ..)| *row);
        let parts: Vec<Part> = known.iter().map(|&(_, feature, _)| Kind::of(feature).part()).collect();
        let worth = |(row, feature, count)| (row, value(feature, count, self.rarity[row as usize]));
        let mut active: Vec<(u32, f32)> = known.into_iter().map(worth).collect();
        normalise(&mut active, &parts);
        let leaves = self.leaves.len();
        let mut sums = vec![0.0f32; leaves];
        for &(row, value) in &active {
            let row = &self.weights[row as usize * leaves..(row as usize + 1) * leaves];
            for (sum, &weight) in sums.iter_mut().zip(row) {
                *sum += value * f32::from(weight);
            }
        }
        let logits = sums
            .iter()
            .zip(&self.step)
            .zip(&self.bias)
            .map(|((sum, step), bias)| sum * step + bias)
            .collect();
        Scores { logits, active }
    }

    /// The row of a feature, if the model knows it.
    pub(crate) fn row(&self, feature: u64) -> Option<u32> {
        self.rows.get(&feature).copied()
    }

    /// By how much one feature speaks for a leaf above the average leaf.
    pub(crate) fn share(&self, row: u32, value: f32, leaf: usize) -> f32 {
        let weight = f32::from(self.weights[row as usize * self.leaves.len() + leaf]) * self.step[leaf];
        (weight - self.mean[row as usize]) * value
    }

    /// Calibrated probabilities.
    pub(crate) fn probabilities(&self, logits: &[f32]) -> Vec<f64> {
        softmax(logits, self.temperature)
    }

    /// The model as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let text = |out: &mut Vec<u8>, text: &str| {
            out.extend((text.len() as u32).to_le_bytes());
            out.extend(text.as_bytes());
        };
        text(&mut out, &self.version);
        out.extend((self.leaves.len() as u32).to_le_bytes());
        for leaf in &self.leaves {
            text(&mut out, leaf);
        }
        for number in [self.temperature, self.threshold].iter().chain(&self.bias).chain(&self.step) {
            out.extend(number.to_le_bytes());
        }
        out.extend((self.features.len() as u32).to_le_bytes());
        for feature in &self.features {
            out.extend(feature.to_le_bytes());
        }
        // Rarity lies between 1 and 9: a sixteenth is exact enough.
        out.extend(self.rarity.iter().map(|rarity| (rarity * 16.0).round().clamp(0.0, 255.0) as u8));
        out.extend(self.weights.iter().map(|weight| weight.cast_unsigned()));
        out
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`ModelError::Broken`] for anything that is not a whole model file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut read = Bytes(bytes.strip_prefix(MAGIC).ok_or(ModelError::Broken)?);
        let version = read.text()?;
        let count = read.number()?;
        if count > 1000 {
            return Err(ModelError::Broken);
        }
        let leaves = (0..count).map(|_| read.text()).collect::<Result<Vec<_>, _>>()?;
        let (temperature, threshold) = (read.float()?, read.float()?);
        let bias = (0..count).map(|_| read.float()).collect::<Result<_, _>>()?;
        let step: Vec<f32> = (0..count).map(|_| read.float()).collect::<Result<_, _>>()?;
        let rows = read.number()?;
        if rows.checked_mul(9 + count).is_none_or(|size| size != read.0.len()) {
            return Err(ModelError::Broken);
        }
        let features: Vec<u64> = (0..rows).map(|_| read.long()).collect::<Result<_, _>>()?;
        let rarity = read.take(rows)?.iter().map(|&byte| f32::from(byte) / 16.0).collect();
        let weights: Vec<i8> = read.take(rows * count)?.iter().map(|byte| byte.cast_signed()).collect();
        if !features.is_sorted() || leaves.is_empty() || temperature <= 0.0 {
            return Err(ModelError::Broken);
        }
        let (rows, mean) = (self::rows(&features), means(&weights, &step));
        Ok(Self {
            version,
            leaves,
            temperature,
            threshold,
            bias,
            step,
            features,
            rows,
            rarity,
            weights,
            mean,
        })
    }
}

/// What a feature is worth in a text: damped count, rarity, kind.
pub(crate) fn value(feature: u64, count: f32, rarity: f32) -> f32 {
    (1.0 + count.ln()) * rarity * Kind::of(feature).scale()
}

/// To a fixed length, so that long and short texts compare; the words as they stand and what the lexicon
/// makes of them apart, so that neither drowns the other. `parts` tells the part of each of `active`.
pub(crate) fn normalise(active: &mut [(u32, f32)], parts: &[Part]) {
    let mut squares = [0.0f32; Part::ALL.len()];
    for ((_, value), &part) in active.iter().zip(parts) {
        squares[part as usize] += value * value;
    }
    let factor = Part::ALL.map(|part| part.length() / squares[part as usize].sqrt().max(1e-6));
    for ((_, value), &part) in active.iter_mut().zip(parts) {
        *value *= factor[part as usize];
    }
}

pub(crate) fn softmax(logits: &[f32], temperature: f32) -> Vec<f64> {
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f64> =
        logits.iter().map(|&l| (f64::from(l - top) / f64::from(temperature)).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / sum).collect()
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (part, rest) = self.0.split_at_checked(count).ok_or(ModelError::Broken)?;
        self.0 = rest;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N)?.try_into().map_err(|_| ModelError::Broken)
    }

    fn number(&mut self) -> Result<usize, ModelError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn long(&mut self) -> Result<u64, ModelError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn float(&mut self) -> Result<f32, ModelError> {
        let number = f32::from_le_bytes(self.array()?);
        if number.is_finite() { Ok(number) } else { Err(ModelError::Broken) }
    }

    fn text(&mut self) -> Result<String, ModelError> {
        let length = self.number()?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| ModelError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_or_foreign_file_is_refused() {
        assert_eq!(Model::from_bytes(b"nothing").unwrap_err(), ModelError::Broken);
        let model = Model {
            version: "v".into(),
            leaves: vec!["A01".into()],
            temperature: 1.0,
            threshold: 0.5,
            bias: vec![0.0],
            step: vec![1.0],
            features: vec![3, 9],
            rows: rows(&[3, 9]),
            rarity: vec![2.0, 4.0],
            weights: vec![1, -1],
            mean: vec![1.0, -1.0],
        };
        let bytes = model.to_bytes();
        assert_eq!(Model::from_bytes(&bytes).unwrap(), model);
        for cut in 0..bytes.len() {
            assert!(Model::from_bytes(&bytes[..cut]).is_err());
        }
    }
}
