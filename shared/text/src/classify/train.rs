//! Training: labelled examples in, a model out, in seconds and always the same.
//!
//! Multinomial logistic regression by stochastic gradient descent, each leaf counting alike however many
//! examples it has.
//! Calibration (one temperature) and the threshold for abstaining come from five-fold cross-validation; only
//! examples that are long enough to be like a tip are judged there.

use std::collections::HashMap;
use std::thread;

use super::Classifier;
use super::examples::Example;
use super::features::{Counts, Kind, Part};
use super::model::{Model, ModelError, means, normalise, rows, softmax, value};

const FOLDS: usize = 5;
/// How much an error costs beside the length of the weights, as the C of the usual libraries; chosen
/// by training on some examples and judging on others.
const COST: f32 = 200.0;
/// Rounds over the examples.
const ROUNDS: usize = 20;
/// Length of the first steps.
const RATE: f32 = 3.0;
/// Share of it that the biases take.
const BIAS_RATE: f32 = 0.1;
/// Share of the examples that would be left to a person. They are harder than tips, of which 15 % may be.
const ABSTAIN_SHARE: f64 = 0.135;
/// Shorter examples are single phrases, not tips: calibration leaves them out.
const LIKE_A_TIP: usize = 60;

/// A text as counts of features, and its leaf's place.
struct Row {
    counts: Counts,
    leaf: usize,
    weight: f32,
    fold: usize,
    like_a_tip: bool,
}

/// Features of an example, by the place of each in the vocabulary.
type Vector = Vec<(u32, f32)>;

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
    for (at, example) in examples.iter().enumerate() {
        let leaf = leaves.iter().position(|leaf| *leaf == example.leaf);
        let leaf = leaf.ok_or_else(|| ModelError::UnknownLeaf(example.leaf.clone()))?;
        rows.push(Row {
            counts: classifier.counts(&example.text),
            leaf,
            weight: example.weight,
            fold: fold_of(at),
            like_a_tip: example.text.chars().count() >= LIKE_A_TIP,
        });
    }
    let (temperature, threshold) = calibrate(&rows, leaves);
    let all: Vec<&Row> = rows.iter().collect();
    let mut model = fit(&all, leaves);
    model.version = version.to_owned();
    model.temperature = temperature;
    model.threshold = threshold;
    Ok(model)
}

/// The fold of an example by its place: neighbours (one hand, one leaf) are spread.
fn fold_of(at: usize) -> usize {
    (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) as usize % FOLDS
}

/// Temperature and threshold from predictions on examples that the predicting model has not seen.
fn calibrate(rows: &[Row], leaves: &[String]) -> (f32, f32) {
    let judge = |fold: usize| -> Vec<(Vec<f32>, usize)> {
        let (held, kept): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.fold == fold);
        let model = fit(&kept, leaves);
        let held = held.into_iter().filter(|row| row.like_a_tip);
        held.map(|row| (model.scores(&row.counts).logits, row.leaf)).collect()
    };
    let judge = &judge;
    let seen: Vec<(Vec<f32>, usize)> = thread::scope(|scope| {
        let folds: Vec<_> = (0..FOLDS).map(|fold| scope.spawn(move || judge(fold))).collect();
        // A panic in a fold is a panic here.
        folds
            .into_iter()
            .flat_map(|fold| fold.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
            .collect()
    });
    let loss = |temperature: f32| -> f64 {
        seen.iter().map(|(logits, leaf)| -softmax(logits, temperature)[*leaf].max(1e-9).ln()).sum()
    };
    let steps = (2..=100).map(|step| step as f32 * 0.01);
    let temperature = steps.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0);
    let mut tops: Vec<f64> =
        seen.iter().map(|(logits, _)| softmax(logits, temperature).into_iter().fold(0.0, f64::max)).collect();
    tops.sort_by(f64::total_cmp);
    let at = (tops.len() as f64 * ABSTAIN_SHARE) as usize;
    (temperature, tops.get(at).copied().unwrap_or(0.3) as f32)
}

fn fit(rows: &[&Row], leaves: &[String]) -> Model {
    let (features, rarity) = vocabulary(rows);
    let vectors: Vec<Vector> = rows.iter().map(|row| vector(row, &features, &rarity)).collect();
    let (weights, bias) = descend(rows, &vectors, &balance(rows, leaves.len()), features.len());
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

fn vector(row: &Row, features: &[u64], rarity: &[f32]) -> Vector {
    let known = row.counts.iter().filter_map(|(feature, count)| {
        let at = features.binary_search(feature).ok()?;
        Some((at as u32, value(*feature, *count, rarity[at])))
    });
    let mut vector: Vector = known.collect();
    vector.sort_unstable_by_key(|(at, _)| *at);
    let parts: Vec<Part> = vector.iter().map(|(at, _)| Kind::of(features[*at as usize]).part()).collect();
    normalise(&mut vector, &parts);
    vector
}

/// What one example of each leaf counts, so that all leaves count alike.
fn balance(rows: &[&Row], leaves: usize) -> Vec<f32> {
    let mut sums = vec![0.0f32; leaves];
    for row in rows {
        sums[row.leaf] += row.weight;
    }
    let total: f32 = sums.iter().sum();
    sums.iter().map(|&sum| if sum > 0.0 { total / (leaves as f32 * sum) } else { 0.0 }).collect()
}

/// Stochastic gradient descent on the multinomial logistic loss, sum + |w|²/2C; a step on one of n examples
/// shrinks the weights by 1/(C·n), kept as one factor. The rate falls to nothing,
/// which takes out what the order of the examples puts in.
fn descend(rows: &[&Row], vectors: &[Vector], balance: &[f32], features: usize) -> (Vec<f32>, Vec<f32>) {
    let leaves = balance.len();
    let (mut weights, mut bias) = (vec![0.0f32; features * leaves], vec![0.0f32; leaves]);
    let penalty = 1.0 / (COST * rows.len().max(1) as f32);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut scale = 1.0f32;
    let mut logits = vec![0.0f32; leaves];
    for round in 0..ROUNDS {
        shuffle(&mut order, &mut random);
        for (step, &at) in order.iter().enumerate() {
            let passed = round as f32 + step as f32 / order.len() as f32;
            let rate = RATE * (1.0 - passed / ROUNDS as f32).max(0.0);
            logits.copy_from_slice(&bias);
            for &(row, value) in &vectors[at] {
                let row = &weights[row as usize * leaves..][..leaves];
                for (logit, weight) in logits.iter_mut().zip(row) {
                    *logit += value * scale * weight;
                }
            }
            let shares = softmax(&logits, 1.0);
            scale *= 1.0 - rate * penalty;
            let strength = rate * balance[rows[at].leaf] * rows[at].weight;
            for (leaf, share) in shares.iter().enumerate() {
                let error = *share as f32 - if leaf == rows[at].leaf { 1.0 } else { 0.0 };
                bias[leaf] -= BIAS_RATE * strength * error;
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
    (weights, bias)
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

/// Each weight in one byte, in steps of its leaf.
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
    let weights: Vec<i8> = weights
        .chunks(count)
        .flat_map(|row| row.iter().zip(&step).map(|(weight, step)| (weight / step).round() as i8))
        .collect();
    Model {
        version: String::new(),
        leaves: leaves.to_vec(),
        temperature: 1.0,
        threshold: 0.0,
        bias,
        rows: rows(&features),
        features,
        rarity,
        mean: means(&weights, &step),
        weights,
        step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<Example> {
        let lines = "A02|他收了五万块才让人当上股长\nA02|买个副科要十万\nA02|送钱提拔\n\
                     X08|小区停水三天没人管\nX08|楼下烧烤摊半夜吵得睡不着\nX08|路灯坏了一个月";
        Example::parse_lines(lines, 1.0).unwrap()
    }

    fn leaves() -> Vec<String> {
        vec!["A02".to_owned(), "X08".to_owned()]
    }

    #[test]
    fn training_is_repeatable_and_tells_the_leaves_apart() {
        let classifier = Classifier::new(Model::empty(&leaves())).unwrap();
        let model = train(&classifier, &leaves(), &examples(), "v").unwrap();
        assert_eq!(model.to_bytes(), train(&classifier, &leaves(), &examples(), "v").unwrap().to_bytes());
        let classifier = classifier.with_model(model);
        assert_eq!(classifier.rank("股长的位子卖五万")[0].0, "A02");
        assert_eq!(classifier.rank("我家小区又停水")[0].0, "X08");
    }

    #[test]
    fn a_leaf_that_the_taxonomy_does_not_have_is_refused() {
        let classifier = Classifier::new(Model::empty(&leaves())).unwrap();
        let strange = Example::parse_lines("Z99|词句", 1.0).unwrap();
        assert!(matches!(
            train(&classifier, &leaves(), &strange, "v"),
            Err(ModelError::UnknownLeaf(leaf)) if leaf == "Z99"
        ));
    }
}
