//! A case with very many tips, and a tip with very many messages, come in pages.

use dengwen_casework::{Desk, LocalDesk};
use dengwen_door::ReceiptDesk;
use dengwen_ledger::MailboxRecord;
use dengwen_model::{MessageContent, MessageFrom, MessageId, Role};
use dengwen_service::seal_message;
use serde_json::{Value, json};

use crate::bench::{Bench, COUNTY, OTHER_COUNTY};
use crate::seed::{Seed, Seeded};

fn ids(page: &Value, list: &str, id: &str) -> Vec<String> {
    page[list].as_array().unwrap().iter().map(|one| one[id].as_str().unwrap().to_owned()).collect()
}

impl Bench {
    async fn write(&self, seeded: &Seeded, count: usize) {
        let runtime = &self.runtime;
        let mut work = runtime.ledger().begin().await.unwrap();
        for n in 0..count {
            let id = MessageId::new(runtime.clock(), runtime.entropy());
            let text = seal_message(runtime, id, &MessageContent::words(format!("第{n}条"))).unwrap();
            let at = runtime.clock().now();
            let record = MailboxRecord { id, tip: seeded.tips[0], from: MessageFrom::Reporter, at, text };
            assert!(work.insert_message(&record).await.unwrap());
            self.clock.advance_seconds(1);
        }
        work.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_tips_of_a_case_come_in_pages_and_none_is_left_out() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 53, ..Seed::default() }).await;
    let officer = bench.officer();
    let first = bench.get(&seeded.at_case(""), &officer).await.ok();
    assert_eq!((first["tips"].as_array().unwrap().len(), &first["tip_count"]), (20, &json!(53)));
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = seeded.at_case(&format!("?tips_limit=25{after}"));
        let page = bench.get(&path, &officer).await.ok();
        seen.extend(ids(&page, "tips", "tip_id"));
        let Some(next) = page["next_tips_after"].as_str() else { break };
        after = format!("&tips_after={next}");
    }
    let mut all: Vec<_> = seeded.tips.iter().map(ToString::to_string).collect();
    all.sort();
    seen.sort();
    assert_eq!(seen, all);
    for (query, status) in [("?tips_limit=51", 422), ("?tips_limit=0", 422), ("?tips_limit=x", 422)] {
        assert_eq!(bench.get(&seeded.at_case(query), &officer).await.status.as_u16(), status, "{query}");
    }
    bench.get(&seeded.at_case("?tips_after=x"), &officer).await.refused(404, "not-found");
    let other = bench.seed(Seed::default()).await;
    let foreign = seeded.at_case(&format!("?tips_after={}", other.tips[0]));
    assert_eq!(
        bench.get(&foreign, &officer).await.ok()["tips"],
        json!([]),
        "a page of another case is empty"
    );

    let browser = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    let page = browser.page(&format!("/desk/cases/{}", seeded.case)).await;
    let next = format!("/desk/cases/{}?tips_after={}", seeded.case, ids(&first, "tips", "tip_id")[19]);
    assert_eq!(page.matches("<article").count(), 20);
    assert!(page.contains(&next), "the next page is a link");
    assert_eq!(browser.page(&next).await.matches("<article").count(), 20);
}

#[tokio::test]
async fn the_messages_of_a_tip_come_in_pages_from_the_newest_back() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    bench.write(&seeded, 130).await;
    let officer = bench.officer();
    let case = bench.get(&seeded.at_case(""), &officer).await.ok();
    let shown: Vec<_> = ids(&case["tips"][0], "messages", "text");
    assert_eq!((shown.len(), shown[19].as_str()), (20, "第129条"));
    assert_eq!(case["tips"][0]["earlier_messages"], true);

    let base = seeded.at_case(&format!("/tips/{}/messages", seeded.tips[0]));
    let (mut seen, mut before) = (Vec::new(), String::new());
    loop {
        let page = bench.get(&format!("{base}?limit=60{before}"), &officer).await.ok();
        seen.splice(0..0, ids(&page, "messages", "text"));
        let Some(next) = page["next_before"].as_str() else { break };
        before = format!("&before={next}");
    }
    assert_eq!(seen, (0..130).map(|n| format!("第{n}条")).collect::<Vec<_>>());
    bench.get(&format!("{base}?before=x"), &officer).await.refused(404, "not-found");
    let elsewhere = bench.token(Role::Officer, Some(OTHER_COUNTY), "elsewhere");
    bench.get(&base, &elsewhere).await.refused(404, "not-found");
    let other = bench.seed(Seed::default()).await;
    let foreign = seeded.at_case(&format!("/tips/{}/messages", other.tips[0]));
    bench.get(&foreign, &officer).await.refused(404, "not-found");

    let browser = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    let page = browser.page(&format!("/desk/cases/{}", seeded.case)).await;
    let link = page.split('"').find(|part| part.contains("?before=")).unwrap();
    let earlier = browser.page(link).await;
    assert!(earlier.contains("第109条") && earlier.contains("第60条") && !earlier.contains("第110条"));
    // The reporter's own page is bounded too, and shows the newest.
    let hash = bench.runtime.keys().receipt.hash(&seeded.receipts[0]);
    bench.write(&seeded, 120).await;
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let view = receipts.look(&hash).await.unwrap().unwrap();
    assert_eq!((view.messages.len(), view.messages[199].text.as_str()), (200, "第119条"));
}
