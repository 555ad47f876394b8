//! The documents speak of what is there.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{cargo, output, root};

/// What a path of the repository begins with, in running text.
const TOP: &[&str] = &["services/", "shared/", "deploy/", "tests/", "docs/", ".ci/", ".config/"];

fn documents() -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> = ["README.md", "README.zh-CN.md"].map(|name| root().join(name)).into();
    let docs = std::fs::read_dir(root().join("docs")).expect("docs/ is there");
    documents.extend(docs.map(|entry| entry.expect("an entry").path()).filter(|path| is_markdown(path)));
    documents
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// Targets of links, as they stand.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

fn is_a_file(target: &str) -> bool {
    !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:")
}

/// `code spans` outside of code blocks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    let outside_blocks = text.split("\n```").step_by(2);
    outside_blocks.flat_map(|part| part.lines().flat_map(|line| line.split('`').skip(1).step_by(2)))
}

/// The path a link or a code span means, if it means a path of the repository.
fn meant(span: &str) -> Option<&str> {
    let path = span.split(['#', ':', ' ']).next().unwrap_or_default();
    let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches(['/', '.', ',']);
    let a_pattern = path.contains(['*', '<', '{', '…', '$']);
    (!a_pattern && TOP.iter().any(|top| format!("{path}/").starts_with(top))).then_some(path)
}

#[test]
fn what_they_name_exists() {
    let mut missing = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document)
            .unwrap_or_else(|error| panic!("{}: {error}", document.display()));
        let here = document.parent().expect("a document lies somewhere");
        for span in code_spans(&text).filter_map(meant).filter(|path| !root().join(path).exists()) {
            missing.push(format!("{}: `{span}`", document.display()));
        }
        for target in links(&text).filter(|target| is_a_file(target)) {
            let path = target.split('#').next().unwrap_or_default();
            if !here.join(path).exists() {
                missing.push(format!("{}: link to {target}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "not in the repository:\n{}", missing.join("\n"));
}

#[test]
fn the_table_of_crates_lists_every_member() {
    let text = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let cells = text.lines().filter(|line| line.starts_with('|')).flat_map(|row| row.split('|'));
    let listed: BTreeSet<String> = cells
        .map(|cell| cell.trim().trim_matches('`').trim_end_matches('/').to_owned())
        .filter(|cell| cell == "tests" || cell.starts_with("services/") || cell.starts_with("shared/"))
        .collect();
    let manifests = output(&cargo(), &["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let manifests: serde_json::Value = serde_json::from_str(&manifests).expect("JSON");
    let members: BTreeSet<String> = manifests["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| PathBuf::from(package["manifest_path"].as_str().expect("a path")))
        .map(|manifest| {
            let directory = manifest.parent().expect("a manifest lies in a directory");
            directory.strip_prefix(root()).expect("in the repository").to_string_lossy().into_owned()
        })
        .collect();
    assert_eq!(listed, members, "the table (left) and the members (right)");
}

#[test]
fn paths_are_told_from_other_code() {
    assert_eq!(meant("shared/rules/data/"), Some("shared/rules/data"));
    assert_eq!(meant("./tests/run FILTER"), Some("tests/run"));
    assert_eq!(meant("shared/ledger/src/lib.rs:12"), Some("shared/ledger/src/lib.rs"));
    assert_eq!(meant("deploy/*.service"), None);
    assert_eq!(meant("text/plain"), None);
    assert_eq!(code_spans("a `b/c` d\n```sh\n`no`\n```\ne `f`").collect::<Vec<_>>(), ["b/c", "f"]);
    assert_eq!(links("[a](b.md) and [c](d#e)").collect::<Vec<_>>(), ["b.md", "d#e"]);
}
