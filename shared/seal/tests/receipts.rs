//! Receipts: fair, tolerant of how people write them, and never shown by accident.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::HashSet;

use dengwen_model::{Entropy, SeededEntropy, SystemEntropy};
use dengwen_seal::{Receipt, ReceiptHash, ReceiptKey};
use proptest::prelude::*;

const DIGITS: &str = "12345678901234567890";

#[test]
fn receipts_are_grouped_and_read_back() {
    let receipt: Receipt = DIGITS.parse().unwrap();
    assert_eq!(receipt.grouped(), "1234 5678 9012 3456 7890");
    assert_eq!(receipt.digits(), DIGITS);
    for typed in [
        "1234 5678 9012 3456 7890",
        "1234-5678-9012-3456-7890",
        " 1234\u{2013}5678\u{2014}9012 3456\u{FF0D}7890\n",
        "１２３４　５６７８　９０１２　３４５６　７８９０",
    ] {
        assert_eq!(typed.parse::<Receipt>().unwrap(), receipt, "{typed}");
    }
}

#[test]
fn what_is_no_receipt_is_refused() {
    let long = format!("{DIGITS}{}", " ".repeat(200));
    for typed in [
        "",
        "1234",
        "1234567890123456789",
        "123456789012345678901",
        "1234567890123456789a",
        "+2345678901234567890",
        "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩٠",
        &long,
    ] {
        assert!(typed.parse::<Receipt>().is_err(), "{typed}");
    }
    // Nothing of what was typed is in the error.
    assert!(!"98765".parse::<Receipt>().unwrap_err().to_string().contains("98765"));
}

#[test]
fn receipts_are_not_shown() {
    let receipt: Receipt = DIGITS.parse().unwrap();
    let hash = ReceiptKey::generate(&SystemEntropy).hash(&receipt);
    assert_eq!(format!("{receipt:?} {hash:?}"), "Receipt(hidden) ReceiptHash(hidden)");
}

#[test]
fn hashes_depend_on_receipt_and_key() {
    let (one, two) =
        (ReceiptKey::generate(&SeededEntropy::new(1)), ReceiptKey::generate(&SeededEntropy::new(2)));
    let receipt: Receipt = DIGITS.parse().unwrap();
    let other: Receipt = "12345678901234567891".parse().unwrap();
    assert_eq!(one.hash(&receipt), one.hash(&receipt.clone()));
    assert_ne!(one.hash(&receipt), one.hash(&other));
    assert_ne!(one.hash(&receipt), two.hash(&receipt));
    let text = one.hash(&receipt).to_string();
    assert_eq!(text.parse::<ReceiptHash>().unwrap(), one.hash(&receipt));
    assert_eq!(ReceiptHash::from_bytes(one.hash(&receipt).as_bytes()).unwrap(), one.hash(&receipt));
    assert!("AAAA".parse::<ReceiptHash>().is_err());
    assert!("A".repeat(1000).parse::<ReceiptHash>().is_err());
    assert!(ReceiptHash::from_bytes(&[0; 31]).is_err());
}

/// Gives out fixed draws, then counts how often it was asked.
#[derive(Debug)]
struct Draws(std::sync::Mutex<Vec<u128>>);

impl Entropy for Draws {
    fn fill(&self, bytes: &mut [u8]) {
        assert_eq!(bytes.len(), 9);
        let next = self.0.lock().unwrap().remove(0);
        bytes.copy_from_slice(&next.to_be_bytes()[7..]);
    }
}

#[test]
fn draws_beyond_the_last_whole_multiple_are_drawn_again() {
    let count = 10_u128.pow(20);
    let fair = (1 << 72) / count * count;
    let draws = Draws(vec![(1 << 72) - 1, fair, fair - 1].into());
    assert_eq!(Receipt::generate(&draws).digits(), "9".repeat(20));
    assert!(draws.0.lock().unwrap().is_empty());
    assert_eq!(Receipt::generate(&Draws(vec![count + 7].into())).digits(), "00000000000000000007");
}

#[test]
fn every_digit_is_as_likely_in_every_place() {
    let entropy = SeededEntropy::new(42);
    let mut counts = [[0_u32; 10]; 20];
    let mut seen = HashSet::new();
    for _ in 0..10_000 {
        let digits = Receipt::generate(&entropy).digits();
        for (place, digit) in digits.bytes().enumerate() {
            counts[place][usize::from(digit - b'0')] += 1;
        }
        assert!(seen.insert(digits));
    }
    // 1,000 expected; six standard deviations are 180.
    assert!(counts.iter().flatten().all(|count| (820..=1180).contains(count)));
}

proptest! {
    #[test]
    fn any_receipt_reads_back_from_its_groups(seed: u64) {
        let receipt = Receipt::generate(&SeededEntropy::new(seed));
        prop_assert_eq!(&receipt.grouped().parse::<Receipt>().unwrap(), &receipt);
        prop_assert_eq!(receipt.digits().parse::<Receipt>().unwrap(), receipt);
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,120}") {
        let digits = text.chars().filter(|c| c.is_ascii_digit() || ('０'..='９').contains(c)).count();
        prop_assert!(text.parse::<Receipt>().is_err() || digits == 20);
    }
}
