//! What reviewing roles decide: who may, when, and what follows.

use dengwen_model::Role;
use serde_json::json;

use crate::bench::{Bench, COUNTY, OTHER_COUNTY};
use crate::officers_day::{conclusion, report};
use crate::seed::{Seed, Seeded};

impl Bench {
    /// A case whose report waits for review, and its officer.
    async fn reported(&self, seed: Seed) -> (Seeded, String) {
        let seeded = self.seed(seed).await;
        let officer = self.officer();
        self.accepted(&seeded, &officer).await;
        self.post(&seeded.at_item("/report"), &officer, report()).await.ok();
        (seeded, officer)
    }

    /// A case that was concluded so.
    pub(crate) async fn concluded(&self, outcome: &str) -> Seeded {
        let (seeded, _) = self.reported(Seed::default()).await;
        self.post(&seeded.at_case("/conclude"), &self.supervisor(), conclusion(outcome)).await.ok();
        seeded
    }
}

#[tokio::test]
async fn whoever_investigated_does_not_decide() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    // A supervisor may work on items as well, and is then as bound as any officer.
    let worker = bench.token(Role::Supervisor, Some(COUNTY), "worker");
    bench.accepted(&seeded, &worker).await;
    bench.post(&seeded.at_item("/report"), &worker, report()).await.ok();
    bench.post(&seeded.at_case("/conclude"), &worker, conclusion("O3")).await.refused(403, "same-person");
    bench.post(&seeded.at_case("/return"), &worker, json!({"gaps": "缺"})).await.refused(403, "same-person");
    bench.post(&seeded.at_case("/conclude"), &bench.supervisor(), conclusion("O3")).await.ok();
    bench
        .post(&seeded.at_case("/feedback"), &worker, json!({"text": "答复"}))
        .await
        .refused(403, "same-person");
    bench.post(&seeded.at_case("/feedback"), &bench.supervisor(), json!({"text": "答复"})).await.ok();
    bench.post(&seeded.at_case("/close"), &worker, json!({})).await.refused(403, "same-person");
}

#[tokio::test]
async fn only_a_report_is_concluded_and_never_as_false_accusation() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let supervisor = bench.supervisor();
    bench
        .post(&seeded.at_case("/conclude"), &supervisor, conclusion("O3"))
        .await
        .refused(409, "illegal-transition");
    let (seeded, _) = bench.reported(Seed::default()).await;
    bench
        .post(&seeded.at_case("/conclude"), &supervisor, conclusion("O6"))
        .await
        .refused(422, "own-procedure");
    let mut unfit = conclusion("O3");
    unfit["measures"] = json!(["G12"]);
    bench.post(&seeded.at_case("/conclude"), &supervisor, unfit).await.refused(422, "unfit-measure");
    let mut nobody = conclusion("O3");
    nobody["decided_by"] = json!("");
    bench.post(&seeded.at_case("/conclude"), &supervisor, nobody).await.refused(422, "validation");
    bench.post(&seeded.at_case("/conclude"), &supervisor, conclusion("O3")).await.ok();
}

#[tokio::test]
async fn a_wrong_is_put_right_before_the_case_closes() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O1").await;
    let supervisor = bench.supervisor();
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "经查属实。"})).await.ok();
    let refused = bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await;
    assert!(refused.body["detail"].as_str().unwrap().contains("correction"), "{}", refused.body);
    refused.refused(409, "open-points");
    bench.post(&seeded.at_case("/close"), &supervisor, json!({"correction": "任用决定已纠正"})).await.ok();
}

#[tokio::test]
async fn the_unfounded_is_clarified_when_two_people_want_it_and_before_the_case_closes() {
    let bench = Bench::new().await;
    let (seeded, _) = bench.reported(Seed::default()).await;
    let (supervisor, leader) = (bench.supervisor(), bench.leader());
    let mut wanted = conclusion("O3");
    wanted["clarify"] = json!(true);
    let mut founded = conclusion("O1");
    founded["clarify"] = json!(true);
    bench.post(&seeded.at_case("/conclude"), &supervisor, founded).await.refused(422, "nothing-to-clarify");
    let done = json!({"way": "meeting", "points": "所核查的任用程序"});
    bench.post(&seeded.at_case("/clarify"), &supervisor, done.clone()).await.refused(409, "not-approved");
    bench.post(&seeded.at_case("/conclude"), &supervisor, wanted).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-CLR1").await, "open");
    let approve = json!({"what": "clarification"});
    bench.post(&seeded.at_case("/approve"), &supervisor, approve.clone()).await.refused(403, "same-person");
    bench.post(&seeded.at_case("/approve"), &leader, approve).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-CLR1").await, "met");
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "经查不属实。"})).await.ok();
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.refused(409, "open-points");
    bench.post(&seeded.at_case("/clarify"), &supervisor, done).await.ok();
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.ok();
}

#[tokio::test]
async fn a_leader_reopens_with_a_reason_and_the_round_before_stays() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O3").await;
    let body = json!({"reason": "出现新证据"});
    bench.post(&seeded.at_case("/reopen"), &bench.supervisor(), body.clone()).await.refused(403, "forbidden");
    bench
        .post(&seeded.at_case("/reopen"), &bench.leader(), json!({"reason": ""}))
        .await
        .refused(422, "validation");
    let reopened = bench.post(&seeded.at_case("/reopen"), &bench.leader(), body).await.ok();
    assert_eq!(reopened["stage"], "opened");
    let told = bench.told("cases.*", 1).await;
    assert_eq!(
        (told[0].0.as_str(), &told[0].1["data"]["case"]),
        ("cases.opened", &json!(seeded.case.to_string()))
    );
    let case = bench.get(&seeded.at_case(""), &bench.leader()).await.ok();
    let events: Vec<_> =
        case["course"].as_array().unwrap().iter().map(|entry| &entry["event"]["event"]).collect();
    assert!(events.contains(&&json!("concluded")), "{events:?}");
    let running = |limit: &serde_json::Value| limit["state"] == "open" || limit["state"] == "overdue";
    assert!(
        !case["deadlines"].as_array().unwrap().iter().any(running),
        "the clocks of the old round stand still"
    );
}

#[tokio::test]
async fn feedback_reaches_every_reporter_and_a_door_that_replies_says_nothing_of_the_matter() {
    let bench = Bench::new().await;
    let (seeded, _) = bench.reported(Seed { tips: 2, reply_to: true, ..Seed::default() }).await;
    let supervisor = bench.supervisor();
    bench.post(&seeded.at_case("/conclude"), &supervisor, conclusion("O3")).await.ok();
    bench
        .post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "甲乙丙一事经查不属实。"}))
        .await
        .ok();
    let told = bench.told("replies.*", 2).await;
    let keys = dengwen_seal::KeyDirectory::new(bench.runtime.settings().keys_dir()).replies().unwrap();
    for (topic, envelope) in told {
        assert_eq!(topic, "replies.web-1");
        let tip: dengwen_model::TipId = envelope["data"]["tip"].as_str().unwrap().parse().unwrap();
        let sealed = envelope["data"]["text"].as_str().unwrap().parse().unwrap();
        let words =
            keys.door.open(dengwen_seal::purpose::ReplyText, tip.as_uuid().as_bytes(), &sealed).unwrap();
        let words = String::from_utf8(words.to_vec()).unwrap();
        assert!(words.contains("回执") && !words.contains("甲乙丙") && !words.contains("12380"), "{words}");
    }
}

#[tokio::test]
async fn a_reporters_objection_is_answered_within_its_limit() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O3").await;
    let supervisor = bench.supervisor();
    let body = || json!({"reason": "证人未谈话"});
    bench.post(&seeded.at_case("/objection"), &supervisor, body()).await.refused(409, "window-closed");
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "不属实"})).await.ok();
    bench.post(&seeded.at_case("/objection"), &supervisor, body()).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-OBJANS").await, "open");
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.refused(409, "open-points");
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "已补充谈话，结论不变"})).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-OBJANS").await, "met");
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.ok();
}

#[tokio::test]
async fn closing_takes_no_time_for_objections_from_the_reporter() {
    let bench = Bench::new().await;
    let (seeded, late) = (bench.concluded("O3").await, bench.concluded("O3").await);
    let supervisor = bench.supervisor();
    for case in [&seeded, &late] {
        bench.post(&case.at_case("/feedback"), &supervisor, json!({"text": "不属实"})).await.ok();
        bench.post(&case.at_case("/close"), &supervisor, json!({})).await.ok();
        Bench::check_state(bench.limit_of(case, "DL-OBJRES").await, "open");
    }
    let screener = bench.token(Role::Screener, None, "screener");
    let body = || json!({"reason": "证人未谈话"});
    let disputed = bench.post(&seeded.at_case("/objection"), &screener, body()).await.ok();
    assert_eq!(disputed["stage"], "fed_back", "it is worked on again");
    Bench::check_state(bench.limit_of(&seeded, "DL-OBJRES").await, "met");
    Bench::check_state(bench.limit_of(&seeded, "DL-OBJANS").await, "open");
    Bench::check_state(bench.limit_of(&seeded, "DL-ARCH").await, "cancelled");
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.refused(409, "open-points");
    bench.clock.advance_seconds(60);
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "已补充谈话"})).await.ok();
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-ARCH").await, "open");
    // When the time is over, new evidence is a new tip.
    bench.days_later(40);
    let over = bench.post(&late.at_case("/objection"), &screener, body()).await;
    over.refused(409, "window-closed");
}

#[tokio::test]
async fn the_result_is_told_once_unless_somebody_asks_or_a_reason_is_given() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O3").await;
    let supervisor = bench.supervisor();
    let told = async || bench.mailbox(&seeded).await.1.len();
    let tell =
        |body: serde_json::Value| bench.post_owned(seeded.at_case("/feedback"), supervisor.clone(), body);
    tell(json!({"text": "不属实"})).await.ok();
    let before = told().await;
    tell(json!({"text": "属实"})).await.refused(409, "answered-before");
    tell(json!({"text": "属实", "reason": " "})).await.refused(409, "answered-before");
    assert_eq!(told().await, before, "nobody is told two things");
    let again = json!({"text": "更正：告知日期有误", "reason": "前次反馈日期写错"});
    tell(again).await.ok();
    assert_eq!(told().await, before + 1);
    let case = bench.get(&seeded.at_case(""), &supervisor).await.ok();
    assert!(case["course"].to_string().contains("前次反馈日期写错"), "the reason is on record");
    // Whose tip joined since is told, and nobody else again.
    bench.clock.advance_seconds(60);
    bench.late_tip(&seeded).await;
    tell(json!({"text": "不属实"})).await.ok();
    assert_eq!(told().await, before + 1);
    tell(json!({"text": "不属实"})).await.refused(409, "answered-before");
    bench.post(&seeded.at_case("/objection"), &supervisor, json!({"reason": "不服"})).await.ok();
    tell(json!({"text": "结论不变"})).await.ok();
    assert_eq!(told().await, before + 2, "an objection is answered to all");
    tell(json!({"text": "结论不变"})).await.refused(409, "answered-before");
}

#[tokio::test]
async fn work_is_reassigned_to_an_officer_the_unit_or_another_unit() {
    let bench = Bench::new().await;
    let (seeded, supervisor) = (bench.seed(Seed::default()).await, bench.supervisor());
    let (first, second) = (bench.officer(), bench.officer());
    let to =
        |body: serde_json::Value| bench.post_owned(seeded.at_case("/reassign"), supervisor.clone(), body);
    bench.accepted(&seeded, &first).await;
    to(json!({"officer": "usr_x", "reason": "回避"})).await.refused(422, "unknown-assignee");
    to(json!({"officer": "x", "unit": COUNTY, "reason": "回避"})).await.refused(422, "officer-or-unit");
    to(json!({"reason": "回避"})).await.ok();
    bench.post(&seeded.at_item("/report"), &first, report()).await.refused(409, "not-held");
    bench.accepted(&seeded, &second).await;
    to(json!({"unit": OTHER_COUNTY, "reason": "改由他县办理"})).await.ok();
    let told = bench.told("cases.*", 1).await;
    assert_eq!(told.last().unwrap().0, "cases.opened");
    to(json!({"reason": "回避"})).await.refused(409, "not-assigned");
}

#[tokio::test]
async fn a_wrong_join_is_undone() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 3, ..Seed::default() }).await;
    let supervisor = bench.supervisor();
    let ids: Vec<_> = seeded.tips.iter().map(ToString::to_string).collect();
    let other = bench.seed(Seed::default()).await;
    let split = |tips: serde_json::Value| json!({"tips": tips, "reason": "并非同一事项"});
    bench.post(&seeded.at_case("/split"), &supervisor, split(json!(ids))).await.refused(422, "nothing-left");
    let foreign = split(json!([other.tips[0].to_string()]));
    bench.post(&seeded.at_case("/split"), &supervisor, foreign).await.refused(422, "other-case");
    let new = bench.post(&seeded.at_case("/split"), &supervisor, split(json!([ids[1], ids[2]]))).await.ok();
    assert_eq!(new["stage"], "opened");
    let old = bench.get(&seeded.at_case(""), &supervisor).await.ok();
    assert_eq!((&old["tip_count"], old["tips"].as_array().unwrap().len()), (&json!(1), 1));
    let new =
        bench.get(&format!("/api/v1/cases/{}", new["case_id"].as_str().unwrap()), &supervisor).await.ok();
    assert_eq!((&new["tip_count"], new["tips"].as_array().unwrap().len()), (&json!(2), 2));
    let told: std::collections::BTreeSet<_> =
        bench.told("cases.*", 2).await.into_iter().map(|(topic, _)| topic).collect();
    assert!(
        told.contains("cases.opened") && told.contains("cases.joined"),
        "what is left may belong elsewhere"
    );
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let broken = work.broken_promises("2026-03-01T00:00:00Z".parse().unwrap(), 100).await.unwrap();
    assert_eq!(broken.iter().filter(|b| b.promise.contains("tip")).count(), 0, "{broken:?}");
}

#[tokio::test]
async fn supervisors_see_what_is_overdue_and_where() {
    let bench = Bench::new().await;
    let (late, _) = (bench.seed(Seed::default()).await, bench.days_later(9));
    bench.seed(Seed::default()).await;
    let supervisor = bench.supervisor();
    let overdue = bench.get("/api/v1/deadlines?state=overdue", &supervisor).await.ok();
    let overdue = overdue["deadlines"].as_array().unwrap();
    assert_eq!(overdue.len(), 1, "an objection window is nobody's duty: {overdue:?}");
    assert_eq!(
        (&overdue[0]["rule"], &overdue[0]["case_id"]),
        (&json!("DL-UNITACC"), &json!(late.case.to_string()))
    );
    let open = bench.get("/api/v1/deadlines?state=open", &supervisor).await.ok();
    assert_eq!(open["deadlines"].as_array().unwrap().len(), 1);
    let figures = bench.get("/api/v1/overview", &bench.token(Role::Analyst, None, "analyst")).await.ok();
    assert_eq!((&figures["total"], &figures["cases"]["dispatched"]), (&json!(2), &json!(2)));
    assert_eq!((&figures["limits_open"], &figures["limits_overdue"]), (&json!(1), &json!(1)));
    assert_eq!(figures["units"][COUNTY], json!({"cases": 2, "overdue": 1}));
}

#[tokio::test]
async fn a_case_shows_its_reasons_and_hides_what_leads_to_a_person() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let case = bench.get(&seeded.at_case(""), &bench.officer()).await.ok();
    let tip = &case["tips"][0];
    assert_eq!(tip["evidence"][0]["why"], "A02: keyword");
    assert_eq!(tip["why"], json!(["同一单位 +3.1"]));
    assert_eq!(case["assignments"][0]["path"], json!(["R1 990121-ZZB"]));
    assert!(case["deadlines"][0]["counted"].as_str().unwrap().contains("PR-1"));
    let text = tip["text"].as_str().unwrap();
    assert_eq!(
        text,
        "反映甲乙丙任人唯亲。我叫＊＊＊，电话＊＊＊＊＊＊＊＊＊＊＊，邮箱＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊。"
    );
    let whole = case.to_string();
    for secret in ["13900000123", "丁戊己", "someone@"] {
        assert!(!whole.contains(secret));
    }
}

#[tokio::test]
async fn nobody_sees_a_case_that_is_about_them_or_that_went_past_them() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let subject = bench.token(Role::Leader, None, "甲乙丙");
    bench.get(&seeded.at_case(""), &subject).await.refused(404, "not-found");
    assert_eq!(bench.get("/api/v1/cases", &subject).await.ok()["cases"], json!([]));
    bench.post(&seeded.at_case("/reopen"), &subject, json!({"reason": "x"})).await.refused(404, "not-found");
    // Routed past the county (its own people are concerned): the city has it now.
    let above = bench.seed(Seed { unit: "990100-ZZB", ..Seed::default() }).await;
    let county = bench.token(Role::Supervisor, Some(COUNTY), "head");
    bench.get(&above.at_case(""), &county).await.refused(404, "not-found");
    bench.get(&seeded.at_case(""), &county).await.ok();
    let city = bench.token(Role::Supervisor, Some("990100-ZZB"), "head");
    bench.get(&above.at_case(""), &city).await.ok();
    bench.get(&seeded.at_case(""), &city).await.ok();
    assert_eq!(bench.get("/api/v1/cases", &county).await.ok()["cases"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let bench = Bench::new().await;
    for _ in 0..5 {
        bench.seed(Seed::default()).await;
        bench.clock.advance_seconds(1);
    }
    let supervisor = bench.supervisor();
    let mut seen = std::collections::BTreeSet::new();
    let mut path = "/api/v1/cases?limit=2".to_owned();
    for _ in 0..5 {
        let page = bench.get(&path, &supervisor).await.ok();
        seen.extend(
            page["cases"].as_array().unwrap().iter().map(|case| case["number"].as_str().unwrap().to_owned()),
        );
        let Some(before) = page["next_before"].as_str() else { break };
        let last = page["next_before_case"].as_str().unwrap();
        path = format!("/api/v1/cases?limit=2&before={before}&before_case={last}");
    }
    assert_eq!(seen.len(), 5);
    let none = bench.get("/api/v1/cases?stage=closed", &supervisor).await.ok();
    assert_eq!(none["cases"], json!([]));
    bench.get("/api/v1/cases?stage=lost", &supervisor).await.refused(422, "validation");
    bench.get("/api/v1/cases?limit=0", &supervisor).await.refused(422, "validation");
}

#[tokio::test]
async fn a_query_that_is_wrong_is_told_by_its_parameters() {
    let bench = Bench::new().await;
    let (supervisor, officer) = (bench.supervisor(), bench.officer());
    let day = "/api/v1/registers/phone?from=yesterday";
    for (path, fields) in [
        ("/api/v1/cases?stage=bogus&limit=x&colour=red", &["colour", "limit", "stage"][..]),
        ("/api/v1/cases?unit=990121-NOPE", &["unit"]),
        ("/api/v1/cases?received_by=nope", &["received_by"]),
        ("/api/v1/deadlines?state=", &["state"]),
        (day, &["from"]),
        ("/api/v1/overview?from=yesterday", &["from"]),
        ("/api/v1/assignments?unit=990121-ZZB", &["unit"]),
    ] {
        let asking = if path.contains("assignments") { &officer } else { &supervisor };
        let answer = bench.get(path, asking).await;
        assert_eq!(answer.status.as_u16(), 422, "{path}");
        let errors = answer.body["errors"].as_array().unwrap();
        let named: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{path}");
    }
    let known = bench.get(&format!("/api/v1/cases?unit={COUNTY}"), &supervisor).await.ok();
    assert_eq!(known["cases"], json!([]));
}

#[tokio::test]
async fn a_body_where_all_may_be_left_out_may_be_empty() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O3").await;
    let supervisor = bench.supervisor();
    bench.post(&seeded.at_case("/feedback"), &supervisor, json!({"text": "不属实"})).await.ok();
    let close = |media: &str, body: &'static str| {
        let request = axum::http::Request::post(seeded.at_case("/close"))
            .header("authorization", format!("Bearer {supervisor}"))
            .header("content-type", media);
        bench.send(request.body(body.into()).unwrap())
    };
    close("text/plain", "{}").await.refused(415, "unsupported-media-type");
    close("application/json", "{").await.refused(400, "malformed");
    close("application/json", "").await.ok();
}

#[tokio::test]
async fn a_tip_on_a_concluded_case_is_listed_to_its_unit_until_it_is_closed() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O3").await;
    let quiet = bench.concluded("O3").await;
    let (officer, elsewhere) = (bench.officer(), bench.token(Role::Officer, Some(OTHER_COUNTY), "elsewhere"));
    let path = "/api/v1/cases?late=true";
    assert_eq!(bench.get(path, &officer).await.ok()["cases"], json!([]));
    bench.clock.advance_seconds(60);
    bench.late_tip(&seeded).await;
    let listed = bench.get(path, &officer).await.ok();
    let rows = listed["cases"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{listed}");
    assert_eq!((&rows[0]["case_id"], &rows[0]["late_tips"]), (&json!(seeded.case.to_string()), &json!(1)));
    assert_eq!(bench.get(path, &elsewhere).await.ok()["cases"], json!([]), "another unit's are not listed");
    let all = bench.get(path, &bench.supervisor()).await.ok();
    assert_eq!(all["cases"].as_array().unwrap().len(), 1);
    assert_ne!(quiet.case, seeded.case);
    let case = bench.get(&seeded.at_case(""), &officer).await.ok();
    let late: Vec<_> = case["tips"].as_array().unwrap().iter().map(|tip| tip["late"].clone()).collect();
    assert_eq!(late, [json!(false), json!(true)]);
}
