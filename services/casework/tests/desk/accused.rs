//! What the reported person, and the unit that handles the case, never do: hold it, learn who reported, decide on it.

use dengwen_ledger::StaffRecord;
use dengwen_model::{Role, UserId};
use serde_json::{Value, json};

use crate::bench::{Bench, COUNTY, OTHER_COUNTY};
use crate::officers_day::report;
use crate::pulling::{ids, pull_at};
use crate::seed::Seed;

/// Whom the seeded cases are about.
const ACCUSED: &str = "甲乙丙";

impl Bench {
    /// An account that can sign in.
    async fn enrolled(&self, role: Role, unit: Option<&str>, name: &str) -> UserId {
        let id = UserId::new(self.runtime.clock(), self.runtime.entropy());
        let record = StaffRecord {
            id,
            name: name.to_owned(),
            role,
            unit: unit.map(|unit| unit.parse().unwrap()),
            password_hash: String::new(),
            must_change: false,
            disabled: false,
        };
        let mut work = self.runtime.ledger().begin().await.unwrap();
        assert!(work.insert_staff(&record).await.unwrap());
        work.commit().await.unwrap();
        id
    }

    async fn disable(&self, id: UserId) {
        let mut work = self.runtime.ledger().begin().await.unwrap();
        let record = work.staff(id).await.unwrap().unwrap();
        work.update_staff(&StaffRecord { disabled: true, ..record }).await.unwrap();
        work.commit().await.unwrap();
    }
}

#[tokio::test]
async fn who_is_reported_does_not_hold_the_item_by_pulling_it() {
    let bench = Bench::new().await;
    let about = bench.seed(Seed { priority: 1, ..Seed::default() }).await;
    let accused = bench.token(Role::Officer, Some(COUNTY), ACCUSED);
    let pulled = bench.post(&pull_at(COUNTY), &accused, json!({"max": 50})).await.ok();
    assert_eq!(ids(&pulled), [""; 0]);
    let pulled = bench.post(&pull_at(COUNTY), &bench.officer(), json!({"max": 1})).await.ok();
    assert_eq!(ids(&pulled), [about.assignment.to_string()], "a colleague gets it at once");
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let entries = work.audit_of(&about.case.to_string()).await.unwrap();
    let pulls = entries.iter().filter(|entry| entry.entry.action == "assignment.pulled").count();
    assert_eq!(pulls, 1, "what was not handed out was not pulled");
}

#[tokio::test]
async fn an_item_is_reassigned_only_to_somebody_who_can_work_on_it() {
    let bench = Bench::new().await;
    let (seeded, supervisor) = (bench.seed(Seed::default()).await, bench.supervisor());
    bench.accepted(&seeded, &bench.officer()).await;
    let left = bench.enrolled(Role::Officer, Some(COUNTY), "left").await;
    bench.disable(left).await;
    let unfit = [
        bench.enrolled(Role::Officer, Some(COUNTY), ACCUSED).await,
        bench.enrolled(Role::Officer, Some(OTHER_COUNTY), "elsewhere").await,
        bench.enrolled(Role::Officer, None, "nowhere").await,
        bench.enrolled(Role::Admin, None, "admin").await,
        bench.enrolled(Role::Screener, None, "screener").await,
        UserId::new(bench.runtime.clock(), bench.runtime.entropy()),
        left,
    ];
    let path = seeded.at_case("/reassign");
    let to = |officer: UserId| json!({"officer": officer.to_string(), "reason": "回避"});
    for officer in unfit {
        bench.post(&path, &supervisor, to(officer)).await.refused(422, "unknown-assignee");
    }
    let other = bench.enrolled(Role::Officer, Some(COUNTY), "other").await;
    bench.post(&path, &supervisor, to(other)).await.ok();
    let record = bench.runtime.ledger().read().await.unwrap().case(seeded.case).await.unwrap().unwrap();
    assert_eq!(record.case.stage.responsible(), Some(other));
}

#[tokio::test]
async fn who_reported_is_not_for_whom_the_case_is_about_nor_by_a_word_of_the_handling_unit() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let path = format!("/api/v1/tips/{}/identity", seeded.tips[0]);
    let with = |second: &str| json!({"reason": "联系举报人", "second_person": second});
    let custodian = bench.token(Role::Custodian, None, "custodian");
    for (unit, name) in [(None, ACCUSED), (Some(OTHER_COUNTY), ACCUSED), (Some(COUNTY), "head")] {
        let second = bench.token(Role::Supervisor, unit, name);
        bench.post(&path, &custodian, with(&second)).await.refused(403, "second-person");
    }
    let accused = bench.token(Role::Custodian, None, ACCUSED);
    bench.post(&path, &accused, with(&bench.leader())).await.refused(404, "not-found");
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let opened = work.audit_of(&seeded.case.to_string()).await.unwrap();
    assert!(opened.iter().all(|entry| entry.entry.action != "identity.opened"));
    drop(work);
    bench.post(&path, &custodian, with(&bench.leader())).await.ok();
}

#[tokio::test]
async fn the_handling_unit_neither_closes_nor_reopens() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O3").await;
    let supervisor = bench.supervisor();
    bench.clock.advance_seconds(60);
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "经查不属实。"})).await.ok();
    let head = bench.token(Role::Supervisor, Some(COUNTY), "head");
    bench.post(&seeded.at_case("/close"), &head, json!({})).await.refused(403, "other-department");
    let leader = bench.token(Role::Leader, Some(COUNTY), "leader");
    let again = json!({"reason": "有新情况"});
    bench.post(&seeded.at_case("/reopen"), &leader, again.clone()).await.refused(403, "other-department");
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.ok();
    bench.post(&seeded.at_case("/reopen"), &bench.leader(), again).await.ok();
}

#[tokio::test]
async fn what_must_be_investigated_is_not_kept_without_a_waiver() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let keep = json!({"what": "handling", "handling": "H0", "reason": "线索不具体"});
    let approve = |token: String, body: Value| bench.post_owned(seeded.at_case("/approve"), token, body);
    approve(bench.supervisor(), keep.clone()).await.refused(409, "must-investigate");
    approve(bench.leader(), json!({"what": "waiver", "reason": "已有结论"})).await.ok();
    approve(bench.supervisor(), keep).await.ok();
}

#[tokio::test]
async fn who_accepted_and_gave_back_objects_no_more() {
    let bench = Bench::new().await;
    let (seeded, officer) = (bench.seed(Seed::default()).await, bench.officer());
    bench.accepted(&seeded, &officer).await;
    bench.post(&seeded.at_item("/release"), &officer, json!({"reason": "出差"})).await.ok();
    bench.post(&pull_at(COUNTY), &officer, json!({})).await.ok();
    let objection = json!({"reason": "不属本单位管辖"});
    bench.post(&seeded.at_item("/object"), &officer, objection).await.refused(409, "accepted-before");
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.ok();
    bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
}
