//! A unit's objection to its jurisdiction (管辖异议): nothing moves before somebody else consents.

use dengwen_model::Role;
use serde_json::{Value, json};

use crate::bench::{Bench, COUNTY, OTHER_COUNTY, PROVINCE};
use crate::seed::{Seed, Seeded};

const CITY: &str = "990100-ZZB";

impl Bench {
    /// A case to which its unit objected, and the officer who did.
    async fn objected(&self) -> (Seeded, String) {
        let seeded = self.seed(Seed::default()).await;
        let officer = self.officer();
        self.pull(&officer).await;
        let body = json!({"reason": "不属本单位管理", "proposed_unit": PROVINCE});
        self.post(&seeded.at_item("/object"), &officer, body).await.ok();
        (seeded, officer)
    }

    async fn pull(&self, officer: &str) -> usize {
        let pulled =
            self.post(&format!("/api/v1/units/{COUNTY}/pull"), officer, json!({"max": 50})).await.ok();
        pulled["items"].as_array().unwrap().len()
    }
}

fn uphold() -> Value {
    json!({"decision": "uphold", "reason": "确不属该单位管理"})
}

fn refuse() -> Value {
    json!({"decision": "refuse", "reason": "属该单位管理"})
}

#[tokio::test]
async fn an_objection_moves_nothing_before_it_is_consented_to() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.pull(&officer).await;
    let body = json!({"reason": "不属本单位管理", "proposed_unit": "no-such"});
    bench.post(&seeded.at_item("/object"), &officer, body).await.refused(422, "unknown-unit");
    let body = json!({"reason": "不属本单位管理"});
    let objected = bench.post(&seeded.at_item("/object"), &officer, body).await.ok();
    assert_eq!((&objected["stage"], &objected["state"]), (&json!("objected"), &json!("done")));
    let case = bench.get(&seeded.at_case(""), &officer).await.ok();
    assert_eq!((&case["stage"], &case["unit"]), (&json!("objected"), &json!(COUNTY)), "it has it until then");
    Bench::check_state(bench.limit_of(&seeded, "DL-OBJDEC").await, "open");
    Bench::check_state(bench.limit_of(&seeded, "DL-UNITACC").await, "open");
    assert_eq!(bench.pull(&officer).await, 0, "nobody works on it meanwhile");
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.refused(409, "not-held");
    bench
        .post(&seeded.at_case("/reassign"), &bench.supervisor(), json!({"unit": CITY, "reason": "x"}))
        .await
        .refused(409, "decision-first");
}

#[tokio::test]
async fn what_is_refused_returns_to_the_unit_with_its_limits_unchanged() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.objected().await;
    let due = bench.limit_of(&seeded, "DL-UNITACC").await.unwrap()["due"].clone();
    bench.days_later(1);
    let mut named = refuse();
    named["unit"] = json!(CITY);
    let path = seeded.at_case("/jurisdiction");
    bench.post(&path, &bench.supervisor(), named).await.refused(422, "no-unit-wanted");
    let refused = bench.post(&path, &bench.supervisor(), refuse()).await.ok();
    assert_eq!(refused["stage"], "dispatched");
    Bench::check_state(bench.limit_of(&seeded, "DL-OBJDEC").await, "met");
    let limit = bench.limit_of(&seeded, "DL-UNITACC").await.unwrap();
    assert_eq!((&limit["state"], &limit["due"]), (&json!("open"), &due));
    assert_eq!(bench.pull(&officer).await, 1);
    let again = json!({"reason": "仍不属本单位"});
    bench.post(&seeded.at_item("/object"), &officer, again).await.refused(409, "objection-decided");
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.ok();
    bench.post(&path, &bench.supervisor(), uphold()).await.refused(409, "no-objection");
}

#[tokio::test]
async fn what_is_upheld_leaves_the_unit_and_is_dispatched_again() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.objected().await;
    let upheld = bench.post(&seeded.at_case("/jurisdiction"), &bench.supervisor(), uphold()).await.ok();
    assert_eq!(upheld["stage"], "opened");
    let told = bench.told("cases.*", 1).await;
    assert_eq!(told[0].0, "cases.objected");
    let ids = json!({"case": seeded.case.to_string(), "assignment": seeded.assignment.to_string()});
    assert_eq!(told[0].1["data"], ids);
    Bench::check_state(bench.limit_of(&seeded, "DL-UNITACC").await, "cancelled");
    // The material went back; that there was an item the unit still knows.
    bench.get(&seeded.at_case(""), &officer).await.refused(404, "not-found");
    let head = bench.token(Role::Supervisor, Some(COUNTY), "head");
    bench.get(&seeded.at_case(""), &head).await.refused(404, "not-found");
    let item = bench.get(&seeded.at_item(""), &officer).await.ok();
    assert_eq!((&item["state"], &item["summary"]), (&json!("done"), &json!("")));
    let record = bench.runtime.ledger().read().await.unwrap().case(seeded.case).await.unwrap().unwrap();
    assert_eq!(record.case.excluded, [COUNTY.parse().unwrap()], "not there again by itself");
}

#[tokio::test]
async fn whoever_consents_may_name_the_unit() {
    let bench = Bench::new().await;
    let (seeded, _) = bench.objected().await;
    let path = seeded.at_case("/jurisdiction");
    let named = |unit: &str| json!({"decision": "uphold", "reason": "改由该单位", "unit": unit});
    let supervisor = bench.supervisor();
    bench.post(&path, &supervisor, named("no-such")).await.refused(422, "unknown-unit");
    bench.post(&path, &supervisor, named(COUNTY)).await.refused(409, "override-needed");
    bench.post(&path, &supervisor, named("990121-ZF")).await.refused(409, "unit-barred");
    bench.post(&path, &supervisor, named(OTHER_COUNTY)).await.ok();
    assert_eq!(bench.direction(&seeded).await.as_deref(), Some(OTHER_COUNTY));
}

#[tokio::test]
async fn neither_the_objecting_unit_nor_the_objector_decides() {
    let bench = Bench::new().await;
    let (seeded, _) = bench.objected().await;
    let path = seeded.at_case("/jurisdiction");
    for role in [Role::Supervisor, Role::Leader, Role::Screener] {
        let own = bench.token(role, Some(COUNTY), "own");
        bench.post(&path, &own, uphold()).await.refused(403, "other-department");
        // Between the unit and the department that took the tip in.
        let between = bench.token(role, Some(CITY), "between");
        bench.post(&path, &between, uphold()).await.refused(403, "other-department");
    }
    bench.post(&path, &bench.token(Role::Screener, Some(PROVINCE), "line"), refuse()).await.ok();

    let seeded = bench.seed(Seed::default()).await;
    let worker = bench.token(Role::Supervisor, None, "worker");
    bench.pull(&worker).await;
    bench.post(&seeded.at_item("/object"), &worker, json!({"reason": "x"})).await.ok();
    bench.post(&seeded.at_case("/jurisdiction"), &worker, uphold()).await.refused(403, "same-person");
}

#[tokio::test]
async fn an_objection_is_barred_after_acceptance_and_after_five_working_days() {
    let bench = Bench::new().await;
    let (seeded, other) = (bench.seed(Seed::default()).await, bench.seed(Seed::default()).await);
    let officer = bench.officer();
    let body = || json!({"reason": "不属本单位管理"});
    bench.pull(&officer).await;
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.ok();
    bench.post(&seeded.at_item("/object"), &officer, body()).await.refused(409, "illegal-transition");
    bench.clock.set("2026-03-09T15:59:59Z".parse().unwrap());
    bench.pull(&officer).await;
    bench.clock.set("2026-03-09T16:00:00Z".parse().unwrap());
    bench.post(&other.at_item("/object"), &officer, body()).await.refused(409, "objection-barred");
}
