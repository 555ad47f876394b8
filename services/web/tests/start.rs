//! What the web door says where it cannot start.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use std::process::Command;

/// The one line on standard error of a door that does not start.
fn refusal(environment: &[(&str, &str)]) -> String {
    let data = tempfile::tempdir().expect("a directory");
    let mut door = Command::new(env!("CARGO_BIN_EXE_dengwen-web"));
    door.env_clear().env("RUST_BACKTRACE", "1").env("DENGWEN_LOG", "off").args(["--listen", "127.0.0.1:0"]);
    door.arg("--data").arg(data.path()).envs(environment.iter().copied());
    let output = door.output().expect("the door can be run");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(told.lines().count(), 1, "{told}");
    told
}

#[test]
fn a_setting_that_is_missing_or_wrong_is_named_in_one_line() {
    let told = refusal(&[]);
    assert!(told.starts_with("dengwen-web: ") && told.contains("door.casework_url"), "{told}");
    let told = refusal(&[("DENGWEN_CASEWORK_URL", "http://127.0.0.1:1"), ("DENGWEN_QUEUE_URL", "smtp://x")]);
    assert!(told.contains("queue_url"), "{told}");
    let told = refusal(&[
        ("DENGWEN_CASEWORK_URL", "http://127.0.0.1:1"),
        ("DENGWEN_QUEUE_URL", "amqp://127.0.0.1/"),
    ]);
    assert!(told.contains("key file") && told.contains("dengwen keys generate"), "{told}");
}
