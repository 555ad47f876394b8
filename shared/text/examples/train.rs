//! Makes `data/model.bin` from the shipped examples: the same file every time.
//!
//! `cargo run --example train -p dengwen-text` from the project's root; with `-- pairs` it makes
//! `data/pairs.txt` instead, after which the weights of `link` have to be measured anew. The tips kept
//! apart ([`Example::kept_apart`]) are never read here.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a tool for developers"
)]

use std::path::PathBuf;

use dengwen_text::{Classifier, Example, Model, example_hash, pair_listing, train};

fn main() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let examples = Example::shipped().expect("LEAF|text");
    if std::env::args().nth(1).as_deref() == Some("pairs") {
        let whole = examples.iter().filter(|example| example.weight >= 1.0);
        let listing = pair_listing(whole.map(|example| example.text.as_str()));
        std::fs::write(root.join("data/pairs.txt"), listing).expect("the pairs file");
        return;
    }
    let mut leaves: Vec<String> = examples.iter().map(|example| example.leaf.clone()).collect();
    leaves.sort();
    leaves.dedup();
    let classifier = Classifier::new(Model::empty(&leaves)).expect("the vocabulary");
    let version = format!("shipped-{}-{}", examples.len(), example_hash(&examples));
    let model = train(&classifier, &leaves, &examples, &version).expect("a model");
    let bytes = model.to_bytes();
    std::fs::write(root.join("data/model.bin"), &bytes).expect("the model file");
    println!(
        "{version}: {} leaves, {} bytes, temperature {:.2}, threshold {:.3}",
        leaves.len(),
        bytes.len(),
        model.temperature,
        model.threshold
    );
}
