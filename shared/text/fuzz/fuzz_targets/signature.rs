//! Stored signatures of any bytes: read or refused, written back the same, compared and decided on.
#![no_main]

use dengwen_text::link::{Comparison, Index, SIGNATURE_BYTES, Signature, keys};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (one, two) = bytes.split_at(bytes.len().min(SIGNATURE_BYTES));
    let (Ok(one), Ok(two)) = (Signature::from_bytes(one), Signature::from_bytes(two)) else { return };
    assert_eq!(Signature::from_bytes(&one.to_bytes()).as_ref(), Ok(&one));
    assert_eq!(keys(&one), keys(&one.clone()));
    assert!(Comparison::of(&one, &two).total().is_finite());
    let mut index: Index<u8> = Index::new();
    index.insert_new(1, one.clone());
    index.insert_new(2, two);
    assert!(index.decide(&one).suggestions.len() <= 5);
});
