//! Prints how well the shipped model classifies the tips that were kept from it.
//!
//! `cargo run --example measure -p dengwen-text`; add `-- FILE` for another model file.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a tool for developers"
)]

use dengwen_text::{Classifier, Example, Measured, Model, Reliability};

fn main() {
    let shipped = format!("{}/data/model.bin", env!("CARGO_MANIFEST_DIR"));
    let file = std::env::args().nth(1).unwrap_or(shipped);
    let model = Model::from_bytes(&std::fs::read(file).expect("the model file")).expect("a model");
    println!("{}, temperature {:.2}, threshold {:.3}", model.version, model.temperature, model.threshold);
    let classifier = Classifier::new(model).expect("the vocabulary");
    let mut all = Vec::new();
    for (name, tips) in Example::kept_apart().expect("the sets") {
        println!("{name}: {}", Measured::of(&classifier, &tips));
        all.extend(tips);
    }
    println!("reliability over all of them:");
    for step in Reliability::of(&classifier, &all) {
        println!(
            "  from {:.1}: {:3} tips, said {:.3}, right {:.3}",
            step.from, step.tips, step.said, step.right
        );
    }
}
