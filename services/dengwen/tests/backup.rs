//! A backup of a line that runs, restored elsewhere: everything is there, and it goes on.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Nothing here takes so long, however busy the machine is.
const TOO_LONG: Duration = Duration::from_secs(180);

fn dengwen(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dengwen"));
    command.args(args).arg("--data").arg(data).env_clear().kill_on_drop(true);
    command
}

/// Whether it went well, and what it said.
async fn run(data: &Path, args: &[&str]) -> (bool, String) {
    let output = dengwen(data, args).output().await.expect("dengwen can be run");
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(told).expect("text"))
}

struct Line {
    process: Child,
    address: String,
}

/// The whole line on this data directory.
async fn up(data: &Path) -> Line {
    let mut command = dengwen(data, &["up", "--listen", "127.0.0.1:0"]);
    command.env("DENGWEN_DANGEROUS_LIMITS_OFF", "1");
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
    loop {
        let line = lines.next_line().await.expect("text").expect("it listens");
        if let Some(address) = line.strip_prefix("listening on ") {
            return Line { process, address: address.to_owned() };
        }
    }
}

impl Line {
    /// The state of a tip by its receipt.
    async fn state(&self, client: &reqwest::Client, receipt: &str) -> String {
        let digits: String = receipt.split(' ').collect();
        let mine = client.get(format!("{}/api/v1/tips/mine", self.address));
        let answer =
            mine.header("authorization", format!("Receipt {digits}")).send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        answer["state"].as_str().unwrap_or_default().to_owned()
    }
}

/// A line with tips that reached their units; their receipts.
async fn with_tips(line: &Line, client: &reqwest::Client) -> Vec<String> {
    let mut receipts = Vec::new();
    for (org, sum) in [("清岚县交通运输局", "三"), ("怀渠县教育局", "五"), ("永嵩县水利局", "八")]
    {
        let tip =
            json!({"text": format!("举报{org}局长，提拔股长每人收{sum}万元。"), "subject": {"org": org}});
        let taken = client.post(format!("{}/api/v1/tips", line.address)).json(&tip).send().await;
        let taken: Value = taken.expect("taken").json().await.expect("JSON");
        receipts.push(taken["receipt"].as_str().expect("a receipt").to_owned());
    }
    let passed_on = async {
        for receipt in &receipts {
            while line.state(client, receipt).await != "in_progress"
                && line.state(client, receipt).await != "passed_on"
            {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(TOO_LONG, passed_on).await.expect("they reach their units");
    receipts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_line_is_backed_up_and_goes_on_elsewhere() {
    let home = tempfile::tempdir().expect("a directory");
    let place = |name: &str| home.path().join(name);
    let text = |name: &str| place(name).to_str().expect("UTF-8").to_owned();
    let client = dengwen_http::client(dengwen_http::ClientLimits::INSIDE).expect("a client");
    let mut first = up(&place("first")).await;
    let receipts = with_tips(&first, &client).await;

    let (well, told) = run(&place("first"), &["backup", &text("backup"), "--with-keys"]).await;
    assert!(well && told.contains("WARNING"), "{told}");
    let (well, told) = run(&place("first"), &["backup", &text("sealed")]).await;
    assert!(well && !place("sealed/keys").exists(), "{told}");
    assert!(!first.state(&client, &receipts[0]).await.is_empty(), "it serves on");
    let (well, _) = run(&place("first"), &["backup", &text("backup")]).await;
    assert!(!well, "the directory is not empty");
    first.process.kill().await.expect("killed");

    let (well, told) = run(&place("second"), &["restore", &text("backup")]).await;
    assert!(well && told.contains("3 tips, ") && told.contains("every promise holds"), "{told}");
    let (well, told) = run(&place("second"), &["restore", &text("backup")]).await;
    assert!(!well && told.contains("not empty"), "{told}");
    let second = up(&place("second")).await;
    for receipt in &receipts {
        assert!(!second.state(&client, receipt).await.is_empty(), "the receipt opens its tip");
    }

    // One without keys waits for them.
    let (well, told) = run(&place("third"), &["restore", &text("sealed")]).await;
    assert!(!well && told.contains("no keys"), "{told}");
    let (well, _) = run(&place("stranger"), &["keys", "generate"]).await;
    assert!(well);
    copy(&place("first/keys"), &place("third/keys"));
    let (well, told) = run(&place("third"), &["restore", &text("sealed")]).await;
    assert!(well, "{told}");
    copy(&place("stranger/keys"), &place("fourth/keys"));
    let (well, told) = run(&place("fourth"), &["restore", &text("sealed")]).await;
    assert!(!well && told.contains("BROKEN"), "another line's keys open nothing: {told}");

    // What was changed on the way is not restored.
    let ledger = place("backup/ledger.db");
    let mut bytes = std::fs::read(&ledger).expect("the ledger");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&ledger, bytes).expect("written");
    let (well, told) = run(&place("fifth"), &["restore", &text("backup")]).await;
    assert!(!well && told.contains("ledger.db") && !place("fifth").exists(), "{told}");
}

/// Keeps modes: keys that others could read are refused.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("there").flatten() {
        match entry.file_type().expect("known").is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied")),
        }
    }
}
