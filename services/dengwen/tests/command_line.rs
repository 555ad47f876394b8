//! The command line as an administrator meets it.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn dengwen(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dengwen"));
    command.args(args).arg("--data").arg(data).env_clear().env("RUST_BACKTRACE", "1");
    command
}

fn run(data: &Path, args: &[&str]) -> Output {
    dengwen(data, args).output().expect("dengwen can be run")
}

/// The one line on standard error of a command that fails and prints nothing else.
fn refusal(data: &Path, args: &[&str]) -> String {
    let output = run(data, args);
    assert!(!output.status.success(), "{args:?} succeeded");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    let told = String::from_utf8(output.stderr).expect("text");
    assert_eq!(told.lines().count(), 1, "{told}");
    told
}

#[test]
fn a_token_that_would_open_nothing_is_not_issued() {
    let data = tempfile::tempdir().expect("a directory");
    let issue = |rest: &[&'static str]| [&["token", "issue", "--name", "x", "--role"], rest].concat();
    for role in ["officer", "investigator"] {
        assert!(refusal(data.path(), &issue(&[role])).contains("--unit"));
    }
    for role in ["officer", "supervisor"] {
        let told = refusal(data.path(), &issue(&[role, "--unit", "990199-ZZB"]));
        assert!(told.contains("990199-ZZB") && told.contains("units register"), "{told}");
    }
    let taken: [&[&'static str]; 4] = [
        &["officer", "--unit", "990100-ZZB"],
        &["supervisor"],
        &["dispatcher"],
        &["intake", "--unit", "990000-ZZB"],
    ];
    for rest in taken {
        let output = run(data.path(), &issue(rest));
        assert!(output.status.success(), "{rest:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).expect("text").lines().count(), 1);
    }
}

#[test]
fn the_unit_of_a_token_is_looked_for_in_the_register_that_was_imported() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("units.yaml");
    std::fs::write(
        &file,
        "- {code: 110100-ZZB, name: 中共乙市委组织部, kind: organisation, level: city, region: \"110100\"}\n",
    )
    .expect("written");
    let file = file.to_str().expect("UTF-8");
    assert!(run(data.path(), &["units", "import", file]).status.success());
    let of = |unit| ["token", "issue", "--name", "x", "--role", "officer", "--unit", unit];
    assert!(run(data.path(), &of("110100-ZZB")).status.success());
    refusal(data.path(), &of("990100-ZZB"));
}

#[test]
fn a_misspelt_key_of_a_register_stops_its_import() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("units.yaml");
    std::fs::write(
        &file,
        "- code: 110100-ZZB\n  name: 乙\n  kind: other\n  level: city\n  region: \"110100\"\n  member: []\n",
    )
    .expect("written");
    let told = refusal(data.path(), &["units", "import", file.to_str().expect("UTF-8")]);
    assert!(told.contains("units.yaml:6:") && told.contains("`member`"), "{told}");
}

#[test]
fn a_register_that_nobody_could_work_with_is_not_imported() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("units.yaml");
    let path = file.to_str().expect("UTF-8");
    let sound = "- code: 110100-ZZB\n  name: 乙\n  kind: organisation\n  level: city\n  region: \"110100\"\n  \
                 handles: true\n- code: 110121-JYJ\n  name: 丙\n  kind: other\n  level: county\n  region: \"110121\"\n";
    let changes = [
        ("region: \"110121\"", "region: zz", 11, "zz"),
        ("region: \"110121\"", "region: 110121", 11, "quotes"),
        ("region: \"110121\"\n", "region: \"110121\"\n  manages: [{rank_code: \"zzzz\"}]\n", 12, "zzzz"),
        ("handles: true\n", "handles: true\n  parent: 110121-JYJ\n", 7, "110121-JYJ"),
        ("region: \"110121\"\n", "region: \"110121\"\n  serves: 110121-JYJ\n", 12, "110121-JYJ"),
        ("handles: true", "handles: false", 1, "handles"),
        ("region: \"110121\"\n", "region: \"110121\"\n  serves: 110199-XW\n", 12, "110199-XW"),
        ("region: \"110121\"\n", "region: \"110121\"\n  parent: 110199-ZZB\n", 12, "110199-ZZB"),
        ("region: \"110121\"\n", "region: \"110121\"\n  leaders:\n    - name: \"\"\n", 13, "leader"),
        (
            "region: \"110121\"\n",
            "region: \"110121\"\n  members: [{name: 某甲}, {name: \" \"}]\n",
            12,
            "member",
        ),
    ];
    for (from, to, line, named) in changes {
        std::fs::write(&file, sound.replace(from, to)).expect("written");
        let told = refusal(data.path(), &["units", "import", path]);
        assert!(told.contains(&format!("units.yaml:{line}:")) && told.contains(named), "{told}");
    }
    assert!(run(data.path(), &["units", "list"]).stdout.is_empty(), "nothing was imported");
    for nothing in ["", "# nothing yet\n", "[]\n"] {
        std::fs::write(&file, nothing).expect("written");
        let told = refusal(data.path(), &["units", "import", path]);
        assert!(told.contains("units.yaml: no units"), "{told}");
    }
    let twice =
        sound.replace("name: 丙", "name: 丙\n  short_names: [乙]").replace("\"110121\"", "\"110100\"");
    std::fs::write(&file, twice).expect("written");
    let output = run(data.path(), &["units", "import", path]);
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success() && told.contains("units.yaml:7: ") && told.contains("(line 1)"),
        "{told}"
    );
    std::fs::write(&file, sound).expect("written");
    assert!(run(data.path(), &["units", "import", path]).status.success());
}

#[test]
fn all_that_is_wrong_with_a_register_is_told_at_once() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("units.yaml");
    let text = "- code: 110100-ZZB\n  name: 乙\n  kind: organisation\n  level: city\n  region: \"110100\"\n  \
                serves: 110100-XW\n  leaders: [{name: \"\"}]\n";
    std::fs::write(&file, text).expect("written");
    let output = run(data.path(), &["units", "import", file.to_str().expect("UTF-8")]);
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(
        !output.status.success() && told.contains("units.yaml:6:") && told.contains("units.yaml:7:"),
        "{told}"
    );
}

#[test]
fn each_role_is_explained() {
    let data = tempfile::tempdir().expect("a directory");
    let help = run(data.path(), &["token", "issue", "--help"]).stdout;
    let help = String::from_utf8(help).expect("text");
    for role in [
        "intake",
        "screener",
        "dispatcher",
        "officer",
        "investigator",
        "supervisor",
        "head",
        "leader",
        "custodian",
        "analyst",
        "auditor",
        "admin",
    ] {
        assert!(help.contains(role), "{role}\n{help}");
    }
}

/// What only looks, or changes what is there.
const LOOKING: &[&[&str]] = &[
    &["units", "list"],
    &["user", "list"],
    &["user", "disable", "--name", "x"],
    &["user", "password", "--name", "x"],
    &["train", "--list"],
    &["train"],
    &["verify"],
    &["report"],
    &["parked", "list"],
    &["token", "withdraw"],
];

#[test]
fn where_there_is_no_line_it_is_told_and_none_is_made() {
    let home = tempfile::tempdir().expect("a directory");
    let backup = home.path().join("backup");
    let backup = ["backup", backup.to_str().expect("UTF-8")];
    let (empty, missing) = (home.path().join("empty"), home.path().join("missing"));
    std::fs::create_dir(&empty).expect("made");
    for data in [&empty, &missing] {
        for args in LOOKING.iter().copied().chain([&backup[..]]) {
            assert!(refusal(data, args).contains("no line here yet"), "{args:?}");
        }
        let output = run(data, &["doctor"]);
        let told = String::from_utf8(output.stdout).expect("text");
        assert!(
            !output.status.success()
                && told.contains("line     FAILS: ")
                && told.contains("no line here yet")
        );
        assert_eq!(told.matches("FAILS").count(), 1, "{told}");
    }
    assert_eq!(std::fs::read_dir(&empty).expect("there").count(), 0, "nothing was made");
    assert_eq!(std::fs::read_dir(home.path()).expect("there").count(), 1, "nothing was made");
}

#[test]
fn a_token_for_a_line_that_is_to_come_is_told_to_be_one() {
    let data = tempfile::tempdir().expect("a directory");
    let issue = ["token", "issue", "--name", "x", "--role", "officer", "--unit", "990100-ZZB"];
    let told = |output: Output| String::from_utf8(output.stderr).expect("text");
    let first = run(data.path(), &issue);
    assert!(first.status.success() && told(first).contains("no line here yet"));
    assert!(!data.path().join("ledger.db").exists(), "looking for the unit makes no ledger");
    assert!(run(data.path(), &["user", "add", "--name", "y", "--role", "admin"]).status.success());
    assert_eq!(told(run(data.path(), &issue)), "");
}

#[test]
fn a_lost_password_is_replaced() {
    let data = tempfile::tempdir().expect("a directory");
    let given = |args: &[&str]| {
        let output = run(data.path(), args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let first = given(&["user", "add", "--name", "wang", "--role", "intake"]);
    let second = given(&["user", "password", "--name", "wang"]);
    assert!(second.starts_with("one-time password: ") && first != second, "{second}");
    assert!(refusal(data.path(), &["user", "password", "--name", "li"]).contains("no account"));
    given(&["user", "disable", "--name", "wang"]);
    assert!(given(&["user", "list"]).contains("disabled"));
    assert!(refusal(data.path(), &["user", "password", "--name", "wang"]).contains("disabled"));
}

#[test]
fn what_is_done_on_the_command_line_stands_in_the_audit_log() {
    let data = tempfile::tempdir().expect("a directory");
    assert!(run(data.path(), &["user", "add", "--name", "y", "--role", "admin"]).status.success());
    let noted = || {
        let told = String::from_utf8(run(data.path(), &["verify"]).stdout).expect("text");
        let entry =
            told.lines().find_map(|line| line.strip_prefix("audit log: entry ")).expect("its end").to_owned();
        entry.split(',').next().and_then(|number| number.parse::<u32>().ok()).expect("a number")
    };
    let before = noted();
    for done in [
        &["token", "issue", "--name", "x", "--role", "admin"][..],
        &["keys", "rotate", "token"],
        &["user", "password", "--name", "y"],
        &["user", "disable", "--name", "y"],
    ] {
        assert!(run(data.path(), done).status.success(), "{done:?}");
    }
    assert_eq!(noted(), before + 4);
}

#[test]
fn a_doctor_says_what_the_first_start_makes_and_makes_nothing() {
    let data = tempfile::tempdir().expect("a directory");
    assert!(run(data.path(), &["keys", "generate"]).status.success());
    let output = run(data.path(), &["doctor"]);
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success() && told.contains("keys     ok") && told.contains("the first start"),
        "{told}"
    );
    let made: Vec<_> =
        std::fs::read_dir(data.path()).expect("there").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(made, ["keys"]);
}

#[test]
fn two_do_not_serve_one_data_directory() {
    let data = tempfile::tempdir().expect("a directory");
    let up = ["up", "--listen", "127.0.0.1:0"];
    let mut first =
        dengwen(data.path(), &up).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut lines = BufReader::new(first.stdout.take().expect("piped")).lines();
    assert!(lines.any(|line| line.expect("text").starts_with("listening on")));
    let told = refusal(data.path(), &up);
    assert!(told.contains("another `dengwen up`"), "{told}");
    // Administration goes on beside it.
    assert!(run(data.path(), &["user", "list"]).status.success());

    // However it ends, the next may serve.
    first.kill().expect("killed");
    first.wait().expect("ended");
    let mut next =
        dengwen(data.path(), &up).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut lines = BufReader::new(next.stdout.take().expect("piped")).lines();
    assert!(lines.any(|line| line.expect("text").starts_with("listening on")));
    next.kill().expect("killed");
    next.wait().expect("ended");
}

#[test]
fn a_line_that_a_mistyped_directory_made_is_told() {
    let home = tempfile::tempdir().expect("a directory");
    let (one, other) = (home.path().join("one"), home.path().join("other"));
    let file = home.path().join("units.yaml");
    std::fs::write(
        &file,
        "- {code: 990100-ZZB, name: 甲, kind: organisation, level: city, region: \"990100\", handles: true}\n",
    )
    .expect("written");
    let import = ["units", "import", file.to_str().expect("UTF-8")];
    for (data, first) in [(&one, &["user", "add", "--name", "y", "--role", "admin"][..]), (&other, &import)] {
        let told = |args: &[&str]| {
            let output = run(data, args);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stderr).expect("text")
        };
        let said = told(first);
        assert!(
            said.contains("a new one was made") && said.contains(data.to_str().expect("UTF-8")),
            "{said}"
        );
        assert_eq!(told(&import), "", "it is there now");
    }
}

/// What a running line leaves in its data directory.
fn served(data: &Path) {
    assert!(run(data, &["user", "add", "--name", "y", "--role", "admin"]).status.success());
    assert!(run(data, &["verify"]).status.success());
    assert!(data.join("audit-checkpoint.json").exists());
}

#[test]
fn a_ledger_that_is_gone_is_not_begun_anew() {
    let data = tempfile::tempdir().expect("a directory");
    served(data.path());
    for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        std::fs::remove_file(data.path().join(file)).ok();
    }
    let output = run(data.path(), &["doctor"]);
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(!output.status.success() && told.contains("ledger   FAILS: the ledger is gone"), "{told}");
    let add = ["user", "add", "--name", "z", "--role", "admin"];
    for args in [&["up", "--listen", "127.0.0.1:0"][..], &add, &["verify"], &["user", "list"]] {
        assert!(refusal(data.path(), args).contains("the ledger is gone"), "{args:?}");
    }
    assert!(!data.path().join("ledger.db").exists());
    std::fs::remove_file(data.path().join("audit-checkpoint.json")).expect("removed");
    assert!(run(data.path(), &add).status.success());
}

#[test]
fn what_an_administrator_does_is_proven() {
    let data = tempfile::tempdir().expect("a directory");
    served(data.path());
    let token = run(data.path(), &["token", "issue", "--name", "x", "--role", "admin"]).stdout;
    let mut withdraw =
        dengwen(data.path(), &["token", "withdraw"]).stdin(Stdio::piped()).spawn().expect("started");
    std::io::Write::write_all(&mut withdraw.stdin.take().expect("piped"), &token).expect("written");
    assert!(withdraw.wait().expect("ended").success());
    assert!(run(data.path(), &["user", "disable", "--name", "y"]).status.success());
    let told = String::from_utf8(run(data.path(), &["verify"]).stdout).expect("text");
    assert!(told.contains("every promise holds") && !told.contains("not proven"), "{told}");
}

/// Lines that are no case of any dry run: an array, blanks, broken JSON, not UTF-8, other values, nested too deep, and an
/// object without what is asked for.
fn unusable() -> Vec<u8> {
    let mut lines = b"[\"x\"]\n\n  \n{\"id\":1,\n\xff\xfe\n\"text\"\nnull\n42\n{\"id\":\"a\"}\n".to_vec();
    lines.extend(b"[".repeat(100_000));
    lines
}

#[test]
fn a_dry_run_answers_each_line_that_cannot_be_used_and_ends_with_1() {
    let data = tempfile::tempdir().expect("a directory");
    for what in ["classify", "link", "route", "deadline", "sms"] {
        let mut run = dengwen(data.path(), &["try", what])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut input = run.stdin.take().expect("piped");
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, &unusable()));
        let output = run.wait_with_output().expect("ended");
        writer.join().expect("written").expect("written");
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(String::from_utf8(output.stderr).expect("text").contains("could not be used: 8"), "{what}");
        let answers = String::from_utf8(output.stdout).expect("text");
        let answers: Vec<serde_json::Value> =
            answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert!(answers.iter().all(|answer| answer["error"].is_string()), "{what}: {answers:?}");
        let ids: Vec<&serde_json::Value> = answers.iter().map(|answer| &answer["id"]).collect();
        assert_eq!(ids.iter().filter(|id| id.is_null()).count(), 7, "{what}: {ids:?}");
        assert_eq!(ids[6], "a", "{what}");
    }
    assert_eq!(std::fs::read_dir(data.path()).expect("there").count(), 0, "nothing was made");
}
