//! What `docker-compose.yml` and the example settings promise.

use std::{collections::BTreeSet, path::Path};

use dengwen_service::Settings;
use serde_json::Value;

use crate::root;

const DOORS: [&str; 4] = ["web", "sms", "phone", "letters"];
const INNER: [&str; 3] = ["triage", "dispatch", "casework"];

fn compose() -> Value {
    let text = std::fs::read_to_string(root().join("docker-compose.yml")).expect("docker-compose.yml");
    serde_saphyr::from_str(&text).expect("docker-compose.yml is YAML")
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// The volumes a service sees.
fn volumes(service: &Value) -> BTreeSet<&str> {
    words(&service["volumes"]).into_iter().filter_map(|mount| mount.split(':').next()).collect()
}

#[test]
fn every_service_is_run_and_watched() {
    let compose = compose();
    let folders = std::fs::read_dir(root().join("services")).expect("services/");
    let programs: BTreeSet<String> = folders
        .map(|folder| folder.expect("a folder").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "dengwen")
        .collect();
    let listed: BTreeSet<String> = DOORS.iter().chain(&INNER).map(ToString::to_string).collect();
    assert_eq!(programs, listed, "the services there are (left) and those this test knows (right)");
    for name in programs {
        let service = &compose["services"][&name];
        assert_eq!(words(&service["command"]), [format!("dengwen-{name}")]);
        assert_eq!(words(&service["healthcheck"]["test"]), ["CMD", "healthy"], "{name}");
        assert!(service["read_only"] == true && words(&service["cap_drop"]) == ["ALL"], "{name} is confined");
    }
    for server in ["postgres", "rabbitmq", "redis"] {
        assert!(compose["services"][server]["healthcheck"]["test"].is_array(), "{server} is watched");
        assert!(compose["services"][server]["ports"].is_null(), "{server} is not published");
    }
}

#[test]
fn a_door_cannot_open_what_it_takes_nor_reach_the_ledger() {
    let compose = compose();
    let ledger: BTreeSet<&str> = words(&compose["services"]["postgres"]["networks"]).into_iter().collect();
    for name in DOORS {
        let door = &compose["services"][name];
        let seen = volumes(door);
        for secret in ["keys-inner", "keys-issuer", "keys-custodian", "admin-data"] {
            assert!(!seen.contains(secret), "{name} sees {secret}");
        }
        assert!(name == "sms" || !seen.contains("keys-sms"), "{name} sees the SMS door's keys");
        assert!(!words(&door["secrets"]).contains(&"ledger_url"), "{name} is told where the ledger is");
        assert!(door["environment"].get("DENGWEN_LEDGER_URL_FILE").is_none(), "{name}");
        assert!(
            words(&door["networks"]).iter().all(|network| !ledger.contains(network)),
            "{name} reaches the ledger"
        );
        let waits: Vec<&String> = door["depends_on"].as_object().expect("conditions").keys().collect();
        assert_eq!(waits, ["keys"], "{name} starts while all behind it is away");
        for mount in words(&door["volumes"]).into_iter().filter(|mount| mount.starts_with("keys-")) {
            assert!(mount.ends_with(":ro"), "{name} may write {mount}");
        }
    }
    assert!(
        volumes(&compose["services"]["triage"]).contains("keys-inner"),
        "the names above are the right ones"
    );
}

#[test]
fn only_doors_and_the_console_are_published_and_on_loopback() {
    let compose = compose();
    for (name, service) in compose["services"].as_object().expect("services") {
        let ports = words(&service["ports"]);
        assert!(
            ports.is_empty() || DOORS.contains(&name.as_str()) || name == "casework",
            "{name} is published"
        );
        assert!(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "{name} is published to all");
    }
}

#[test]
fn what_the_services_are_given_is_declared() {
    let compose = compose();
    let declared = |kind: &str| -> BTreeSet<String> {
        compose[kind].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
    };
    let (named_volumes, networks, secrets) = (declared("volumes"), declared("networks"), declared("secrets"));
    for (name, service) in compose["services"].as_object().expect("services") {
        assert!(volumes(service).iter().all(|volume| named_volumes.contains(*volume)), "{name}: volumes");
        assert!(
            words(&service["networks"]).iter().all(|network| networks.contains(*network)),
            "{name}: networks"
        );
        let given = service["secrets"].as_array().cloned().unwrap_or_default();
        for secret in given {
            let source = secret.as_str().or_else(|| secret["source"].as_str()).expect("a secret's name");
            assert!(secrets.contains(source), "{name}: {source}");
        }
    }
    let scripted = std::fs::read_to_string(root().join("deploy/make-secrets")).expect("deploy/make-secrets");
    for (name, secret) in compose["secrets"].as_object().expect("secrets") {
        let file =
            secret["file"].as_str().and_then(|file| file.strip_prefix("deploy/secrets/")).expect("a file");
        assert!(scripted.contains(&format!("write {file}\n")), "deploy/make-secrets makes {name}");
    }
}

#[test]
fn the_environment_is_one_the_settings_know() {
    let compose = compose();
    let scratch = std::env::temp_dir().join(format!("dengwen-setting-{}", std::process::id()));
    std::fs::write(&scratch, "redis://example/").expect("a file of our own");
    for (name, service) in compose["services"].as_object().expect("services") {
        for (key, value) in service["environment"].as_object().into_iter().flatten() {
            let value = match key.strip_suffix("_FILE") {
                Some(_) => scratch.to_string_lossy().into_owned(),
                None => value.as_str().expect("text").to_owned(),
            };
            if key.starts_with("DENGWEN_") {
                let environment = [(key.clone(), value)].into_iter();
                Settings::load(None, environment).unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
    }
    std::fs::remove_file(scratch).expect("our own file");
}

/// The example with the comment signs before settings taken away (a comment in words has a space).
fn example_in_force() -> String {
    let text = std::fs::read_to_string(root().join("deploy/dengwen.example.toml")).expect("the example");
    let in_force = text.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if setting.starts_with(|first: char| first.is_ascii_lowercase() || first == '[') => {
            setting
        }
        _ => line,
    });
    in_force.collect::<Vec<_>>().join("\n")
}

fn load(text: &str) -> Settings {
    let dir = std::env::temp_dir();
    let path = dir.join(format!("dengwen-example-{}-{}.toml", std::process::id(), text.len()));
    std::fs::write(&path, text).expect("a file of our own");
    let settings = Settings::load(Some(Path::new(&path)), std::iter::empty());
    std::fs::remove_file(&path).expect("our own file");
    settings.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_example_settings_are_the_defaults() {
    let as_it_stands =
        std::fs::read_to_string(root().join("deploy/dengwen.example.toml")).expect("the example");
    assert_eq!(format!("{:?}", load(&as_it_stands)), format!("{:?}", Settings::default()));
    let mut shown = load(&example_in_force());
    assert!(shown.door.casework_url.is_some(), "the settings were put in force");
    // What has no default is shown by an example.
    (shown.door.name, shown.door.casework_url, shown.rules) = (None, None, None);
    // Doors read their own tables, and hold their defaults themselves.
    shown.sms.clear();
    shown.phone.clear();
    shown.letters.clear();
    assert_eq!(format!("{shown:?}"), format!("{:?}", Settings::default()));
}
