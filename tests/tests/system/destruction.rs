//! What somebody destroys in the ledger behind the line's back, `dengwen verify` tells; and it tells nothing of
//! what was put back.

use std::path::{Path, PathBuf};

use dengwen_testkit::{Backends, Kind, Service, System, client};
use reqwest::{Client, multipart};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{all_have_a_disposition, setup, tips::unlike};

/// What is done, how it is put back, and what is told.
const DESTROYED: &[(&str, &str, &str)] = &[
    ("UPDATE tips SET content = ''", PUT_TIPS_BACK, "tip-changed"),
    ("UPDATE tips SET content = reading", PUT_TIPS_BACK, "tip-changed"),
    ("UPDATE tips SET identity = NULL WHERE identity IS NOT NULL", PUT_TIPS_BACK, "tip-changed"),
    ("UPDATE tips SET receipt_hash = decode(md5(id::text), 'hex')", PUT_TIPS_BACK, "tip-changed"),
    ("DELETE FROM tips", "INSERT INTO tips TABLE kept_tips", "tip-missing"),
    (
        "UPDATE mailbox SET text = ''",
        "UPDATE mailbox SET text = k.text FROM kept_mailbox k WHERE k.id = mailbox.id",
        "message-changed",
    ),
    ("DELETE FROM mailbox", "INSERT INTO mailbox TABLE kept_mailbox", "message-missing"),
    (
        "UPDATE cases SET file = ''",
        "UPDATE cases SET file = k.file FROM kept_cases k WHERE k.id = cases.id",
        "case-file-does-not-open",
    ),
    (
        "UPDATE cases SET stage = 'closed'",
        "UPDATE cases SET stage = k.stage FROM kept_cases k WHERE k.id = cases.id",
        "case-column-changed",
    ),
    ("DELETE FROM units", "INSERT INTO units TABLE kept_units", "units-register-empty"),
    ("DELETE FROM links", "INSERT INTO links TABLE kept_links", "link-index-incomplete"),
    ("DELETE FROM link_keys", "INSERT INTO link_keys TABLE kept_link_keys", "link-keys-missing"),
    ("DELETE FROM audit WHERE seq > 3", PUT_AUDIT_BACK, "audit-cut-off"),
    // The counter with it: the signed checkpoint stands against that.
    (
        "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit); UPDATE counters SET last = last - 1 WHERE series = 'audit'",
        "INSERT INTO audit SELECT * FROM kept_audit ORDER BY seq DESC LIMIT 1; UPDATE counters SET last = last + 1 WHERE series = 'audit'",
        "audit-chain: audit record",
    ),
];
const PUT_TIPS_BACK: &str = "UPDATE tips SET content = k.content, identity = k.identity, receipt_hash = k.receipt_hash \
                             FROM kept_tips k WHERE k.id = tips.id";
const PUT_AUDIT_BACK: &str = "INSERT INTO audit SELECT * FROM kept_audit WHERE seq > 3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_destroyed_in_the_ledger_is_told() {
    let mut system = System::in_services(Backends::real().await, setup()).await;
    add_to_a_report(&system, &client()).await;
    for process in system.processes() {
        assert!(process.terminate().await.success());
    }
    let whole = system.run(&["verify"]).await;
    assert!(whole.contains("1 tips, ") && whole.contains("1 messages"), "{whole}");
    for table in ["tips", "mailbox", "cases", "audit", "units", "links", "link_keys"] {
        sql(&system, &format!("CREATE TABLE kept_{table} AS TABLE {table}")).await;
    }
    for (destroy, put_back, told) in DESTROYED {
        sql(&system, destroy).await;
        let output = system.try_run(&["verify"]).await;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && said.contains(&format!("BROKEN {told}")), "{destroy}\n{said}");
        sql(&system, put_back).await;
        system.run(&["verify"]).await;
    }
    a_file_that_was_destroyed_is_told(&system).await;
}

/// The file that came with the report is taken away, and cut off.
async fn a_file_that_was_destroyed_is_told(system: &System) {
    let path = the_file(&system.data(None).with_file_name("objects"));
    let whole = std::fs::read(&path).expect("a sealed file");
    std::fs::remove_file(&path).expect("removed");
    let told = system.try_run(&["verify"]).await;
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(!told.status.success() && said.contains("BROKEN file-missing: tip_"), "{said}");
    std::fs::write(&path, &whole[..whole.len() - 1]).expect("written");
    let told = system.try_run(&["verify"]).await;
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(!told.status.success() && said.contains("BROKEN file-of-another-length: tip_"), "{said}");
    std::fs::write(&path, &whole).expect("written");
    assert!(system.run(&["verify"]).await.contains(", 1 files, "));
}

/// The only file somewhere in a directory.
fn the_file(directory: &Path) -> PathBuf {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let found = entries.map(|entry| entry.expect("an entry").path());
    let mut files = found.map(|path| if path.is_dir() { the_file(&path) } else { path });
    let file = files.next().expect("a file");
    assert!(files.next().is_none(), "one file");
    file
}

/// A report with a name and a file, and what its reporter adds.
async fn add_to_a_report(system: &System, client: &Client) {
    let mut tip = unlike(0);
    tip["reporter"] = json!({"name": "吴望舒", "phone": "13900000123"});
    let file = multipart::Part::bytes("会议记录".as_bytes().to_vec()).file_name("a.txt");
    let form = multipart::Form::new().text("tip", tip.to_string()).part("file", file);
    let taken = client.post(system.url(Service::Web, "/api/v1/tips")).multipart(form).send().await;
    let taken: Value = taken.expect("an answer").json().await.expect("JSON");
    let receipt = taken["receipt"].as_str().expect("a receipt").to_owned();
    all_have_a_disposition(system, std::slice::from_ref(&receipt)).await;
    let digits: String = receipt.split(' ').collect();
    let added = client
        .post(system.url(Service::Web, "/api/v1/tips/mine/messages"))
        .header("Authorization", format!("Receipt {digits}"))
        .json(&json!({"text": "补充：会议记录存放在该局档案室。"}))
        .send()
        .await
        .expect("an answer");
    assert_eq!(added.status(), 201);
}

async fn sql(system: &System, statements: &str) {
    let url = system.backends().server(Kind::Postgres).url();
    let psql = ["--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--dbname", url, "--command"];
    let output = Command::new("psql").args(psql).arg(statements).output().await.expect("psql can be run");
    assert!(output.status.success(), "{statements}\n{}", String::from_utf8_lossy(&output.stderr));
}
