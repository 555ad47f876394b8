//! Writes how every pair of tips compares, for fitting the bits of `link/weights.rs`: tips as JSON lines on
//! standard input, `id id SAME rows…` lines on standard output, SAME being 1 where both have one `matter`.
//!
//! Written are all pairs of one matter, and the others that share a key of the index. Take tips that the model
//! was not trained on: their leaves are guessed as those of tips to come.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a tool for developers"
)]

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::sync::Arc;

use dengwen_model::Channel;
use dengwen_rules::Units;
use dengwen_text::link::{ALL_PARTS, Comparison, LinkKey, Signature, keys};
use dengwen_text::{Reader, TipForm, TipText};
use serde_json::Value;

struct Tip {
    id: String,
    matter: Option<String>,
    keys: HashSet<u32>,
    signature: Signature,
}

fn read(reader: &Reader, line: &str) -> Tip {
    let tip: Value = serde_json::from_str(line).expect("JSON");
    let form =
        tip.get("form").map_or_else(TipForm::default, |f| serde_json::from_value(f.clone()).expect("a form"));
    let reading = reader.read(&TipText {
        text: tip["text"].as_str().expect("a text"),
        form,
        channel: Channel::Web,
        received_at: tip["received_at"]
            .as_str()
            .unwrap_or("1970-01-01T00:00:00Z")
            .parse()
            .expect("an instant"),
        received_by: None,
        source_kind: None,
    });
    let matter = [&tip["gold"]["matter"], &tip["incident"]].into_iter().find_map(Value::as_str);
    Tip {
        id: tip["id"].as_str().expect("an id").to_owned(),
        matter: matter.map(str::to_owned),
        keys: keys(&reading.signature).into_iter().collect(),
        signature: reading.signature,
    }
}

fn main() {
    let units = Arc::new(Units::default());
    let key = LinkKey::new([7; 32]);
    let reader = Reader::new(units, key).expect("a reader");
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut seen: Vec<Tip> = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let tip = read(&reader, &line.expect("a line"));
        for other in &seen {
            let same = tip.matter.is_some() && tip.matter == other.matter;
            let found = !tip.keys.is_disjoint(&other.keys);
            if !same && !found {
                continue;
            }
            let comparison = Comparison::of(&tip.signature, &other.signature);
            let rows: Vec<String> = ALL_PARTS.iter().map(|&kind| comparison.row(kind).to_string()).collect();
            let (a, b, same, found) = (&other.id, &tip.id, u8::from(same), u8::from(found));
            writeln!(out, "{a} {b} {same} {found} {} {}", u8::from(comparison.conflict()), rows.join(" "))
                .expect("written");
        }
        seen.push(tip);
    }
}
