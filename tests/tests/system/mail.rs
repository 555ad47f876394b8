//! A reporter adds words and a file while casework cannot take them: told that they are safe, they are in the
//! case afterwards, once. And an identity is opened where services are processes of their own.

use std::path::Path;

use dengwen_ledger::{Ledger, UnitOfWork};
use dengwen_ledger_sqlite::SqliteLedger;
use dengwen_testkit::{Backends, Service, System, client, until};
use reqwest::{Client, RequestBuilder, multipart};
use serde_json::{Value, json};

use crate::{LONG, all_have_a_disposition, setup, tips::unlike};

const WORDS: &str = "补充：会议记录存放在该局档案室。";
const FILE: &str = "会议记录";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_sent_while_casework_is_down_is_in_the_case_once() {
    let mut system = System::in_services(Backends::real().await, setup()).await;
    let (client, receipt, case) = reported(&system).await;
    system.process(Service::Casework).kill().await;
    add_twice(&system, &client, &receipt).await;
    // A door that dies meanwhile has it on disk.
    system.process(Service::Web).kill().await;
    system.process(Service::Web).start_again().await;
    system.process(Service::Casework).start_again().await;
    is_there_once(&system, &client, &receipt, &case).await;
    the_custodian_opens_the_identity(&system, &client, &case).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_sent_while_the_ledger_cannot_write_is_in_the_case_once() {
    let system = System::in_one(Backends::embedded(), setup()).await;
    let (client, receipt, case) = reported(&system).await;
    let held = hold(&system.data(None).join("ledger.db")).await;
    add_twice(&system, &client, &receipt).await;
    held.roll_back().await.expect("let go");
    is_there_once(&system, &client, &receipt, &case).await;
}

/// Takes the ledger's write lock, as a process that writes long does.
async fn hold(path: &Path) -> Box<dyn UnitOfWork> {
    let ledger = SqliteLedger::open(&format!("sqlite://{}", path.display()));
    until("the ledger's one writer", LONG, || async { ledger.begin().await.ok() }).await
}

/// A report whose case is with a unit: its receipt in digits, and the case as its officer reads it.
async fn reported(system: &System) -> (Client, String, Case) {
    let client = client();
    let mut tip = unlike(0);
    tip["reporter"] = json!({"name": "吴望舒", "phone": "13900000123"});
    let taken = answer(client.post(system.url(Service::Web, "/api/v1/tips")).json(&tip), 201).await;
    let receipt = taken["receipt"].as_str().expect("a receipt").to_owned();
    all_have_a_disposition(system, std::slice::from_ref(&receipt)).await;
    let reader = system.token("leader", None).await;
    let list = client.get(system.url(Service::Casework, "/api/v1/cases")).bearer_auth(&reader);
    let listed = answer(list, 200).await;
    let case = listed["cases"][0]["case_id"].as_str().expect("a case").to_owned();
    (client, receipt.split(' ').collect(), Case { path: format!("/api/v1/cases/{case}"), reader })
}

struct Case {
    path: String,
    reader: String,
}

/// Sends words and a file twice under one key, and is told each time that they are safe.
async fn add_twice(system: &System, client: &Client, receipt: &str) {
    for _ in 0..2 {
        let file = multipart::Part::bytes(FILE.as_bytes().to_vec()).file_name("a.txt");
        let form = multipart::Form::new().text("text", WORDS).part("file", file);
        let request = client
            .post(system.url(Service::Web, "/api/v1/tips/mine/messages"))
            .header("Authorization", format!("Receipt {receipt}"))
            .header("Idempotency-Key", "added-while-away")
            .multipart(form);
        answer(request, 201).await;
    }
}

async fn is_there_once(system: &System, client: &Client, receipt: &str, case: &Case) {
    let mine = client
        .get(system.url(Service::Web, "/api/v1/tips/mine"))
        .header("Authorization", format!("Receipt {receipt}"));
    until("the reporter's own message", LONG, || async {
        let seen: Value = mine.try_clone()?.send().await.ok()?.json().await.ok()?;
        (seen["messages"][0]["text"] == WORDS).then_some(())
    })
    .await;
    // And one more, so that a second copy of the first has had its time to come.
    let last = client
        .post(system.url(Service::Web, "/api/v1/tips/mine/messages"))
        .header("Authorization", format!("Receipt {receipt}"))
        .json(&json!({"text": "完"}));
    answer(last, 201).await;
    let read = |path: &str| client.get(system.url(Service::Casework, path)).bearer_auth(&case.reader);
    let messages = until("both messages in the case", LONG, || async {
        let shown: Value = read(&case.path).send().await.ok()?.json().await.ok()?;
        let messages = shown["tips"][0]["messages"].as_array()?.clone();
        messages.iter().any(|message| message["text"] == "完").then_some(messages)
    })
    .await;
    assert_eq!(messages.iter().filter(|message| message["text"] == WORDS).count(), 1, "{messages:?}");
    let file = messages[0]["files"][0]["file"].as_str().expect("its file");
    let opened = read(&format!("{}/files/{file}", case.path)).send().await.expect("an answer");
    assert_eq!(opened.text().await.expect("a body"), FILE);
}

async fn the_custodian_opens_the_identity(system: &System, client: &Client, case: &Case) {
    let shown =
        answer(client.get(system.url(Service::Casework, &case.path)).bearer_auth(&case.reader), 200).await;
    let tip = shown["tips"][0]["tip_id"].as_str().expect("an id");
    let custodian = system.token("custodian", None).await;
    let body = json!({"reason": "联系举报人核实证据", "second_person": case.reader});
    let path = system.url(Service::Casework, &format!("/api/v1/tips/{tip}/identity"));
    let opened = answer(client.post(&path).bearer_auth(&custodian).json(&body), 200).await;
    assert_eq!(opened["identity"]["phone"], "13900000123");
    answer(client.post(&path).bearer_auth(&case.reader).json(&body), 403).await;
}

async fn answer(request: RequestBuilder, expected: u16) -> Value {
    let answer = request.send().await.expect("an answer");
    let (status, body) = (answer.status(), answer.text().await.expect("a body"));
    assert_eq!(status, expected, "{body}");
    serde_json::from_str(&body).unwrap_or_else(|_| panic!("not JSON: {body}"))
}
