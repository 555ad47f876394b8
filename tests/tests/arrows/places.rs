//! Nothing in the repository tells on which machine it was made, or fetches from a fixed host.

use std::path::{Path, PathBuf};

use crate::root;

/// Directories of people's machines, and hosts of package registries. Each is written in two
/// pieces, so that this file may be checked as well.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("/ho", "me/"),
    ("/ro", "ot/"),
    ("/Us", "ers/"),
    ("crates", ".io"),
    ("npmjs", ".org"),
    ("pypi", ".org"),
    ("debian", ".org/debian"),
    ("ghcr", ".io"),
    ("quay", ".io"),
];

/// What is not ours to write: build output, data of a trial run, the record of versions.
const NOT_LOOKED_AT: &[&str] = &["target", ".git", "dengwen-data", "node_modules", "Cargo.lock"];

fn files(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(below).expect("a directory of the repository") {
        let entry = entry.expect("an entry");
        if NOT_LOOKED_AT.contains(&entry.file_name().to_string_lossy().as_ref()) {
            continue;
        }
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

fn names_elsewhere(line: &str) -> bool {
    ELSEWHERE.iter().any(|(one, two)| {
        let place = format!("{one}{two}");
        // `birth/wo…` is no path of a machine: what stands before a slash must not be a word.
        let a_word = |before: &str| one.starts_with('/') && before.ends_with(char::is_alphanumeric);
        line.match_indices(&place).any(|(at, _)| !a_word(&line[..at]))
    })
}

#[test]
fn places_are_told_from_other_slashes() {
    assert!(names_elsewhere(concat!("see /ho", "me/somebody/src")));
    assert!(names_elsewhere(concat!("https://static.crates", ".io/x")));
    assert!(!names_elsewhere(concat!("birth/wo", "rk/party age")));
}

#[test]
fn no_file_names_the_place_it_was_made() {
    let mut all = Vec::new();
    files(&root(), &mut all);
    assert!(all.len() > 50, "the repository was read");
    let mut told = Vec::new();
    for path in all {
        let Ok(text) = std::fs::read_to_string(&path) else { continue }; // not text
        for (number, line) in text.lines().enumerate() {
            if names_elsewhere(line) {
                told.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(told.is_empty(), "an absolute path of a machine or a registry's host:\n{}", told.join("\n"));
}
