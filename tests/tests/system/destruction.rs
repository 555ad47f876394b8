//! What somebody destroys in the ledger behind the line's back, `dengwen verify` tells; and it tells nothing of
//! what was put back.

use dengwen_testkit::{Backends, Kind, Service, System, client};
use reqwest::Client;
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
    for table in ["tips", "mailbox", "cases", "audit"] {
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
}

/// A report with a name, and what its reporter adds.
async fn add_to_a_report(system: &System, client: &Client) {
    let mut tip = unlike(0);
    tip["reporter"] = json!({"name": "吴望舒", "phone": "13900000123"});
    let taken = client.post(system.url(Service::Web, "/api/v1/tips")).json(&tip).send().await;
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
