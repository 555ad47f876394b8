//! Arrows between crates point down. The same bans stand in `deny.toml` for cargo-deny.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{cargo, output, root};

/// A member of the workspace: its directory, its level, and what it may name on its own level.
/// It may name everything on a lower level but the drivers.
type Row = (&'static str, u8, &'static [&'static str]);

const MODEL: u8 = 0;
const MEANING: u8 = 1;
const TRAITS: u8 = 2;
const DRIVERS: u8 = 3;
const KITS: u8 = 4;
const SERVICES: u8 = 5;
const WHOLE: u8 = 6;

const MEMBERS: &[Row] = &[
    ("shared/model", MODEL, &[]),
    ("shared/messages", MEANING, &[]),
    ("shared/rules", MEANING, &[]),
    ("shared/text", MEANING, &["shared/rules"]),
    ("shared/cache", TRAITS, &[]),
    ("shared/ledger", TRAITS, &[]),
    ("shared/queue", TRAITS, &[]),
    ("shared/seal", TRAITS, &[]),
    ("shared/ledger-postgres", DRIVERS, &[]),
    ("shared/ledger-sqlite", DRIVERS, &[]),
    ("shared/queue-rabbitmq", DRIVERS, &[]),
    ("shared/http", KITS, &[]),
    ("shared/pages", KITS, &["shared/http"]),
    ("shared/door", KITS, &["shared/http"]),
    ("shared/service", KITS, &["shared/http", "shared/door"]),
    ("shared/clerk", KITS, &["shared/http", "shared/door", "shared/pages", "shared/service"]),
    ("shared/testkit", KITS, &["shared/door", "shared/service"]),
    ("services/casework", SERVICES, &[]),
    ("services/dispatch", SERVICES, &[]),
    ("services/letters", SERVICES, &[]),
    ("services/phone", SERVICES, &[]),
    ("services/sms", SERVICES, &[]),
    ("services/triage", SERVICES, &[]),
    ("services/web", SERVICES, &[]),
    ("services/dengwen", WHOLE, &[]),
    ("tests", WHOLE, &[]),
];

/// Crates of others that only some of ours may name, in the code or in the tests.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("sqlx", &["shared/ledger-postgres", "shared/ledger-sqlite"]),
    ("rusqlite", &["shared/queue"]),
    ("lapin", &["shared/queue-rabbitmq"]),
    ("redis", &["shared/cache"]),
];

/// Which of our crates may name a driver: the one that chooses it from the settings.
const MAY_NAME_DRIVERS: &[&str] = &["shared/service", "tests"];

/// Nothing may bring these in: one TLS stack and one cryptography provider.
const NEVER: &[&str] = &["ring", "openssl-sys", "native-tls"];

struct Edge {
    from: String,
    /// The directory of one of ours, or the name of another's.
    to: String,
    dev: bool,
}

/// The members' directories and all that their manifests name.
fn workspace() -> (BTreeSet<String>, Vec<Edge>) {
    let metadata = output(&cargo(), &["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");
    let root = root();
    let directory = |path: &str| {
        let path = std::path::Path::new(path);
        path.strip_prefix(&root).expect("a member lies in the repository").to_string_lossy().into_owned()
    };
    let mut members = BTreeSet::new();
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let manifest = package["manifest_path"].as_str().expect("a path");
        let from = directory(manifest.trim_end_matches("/Cargo.toml"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let to = match dependency["path"].as_str() {
                Some(path) => directory(path),
                None => dependency["name"].as_str().expect("a name").to_owned(),
            };
            edges.push(Edge { from: from.clone(), to, dev: dependency["kind"] == "dev" });
        }
        members.insert(from);
    }
    (members, edges)
}

/// Why an edge between two of ours may not be, if it may not.
fn fault(levels: &BTreeMap<&str, (u8, &[&str])>, edge: &Edge) -> Option<&'static str> {
    let ((from, beside), (to, _)) = (levels[edge.from.as_str()], levels[edge.to.as_str()]);
    if edge.to == "shared/testkit" {
        return (!edge.dev && edge.from != "tests").then_some("only tests may name the test kit");
    }
    if edge.dev && (from, to) == (DRIVERS, DRIVERS) {
        return None; // a test may hold two drivers against each other
    }
    if to == DRIVERS && !MAY_NAME_DRIVERS.contains(&edge.from.as_str()) {
        return Some("a driver is chosen in shared/service alone");
    }
    let down = to < from || beside.contains(&edge.to.as_str());
    (!down).then_some("it does not point down")
}

#[test]
fn every_arrow_points_down() {
    let levels: BTreeMap<_, _> =
        MEMBERS.iter().map(|&(name, level, beside)| (name, (level, beside))).collect();
    let (members, edges) = workspace();
    let listed: BTreeSet<String> = levels.keys().map(ToString::to_string).collect();
    assert_eq!(members, listed, "the workspace's members (left) and the table in this test (right)");
    let faults: Vec<String> = edges
        .iter()
        // A crate's tests may name it again, with its contract suite switched on.
        .filter(|edge| members.contains(&edge.to) && !(edge.dev && edge.from == edge.to))
        .filter_map(|edge| Some(format!("{} -> {}: {}", edge.from, edge.to, fault(&levels, edge)?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_arrow_that_points_elsewhere_is_seen() {
    let levels: BTreeMap<_, _> =
        MEMBERS.iter().map(|&(name, level, beside)| (name, (level, beside))).collect();
    let allowed = |from: &str, to: &str, dev| {
        fault(&levels, &Edge { from: from.to_owned(), to: to.to_owned(), dev }).is_none()
    };
    assert!(allowed("services/web", "shared/door", false));
    assert!(allowed("services/web", "shared/testkit", true));
    assert!(allowed("services/dengwen", "services/web", false));
    assert!(!allowed("services/web", "shared/testkit", false), "test code in a service");
    assert!(!allowed("services/web", "services/casework", true), "a service that knows another");
    assert!(!allowed("services/triage", "shared/ledger-postgres", false), "a service that knows its driver");
    assert!(!allowed("shared/model", "shared/rules", false), "upwards");
    assert!(!allowed("shared/http", "shared/pages", false), "sideways");
}

#[test]
fn each_server_is_spoken_to_in_one_place() {
    let (_, edges) = workspace();
    for (kept, to) in KEPT_TO {
        let named_by: BTreeSet<&str> =
            edges.iter().filter(|edge| edge.to == *kept).map(|edge| edge.from.as_str()).collect();
        let may: BTreeSet<&str> = to.iter().copied().collect();
        assert_eq!(named_by, may, "who names {kept} (left) and who may (right)");
    }
}

#[test]
fn one_tls_stack_and_one_cryptography_provider() {
    let all = [
        "tree",
        "--workspace",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--offline",
    ];
    let tree = output(&cargo(), &all);
    let linked: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(linked.contains("aws-lc-rs"), "the tree was read");
    let unwanted: Vec<&&str> = NEVER.iter().filter(|never| linked.contains(**never)).collect();
    assert!(unwanted.is_empty(), "{unwanted:?}: see them with `cargo tree --workspace --invert NAME`");
}
