//! Training: labelled examples in, a model out, in seconds and always the same.
//!
//! Multinomial logistic regression by stochastic gradient descent over the L2-regularised loss, each
//! leaf counting alike however many examples it has. Calibration (one temperature) and the threshold
//! for abstaining come from five-fold cross-validation over the examples that are long enough to be
//! like a tip.

use std::collections::HashMap;

use super::Classifier;
use super::features::Counts;
use super::model::{Model, ModelError, normalise, rows, softmax, value};

/// A labelled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The leaf.
    pub leaf: String,
    /// The text as received.
    pub text: String,
    /// How often it counts; officers' corrections count more than the seed.
    pub weight: u8,
}

impl Example {
    /// Reads `LEAF|text` or `LEAF+SECONDARY|text` lines.
    ///
    /// # Errors
    /// The line number of the first line without a bar.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, usize> {
        let mut examples = Vec::new();
        for (line, content) in crate::lexicon::lines(text) {
            let (leaf, text) = content.split_once('|').ok_or(line)?;
            let leaf = leaf.split('+').next().unwrap_or(leaf).trim().to_owned();
            examples.push(Self { leaf, text: text.trim().replace('⏎', "\n"), weight: 1 });
        }
        Ok(examples)
    }
}

const EPOCHS: usize = 40;
const FOLDS: usize = 5;
/// Regularisation, as the C of the usual libraries.
const INVERSE_PENALTY: f32 = 30.0;
/// Share of tips that may be left to a person (the issue asks for at most 15 %).
const ABSTAIN_SHARE: f64 = 0.12;
/// Shorter examples are single sentences, not tips: calibration leaves them out.
const LIKE_A_TIP: usize = 60;

/// A text as counts of features, and its leaf's place.
struct Row {
    counts: Counts,
    leaf: usize,
    weight: u8,
    long: bool,
}

/// Makes a model from labelled examples.
///
/// # Errors
/// [`ModelError::UnknownLeaf`] for an example whose leaf is not among `leaves`.
pub fn train(
    classifier: &Classifier,
    leaves: &[String],
    examples: &[Example],
    version: &str,
) -> Result<Model, ModelError> {
    let mut rows = Vec::with_capacity(examples.len());
    for example in examples {
        let leaf = leaves.iter().position(|leaf| *leaf == example.leaf);
        let leaf = leaf.ok_or_else(|| ModelError::UnknownLeaf(example.leaf.clone()))?;
        let counts = classifier.counts(&example.text);
        let long = example.text.chars().count() >= LIKE_A_TIP;
        rows.push(Row { counts, leaf, weight: example.weight, long });
    }
    let (temperature, threshold) = calibrate(&rows, leaves);
    let all: Vec<&Row> = rows.iter().collect();
    let mut model = fit(&all, leaves);
    model.version = version.to_owned();
    model.temperature = temperature;
    model.threshold = threshold;
    Ok(model)
}

/// Temperature and threshold from predictions on examples that the predicting model has not seen.
fn calibrate(rows: &[Row], leaves: &[String]) -> (f32, f32) {
    let mut seen: Vec<(Vec<f32>, usize)> = Vec::new();
    for fold in 0..FOLDS {
        let (held, kept): (Vec<_>, Vec<_>) =
            rows.iter().enumerate().partition(|(at, _)| fold_of(*at) == fold);
        let kept: Vec<&Row> = kept.into_iter().map(|(_, row)| row).collect();
        let model = fit(&kept, leaves);
        for (_, row) in held.into_iter().filter(|(_, row)| row.long) {
            seen.push((model.scores(&row.counts).logits, row.leaf));
        }
    }
    let loss = |temperature: f32| -> f64 {
        seen.iter().map(|(logits, leaf)| -softmax(logits, temperature)[*leaf].max(1e-9).ln()).sum()
    };
    let steps = (1..=60).map(|step| step as f32 * 0.05);
    let temperature = steps.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0);
    let mut tops: Vec<f64> =
        seen.iter().map(|(logits, _)| softmax(logits, temperature).into_iter().fold(0.0, f64::max)).collect();
    tops.sort_by(f64::total_cmp);
    let at = (tops.len() as f64 * ABSTAIN_SHARE) as usize;
    (temperature, tops.get(at).copied().unwrap_or(0.3) as f32)
}

/// The fold of an example by its place: neighbours (one author, one leaf) are spread.
fn fold_of(at: usize) -> usize {
    (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) as usize % FOLDS
}

fn fit(rows: &[&Row], leaves: &[String]) -> Model {
    let (features, rarity) = vocabulary(rows);
    let vectors: Vec<Vec<(u32, f32)>> = rows.iter().map(|row| vector(row, &features, &rarity)).collect();
    let balance = balance(rows, leaves.len());
    let mut weights = vec![0.0f32; features.len() * leaves.len()];
    let mut bias = vec![0.0f32; leaves.len()];
    descend(rows, &vectors, &balance, &mut weights, &mut bias);
    quantised(leaves, features, rarity, &weights, bias)
}

/// Features that stand in two examples at least, and how rare each is.
fn vocabulary(rows: &[&Row]) -> (Vec<u64>, Vec<f32>) {
    let mut texts: HashMap<u64, u32> = HashMap::new();
    for row in rows {
        for feature in row.counts.keys() {
            *texts.entry(*feature).or_insert(0) += 1;
        }
    }
    let mut kept: Vec<(u64, u32)> = texts.into_iter().filter(|(_, texts)| *texts >= 2).collect();
    kept.sort_unstable();
    let total = rows.len() as f32;
    let rarity = kept.iter().map(|(_, texts)| (((1.0 + total) / (1.0 + *texts as f32)).ln() + 1.0) * 16.0);
    let rarity = rarity.map(|sixteenths| sixteenths.round() / 16.0).collect();
    (kept.into_iter().map(|(feature, _)| feature).collect(), rarity)
}

fn vector(row: &Row, features: &[u64], rarity: &[f32]) -> Vec<(u32, f32)> {
    let known = row.counts.iter().filter_map(|(feature, count)| {
        let at = features.binary_search(feature).ok()?;
        Some((at as u32, value(*feature, *count, rarity[at])))
    });
    let mut vector: Vec<(u32, f32)> = known.collect();
    vector.sort_unstable_by_key(|(at, _)| *at);
    normalise(&mut vector);
    vector
}

/// What one example of each leaf counts, so that all leaves count alike.
fn balance(rows: &[&Row], leaves: usize) -> Vec<f32> {
    let mut sums = vec![0.0f32; leaves];
    for row in rows {
        sums[row.leaf] += f32::from(row.weight);
    }
    let total: f32 = sums.iter().sum();
    sums.iter().map(|&sum| if sum > 0.0 { total / (leaves as f32 * sum) } else { 0.0 }).collect()
}

fn descend(
    rows: &[&Row],
    vectors: &[Vec<(u32, f32)>],
    balance: &[f32],
    weights: &mut [f32],
    bias: &mut [f32],
) {
    let leaves = bias.len();
    // The loss is sum + |w|²/2C; a step on one of n examples shrinks by 1/(C·n).
    let penalty = 1.0 / (INVERSE_PENALTY * rows.len().max(1) as f32);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut scale = 1.0f32;
    let mut step = 0u32;
    let mut logits = vec![0.0f32; leaves];
    for _ in 0..EPOCHS {
        shuffle(&mut order, &mut random);
        for &at in &order {
            let rate = 4.0 / (1.0 + 4.0 * penalty * 20.0 * step as f32);
            step += 1;
            logits.copy_from_slice(bias);
            for &(row, value) in &vectors[at] {
                let row = &weights[row as usize * leaves..][..leaves];
                for (logit, weight) in logits.iter_mut().zip(row) {
                    *logit += value * scale * weight;
                }
            }
            let shares = softmax(&logits, 1.0);
            scale *= 1.0 - (rate * penalty).min(0.5);
            let strength = rate * balance[rows[at].leaf] * f32::from(rows[at].weight);
            let strength = strength.min(8.0);
            for (leaf, share) in shares.iter().enumerate() {
                let error = *share as f32 - if leaf == rows[at].leaf { 1.0 } else { 0.0 };
                bias[leaf] -= 0.1 * strength * error;
                logits[leaf] = strength * error / scale;
            }
            for &(row, value) in &vectors[at] {
                let row = &mut weights[row as usize * leaves..][..leaves];
                for (weight, error) in row.iter_mut().zip(&logits) {
                    *weight -= value * error;
                }
            }
        }
    }
    weights.iter_mut().for_each(|weight| *weight *= scale);
}

/// Fisher and Yates with SplitMix64: the same order at every training.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for last in (1..order.len()).rev() {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        order.swap(last, ((z ^ (z >> 31)) % (last as u64 + 1)) as usize);
    }
}

fn quantised(
    leaves: &[String],
    features: Vec<u64>,
    rarity: Vec<f32>,
    weights: &[f32],
    bias: Vec<f32>,
) -> Model {
    let count = leaves.len();
    let mut step = vec![1e-6f32; count];
    for row in weights.chunks(count) {
        for (step, weight) in step.iter_mut().zip(row) {
            *step = step.max(weight.abs() / 127.0);
        }
    }
    let weights = weights
        .chunks(count)
        .flat_map(|row| row.iter().zip(&step).map(|(weight, step)| (weight / step).round() as i8))
        .collect();
    Model {
        version: String::new(),
        leaves: leaves.to_vec(),
        temperature: 1.0,
        threshold: 0.0,
        bias,
        step,
        rows: rows(&features),
        features,
        rarity,
        weights,
    }
}
