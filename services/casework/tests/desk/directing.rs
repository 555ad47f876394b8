//! Giving a case to another unit: to precisely the one that was named, or a refusal that says why not.

use dengwen_model::{CaseStage, Role, Subject, UnitCode};
use dengwen_service::{open_case_file, seal_case_file};
use serde_json::{Value, json};

use crate::bench::{Bench, COUNTY, OTHER_COUNTY, PROVINCE};
use crate::seed::{Seed, Seeded};

const CITY: &str = "990100-ZZB";

impl Bench {
    /// The unit that a person chose.
    pub(crate) async fn direction(&self, seeded: &Seeded) -> Option<String> {
        let record = self.runtime.ledger().read().await.unwrap().case(seeded.case).await.unwrap().unwrap();
        let file = open_case_file(&self.runtime, seeded.case, &record.file).unwrap();
        file.direction.map(|direction| direction.unit.to_string())
    }

    /// Changes a case as somebody else would have.
    async fn change(&self, seeded: &Seeded, subject: Option<Subject>, excluded: &[&str]) {
        let mut work = self.runtime.ledger().begin().await.unwrap();
        let mut record = work.case(seeded.case).await.unwrap().unwrap();
        let mut file = open_case_file(&self.runtime, seeded.case, &record.file).unwrap();
        file.subjects = subject.into_iter().collect();
        record.case.excluded = excluded.iter().map(|code| code.parse::<UnitCode>().unwrap()).collect();
        record.file = seal_case_file(&self.runtime, seeded.case, &file).unwrap();
        work.update_case(&record).await.unwrap();
        work.commit().await.unwrap();
    }
}

fn someone(name: &str, org: &str, title: &str, rank: &str) -> Subject {
    Subject {
        name: Some(name.to_owned()),
        org: Some(org.to_owned()),
        title: Some(title.to_owned()),
        rank_code: Some(rank.parse().unwrap()),
        region_code: Some("990121".parse().unwrap()),
        ..Subject::default()
    }
}

fn to(unit: &str) -> Value {
    json!({"unit": unit, "reason": "改由该单位办理"})
}

fn nevertheless(unit: &str) -> Value {
    json!({"unit": unit, "reason": "改由该单位办理", "override": true})
}

#[tokio::test]
async fn a_unit_that_may_not_have_it_is_refused_with_what_speaks_against_it() {
    let bench = Bench::new().await;
    let (seeded, supervisor) =
        (bench.seed(Seed { unit: PROVINCE, ..Seed::default() }).await, bench.supervisor());
    let path = seeded.at_case("/reassign");
    // One of the county department's own people.
    bench.change(&seeded, Some(someone("缑云栖", "中共清岚县委组织部", "副部长", "0141")), &[]).await;
    for body in [to(COUNTY), nevertheless(COUNTY)] {
        let refused = bench.post(&path, &supervisor, body).await;
        assert!(refused.body["detail"].as_str().unwrap().contains("C3"), "{}", refused.body);
        refused.refused(409, "unit-barred");
    }
    bench.post(&path, &supervisor, nevertheless("990121-ZF")).await.refused(409, "unit-barred");
    bench.post(&path, &supervisor, to("no-such")).await.refused(422, "unknown-unit");
    bench.post(&path, &supervisor, to(PROVINCE)).await.refused(409, "already-there");
    let case = bench.get(&seeded.at_case(""), &supervisor).await.ok();
    assert_eq!((&case["stage"], &case["unit"]), (&json!("dispatched"), &json!(PROVINCE)), "nothing moved");
    assert_eq!(bench.direction(&seeded).await, None);
}

#[tokio::test]
async fn what_is_jurisdiction_alone_is_set_aside_in_so_many_words() {
    let bench = Bench::new().await;
    let supervisor = bench.supervisor();
    for (subject, excluded, unit) in [
        (someone("某甲", "清岚县教育局", "局长", "0141"), &[][..], OTHER_COUNTY),
        (someone("某甲", "清岚县人民政府", "副县长", "0132"), &[], COUNTY),
        (someone("某甲", "清岚县教育局", "局长", "0141"), &[COUNTY], COUNTY),
    ] {
        let seeded = bench.seed(Seed { unit: PROVINCE, ..Seed::default() }).await;
        bench.change(&seeded, Some(subject), excluded).await;
        let path = seeded.at_case("/reassign");
        bench.post(&path, &supervisor, to(unit)).await.refused(409, "override-needed");
        let given = bench.post(&path, &supervisor, nevertheless(unit)).await.ok();
        assert_eq!(given["stage"], "opened");
        assert_eq!(bench.direction(&seeded).await.as_deref(), Some(unit));
        let audit = bench.runtime.ledger().read().await.unwrap().audit_of(&seeded.case.to_string()).await;
        let last = audit.unwrap().pop().unwrap().entry;
        assert_eq!(last.action, "case.directed");
        assert!(last.reason.starts_with(unit) && last.reason.len() > unit.len(), "{}", last.reason);
    }
}

#[tokio::test]
async fn a_unit_without_anything_against_it_gets_it() {
    let bench = Bench::new().await;
    let (seeded, supervisor) = (bench.seed(Seed::default()).await, bench.supervisor());
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench.change(&seeded, Some(someone("某甲", "清岚县教育局", "局长", "0141")), &[]).await;
    bench.post(&seeded.at_case("/reassign"), &supervisor, to(CITY)).await.ok();
    assert_eq!(bench.told("cases.*", 1).await[0].0, "cases.opened");
    assert_eq!(bench.direction(&seeded).await.as_deref(), Some(CITY));
    bench
        .post(&seeded.at_item("/report"), &officer, crate::officers_day::report())
        .await
        .refused(409, "not-held");
    Bench::check_state(bench.limit_of(&seeded, "DL-CHK").await, "cancelled");
}

#[tokio::test]
async fn nobody_directs_beyond_what_they_oversee() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let county = bench.token(Role::Supervisor, Some(COUNTY), "head");
    bench.post(&seeded.at_case("/reassign"), &county, to(CITY)).await.refused(403, "other-unit");
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let mut record = work.case(seeded.case).await.unwrap().unwrap();
    record.case.abstained = true;
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    bench
        .post(&seeded.at_case("/reassign"), &bench.supervisor(), to(CITY))
        .await
        .refused(409, "not-classified");
    assert!(matches!(record.case.stage, CaseStage::Dispatched { .. }));
}

#[tokio::test]
async fn a_doubted_unit_is_confirmed_by_naming_it_again() {
    let bench = Bench::new().await;
    let (seeded, supervisor) = (bench.seed(Seed::default()).await, bench.supervisor());
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench.run_limit(&seeded, "DL-RECHK").await;
    let stays = bench.post(&seeded.at_case("/reassign"), &supervisor, to(COUNTY)).await.ok();
    assert_eq!(stays["stage"], "verifying");
    Bench::check_state(bench.limit_of(&seeded, "DL-RECHK").await, "met");
    bench.post(&seeded.at_item("/report"), &officer, crate::officers_day::report()).await.ok();
}
