//! From pull to close, with everything that a supervisor and a reporter have to do with it.

use dengwen_model::{HandlingForm, Role};
use serde_json::{Value, json};

use crate::bench::{Bench, COUNTY};
use crate::seed::{Seed, Seeded};

pub(crate) fn report() -> Value {
    json!({
        "findings": [{"allegation": "反映任人唯亲", "outcome": "O3", "reasoning": "经查程序合规", "must_investigate": ["M1"]}],
        "text": "查阅会议记录，谈话五人。"
    })
}

pub(crate) fn conclusion(outcome: &str) -> Value {
    json!({"outcome": outcome, "measures": [], "decided_by": "部务会，应到七人实到七人", "reasoning": "同意查核意见"})
}

impl Bench {
    /// Pulls and accepts.
    pub(crate) async fn accepted(&self, seeded: &Seeded, officer: &str) {
        self.post(&format!("/api/v1/units/{COUNTY}/pull"), officer, json!({"max": 50})).await.ok();
        self.post(&seeded.at_item("/accept"), officer, json!({})).await.ok();
    }

    /// The state of the newest limit of a rule.
    pub(crate) async fn limit_of(&self, seeded: &Seeded, rule: &str) -> Option<Value> {
        let case = self.get(&seeded.at_case(""), &self.supervisor()).await.ok();
        let limits = case["deadlines"].as_array().unwrap();
        limits.iter().rev().find(|limit| limit["rule"] == rule).cloned()
    }

    #[track_caller]
    pub(crate) fn check_state(limit: Option<Value>, state: &str) {
        assert_eq!(limit.map(|limit| limit["state"].clone()), Some(json!(state)));
    }
}

#[tokio::test]
async fn from_pull_to_archive() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    let (officer, supervisor) = (bench.officer(), bench.supervisor());

    bench.accepted(&seeded, &officer).await;
    Bench::check_state(bench.limit_of(&seeded, "DL-UNITACC").await, "met");
    Bench::check_state(bench.limit_of(&seeded, "DL-CHK").await, "open");

    bench.days_later(30);
    let reported = bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
    assert_eq!((&reported["stage"], &reported["state"]), (&json!("reported"), &json!("done")));
    Bench::check_state(bench.limit_of(&seeded, "DL-CHK").await, "met");
    Bench::check_state(bench.limit_of(&seeded, "DL-REVIEW").await, "open");

    let returned =
        bench.post(&seeded.at_case("/return"), &supervisor, json!({"gaps": "缺谈话记录"})).await.ok();
    assert_eq!(returned["stage"], "verifying");
    Bench::check_state(bench.limit_of(&seeded, "DL-REVIEW").await, "met");
    Bench::check_state(bench.limit_of(&seeded, "DL-REWORK").await, "open");
    bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-REWORK").await, "met");

    bench.post(&seeded.at_case("/conclude"), &supervisor, conclusion("O3")).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-REVIEW").await, "met");
    Bench::check_state(bench.limit_of(&seeded, "DL-FB").await, "open");
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.refused(409, "illegal-transition");

    bench.clock.advance_seconds(60);
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "经查不属实。"})).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-FB").await, "met");
    Bench::check_state(bench.limit_of(&seeded, "DL-OBJRES").await, "open");

    let closed = bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.ok();
    assert_eq!(closed["stage"], "closed");
    Bench::check_state(bench.limit_of(&seeded, "DL-ARCH").await, "open");
    let screener = bench.token(Role::Screener, None, "screener");
    bench.post(&seeded.at_case("/archive"), &screener, json!({})).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-ARCH").await, "met");
    bench.post(&seeded.at_case("/archive"), &screener, json!({})).await.refused(409, "not-closed");
    audit_is_whole(&bench, &seeded).await;
}

#[tokio::test]
async fn whoever_accepts_to_verify_has_a_clock_whatever_the_handling_form() {
    let bench = Bench::new().await;
    let officer = bench.officer();
    let forms = [
        (HandlingForm::H0, "DL-CHK"),
        (HandlingForm::H1, "DL-SUP"),
        (HandlingForm::H2, "DL-OWN"),
        (HandlingForm::H3, "DL-CHK"),
        (HandlingForm::H4, "DL-INQ"),
        (HandlingForm::H5, "DL-CHK"),
        (HandlingForm::H6, "DL-CHK"),
        (HandlingForm::H7, "DL-CHK"),
        (HandlingForm::H8, "DL-CHK"),
    ];
    for (handling, rule) in forms {
        let seeded = bench.seed(Seed { handling, ..Seed::default() }).await;
        bench.accepted(&seeded, &officer).await;
        Bench::check_state(bench.limit_of(&seeded, rule).await, "open");
    }
}

#[tokio::test]
async fn another_handling_form_has_its_own_clock_from_the_same_begin() {
    let bench = Bench::new().await;
    let (officer, leader) = (bench.officer(), bench.leader());
    let by = |form: &str| json!({"what": "handling", "handling": form, "reason": "反映的问题重要"});
    let seeded = bench.seed(Seed::default()).await;
    bench.post(&seeded.at_case("/approve"), &leader, by("H1")).await.ok();
    bench.accepted(&seeded, &officer).await;
    Bench::check_state(bench.limit_of(&seeded, "DL-SUP").await, "open");
    assert_eq!(bench.limit_of(&seeded, "DL-CHK").await, None, "accepted by the form that was approved");

    bench.days_later(10);
    bench.post(&seeded.at_case("/approve"), &leader, by("H2")).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-SUP").await, "cancelled");
    let own = bench.limit_of(&seeded, "DL-OWN").await.unwrap();
    assert_eq!(own["due"], "2026-05-06", "60 days from 2 March end on 1 May, a holiday");
    let record = bench.runtime.ledger().read().await.unwrap().assignment(seeded.assignment).await.unwrap();
    assert_eq!(record.unwrap().assignment.handling, HandlingForm::H2);
}

#[tokio::test]
async fn the_answer_to_who_cannot_be_reached_has_a_clock_too() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { reachable: false, ..Seed::default() }).await;
    let (officer, supervisor) = (bench.officer(), bench.supervisor());
    bench.accepted(&seeded, &officer).await;
    bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
    bench.post(&seeded.at_case("/conclude"), &supervisor, conclusion("O3")).await.ok();
    assert_eq!(bench.limit_of(&seeded, "DL-FB").await, None);
    Bench::check_state(bench.limit_of(&seeded, "DL-FBBOX").await, "open");
    bench.clock.advance_seconds(60);
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "经查不属实。"})).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-FBBOX").await, "met");
}

/// Every change left its entry, and the chain holds.
async fn audit_is_whole(bench: &Bench, seeded: &Seeded) {
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let actions: Vec<_> = work
        .audit_of(&seeded.case.to_string())
        .await
        .unwrap()
        .into_iter()
        .map(|record| record.entry.action)
        .collect();
    let changes: Vec<_> =
        actions.iter().map(String::as_str).filter(|action| *action != "case.read").collect();
    assert_eq!(
        changes,
        [
            "assignment.pulled",
            "assignment.accepted",
            "report.submitted",
            "report.returned",
            "report.submitted",
            "case.concluded",
            "feedback.given",
            "case.closed",
            "case.archived"
        ]
    );
    let records = work.audit_from(1, 1000).await.unwrap();
    for pair in records.windows(2) {
        assert_eq!(pair[1].prev, pair[0].hash, "entry {} follows the one before", pair[1].seq);
    }
}

#[tokio::test]
async fn the_limit_for_the_result_follows_the_handling_form() {
    use dengwen_model::HandlingForm::{H1, H2, H3, H4};
    for (handling, rule, due) in [
        (H1, "DL-SUP", "2026-05-06"),
        (H2, "DL-OWN", "2026-05-06"),
        (H3, "DL-CHK", "2026-05-06"),
        (H4, "DL-INQ", "2026-03-23"),
    ] {
        let bench = Bench::new().await;
        let seeded = bench.seed(Seed { handling, ..Seed::default() }).await;
        bench.accepted(&seeded, &bench.officer()).await;
        let limit = bench.limit_of(&seeded, rule).await.unwrap();
        assert_eq!((&limit["state"], &limit["due"]), (&json!("open"), &json!(due)), "{rule}");
    }
}

#[tokio::test]
async fn a_report_has_a_whole_finding_for_every_allegation() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    for (body, slug) in [
        (json!({"findings": [], "text": "查核"}), "validation"),
        (
            json!({"findings": [{"allegation": "甲", "outcome": "O3", "reasoning": " "}], "text": "查核"}),
            "validation",
        ),
        (
            json!({"findings": [{"allegation": "甲", "outcome": "O9", "reasoning": "乙"}], "text": "查核"}),
            "validation",
        ),
        (json!({"findings": [{"allegation": "甲", "reasoning": "乙"}], "text": "查核"}), "validation"),
        (
            json!({"findings": [{"allegation": "甲", "outcome": "O3", "reasoning": "乙"}], "text": ""}),
            "validation",
        ),
        (
            json!({"findings": [{"allegation": "甲", "outcome": "O6", "reasoning": "乙"}], "text": "丙"}),
            "own-procedure",
        ),
    ] {
        bench.post(&seeded.at_item("/report"), &officer, body).await.refused(422, slug);
    }
    let case = bench.get(&seeded.at_case(""), &officer).await.ok();
    assert_eq!(case["stage"], "verifying", "nothing was taken");
}

#[tokio::test]
async fn a_report_needs_acceptance_first() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.post(&seeded.at_item("/report"), &officer, report()).await.refused(409, "not-held");
    bench.post(&format!("/api/v1/units/{COUNTY}/pull"), &officer, json!({})).await.ok();
    bench.post(&seeded.at_item("/report"), &officer, report()).await.refused(409, "illegal-transition");
}

#[tokio::test]
async fn each_must_investigate_rule_has_its_finding() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { must_investigate: &["M1", "M3"], ..Seed::default() }).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    let with = |codes: Value| {
        let mut body = report();
        body["findings"][0]["must_investigate"] = codes;
        bench.post_owned(seeded.at_item("/report"), officer.clone(), body)
    };
    let refused = with(json!([])).await;
    let detail = refused.body["detail"].as_str().unwrap().to_owned();
    refused.refused(422, "finding-missing");
    assert!(detail.contains("M1 ") && detail.contains("M3 ") && !detail.contains("M2 "), "{detail}");
    let refused = with(json!(["M1"])).await;
    assert!(!refused.body["detail"].as_str().unwrap().contains("M1 "));
    refused.refused(422, "finding-missing");
    with(json!(["M1", "M2", "M3"])).await.refused(422, "not-asked");
    with(json!(["M3", "M1"])).await.ok();
    // A leader's written waiver sets them aside.
    let waived = bench.seed(Seed { must_investigate: &["M2"], ..Seed::default() }).await;
    bench.accepted(&waived, &officer).await;
    let mut bare = report();
    bare["findings"][0]["must_investigate"] = json!([]);
    bench.post(&waived.at_item("/report"), &officer, bare.clone()).await.refused(422, "finding-missing");
    let waiver = json!({"what": "waiver", "reason": "已由上级查核"});
    bench.post(&waived.at_case("/approve"), &bench.leader(), waiver).await.ok();
    bench.post(&waived.at_item("/report"), &officer, bare).await.ok();
}

#[tokio::test]
async fn more_time_is_asked_for_by_one_and_granted_by_another() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    let ask = json!({"rule": "DL-CHK", "reason": "涉及多年账目"});
    let grant = json!({"what": "extension", "rule": "DL-CHK"});
    bench
        .post(&seeded.at_case("/approve"), &bench.supervisor(), grant.clone())
        .await
        .refused(409, "extension-not-asked");
    bench
        .post(&seeded.at_item("/extend"), &officer, json!({"rule": "DL-UNITACC", "reason": "忙"}))
        .await
        .refused(409, "limit-not-running");
    bench
        .post(&seeded.at_item("/extend"), &officer, json!({"rule": "DL-OBJ", "reason": "忙"}))
        .await
        .refused(409, "not-extendable");
    bench
        .post(&seeded.at_item("/extend"), &officer, json!({"rule": "DL-CHK", "reason": " "}))
        .await
        .refused(422, "validation");
    bench.post(&seeded.at_item("/extend"), &officer, ask.clone()).await.ok();
    assert_eq!(
        bench.limit_of(&seeded, "DL-CHK").await.unwrap()["due"],
        "2026-05-06",
        "asking changes nothing"
    );
    bench.post(&seeded.at_case("/approve"), &bench.supervisor(), grant.clone()).await.ok();
    let limit = bench.limit_of(&seeded, "DL-CHK").await.unwrap();
    assert_eq!((&limit["due"], &limit["extensions"]), (&json!("2026-06-05"), &json!(1)));
    bench.post(&seeded.at_item("/extend"), &officer, ask.clone()).await.refused(409, "extension-used-up");
    bench
        .post(&seeded.at_case("/approve"), &bench.supervisor(), grant)
        .await
        .refused(409, "extension-not-asked");
}

#[tokio::test]
async fn what_a_rule_leaves_to_a_leader_a_supervisor_cannot_grant() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { handling: dengwen_model::HandlingForm::H2, ..Seed::default() }).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench
        .post(&seeded.at_item("/extend"), &officer, json!({"rule": "DL-OWN", "reason": "涉及多年账目"}))
        .await
        .ok();
    let grant = json!({"what": "extension", "rule": "DL-OWN"});
    bench
        .post(&seeded.at_case("/approve"), &bench.supervisor(), grant.clone())
        .await
        .refused(403, "forbidden");
    bench.post(&seeded.at_case("/approve"), &bench.leader(), grant).await.ok();
    // The rule has the reporter told.
    let hash = bench.runtime.keys().receipt.hash(&seeded.receipts[0]);
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let tip = work.tip_by_receipt(hash.as_bytes()).await.unwrap().unwrap();
    assert_eq!(work.messages_of(tip.tip.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn more_time_cannot_be_asked_for_when_it_is_over() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench.clock.set("2026-05-06T16:00:00Z".parse().unwrap());
    let ask = json!({"rule": "DL-CHK", "reason": "涉及多年账目"});
    bench.post(&seeded.at_item("/extend"), &officer, ask).await.refused(409, "limit-passed");
}

#[tokio::test]
async fn acceptance_ends_screening_and_tells_reporters_to_whom_a_notice_is_owed() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    for rule in ["DL-SCR", "DL-DEC", "DL-URG", "DL-NOTICE", "DL-ACCNAMED"] {
        bench.run_limit(&seeded, rule).await;
    }
    bench.accepted(&seeded, &bench.officer()).await;
    for rule in ["DL-SCR", "DL-DEC", "DL-URG", "DL-NOTICE", "DL-ACCNAMED"] {
        Bench::check_state(bench.limit_of(&seeded, rule).await, "met");
    }
    let mut work = bench.runtime.ledger().read().await.unwrap();
    for tip in &seeded.tips {
        assert_eq!(work.messages_of(*tip).await.unwrap().len(), 1, "every reporter of the matter");
    }
}

#[tokio::test]
async fn an_own_investigations_limit_is_met_by_the_report_though_it_binds_the_department() {
    let bench = Bench::new().await;
    let handling = dengwen_model::HandlingForm::H2;
    let seeded = bench.seed(Seed { handling, ..Seed::default() }).await;
    bench.run_limit(&seeded, "DL-OWN").await;
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench.post(&seeded.at_item("/report"), &officer, report()).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-OWN").await, "met");
}
