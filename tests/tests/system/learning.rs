//! What persons at the desk correct makes a new model; triage reads with it once an administrator has put it
//! in place, and every decision says what decided it.

use std::collections::BTreeSet;

use dengwen_ledger::Ledger;
use dengwen_ledger_sqlite::SqliteLedger;
use dengwen_testkit::{Service, System, client, until};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::{LONG, in_one};

/// The department that takes tips in: what no unit may verify comes to its desk.
const DESK: &str = "990000-ZZB";

/// Matters of one kind that the shipped model has hardly met, in words of their own. Enough of them that by any
/// chance some are learned from and some kept apart.
const WORDS: [&str; 8] = [
    "楼顶的信鸽天天落在我家阳台，被单晒出去就是一层鸽粪，养鸽子的邻居说管不着。",
    "隔壁院里的公鸡半夜三点就打鸣，一院子人睡不好，找了居委会两回都说劝不动。",
    "对门在楼道里堆腌菜缸，夏天味道冲得人开不了门，物业来看过一眼就走了。",
    "一楼商户把洗鱼的水直接泼在步道上，冬天结了冰，老人已经摔了两个。",
    "广场舞的音箱正对着我家窗户，从天黑唱到十点，孩子没法写作业。",
    "小区门口的健身器材断了一根杆，铁茬露在外面快一个月了，没人来修。",
    "河边的长椅被人拆走卖了废铁，老人走到一半没有地方歇脚。",
    "公交改线以后村口那一站取消了，上学的孩子要多走三里路。",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corrections_are_learned_and_read_with_once_put_in_place() {
    let system = in_one().await;
    let officer = system.token("officer", Some(DESK)).await;
    let mut desk = Desk { system: &system, client: client(), officer, corrected: BTreeSet::new() };
    let shipped = in_place(&system).await;
    desk.correct(&WORDS).await;

    let told = system.run(&["train"]).await;
    let learned = after(&told, "new:      ");
    let counted = format!("corrections: {} learned from", WORDS.len() - kept_apart(&told));
    assert!(told.contains(&counted) && told.contains(&format!("--activate {learned}")), "{told}");
    assert!(told.contains("held, in place:") && told.contains("fresh, new:"), "both are measured:\n{told}");
    assert_eq!(in_place(&system).await, shipped, "a new model is not used by itself");
    assert!(system.run(&["train"]).await.contains("nothing new was learned"));

    let unknown = system.try_run(&["train", "--activate", "trained-by-nobody"]).await;
    assert!(!unknown.status.success(), "a model that is not there cannot be put in place");
    system.run(&["train", "--activate", &learned]).await;
    assert_eq!(in_place(&system).await, learned);
    desk.correct(&["养蜂的把蜂箱摆在幼儿园墙外，孩子们不敢出来玩，园长去说了没有用。"]).await;

    let decided = decided_by(&system).await;
    assert_eq!(decided.len(), WORDS.len() + 1);
    let by = |version: &str| decided.iter().filter(|by| by.ends_with(version)).count();
    assert_eq!((by(&shipped), by(&learned)), (WORDS.len(), 1), "every decision says what decided it");
}

/// An officer of the department that takes tips in.
struct Desk<'s> {
    system: &'s System,
    client: Client,
    officer: String,
    /// The cases whose leaf was corrected. They come back to the desk: their leaf is out of scope.
    corrected: BTreeSet<String>,
}

impl Desk<'_> {
    /// Sends the tips and puts each into one leaf.
    async fn correct(&mut self, texts: &[&str]) {
        let all = self.corrected.len() + texts.len();
        for text in texts {
            let url = self.system.url(Service::Web, "/api/v1/tips");
            answer(self.client.post(url).json(&json!({"text": text})), 201).await;
        }
        while self.corrected.len() < all {
            for (assignment, case) in self.pull().await {
                if self.corrected.insert(case) {
                    let path = format!("/api/v1/assignments/{assignment}/classify");
                    let leaf = json!({"category": "X08", "reason": "生活服务问题"});
                    answer(self.post(&path).json(&leaf), 200).await;
                }
            }
        }
    }

    /// What is new at the desk: assignments and their cases.
    async fn pull(&self) -> Vec<(String, String)> {
        let pull = self.post(&format!("/api/v1/units/{DESK}/pull"));
        let pull = pull.json(&json!({"max": 50, "lease_minutes": 30}));
        let text = |item: &Value, key: &str| item[key].as_str().map(str::to_owned);
        until("work at the desk", LONG, || async {
            let pulled = answer(pull.try_clone()?, 200).await;
            let items = pulled["items"].as_array()?.iter();
            let items: Vec<(String, String)> =
                items.filter_map(|item| text(item, "assignment_id").zip(text(item, "case_id"))).collect();
            (!items.is_empty()).then_some(items)
        })
        .await
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.system.url(Service::Casework, path)).bearer_auth(&self.officer)
    }
}

/// The version that triage reads with, as `dengwen train --list` marks it.
async fn in_place(system: &System) -> String {
    let listed = system.run(&["train", "--list"]).await;
    let marked: Vec<&str> = listed.lines().filter(|line| line.ends_with("in place")).collect();
    assert_eq!(marked.len(), 1, "one model is in place:\n{listed}");
    marked[0].split('\t').next().unwrap_or_default().to_owned()
}

fn after(told: &str, label: &str) -> String {
    let line = told.lines().find_map(|line| line.strip_prefix(label));
    line.expect("the line is there").trim().to_owned()
}

fn kept_apart(told: &str) -> usize {
    let (_, apart) = told.split_once("learned from, ").expect("corrections are counted");
    apart.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// What had decided each corrected tip.
async fn decided_by(system: &System) -> Vec<String> {
    let path = system.data(None).join("ledger.db");
    let ledger = SqliteLedger::open(&format!("sqlite://{}", path.display()));
    let mut work = ledger.read().await.expect("the ledger can be read");
    let corrections = work.corrections().await.expect("the corrections");
    corrections.into_iter().map(|correction| correction.decided_by).collect()
}

async fn answer(request: RequestBuilder, status: u16) -> Value {
    let response = request.send().await.expect("an answer");
    let (was, body) = (response.status(), response.text().await.expect("a body"));
    assert_eq!(was, status, "{body}");
    serde_json::from_str(&body).expect("JSON")
}
