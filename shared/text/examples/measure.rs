//! Prints how well the shipped model classifies the open and the held-out development tips.
//!
//! `cargo run --example measure -p dengwen-text [-- -v]`; `-v` lists the errors on the open half.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a tool for developers"
)]

use std::collections::BTreeMap;

use dengwen_text::{Classifier, Model};

struct Seen {
    gold: String,
    ranked: Vec<(String, f64)>,
    abstained: bool,
}

fn main() {
    let file =
        std::fs::read(format!("{}/data/model.bin", env!("CARGO_MANIFEST_DIR"))).expect("the model file");
    let model = Model::from_bytes(&file).expect("a model");
    let threshold = f64::from(model.threshold);
    let classifier = Classifier::new(model).expect("the vocabulary");
    let verbose = std::env::args().any(|a| a == "-v");
    for file in ["tips_open.jsonl", "tips_held.jsonl", "tips_40.jsonl"] {
        let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("a set");
        let mut seen = Vec::new();
        for line in text.lines() {
            let tip: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let said = tip["text"].as_str().expect("a text");
            let ranked: Vec<(String, f64)> =
                classifier.rank(said).into_iter().map(|(leaf, share)| (leaf.to_owned(), share)).collect();
            let gold = tip["gold"]["category"].as_str().expect("a leaf").to_owned();
            if verbose && file != "tips_held.jsonl" && ranked[0].0 != gold {
                println!(
                    "{gold} {:?} {}",
                    &ranked[..3],
                    said.chars().take(70).collect::<String>().replace('\n', " ")
                );
            }
            seen.push(Seen { gold, abstained: ranked[0].1 < threshold, ranked });
        }
        report(file, &seen);
    }
}

fn report(file: &str, seen: &[Seen]) {
    let share = |hits: usize, of: usize| hits as f64 / of.max(1) as f64;
    let right = seen.iter().filter(|s| s.ranked[0].0 == s.gold).count();
    let top3 = seen.iter().filter(|s| s.ranked.iter().take(3).any(|(leaf, _)| *leaf == s.gold)).count();
    let decided: Vec<&Seen> = seen.iter().filter(|s| !s.abstained).collect();
    let decided_right = decided.iter().filter(|s| s.ranked[0].0 == s.gold).count();
    let group = seen.iter().filter(|s| s.ranked[0].0[..1] == s.gold[..1]).count();
    let mean = seen.iter().map(|s| s.ranked[0].1).sum::<f64>() / seen.len() as f64;
    println!(
        "{file}: {} tips, accuracy {:.3}, macro-F1 {:.3}, group {:.3}, top-3 {:.3}; abstained {:.3}, accuracy of the decided {:.3}, macro-F1 of the decided {:.3}; mean confidence {mean:.3}",
        seen.len(),
        share(right, seen.len()),
        macro_f1(&seen.iter().collect::<Vec<_>>()),
        share(group, seen.len()),
        share(top3, seen.len()),
        1.0 - share(decided.len(), seen.len()),
        share(decided_right, decided.len()),
        macro_f1(&decided),
    );
}

/// Over the leaves that occur as gold.
fn macro_f1(seen: &[&Seen]) -> f64 {
    let mut counts: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for s in seen {
        counts.entry(&s.gold).or_default().1 += 1.0;
    }
    for s in seen {
        if let Some(entry) = counts.get_mut(s.ranked[0].0.as_str()) {
            entry.2 += 1.0;
            if s.ranked[0].0 == s.gold {
                entry.0 += 1.0;
            }
        }
    }
    counts.values().map(|(hit, gold, said)| 2.0 * hit / (gold + said).max(1.0)).sum::<f64>()
        / counts.len().max(1) as f64
}
