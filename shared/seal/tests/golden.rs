//! What was stored stays readable: values written by version 1 open, and hashes come out the same.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use dengwen_model::SeededEntropy;
use dengwen_seal::purpose::{Line, TipContent};
use dengwen_seal::{
    AnswerKey, ExternalIdKey, Field, FieldKeys, IndexKey, KeyRing, LimitSalt, ReceiptKey, SealedBox,
};

fn seeded() -> SeededEntropy {
    SeededEntropy::new(12380)
}

#[test]
fn a_stored_box_opens() {
    let ring = KeyRing::<Line>::generate(&seeded());
    let sealed: SealedBox = include_str!("golden/box-v1.txt").trim().parse().unwrap();
    assert_eq!(ring.open(TipContent, b"tip", &sealed).unwrap().as_slice(), "内容".as_bytes());
}

#[test]
fn a_stored_field_opens() {
    let keys = FieldKeys::of(&KeyRing::<Line>::generate(&seeded()));
    let field = Field { table: "tips", column: "content", row: b"row" };
    let sealed = hex::decode(include_str!("golden/field-v1.txt").trim()).unwrap();
    assert_eq!(keys.open(field, &sealed).unwrap().as_slice(), "内容".as_bytes());
    // Sealing is fixed by the nonce alone.
    assert_eq!(keys.seal(field, "内容".as_bytes(), &SeededEntropy::new(1)).unwrap(), sealed);
}

#[test]
fn hashes_never_change() {
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let receipt = "12345678901234567890".parse().unwrap();
    let found = [
        ReceiptKey::generate(&seeded()).hash(&receipt).to_string(),
        ExternalIdKey::generate(&seeded()).hash("gateway", "7").to_string(),
        IndexKey::generate(&seeded()).hash("name", b"x").to_string(),
        AnswerKey::generate(&seeded()).locate("web", "key").to_string(),
        LimitSalt::generate(&seeded()).address(now, "2001:db8::1".parse().unwrap()).to_string(),
    ];
    let wanted: Vec<&str> = include_str!("golden/hashes-v1.txt").lines().collect();
    assert_eq!(found, wanted.as_slice());
}
