//! Many at once, on both ledgers: nobody gets what another has, and nothing is done twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use dengwen_casework::{Desk, LocalDesk};
use dengwen_door::ReceiptDesk;
use dengwen_model::MessageContent;
use serde_json::json;

use crate::bench::{Bench, COUNTY};
use crate::officers_day::{conclusion, report};
use crate::pulling::{ids, pull_at};
use crate::seed::Seed;

async fn pull_at_once(bench: Bench) {
    const ITEMS: usize = 24;
    let bench = Arc::new(bench);
    for _ in 0..ITEMS {
        bench.seed(Seed::default()).await;
    }
    let pulls = (0..8).map(|_| {
        let (bench, token) = (bench.clone(), bench.officer());
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let got = ids(&bench.post(&pull_at(COUNTY), &token, json!({"max": 2})).await.ok());
                if got.is_empty() {
                    return mine;
                }
                mine.extend(got);
            }
        })
    });
    let mut all = Vec::new();
    for pull in pulls.collect::<Vec<_>>() {
        all.extend(pull.await.unwrap());
    }
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (ITEMS, ITEMS), "every item once");
}

async fn decide_at_once(bench: Bench) {
    let bench = Arc::new(bench);
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
    let decisions = (0..6).map(|turn| {
        let (bench, token, path) = (bench.clone(), bench.supervisor(), seeded.at_case("/conclude"));
        let outcome = if turn % 2 == 0 { "O3" } else { "O4" };
        tokio::spawn(async move { bench.post(&path, &token, conclusion(outcome)).await.status.as_u16() })
    });
    // Reporters write and officers read at the same time; that must not be in anybody's way.
    let receipts = Arc::new(LocalDesk::new(Desk::new(bench.runtime.clone())));
    let letters = seeded.receipts.iter().flat_map(|receipt| [receipt; 4]).map(|receipt| {
        let (receipts, message) = (receipts.clone(), bench.message(receipt, MessageContent::words("补充")));
        tokio::spawn(async move { receipts.write(&message).await.unwrap() })
    });
    let (decisions, letters) = (decisions.collect::<Vec<_>>(), letters.collect::<Vec<_>>());
    let mut statuses = Vec::new();
    for decision in decisions {
        statuses.push(decision.await.unwrap());
    }
    for letter in letters {
        assert!(letter.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
    let case = bench.get(&seeded.at_case(""), &bench.supervisor()).await.ok();
    let course = case["course"].as_array().unwrap();
    let count = |event: &str| course.iter().filter(|entry| entry["event"]["event"] == event).count();
    assert_eq!(count("concluded"), 1);
    let wrote = course.iter().filter(|entry| entry["event"]["what"] == "reporter_wrote").count();
    assert_eq!(wrote, 8, "no letter was lost or overwritten");
    for tip in case["tips"].as_array().unwrap() {
        assert_eq!(tip["messages"].as_array().unwrap().len(), 4);
    }
}

/// Pulls until there is something: a refused change may hold its rows until the server has rolled it
/// back, and pulling steps over what is locked rather than wait.
async fn pulled(bench: &Bench, token: &str) -> Vec<String> {
    let until_there = async {
        loop {
            let got = ids(&bench.post(&pull_at(COUNTY), token, json!({"max": 1})).await.ok());
            if !got.is_empty() {
                return got;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), until_there).await.unwrap()
}

async fn accept_and_take_back_at_once(bench: Bench) {
    let bench = Arc::new(bench);
    for _ in 0..8 {
        let seeded = Arc::new(bench.seed(Seed::default()).await);
        let (officer, supervisor) = (bench.officer(), bench.supervisor());
        bench.post(&pull_at(COUNTY), &officer, json!({"max": 1})).await.ok();
        let accept = {
            let (bench, seeded) = (bench.clone(), seeded.clone());
            tokio::spawn(
                async move { bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.status },
            )
        };
        let take_back = {
            let (bench, path) = (bench.clone(), seeded.at_case("/reassign"));
            tokio::spawn(
                async move { bench.post(&path, &supervisor, json!({"reason": "回避"})).await.status },
            )
        };
        accept.await.unwrap();
        assert!(take_back.await.unwrap().is_success());
        // Whichever came first, case and assignment tell the same story: it can be pulled again.
        let next = bench.officer();
        assert_eq!(pulled(&bench, &next).await, [seeded.assignment.to_string()]);
        bench.post(&seeded.at_item("/accept"), &next, json!({})).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn officers_who_pull_at_once_never_share_an_item() {
    pull_at_once(Bench::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn officers_who_pull_at_once_never_share_an_item_on_postgres() {
    pull_at_once(Bench::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_decisions_at_once_one_stands() {
    decide_at_once(Bench::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_decisions_at_once_one_stands_on_postgres() {
    decide_at_once(Bench::on_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepting_and_taking_back_at_once_leaves_one_truth() {
    accept_and_take_back_at_once(Bench::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepting_and_taking_back_at_once_leaves_one_truth_on_postgres() {
    accept_and_take_back_at_once(Bench::on_postgres().await).await;
}
