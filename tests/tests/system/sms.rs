//! SMS without a pause: every tenth twice, long ones in parts that come in any order, while the gateway's process
//! and the broker are killed. Each message is in the ledger once, word for word.
//!
//! `./tests/run` sends a thousand; `./tests/bench sms` sends 100,000 through the same code.

mod traffic;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dengwen_ledger::{CaseFilter, Ledger};
use dengwen_model::TipContent;
use dengwen_seal::{KeyDirectory, SealedBox, purpose};
use dengwen_service::{Settings, open_ledger};
use dengwen_testkit::{Backends, Kind, Service, System, client, holds, until};
use reqwest::Client;
use tokio::task::JoinSet;
use traffic::Traffic;

use crate::outage::waiting_with;
use crate::{LONG, holds_exactly, setup};

/// Short messages, unless the environment says otherwise.
const SMS: usize = 1_000;
/// Requests that the gateway makes at the same time.
const LINES: usize = 16;
/// Cases that are read from the ledger at once.
const PAGE: u32 = 500;

/// A gateway that joins nothing, and waits long for an answer: parts and retries are ours to deal with.
const GATEWAY: &str = r#"
[sms]
parts_minutes = 120
[sms.gateways.main]
kind = "kannel"
path_secret = "a-path-that-nobody-guesses"
default_region = "CN"
"#;

#[expect(clippy::print_stdout, reason = "the row that `./tests/bench sms` shows")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_is_in_the_ledger_once_whatever_dies_meanwhile() {
    let sms = std::env::var("DENGWEN_TEST_SMS").map_or(SMS, |count| count.parse().expect("a number"));
    let traffic = Arc::new(Traffic::of(sms));
    let mut system = System::in_services(Backends::private().await, setup().settings(GATEWAY)).await;
    let ledger_url = system.backends().server(Kind::Postgres).url().to_owned();
    let ledger = open_ledger(&Settings { ledger_url, ..Settings::default() }).await.expect("the ledger");
    let began = Instant::now();
    let sent = send(&system, &traffic);
    while_they_die(&mut system, &traffic, &sent.answered).await;
    sent.finish().await;
    let answered = began.elapsed();

    let messages = traffic.texts().count();
    reaches("every message in the ledger", messages, || async { count(ledger.as_ref()).await }).await;
    let registered = began.elapsed();
    drained(&system).await;
    assert_eq!(differences(&system, ledger.as_ref(), &traffic).await, Vec::<String>::new());
    holds_exactly(&system, messages).await;
    let second = |elapsed: Duration| elapsed.as_secs();
    println!(
        "| {} | {} | {messages} | {} | {} | {} | {} |",
        traffic.distinct(),
        traffic.requests().len() - traffic.distinct(),
        DEATHS.len(),
        second(answered),
        second(registered),
        second(began.elapsed())
    );
}

/// What dies, each time after another share of the requests was answered.
const DEATHS: [&[Service]; 4] = [&[Service::Sms], &[], &[Service::Sms], &[Service::Sms, Service::Triage]];

/// Kills the gateway's process, the broker, and both with others at once, at full speed.
async fn while_they_die(system: &mut System, traffic: &Traffic, answered: &AtomicUsize) {
    let share = traffic.requests().len() / (DEATHS.len() + 1);
    for (index, services) in DEATHS.iter().enumerate() {
        let goal = share * (index + 1);
        reaches("more answers", goal, || async { answered.load(Ordering::SeqCst) }).await;
        let with_the_broker = index % 2 == 1;
        if with_the_broker {
            system.backends().server(Kind::Rabbitmq).kill().await;
        }
        for service in *services {
            system.process(*service).kill().await;
        }
        for service in *services {
            system.process(*service).start_again().await;
        }
        if with_the_broker {
            // The door takes messages meanwhile.
            reaches("more answers", goal + share / 3, || async { answered.load(Ordering::SeqCst) }).await;
            system.backends().server(Kind::Rabbitmq).start_again().await;
        }
    }
}

/// A gateway at work.
struct Sent {
    lines: JoinSet<()>,
    answered: Arc<AtomicUsize>,
}

impl Sent {
    async fn finish(mut self) {
        while let Some(ended) = self.lines.join_next().await {
            ended.expect("a message was refused");
        }
    }
}

/// Sends everything, as fast as it is answered; what is not answered is sent again.
fn send(system: &System, traffic: &Arc<Traffic>) -> Sent {
    let url = system.url(Service::Sms, "/sms/main/inbound/a-path-that-nobody-guesses");
    let (next, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut lines = JoinSet::new();
    for _ in 0..LINES {
        let (url, traffic, next, answered) = (url.clone(), traffic.clone(), next.clone(), answered.clone());
        lines.spawn(async move {
            let client = client();
            while let Some(&number) = traffic.requests().get(next.fetch_add(1, Ordering::SeqCst)) {
                deliver(&client, &format!("{url}?{}", traffic.query(number))).await;
                answered.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    Sent { lines, answered }
}

async fn deliver(client: &Client, url: &str) {
    until("an answer to a message", LONG, || async {
        let answer = client.get(url).timeout(Duration::from_secs(10)).send().await.ok()?;
        let status = answer.status();
        if status.is_server_error() {
            return None;
        }
        assert_eq!(status, 200, "a message that is in order is taken");
        let body = answer.text().await.ok()?;
        assert_eq!(body, "", "a body would be sent to the person");
        Some(())
    })
    .await;
}

async fn count(ledger: &dyn Ledger) -> usize {
    let Ok(mut work) = ledger.read().await else { return 0 };
    work.count_tips().await.ok().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
}

/// Waits for a number to be reached, as long as it grows.
async fn reaches(what: &str, goal: usize, ask: impl AsyncFn() -> usize) {
    let mut seen = ask().await;
    while seen < goal {
        let what = format!("{what}: {seen} of {goal}");
        seen = until(&what, LONG, || async { Some(ask().await).filter(|now| *now > seen) }).await;
    }
}

/// Waits until nothing is on its way any more, as long as there is less and less.
async fn drained(system: &System) {
    let broker = system.backends().server(Kind::Rabbitmq);
    let mut least = u64::MAX;
    while least > 0 {
        let what = format!("less than {least} messages with the broker");
        let now = || async { waiting_with(broker).await.filter(|now| *now < least) };
        least = until(&what, LONG, now).await;
    }
    holds("the promises of what was under way", LONG, || async {
        system.try_run(&["verify"]).await.status.success()
    })
    .await;
}

/// Which texts the ledger does not hold once, by their numbers, and how often it holds texts that nobody sent.
async fn differences(system: &System, ledger: &dyn Ledger, traffic: &Traffic) -> Vec<String> {
    let keys = KeyDirectory::new(system.data(None).join("keys")).inner().expect("the line's keys");
    let mut open: BTreeMap<String, usize> = traffic.texts().enumerate().map(|(n, text)| (text, n)).collect();
    let mut wrong = Vec::new();
    let mut work = ledger.read().await.expect("the ledger");
    let mut filter = CaseFilter { limit: PAGE, ..CaseFilter::default() };
    loop {
        let page = work.cases(&filter).await.expect("a page of cases");
        let Some(last) = page.last() else { break };
        (filter.before, filter.before_case) = (Some(last.case.opened_at), Some(last.case.id));
        for record in &page {
            for tip in work.tips_of_case(record.case.id).await.expect("the tips of a case") {
                let (context, sealed) = (tip.tip.id.as_uuid(), SealedBox::from_bytes(tip.tip.content));
                let sealed = sealed.expect("a sealed box");
                let plain = keys.line.open(purpose::TipContent, context.as_bytes(), &sealed).expect("ours");
                let content: TipContent = serde_json::from_slice(&plain).expect("a tip's content");
                if open.remove(&content.text).is_none() {
                    wrong.push(format!("{}: not sent, or there before", tip.number));
                }
            }
        }
    }
    wrong.extend(open.into_values().map(|number| format!("message {number} is not there")));
    wrong
}
