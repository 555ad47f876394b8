//! Opening an identity: the custodian, with a reason and a second person, and never unseen.

use dengwen_model::Role;
use serde_json::json;

use crate::bench::Bench;
use crate::seed::Seed;

#[tokio::test]
async fn the_custodian_opens_it_with_a_second_person_and_leaves_a_record() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let custodian = bench.token(Role::Custodian, None, "custodian");
    let path = format!("/api/v1/tips/{}/identity", seeded.tips[0]);
    let body = json!({"reason": "联系举报人核实证据", "second_person": bench.leader()});
    let opened = bench.post(&path, &custodian, body).await.ok();
    assert_eq!(opened["identity"]["phone"], "13900000123");
    assert_eq!(opened["second_person"], "leader");
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let entries = work.audit_of(&seeded.case.to_string()).await.unwrap();
    let entry = &entries.last().unwrap().entry;
    assert_eq!((entry.action.as_str(), entry.actor.as_str()), ("identity.opened", "custodian"));
    assert!(entry.reason.contains("second person leader") && !entry.reason.contains("证据"));
}

#[tokio::test]
async fn nobody_stands_for_it_but_a_supervisor_or_leader_in_person() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let custodian = bench.token(Role::Custodian, None, "custodian");
    let path = format!("/api/v1/tips/{}/identity", seeded.tips[0]);
    for second in [
        "leader".to_owned(),
        custodian.clone(),
        bench.officer(),
        bench.token(Role::Admin, None, "admin"),
        bench.token(Role::Custodian, None, "another"),
        format!("{}x", bench.leader()),
    ] {
        let body = json!({"reason": "联系举报人", "second_person": second});
        bench.post(&path, &custodian, body).await.refused(403, "second-person");
    }
    let body = json!({"reason": " ", "second_person": bench.leader()});
    bench.post(&path, &custodian, body).await.refused(422, "validation");
    for role in [Role::Officer, Role::Screener, Role::Supervisor, Role::Leader, Role::Admin, Role::Auditor] {
        let token = bench.token(role, None, "somebody");
        let body = json!({"reason": "联系举报人", "second_person": bench.leader()});
        bench.post(&path, &token, body).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn an_anonymous_tip_has_nothing_to_open() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { identity: false, ..Seed::default() }).await;
    let custodian = bench.token(Role::Custodian, None, "custodian");
    let path = format!("/api/v1/tips/{}/identity", seeded.tips[0]);
    let body = json!({"reason": "联系举报人", "second_person": bench.supervisor()});
    bench.post(&path, &custodian, body).await.refused(404, "anonymous");
}
