//! What looking up the known tips of a batch costs triage, from the ledger alone and with a part of the index in
//! memory: one JSON line of milliseconds a batch.
//!
//! `links FILE LEDGER SIZE [BATCHES [MIB]]`: FILE holds one text a line; SIZE of them are indexed in the ledger at
//! the address LEDGER (an empty one), then so many batches of 64 come in as at triage. The first batches fill the
//! memory and are not counted.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a tool for developers"
)]

use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;

use dengwen_ledger::{Ledger, LinkEntry};
use dengwen_model::{CaseId, Channel, SystemClock, SystemEntropy, TipId};
use dengwen_rules::Units;
use dengwen_service::{KnownLink, LinkCache, MAX_BATCH, Matters, Settings, open_ledger};
use dengwen_text::link::{LinkKey, Signature, keys};
use dengwen_text::{Reader, TipForm, TipText};

/// Batches after which the memory is what it is at work.
const WARM: usize = 20;

fn signature(reader: &Reader, text: &str) -> Signature {
    let tip = TipText {
        text,
        form: TipForm::default(),
        channel: Channel::Web,
        received_at: "2026-10-10T08:00:00Z".parse().expect("an instant"),
        received_by: None,
        source_kind: None,
    };
    reader.read(&tip).signature
}

fn entry(signature: &Signature) -> LinkEntry {
    LinkEntry {
        tip: TipId::new(&SystemClock, &SystemEntropy),
        case: CaseId::new(&SystemClock, &SystemEntropy),
        signature: signature.to_bytes().to_vec(),
        keys: keys(signature).into_iter().map(i64::from).collect(),
        seq: 0,
    }
}

fn wanted(signatures: &[Signature]) -> Vec<i64> {
    let mut wanted: Vec<i64> = signatures.iter().flat_map(keys).map(i64::from).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

async fn insert(ledger: &Arc<dyn Ledger>, signatures: &[Signature]) {
    let entries: Vec<LinkEntry> = signatures.iter().map(entry).collect();
    let mut work = ledger.begin().await.expect("begun");
    work.insert_links(&entries).await.expect("inserted");
    work.commit().await.expect("kept");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| {
        arguments.get(at).map_or(default, |given| given.parse().expect("a number"))
    };
    let (size, batches, mib) = (number(2, 100_000), number(3, 50), number(4, 128));
    let settings = Settings { ledger_url: arguments[1].clone(), ..Settings::default() };
    let ledger = open_ledger(&settings).await.expect("a ledger");
    ledger.migrate().await.expect("the schema");
    let reader = Reader::new(Arc::new(Units::sample().expect("the sample")), LinkKey::new([7; 32]));
    let reader = reader.expect("a reader");
    let file = std::fs::File::open(&arguments[0]).expect("the file");
    let mut texts = std::io::BufReader::new(file).lines().map(|line| line.expect("a line"));
    let mut next = |count: usize| -> Vec<Signature> {
        texts.by_ref().take(count).map(|text| signature(&reader, &text)).collect()
    };
    let mut indexed = 0;
    while indexed < size {
        let signatures = next(1_000.min(size - indexed));
        assert!(!signatures.is_empty(), "the file has too few lines");
        insert(&ledger, &signatures).await;
        indexed += signatures.len();
    }
    let memory = LinkCache::new(mib << 20);
    let mut spent = [0.0; 4];
    let mut found = 0;
    for batch in 0..WARM + batches {
        let signatures = next(MAX_BATCH);
        let (keys, tips) = (wanted(&signatures), signatures.iter().collect::<Vec<_>>());
        let mut work = ledger.begin().await.expect("begun");
        work.lock_keys(&keys).await.expect("locked");
        let mut marks = vec![Instant::now()];
        let from_ledger = KnownLink::under(work.as_mut(), &keys).await.expect("looked up");
        marks.push(Instant::now());
        let from_memory = memory.under(work.as_mut(), &keys).await.expect("looked up");
        marks.push(Instant::now());
        assert_eq!(from_memory, from_ledger, "the same answer");
        let before = Instant::now();
        let matters = Matters::locked(work.as_mut(), &tips, &memory).await.expect("looked up");
        let made = before.elapsed();
        let before = Instant::now();
        for tip in &tips {
            std::hint::black_box(matters.decide(tip));
        }
        let decided = before.elapsed();
        drop(work);
        insert(&ledger, &signatures).await;
        if batch >= WARM {
            let millis = |from: usize| (marks[from + 1] - marks[from]).as_secs_f64() * 1e3;
            let times = [millis(0), millis(1), made.as_secs_f64() * 1e3, decided.as_secs_f64() * 1e3];
            spent.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
            found += from_ledger.len();
        }
    }
    let each = |sum: f64| (sum / batches as f64 * 100.0).round() / 100.0;
    println!(
        "{}",
        serde_json::json!({
            "indexed": size,
            "entries_a_batch": found / batches,
            "ledger_ms": each(spent[0]),
            "memory_ms": each(spent[1]),
            "with_comparing_index_ms": each(spent[2]),
            "decide_ms": each(spent[3]),
        })
    );
}
