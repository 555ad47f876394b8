//! How fast tips are read and recognised: one JSON line of numbers for each size.
//!
//! `speed FILE SIZE…`: FILE holds one text a line, the first 2,000 are looked up again after each SIZE texts
//! were indexed. Times are CPU time of this thread, in microseconds a tip.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a tool for developers"
)]

use std::io::BufRead;
use std::sync::Arc;

use dengwen_model::Channel;
use dengwen_rules::{Rules, Units};
use dengwen_text::link::{Index, LinkKey, Signature};
use dengwen_text::{Reader, TipForm, TipText};

const LOOKED_UP: usize = 2_000;

/// CPU time of this thread in nanoseconds.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    stat.split(' ').next().and_then(|spent| spent.parse().ok()).expect("nanoseconds")
}

fn microseconds(since: u64, tips: usize) -> f64 {
    (cpu() - since) as f64 / 1000.0 / tips.max(1) as f64
}

struct Bench {
    reader: Reader,
    rules: Rules,
    index: Index<[u8; 16]>,
}

impl Bench {
    /// Reads and classifies, as triage does before it recognises.
    fn signature(&self, text: &str) -> Signature {
        let reading = self.reader.read(&TipText {
            text,
            form: TipForm::default(),
            channel: Channel::Web,
            received_at: "2026-10-10T08:00:00Z".parse().expect("an instant"),
            received_by: None,
            source_kind: None,
        });
        std::hint::black_box(reading.classification(&self.rules, None, 1));
        reading.signature
    }

    fn insert(&mut self, signature: Signature) {
        let id = (self.index.len() as u128).to_be_bytes();
        match self.index.decide(&signature).joined.map(|matched| matched.place) {
            Some(place) => self.index.insert_joined(id, signature, place),
            None => self.index.insert_new(id, signature),
        };
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a file of texts");
    let sizes: Vec<usize> = arguments.map(|size| size.parse().expect("a number")).collect();
    let units = Arc::new(Units::sample().expect("the sample"));
    let mut bench = Bench {
        reader: Reader::new(units, LinkKey::new([7; 32])).expect("a reader"),
        rules: Rules::built_in().expect("the rules"),
        index: Index::new(),
    };
    let mut lines = std::io::BufReader::new(std::fs::File::open(file).expect("the file")).lines();
    let mut probes: Vec<Signature> = Vec::new();
    for size in sizes {
        let (mut reading, mut linking, mut tips) = (0.0, 0.0, 0usize);
        while bench.index.len() < size {
            let block: Vec<String> =
                lines.by_ref().take(1000.min(size - bench.index.len())).map(|l| l.expect("a line")).collect();
            assert!(!block.is_empty(), "the file has too few lines");
            let started = cpu();
            let signatures: Vec<Signature> = block.iter().map(|text| bench.signature(text)).collect();
            reading += microseconds(started, 1);
            probes.extend(signatures.iter().take(LOOKED_UP.saturating_sub(probes.len())).cloned());
            let started = cpu();
            tips += signatures.len();
            signatures.into_iter().for_each(|signature| bench.insert(signature));
            linking += microseconds(started, 1);
        }
        let started = cpu();
        let joined = probes.iter().filter(|probe| bench.index.decide(probe).joined.is_some()).count();
        println!(
            "{}",
            serde_json::json!({
                "size": size,
                "read_us": reading / tips as f64,
                "link_us": linking / tips as f64,
                "look_up_us": microseconds(started, probes.len()),
                "found": joined as f64 / probes.len() as f64,
                "bytes": bench.index.bytes() as f64 / size as f64,
            })
        );
    }
}
