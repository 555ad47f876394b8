//! Known matters while a clerk writes.

use dengwen_casework::{Desk, LocalDesk};
use dengwen_door::{HintDesk, Sketch};
use dengwen_ledger::LinkEntry;
use dengwen_model::{AssignmentTask, Channel, Role};
use dengwen_service::Readers;
use dengwen_text::link::keys;
use dengwen_text::{TipForm, TipText};
use serde_json::{Value, json};

use crate::bench::{Bench, COUNTY, OTHER_COUNTY, PROVINCE};
use crate::seed::{Seed, Seeded};

const HINTS: &str = "/api/v1/hints";
/// What was reported, and what a clerk writes of the same matter.
const REPORTED: &str =
    "反映清岚县交通运输局局长甲乙丙2025年6月收受股长任命款三万元，违规提拔外甥丁戊己任办公室主任。";
const WRITTEN: &str = "来电反映清岚县交通运输局局长甲乙丙收三万元，提拔外甥丁戊己当办公室主任。";

impl Bench {
    /// Puts a seeded case into the index as triage does, by these words.
    async fn index(&self, seeded: &Seeded, words: &str) {
        let reader = Readers::new(self.runtime.clone()).current().await.unwrap();
        let tip = TipText {
            text: words,
            form: TipForm::default(),
            channel: Channel::Web,
            received_at: self.runtime.clock().now(),
            received_by: None,
            source_kind: None,
        };
        let signature = reader.read(&tip).signature;
        let mut work = self.runtime.ledger().begin().await.unwrap();
        let entry = LinkEntry {
            tip: seeded.tips[0],
            case: seeded.case,
            signature: signature.to_bytes().to_vec(),
            keys: keys(&signature).into_iter().map(i64::from).collect(),
            seq: 0,
        };
        work.insert_links(&[entry]).await.unwrap();
        work.commit().await.unwrap();
    }

    fn clerk(&self) -> String {
        self.token(Role::Intake, None, "clerk")
    }

    /// The hints on these words.
    async fn hints(&self, token: &str, words: &str) -> Vec<Value> {
        let answer = self.post(HINTS, token, json!({ "text": words })).await.ok();
        answer["hints"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_clerk_hears_of_a_known_matter_and_nothing_that_others_said() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 3, ..Seed::default() }).await;
    bench.index(&seeded, REPORTED).await;
    let clerk = bench.clerk();
    let hints = bench.hints(&clerk, WRITTEN).await;
    assert_eq!(hints.len(), 1, "{hints:?}");
    assert_eq!(
        (hints[0]["number"].as_str(), hints[0]["tips"].as_u64()),
        (Some("990000-ZZB-2026-000001"), Some(3))
    );
    let because: Vec<_> = hints[0]["because"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(because.contains(&"person") && !because.contains(&"received"), "{because:?}");
    let told = hints[0].to_string();
    assert!(!told.contains("甲乙丙") && !told.contains("丁戊己") && !told.contains("2025"), "{told}");
    assert!(bench.hints(&clerk, "反映某村民占用耕地建房，与本线无关。").await.is_empty());
    let who = json!({"name": "甲乙丙", "org": "清岚县交通运输局", "title": "局长", "text": "甲乙丙"});
    let looked_up = bench.post(HINTS, &clerk, who).await.ok();
    assert_eq!(looked_up["hints"], json!([]), "nobody is looked up by their name");
    let beside = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let sketch = Sketch { text: WRITTEN.to_owned(), ..Sketch::default() };
    assert_eq!(beside.hints(&clerk, &sketch).await.unwrap().hints.len(), 1, "the same within the process");
    assert!(beside.hints(&bench.officer(), &sketch).await.is_err());
}

#[tokio::test]
async fn what_travels_sealed_or_went_past_the_line_or_is_another_lines_is_not_told() {
    let bench = Bench::new().await;
    let clerk = bench.clerk();
    for (seed, why) in [
        (Seed { unit: PROVINCE, task: AssignmentTask::PassUp, ..Seed::default() }, "sealed"),
        (Seed { handed_over: false, ..Seed::default() }, "not routed"),
    ] {
        let seeded = bench.seed(seed).await;
        bench.index(&seeded, REPORTED).await;
        assert!(bench.hints(&clerk, WRITTEN).await.is_empty(), "{why}");
    }
    let county = bench.token(Role::Intake, Some(OTHER_COUNTY), "clerk");
    let seeded = bench.seed(Seed { unit: COUNTY, ..Seed::default() }).await;
    bench.index(&seeded, REPORTED).await;
    assert_eq!(bench.hints(&clerk, WRITTEN).await.len(), 1);
    assert!(bench.hints(&county, WRITTEN).await.is_empty(), "another line's");
    let oneself = bench.token(Role::Intake, None, "甲乙丙");
    assert!(bench.hints(&oneself, WRITTEN).await.is_empty(), "about the clerk");
}

#[tokio::test]
async fn only_clerks_ask_and_not_too_often() {
    let bench = Bench::new().await;
    let ask = async |token: &str| bench.post(HINTS, token, json!({ "text": WRITTEN })).await;
    ask("").await.refused(401, "unauthorized");
    ask(&bench.officer()).await.refused(403, "forbidden");
    let clerk = bench.clerk();
    let mut asked = 0;
    while ask(&clerk).await.status.is_success() {
        asked += 1;
        assert!(asked < 100, "names are not tried one after the other");
    }
    ask(&clerk).await.refused(429, "rate-limited");
    assert!(asked >= 15, "enough for whoever types: {asked}");
    assert!(ask(&bench.clerk()).await.status.is_success(), "each clerk for themselves");
    let long = json!({ "text": "x".repeat(40_001), "unknown": 1 });
    assert!(bench.post(HINTS, &bench.clerk(), long).await.status.is_client_error());
}
