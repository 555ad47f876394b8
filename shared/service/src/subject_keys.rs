//! The keyed hashes under which an open case is found by whom it is about (C9): a unit of the register, or
//! somebody's name. They stand in the link index beside those of the text crate, which are 32 bits long.

use dengwen_model::{Subject, UnitCode};
use dengwen_rules::{Router, Unit};

use crate::Runtime;

/// The keys of a tip about these subjects: each one's name, and the units it is, leads or works in.
pub fn subject_keys(runtime: &Runtime, subjects: &[Subject]) -> Vec<i64> {
    let units = runtime.units();
    let router = Router::new(runtime.rules(), &units);
    let mut keys = Vec::new();
    for subject in subjects {
        keys.extend(subject.name.as_deref().map(|name| person_key(runtime, name)));
        keys.extend(router.units_of(subject).iter().map(|code| unit_key(runtime, code)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys under which tips about a unit and its people are found, whatever the register said when they came.
pub fn unit_keys(runtime: &Runtime, unit: &Unit) -> Vec<i64> {
    let people = unit.people().map(|person| person_key(runtime, &person.name));
    people.chain([unit_key(runtime, &unit.code)]).collect()
}

/// The key under which a unit is locked while it is handed a case, and while others hear that somebody of it is reported:
/// of two such units of work the later sees what the earlier did.
pub fn unit_lock(runtime: &Runtime, code: &UnitCode) -> i64 {
    key(runtime, "unit lock", code.as_str().as_bytes())
}

fn person_key(runtime: &Runtime, name: &str) -> i64 {
    let name: String = name.split_whitespace().collect();
    key(runtime, "subject", name.as_bytes())
}

fn unit_key(runtime: &Runtime, code: &UnitCode) -> i64 {
    key(runtime, "unit", code.as_str().as_bytes())
}

/// Negative, so that it is none of the text crate's.
fn key(runtime: &Runtime, kind: &str, value: &[u8]) -> i64 {
    let hash = runtime.keys().index.hash(kind, value);
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    i64::from_le_bytes([a, b, c, d, e, f, g, h]) | i64::MIN
}
