//! Somebody calls again, and reads out their receipt to a clerk.

use dengwen_model::Role;
use dengwen_seal::Receipt;
use serde_json::json;

use crate::bench::Bench;
use crate::seed::Seed;

#[tokio::test]
async fn a_clerk_hears_by_the_receipt_how_a_report_stands_and_no_more() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let clerk = bench.token(Role::Intake, None, "clerk");
    let digits = seeded.receipts[0].grouped();
    let look =
        async |receipt: &str| bench.post("/api/v1/receipts", &clerk, json!({"receipt": receipt})).await;
    let standing = look(&digits).await.ok();
    assert_eq!((&standing["state"], &standing["answers"]), (&json!("in_progress"), &json!([])));
    let ask = json!({"tip": seeded.tips[0].to_string(), "text": "请补充时间地点"});
    bench.post(&seeded.at_case("/ask"), &bench.officer(), ask).await.ok();
    let page = bench.browser(Role::Intake, None, "clerk-b").await;
    let shown = page.send("/desk/receipts", &[("receipt", &digits)]).await;
    assert!(shown.text.contains("办理中") && shown.text.contains("请补充时间地点"), "{}", shown.text);
    let case = bench.get(&seeded.at_case(""), &bench.supervisor()).await.ok();
    let number = case["number"].as_str().unwrap();
    for told in [look(&digits).await.ok().to_string(), shown.text] {
        assert!(!told.contains("甲乙丙") && !told.contains(number), "neither words nor the case: {told}");
    }
    look("12").await.refused(422, "validation");
    look(&Receipt::generate(bench.runtime.entropy()).grouped()).await.refused(404, "not-found");
    for role in [Role::Officer, Role::Supervisor, Role::Custodian] {
        let other = bench.token(role, None, "other");
        bench.post("/api/v1/receipts", &other, json!({"receipt": digits})).await.refused(403, "forbidden");
    }
    let log = bench.runtime.ledger().read().await.unwrap().audit_from(1, 1000).await.unwrap();
    let looks: Vec<_> = log.iter().filter(|entry| entry.entry.action == "receipt.looked_up").collect();
    assert_eq!(looks.len(), 3, "each look is on record");
    assert!(!format!("{log:?}").contains(&digits.replace(' ', "")));
}
