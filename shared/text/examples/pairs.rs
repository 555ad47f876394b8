//! Dumps every pair's comparison for fitting the weights of `link/compare.rs`: tips as JSON lines on
//! standard input, `id id bits…` lines on standard output.
#![allow(clippy::print_stdout, clippy::expect_used, missing_docs, reason = "a tool for developers")]

use std::io::BufRead;
use std::sync::Arc;

use dengwen_model::Channel;
use dengwen_rules::Units;
use dengwen_text::link::{ALL_PARTS, Comparison, LinkKey, Signature};
use dengwen_text::{Reader, TipForm, TipText};

fn main() {
    let reader = Reader::new(Arc::new(Units::default()), LinkKey::new([7; 32])).expect("a reader");
    let mut seen: Vec<(String, Signature)> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let tip: serde_json::Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let form: TipForm = tip
            .get("form")
            .cloned()
            .map_or_else(TipForm::default, |f| serde_json::from_value(f).expect("a form"));
        let reading = reader.read(&TipText {
            text: tip["text"].as_str().expect("a text"),
            form,
            channel: Channel::Web,
            received_at: tip["received_at"]
                .as_str()
                .unwrap_or("2026-10-01T00:00:00+08:00")
                .parse()
                .expect("an instant"),
            received_by: None,
            source_kind: None,
        });
        let id = tip["id"].as_str().expect("an id").to_owned();
        for (other, signature) in &seen {
            let c = Comparison::of(&reading.signature, signature);
            if c.total() > -9.0 {
                let bits: Vec<String> =
                    ALL_PARTS.iter().map(|&kind| format!("{:.2}", c.part(kind))).collect();
                println!("{other} {id} {}", bits.join(" "));
            }
        }
        seen.push((id, reading.signature));
    }
}
