//! Makes `data/model.bin` from the examples shipped in `data/examples/`: the same file every time.
//!
//! `cargo run --example train -p dengwen-text` from the project's root; add `-- --open` to train on
//! the open development tips of `tests/data` too (as the shipped model is), or `-- --seed-only` to
//! measure on them. The held-out tips are never read here.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a tool for developers"
)]

use std::path::{Path, PathBuf};

use dengwen_text::{Classifier, Example, Model, pair_listing, train};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn seed() -> Vec<Example> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("data/examples"))
        .expect("the examples")
        .map(|f| f.expect("a file").path())
        .collect();
    files.sort();
    let read = |path: &Path| std::fs::read_to_string(path).expect("an example file");
    files.iter().flat_map(|path| Example::parse_lines(&read(path)).expect("LEAF|text")).collect()
}

fn labelled(file: &str) -> Vec<Example> {
    let text = std::fs::read_to_string(root().join("tests/data").join(file)).expect("a set");
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let example = |tip: serde_json::Value| Example {
        leaf: tip["gold"]["category"].as_str().expect("a leaf").to_owned(),
        text: tip["text"].as_str().expect("a text").to_owned(),
        weight: 1,
    };
    lines.map(example).collect()
}

fn main() {
    let seed_only = std::env::args().any(|a| a == "--seed-only");
    let mut examples = seed();
    if !seed_only {
        examples.extend(labelled("tips_open.jsonl"));
        examples.extend(labelled("tips_40.jsonl"));
    }
    let listing = pair_listing(examples.iter().map(|e| e.text.as_str()));
    std::fs::write(root().join("data/pairs.txt"), listing).expect("the pairs file");
    let mut leaves: Vec<String> = examples.iter().map(|e| e.leaf.clone()).collect();
    leaves.sort();
    leaves.dedup();
    let classifier = Classifier::new(Model::empty(&leaves)).expect("the vocabulary");
    let version = format!("seed-{}", examples.len());
    let model = train(&classifier, &leaves, &examples, &version).expect("a model");
    let bytes = model.to_bytes();
    std::fs::write(root().join("data/model.bin"), &bytes).expect("the model file");
    println!(
        "{} examples, {} leaves, {} bytes, temperature {:.2}, threshold {:.3}",
        examples.len(),
        leaves.len(),
        bytes.len(),
        model.temperature,
        model.threshold
    );
}
