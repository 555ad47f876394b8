//! Prints what one seal and one open cost in processor time: `cargo run --release --example seal_cost`.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measuring tool")]

use std::hint::black_box;
use std::time::Instant;

use dengwen_model::SystemEntropy;
use dengwen_seal::purpose::{Line, TipContent};
use dengwen_seal::{Field, FieldKeys, KeyRing, Receipt, ReceiptKey};

fn main() {
    let ring = KeyRing::<Line>::generate(&SystemEntropy);
    let fields = FieldKeys::of(&ring);
    let key = ReceiptKey::generate(&SystemEntropy);
    let receipt = Receipt::generate(&SystemEntropy);
    for length in [64, 900, 3_000, 12_000] {
        let plaintext = vec![b'x'; length];
        let seal = || ring.public().seal(TipContent, b"context", &plaintext, &SystemEntropy).expect("seals");
        let sealed = seal();
        let field = Field { table: "tips", column: "content", row: b"row" };
        println!(
            "{length:>6} bytes: seal {:>7.1} µs, open {:>7.1} µs, field {:>6.1} µs, box {} bytes",
            micros(&seal),
            micros(&|| ring.open(TipContent, b"context", &sealed).expect("opens")),
            micros(&|| fields.seal(field, &plaintext, &SystemEntropy).expect("seals")),
            sealed.as_bytes().len(),
        );
    }
    println!(
        "receipt: make {:.2} µs, hash {:.2} µs",
        micros(&|| Receipt::generate(&SystemEntropy)),
        micros(&|| key.hash(&receipt))
    );
}

/// The best of several rounds, since other work on the machine only ever adds.
fn micros<T>(operation: &dyn Fn() -> T) -> f64 {
    const TIMES: u32 = 500;
    let round = || {
        let start = Instant::now();
        for _ in 0..TIMES {
            black_box(operation());
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
    };
    (0..7).map(|_| round()).fold(f64::INFINITY, f64::min)
}
