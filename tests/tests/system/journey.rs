//! One tip through each of the four doors, to the desk of the unit that has to verify it, and back
//! to the reporter: the same in one process and in services of their own.

use std::collections::BTreeSet;

use dengwen_testkit::{Backends, Service, System, client, until};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::{LONG, all_have_a_disposition, holds_exactly, setup, state, tips::unlike};

/// A gateway that signs nothing: the secret in its path is what it is believed by.
const GATEWAY: &str = r#"
[sms.gateways.main]
kind = "kannel"
path_secret = "a-path-that-nobody-guesses"
default_region = "CN"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tip_through_each_door_reaches_its_unit_with_everything_in_one() {
    let system = System::in_one(Backends::embedded(), setup().settings(GATEWAY)).await;
    from_the_doors_to_the_desk(&system).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tip_through_each_door_reaches_its_unit_with_services_of_their_own() {
    let system = System::in_services(Backends::real().await, setup().settings(GATEWAY)).await;
    from_the_doors_to_the_desk(&system).await;
}

async fn from_the_doors_to_the_desk(system: &System) {
    let client = client();
    let receipt = through_all_doors(system, &client).await;
    let analyst = system.token("analyst", None).await;
    let overview = client.get(system.url(Service::Casework, "/api/v1/overview")).bearer_auth(&analyst);
    let figures = until("the cases of all four tips with units", LONG, || async {
        let figures = answer(overview.try_clone()?, 200).await;
        let with_units = figures["units"].as_object()?.values().filter_map(|unit| unit["cases"].as_u64());
        (with_units.sum::<u64>() == 4).then_some(figures)
    })
    .await;
    all_have_a_disposition(system, std::slice::from_ref(&receipt)).await;
    let mut cases = BTreeSet::new();
    for unit in figures["units"].as_object().expect("units").keys() {
        cases.extend(pull_and_accept(system, &client, unit).await);
    }
    assert_eq!(cases.len(), 4, "each tip is one case, and each case is with one unit");
    assert_eq!(state(system, &client, &receipt).await.as_deref(), Some("in_progress"));
    mailbox(system, &client, &receipt).await;
    holds_exactly(system, 4).await;
}

/// Sends one tip through each door. Gives the receipt of the web's.
async fn through_all_doors(system: &System, client: &Client) -> String {
    let clerk = system.token("intake", Some("990000-ZZB")).await;
    let web = client.post(system.url(Service::Web, "/api/v1/tips")).json(&unlike(0));
    let taken = answer(web, 201).await;
    let call = json!({"text": unlike(1)["text"], "subject": unlike(1)["subject"], "duration_s": 300});
    let phone =
        client.post(system.url(Service::Phone, "/api/v1/phone/calls")).bearer_auth(&clerk).json(&call);
    assert!(answer(phone, 201).await["tip_id"].is_string());
    let letter = json!({"text": unlike(2)["text"], "subject": unlike(2)["subject"], "pages": 2});
    let letters =
        client.post(system.url(Service::Letters, "/api/v1/letters")).bearer_auth(&clerk).json(&letter);
    assert!(answer(letters, 201).await["tip_id"].is_string());
    let text = unlike(3)["text"].as_str().expect("text").to_owned();
    let sms = client.get(system.url(Service::Sms, "/sms/main/inbound/a-path-that-nobody-guesses")).query(&[
        ("from", "+8613900000000"),
        ("to", "12380"),
        ("id", "3f0c1a52-0000-4000-8000-000000000001"),
        ("ts", "1790000000"),
        ("coding", "0"),
        ("charset", "UTF-8"),
        ("text", &text),
    ]);
    let sms = sms.send().await.expect("the SMS door answers");
    assert_eq!(sms.status(), 200, "{}", sms.text().await.unwrap_or_default());
    taken["receipt"].as_str().expect("a receipt").to_owned()
}

/// An officer of the unit pulls all it has and takes it on; a colleague finds nothing left.
async fn pull_and_accept(system: &System, client: &Client, unit: &str) -> Vec<String> {
    let officer = system.token("officer", Some(unit)).await;
    let colleague = system.token("officer", Some(unit)).await;
    let url = system.url(Service::Casework, &format!("/api/v1/units/{unit}/pull"));
    let pull =
        |token: &str| client.post(&url).bearer_auth(token).json(&json!({"max": 50, "lease_minutes": 30}));
    let pulled = answer(pull(&officer), 200).await;
    assert_eq!(
        answer(pull(&colleague), 200).await["items"],
        json!([]),
        "an item is with one officer at a time"
    );
    let mut cases = Vec::new();
    for item in pulled["items"].as_array().expect("items") {
        let due = item["deadlines"].as_array().expect("deadlines").iter().map(|limit| &limit["due"]);
        assert!(due.clone().count() > 0, "every item is dated: {item}");
        assert!(due.into_iter().all(|due| due.as_str().is_some_and(|due| due.len() == 10)), "{item}");
        let id = item["assignment_id"].as_str().expect("an id");
        let accept = system.url(Service::Casework, &format!("/api/v1/assignments/{id}/accept"));
        answer(client.post(accept).bearer_auth(&officer), 200).await;
        cases.push(item["case_id"].as_str().expect("an id").to_owned());
    }
    cases
}

/// The reporter adds to the tip by its receipt, and finds it there.
async fn mailbox(system: &System, client: &Client, receipt: &str) {
    let digits: String = receipt.split(' ').collect();
    let mine = system.url(Service::Web, "/api/v1/tips/mine");
    let signed = |request: RequestBuilder| request.header("Authorization", format!("Receipt {digits}"));
    let message = json!({"text": "补充：会议记录存放在该局档案室。"});
    answer(signed(client.post(format!("{mine}/messages"))).json(&message), 201).await;
    until("the reporter's own message", LONG, || async {
        let seen = answer(signed(client.get(&mine)), 200).await;
        let messages = seen["messages"].as_array()?.clone();
        messages.iter().find(|shown| shown["from"] == "reporter" && shown["text"] == message["text"]).cloned()
    })
    .await;
}

async fn answer(request: RequestBuilder, expected: u16) -> Value {
    let answer = request.send().await.expect("an answer");
    let (status, body) = (answer.status(), answer.text().await.expect("a body"));
    assert_eq!(status, expected, "{body}");
    serde_json::from_str(&body).unwrap_or_else(|_| panic!("not JSON: {body}"))
}
