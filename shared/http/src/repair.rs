//! Reading a value that is wrong in several places. serde stops at the first; so what it stopped at is told,
//! put right, and the value read again, until it can be read. Bounded in tries and faults.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment, Track};

use crate::FieldError;
use crate::invalid::{missing_field, name_path, of_data};
use crate::reading::is_told;
use crate::strict::Strict;

/// Most times that a value is read.
const MAX_TRIES: usize = 300;
/// Most faults that are told.
const MAX_FAULTS: usize = 50;

/// The way to a value in a tree.
type Place = Vec<Step>;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Step {
    Member(String),
    Item(usize),
}

/// Reads a tree, and adds what is wrong with it; none where it cannot be put right.
pub(crate) fn read_repaired<T: DeserializeOwned>(mut tree: Value, faults: &mut Vec<FieldError>) -> Option<T> {
    let mut tried = HashMap::new();
    for _ in 0..MAX_TRIES {
        let mut track = Track::new();
        let error = match T::deserialize(serde_path_to_error::Deserializer::new(Strict(&tree), &mut track)) {
            Ok(value) => return Some(value),
            Err(error) => error.to_string(),
        };
        let path = track.path();
        let fault = of_data(name_path(&path), &error);
        if !is_told(faults, &fault.field) {
            if faults.len() == MAX_FAULTS {
                return None;
            }
            faults.push(fault);
        }
        repair(&mut tree, place(&path, &error)?, &error, &mut tried)?;
    }
    None
}

/// Where the fault is, as far as it can be told.
fn place(path: &Path, error: &str) -> Option<Place> {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(Step::Item(*index)),
        Segment::Map { key } | Segment::Enum { variant: key } => Some(Step::Member(key.clone())),
        Segment::Unknown => None,
    };
    let missing = missing_field(error).map(|name| Some(Step::Member(name.to_owned())));
    path.iter().map(step).chain(missing).collect()
}

/// Puts right what is at this place: a member is left out, which is right wherever it is optional or unknown;
/// where that was tried, something else stands in its place. None where all was tried.
fn repair(tree: &mut Value, place: Place, error: &str, tried: &mut HashMap<Place, usize>) -> Option<()> {
    let (last, way) = place.split_last()?;
    let parent = way.iter().try_fold(tree, |value, step| match step {
        Step::Member(name) => value.get_mut(name),
        Step::Item(index) => value.get_mut(*index),
    })?;
    match last {
        Step::Member(name) => {
            let members = parent.as_object_mut()?;
            if members.remove(name).is_none() || tried.contains_key(&place) {
                let filler = next_filler(error, tried.entry(place.clone()).or_default())?;
                members.insert(name.clone(), filler);
            } else {
                tried.insert(place, 0);
            }
        }
        Step::Item(index) => {
            let filler = next_filler(error, tried.entry(place.clone()).or_default())?;
            *parent.get_mut(*index)? = filler;
        }
    }
    Some(())
}

/// What may be right in the place of a required field: what the error says was expected, else one after the
/// other of the forms that fields of ours take. Each place has a bounded number of tries, so that this ends.
fn next_filler(error: &str, tried: &mut usize) -> Option<Value> {
    let fillers = [
        json!(""),
        json!(1),
        json!([]),
        json!({}),
        json!(true),
        json!("2000-01-01T00:00:00Z"),
        json!("2000-01-01"),
        json!("tip_00000000000000000000000000000000"),
        json!("00000000000000000000000000000000"),
        json!(null),
    ];
    let filler = fillers.get(*tried)?;
    *tried += 1;
    Some(expected(error).unwrap_or_else(|| filler.clone()))
}

/// What serde says it expected. Before the last comma stands what was sent, which is not looked at.
fn expected(error: &str) -> Option<Value> {
    let (_, expected) = error.rsplit_once(", expected ")?;
    if error.starts_with("unknown variant") {
        return expected.split('`').nth(1).map(|variant| json!(variant));
    }
    if !error.starts_with("invalid type") {
        return None;
    }
    match expected.split_once(' ').map_or(expected, |(first, _)| first) {
        "struct" => Some(json!({})),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64" => {
            Some(json!(1))
        }
        _ => match expected {
            "a string" | "string" => Some(json!("")),
            "a boolean" => Some(json!(true)),
            "a sequence" => Some(json!([])),
            "a map" => Some(json!({})),
            _ => None,
        },
    }
}
