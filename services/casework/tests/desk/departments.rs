//! Which department decides on a unit's work: the one that commissioned it, never the unit itself.

use dengwen_model::{HandlingForm, Role};
use serde_json::json;

use crate::bench::{Bench, COUNTY, PROVINCE};
use crate::officers_day::{conclusion, report};
use crate::seed::Seed;

const CITY: &str = "990100-ZZB";

#[tokio::test]
async fn the_commissioning_departments_leader_grants_more_time_for_a_supervised_matter() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { handling: HandlingForm::H1, ..Seed::default() }).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    let ask = json!({"rule": "DL-SUP", "reason": "涉及多年账目"});
    bench.post(&seeded.at_item("/extend"), &officer, ask).await.ok();
    let path = seeded.at_case("/approve");
    let grant = || json!({"what": "extension", "rule": "DL-SUP"});
    for unit in [COUNTY, CITY] {
        let leader = bench.token(Role::Leader, Some(unit), "leader");
        bench.post(&path, &leader, grant()).await.refused(403, "other-department");
    }
    let supervisor = bench.token(Role::Supervisor, Some(PROVINCE), "supervisor");
    bench.post(&path, &supervisor, grant()).await.refused(403, "forbidden");
    assert_eq!(bench.limit_of(&seeded, "DL-SUP").await.unwrap()["extensions"], 0);
    bench.post(&path, &bench.token(Role::Leader, Some(PROVINCE), "leader"), grant()).await.ok();
    assert_eq!(bench.limit_of(&seeded, "DL-SUP").await.unwrap()["extensions"], 1);
}

#[tokio::test]
async fn the_handling_unit_neither_waives_nor_reviews_nor_concludes() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    let (leader, head) = (
        bench.token(Role::Leader, Some(COUNTY), "leader"),
        bench.token(Role::Supervisor, Some(COUNTY), "head"),
    );
    let waiver = json!({"what": "waiver", "reason": "x"});
    bench.post(&seeded.at_case("/approve"), &leader, waiver).await.refused(403, "other-department");
    bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
    for own in [&leader, &head] {
        bench
            .post(&seeded.at_case("/conclude"), own, conclusion("O3"))
            .await
            .refused(403, "other-department");
        bench
            .post(&seeded.at_case("/return"), own, json!({"gaps": "x"}))
            .await
            .refused(403, "other-department");
    }
    let line = bench.token(Role::Supervisor, Some(PROVINCE), "line");
    bench.post(&seeded.at_case("/conclude"), &line, conclusion("O3")).await.ok();
}

#[tokio::test]
async fn a_department_concludes_what_it_investigated_itself_by_somebody_else() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { unit: PROVINCE, handling: HandlingForm::H2, ..Seed::default() }).await;
    let pull = format!("/api/v1/units/{PROVINCE}/pull");
    let (first, second) = (
        bench.token(Role::Supervisor, Some(PROVINCE), "first"),
        bench.token(Role::Supervisor, Some(PROVINCE), "second"),
    );
    let third = bench.token(Role::Supervisor, Some(PROVINCE), "third");
    // One begins, another goes on and reports: both investigated.
    for worker in [&first, &second] {
        bench.post(&pull, worker, json!({})).await.ok();
        bench.post(&seeded.at_item("/accept"), worker, json!({})).await.ok();
        if *worker == first {
            bench.post(&seeded.at_item("/release"), worker, json!({})).await.ok();
        }
    }
    bench.post(&seeded.at_item("/report"), &second, report()).await.ok();
    for worker in [&first, &second] {
        bench.post(&seeded.at_case("/conclude"), worker, conclusion("O3")).await.refused(403, "same-person");
    }
    bench.post(&seeded.at_case("/conclude"), &third, conclusion("O3")).await.ok();
}

#[tokio::test]
async fn what_a_later_tip_makes_a_must_sends_the_report_back_first() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let mut record = work.case(seeded.case).await.unwrap().unwrap();
    record.case.must_investigate.push("M3".to_owned());
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    let supervisor = bench.supervisor();
    let refused = bench.post(&seeded.at_case("/conclude"), &supervisor, conclusion("O3")).await;
    assert!(refused.body["detail"].as_str().unwrap().starts_with("M3"), "{}", refused.body);
    refused.refused(422, "finding-missing");
    bench.post(&seeded.at_case("/return"), &supervisor, json!({"gaps": "M3"})).await.ok();
    let mut whole = report();
    whole["findings"][0]["must_investigate"] = json!(["M1", "M3"]);
    bench.post(&seeded.at_item("/report"), &officer, whole).await.ok();
    bench.post(&seeded.at_case("/conclude"), &supervisor, conclusion("O3")).await.ok();
}
