//! Screening: refer, keep, explain, classify; and what goes up sealed.

use dengwen_model::{AssignmentTask, HandlingForm, Role};
use dengwen_service::correction_evidence;
use serde_json::json;

use crate::bench::{Bench, PROVINCE};
use crate::seed::{Seed, Seeded, WORDS};

fn screen() -> Seed {
    let task = AssignmentTask::Screen;
    Seed { unit: PROVINCE, task, handling: HandlingForm::H5, must_investigate: &[], ..Seed::default() }
}

impl Bench {
    /// A screening item in a screener's hands.
    async fn screening(&self, seed: Seed) -> (Seeded, String) {
        let seeded = self.seed(seed).await;
        let officer = self.token(Role::Officer, Some(PROVINCE), "officer");
        self.post(&format!("/api/v1/units/{PROVINCE}/pull"), &officer, json!({})).await.ok();
        (seeded, officer)
    }

    /// What a receipt's mailbox says.
    pub(crate) async fn mailbox(&self, seeded: &Seeded) -> (String, Vec<String>) {
        let hash = self.runtime.keys().receipt.hash(&seeded.receipts[0]);
        let secret = self.runtime.keys().receipt.internal_secret();
        let body = json!({"receipt_hash": hash.to_string()});
        let view = self.post("/internal/v1/receipts", &secret, body).await.ok();
        let words =
            view["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap().to_owned());
        (view["state"].as_str().unwrap().to_owned(), words.collect())
    }
}

#[tokio::test]
async fn a_referral_tells_the_reporter_where_the_matter_belongs() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.screening(screen()).await;
    bench
        .post(&seeded.at_item("/refer"), &officer, json!({"referral": "R_NOWHERE"}))
        .await
        .refused(422, "unknown-code");
    let referred = bench.post(&seeded.at_item("/refer"), &officer, json!({"referral": "R_12388"})).await.ok();
    assert_eq!(referred["stage"], "referred");
    let (state, words) = bench.mailbox(&seeded).await;
    assert_eq!(state, "passed_on");
    assert!(words[0].contains("纪检监察机关") && words[0].contains("12388"), "{words:?}");
}

#[tokio::test]
async fn what_must_be_investigated_is_kept_only_after_a_leaders_waiver() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.screening(Seed { must_investigate: &["M1", "M2"], ..screen() }).await;
    let keep = json!({"reason": "重复反映，无新内容"});
    bench.post(&seeded.at_item("/keep"), &officer, keep.clone()).await.refused(409, "must-investigate");
    bench
        .post(&seeded.at_item("/explain"), &officer, json!({"text": "答复"}))
        .await
        .refused(409, "must-investigate");
    let waiver = json!({"what": "waiver", "reason": "上级已查结"});
    bench
        .post(&seeded.at_case("/approve"), &bench.supervisor(), waiver.clone())
        .await
        .refused(403, "forbidden");
    bench
        .post(&seeded.at_case("/approve"), &bench.leader(), json!({"what": "waiver"}))
        .await
        .refused(422, "field-missing");
    bench.post(&seeded.at_case("/approve"), &bench.leader(), waiver).await.ok();
    let kept = bench.post(&seeded.at_item("/keep"), &officer, keep).await.ok();
    assert_eq!(kept["stage"], "kept");
    let (state, words) = bench.mailbox(&seeded).await;
    assert!(
        state == "concluded" && words[0].contains("登记留存") && !words[0].contains("重复反映"),
        "{words:?}"
    );
    let case = bench.get(&seeded.at_case(""), &bench.supervisor()).await.ok();
    let running = |limit: &serde_json::Value| limit["state"] == "open" || limit["state"] == "overdue";
    assert!(!case["deadlines"].as_array().unwrap().iter().any(running));
}

#[tokio::test]
async fn an_explanation_reaches_the_reporter_and_ends_the_matter() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.screening(screen()).await;
    bench.post(&seeded.at_item("/explain"), &officer, json!({"text": "该政策的解释如下。"})).await.ok();
    assert_eq!(bench.mailbox(&seeded).await, ("concluded".to_owned(), vec!["该政策的解释如下。".to_owned()]));
}

#[tokio::test]
async fn a_correction_is_kept_as_an_example_and_the_unit_chosen_again() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.screening(screen()).await;
    bench
        .post(&seeded.at_item("/classify"), &officer, json!({"category": "Z99", "reason": "x"}))
        .await
        .refused(422, "unknown-code");
    let body = json!({"category": "A03", "reason": "系拉票"});
    let classified = bench.post(&seeded.at_item("/classify"), &officer, body).await.ok();
    assert_eq!(classified["stage"], "opened");
    assert_eq!(bench.told("cases.*", 1).await.last().unwrap().0, "cases.opened");
    let case = bench.get(&seeded.at_case(""), &bench.supervisor()).await.ok();
    assert_eq!(case["category"], "A03");
    assert_eq!(
        case["must_investigate"],
        json!(["M2"]),
        "the reporter gave a name: asked again by the correction"
    );
    let last = &case["course"].as_array().unwrap().last().unwrap()["event"];
    assert_eq!((&last["event"], &last["change"]), (&json!("corrected"), &json!("category A02 -> A03")));
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let kept = work.corrections().await.unwrap();
    assert_eq!(kept.len(), 1);
    let vouched = work.audit_of(&kept[0].tip.to_string()).await.unwrap().pop().unwrap().entry;
    assert_eq!(vouched.reason, correction_evidence(&kept[0]).after("A03"));
    assert_eq!((kept[0].before.as_str(), kept[0].leaf.as_str()), ("A02", "A03"));
    assert!(!kept[0].decided_by.is_empty(), "it tells which model was wrong");
}

#[tokio::test]
async fn screening_decisions_are_not_for_items_to_verify() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.screening(Seed { unit: PROVINCE, ..Seed::default() }).await;
    for (action, body) in [
        ("/refer", json!({"referral": "R_12388"})),
        ("/keep", json!({"reason": "x"})),
        ("/explain", json!({"text": "x"})),
        ("/classify", json!({"category": "A03", "reason": "x"})),
        ("/pass_up", json!({})),
    ] {
        bench.post(&seeded.at_item(action), &officer, body).await.refused(409, "other-task");
    }
}

#[tokio::test]
async fn tips_are_taken_out_of_a_sealed_case_by_their_ids_without_a_word() {
    let bench = Bench::new().await;
    let seed = Seed { task: AssignmentTask::PassUp, tips: 2, ..screen() };
    let (seeded, officer) = bench.screening(seed).await;
    let screener = bench.token(Role::Screener, None, "screener");
    let mut all: Vec<_> = seeded.tips.iter().map(ToString::to_string).collect();
    all.sort();
    for token in [&screener, &bench.supervisor()] {
        let case = bench.get(&seeded.at_case("?tips_limit=1"), token).await.ok();
        assert_eq!((&case["tips"], case["sealed_tips"].as_array().unwrap().len()), (&json!([]), 1));
        let next = case["next_tips_after"].as_str().unwrap().to_owned();
        let rest = bench.get(&seeded.at_case(&format!("?tips_after={next}")), token).await.ok();
        let listed = [&case, &rest].map(|page| page["sealed_tips"][0].clone());
        let mut ids = listed.each_ref().map(|tip| tip["tip_id"].as_str().unwrap());
        ids.sort_unstable();
        assert_eq!(ids, [all[0].as_str(), all[1].as_str()]);
        assert_eq!(listed[0].as_object().unwrap().len(), 4, "nothing that the tip says: {}", listed[0]);
        assert!(!rest.to_string().contains("甲乙丙") && !rest.to_string().contains(&WORDS[..15]));
    }
    for token in [&officer, &bench.leader()] {
        let case = bench.get(&seeded.at_case(""), token).await.ok();
        assert_eq!(case["sealed_tips"], json!([]), "only for those who may split");
    }
    let browser = bench.browser(Role::Supervisor, None, "head").await;
    let page = browser.page(&format!("/desk/cases/{}", seeded.case)).await;
    let tip = seeded.tips[1].to_string();
    assert!(page.contains(&format!("name=\"tip_{tip}\"")) && !page.contains("甲乙丙"), "{page}");
    let path = format!("/desk/cases/{}/split", seeded.case);
    assert_eq!(browser.form(&path, "reason=x").await, 422, "which ones has to be said");
    assert_eq!(browser.form(&path, &format!("tip_{tip}=1&reason=x")).await, 303);
    let case = bench.get(&seeded.at_case(""), &screener).await.ok();
    assert_eq!(case["sealed_tips"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_goes_up_sealed_is_never_shown_here() {
    let bench = Bench::new().await;
    let (seeded, officer) = bench.screening(Seed { task: AssignmentTask::PassUp, ..screen() }).await;
    for token in [officer.clone(), bench.supervisor(), bench.leader()] {
        let case = bench.get(&seeded.at_case(""), &token).await.ok();
        assert_eq!((&case["tips"], &case["subjects"]), (&json!([]), &json!([])));
        let whole = case.to_string();
        assert!(!whole.contains("甲乙丙") && !whole.contains(&WORDS[..15]), "no word of it");
        // Nor what it is about: its leaf, its flags, and why it went where it did.
        let assignment = &case["assignments"][0];
        for hidden in [&case["category"], &case["scope"], &case["handling"], &assignment["category"]] {
            assert_eq!(*hidden, json!(null));
        }
        for hidden in
            [&case["secondary"], &case["context_flags"], &case["must_investigate"], &assignment["path"]]
        {
            assert_eq!(*hidden, json!([]));
        }
        assert!(case["course"].as_array().unwrap().iter().all(|entry| entry["reason"].is_null()), "{case}");
        let found = bench.get("/api/v1/cases?category=A02", &token).await.ok();
        assert_eq!(found["cases"], json!([]), "nor is it found by its leaf");
        let listed = bench.get("/api/v1/cases", &token).await.ok();
        assert_eq!(
            (listed["cases"].as_array().unwrap().len(), &listed["cases"][0]["category"]),
            (1, &json!(null))
        );
    }
    let held = bench.get("/api/v1/assignments", &officer).await.ok();
    assert_eq!((&held["items"][0]["category"], &held["items"][0]["handling"]), (&json!(null), &json!(null)));
    let passed = bench.post(&seeded.at_item("/pass_up"), &officer, json!({})).await.ok();
    assert_eq!(passed["stage"], "passed_up");
    let (state, words) = bench.mailbox(&seeded).await;
    assert!(state == "passed_on" && words[0].contains("有关部门"), "{words:?}");
}
