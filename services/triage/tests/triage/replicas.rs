//! Two replicas of triage on one ledger, fed one matter at the same moment.

use std::process::Command;
use std::time::Duration;

use dengwen_ledger::LinkEntry;
use dengwen_messages::Envelope;
use dengwen_model::{CaseId, TipId};
use dengwen_queue::Settlement;
use dengwen_service::{HandleError, Handler, KnownLink, LinkCache};
use dengwen_testkit::{Replicas, holds};
use dengwen_text::link::Signature;
use dengwen_triage::Triage;

use crate::rig::Rig;

/// One matter in four voices: a form, a short message, a call as the clerk wrote it down, a letter.
const VOICES: [&str; 4] = [
    "举报清岚县交通运输局局长骆维钧卖官，今年七月提的两个股长一人交了五万块，局里没有不晓得的。",
    "举报清岚县交通运输局局长骆维钧卖官,今年7月提的两个股长一人交了5万块,局里没有不晓得的!!",
    "来电人反映，清岚县交通局局长骆维钧卖官，今年七月提拔的两个股长一人交了五万元，局里都晓得。",
    "舉報清嵐縣交通運輸局局長駱維鈞賣官，今年七月提的兩個股長一人交了五萬塊，局裡沒有不曉得的。",
];

/// As the queue does: what meets a conflict is delivered again.
async fn handled(triage: &Triage, batch: &[Envelope]) {
    for _ in 0..20 {
        match triage.handle(batch).await {
            Ok(settled) => return assert!(settled.iter().all(|one| *one == Settlement::Done)),
            Err(HandleError::Ledger(error)) if error.is_transient() => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("twenty conflicts in a row");
}

/// Each voice goes to another replica at the same moment, every one of them also a second time to its neighbour.
async fn one_case_of_one_matter(replicas: Replicas) {
    let (first, second) = (Rig::of(&replicas, "one").await, Rig::of(&replicas, "two").await);
    let mut tips = Vec::new();
    for text in VOICES {
        tips.push(first.received(text).await);
    }
    let (one, two) = (&first.triage, &second.triage);
    let (a, b, c, d) = (&tips[..1], &tips[1..2], &tips[2..3], &tips[3..]);
    tokio::join!(handled(one, a), handled(two, b), handled(one, c), handled(two, d));
    tokio::join!(handled(two, &tips), handled(one, &tips[1..3]));
    let counts: Vec<u32> = first.cases().await.iter().map(|case| case.tips).collect();
    assert_eq!(counts, [4]);
    let mut read = first.runtime.ledger().read().await.unwrap();
    assert_eq!(read.count_tips().await.unwrap(), 4);
    assert_eq!(read.links_after(0, 9).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_matter_at_two_replicas_is_one_case_on_postgres() {
    one_case_of_one_matter(Replicas::on_postgres()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_matter_at_two_replicas_is_one_case_on_sqlite() {
    one_case_of_one_matter(Replicas::on_sqlite()).await;
}

/// Both replicas have filled their memories with what is known when the pairs come, a voice to each at the same
/// moment: whichever is first, the other one has to hear of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pairs_that_come_to_two_replicas_at_once_are_joined_though_both_remember_what_was_known_before() {
    const ABOUT: [(&str, &str); 3] = [("清岚县", "骆维钧"), ("永嵩县", "缑云栖"), ("望陵区", "芮文韬")];
    let replicas = Replicas::on_postgres();
    let (first, second) = (Rig::of(&replicas, "one").await, Rig::of(&replicas, "two").await);
    for (pair, (place, name)) in ABOUT.iter().enumerate() {
        let about = |text: &str| text.replace("清岚县", place).replace("骆维钧", name);
        let [one, two] = [VOICES[0], VOICES[2]].map(about);
        let (one, two) = ([first.received(&one).await], [first.received(&two).await]);
        tokio::join!(handled(&first.triage, &one), handled(&second.triage, &two));
        let counts: Vec<u32> = first.cases().await.iter().map(|case| case.tips).collect();
        assert_eq!(counts, vec![2; pair + 1]);
    }
}

/// Whoever has the locks of some keys gets from memory what the ledger has under them, while others write.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_replica_remembers_is_what_the_ledger_has_while_others_write() {
    const ROUNDS: i64 = 40;
    const KEYS: i64 = 5;
    let replicas = Replicas::on_postgres();
    let mut working = Vec::new();
    for name in ["one", "two", "three"] {
        let runtime = replicas.replica(name).await;
        working.push(tokio::spawn(async move {
            // Small enough to let go of something now and then.
            let memory = LinkCache::new(12_000);
            for round in 0..ROUNDS {
                let keys = [round % KEYS, (round + 1) % KEYS, KEYS + round];
                let mut work = runtime.ledger().begin().await.unwrap();
                work.lock_keys(&keys).await.unwrap();
                let held = memory.under(work.as_mut(), &keys).await.unwrap();
                assert_eq!(held, KnownLink::under(work.as_mut(), &keys).await.unwrap());
                let entry = LinkEntry {
                    tip: TipId::new(runtime.clock(), runtime.entropy()),
                    case: CaseId::new(runtime.clock(), runtime.entropy()),
                    signature: Signature::default().to_bytes().to_vec(),
                    keys: keys.to_vec(),
                    seq: 0,
                };
                work.insert_links(&[entry]).await.unwrap();
                match round % 4 {
                    0 => work.roll_back().await.unwrap(),
                    _ => work.commit().await.unwrap(),
                }
            }
        }));
    }
    for one in working {
        one.await.unwrap();
    }
}

/// Somebody has one of two cases locked and wants the other: triage, which wants both, must not have that one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn triage_locks_the_cases_that_its_tips_join_in_the_order_of_their_ids() {
    let replicas = Replicas::on_postgres();
    let rig = Rig::of(&replicas, "one").await;
    let other = VOICES[0].replace("骆维钧", "缑云栖").replace("清岚县交通运输局", "永嵩县教体局");
    for text in [VOICES[0], &other] {
        let tip = rig.received(text).await;
        rig.handle(&[tip]).await;
    }
    let mut cases: Vec<CaseId> = rig.cases().await.iter().map(|case| case.id).collect();
    cases.sort_unstable();
    let known = rig.cases().await;
    // The batch names the later one first.
    let first_is_lower = known[0].id == cases[0];
    let texts = if first_is_lower { [&other[..], VOICES[0]] } else { [VOICES[0], &other[..]] };
    let batch = [rig.received(texts[0]).await, rig.received(texts[1]).await];

    let mut work = rig.runtime.ledger().begin().await.unwrap();
    work.case(cases[0]).await.unwrap();
    let joining = async { rig.triage.handle(&batch).await.map(|settled| settled.len()) };
    let holding = async {
        holds("triage waiting for the case", Duration::from_secs(60), || async {
            waiting(replicas.ledger_url())
        })
        .await;
        work.case(cases[1]).await.unwrap();
        work.commit().await.unwrap();
    };
    let (joined, ()) = tokio::join!(joining, holding);
    assert_eq!(joined.unwrap(), 2, "at the first try");
    assert_eq!(rig.cases().await.iter().map(|case| case.tips).collect::<Vec<_>>(), [2, 2]);
}

/// Whether somebody waits for a lock in this database.
fn waiting(url: &str) -> bool {
    let ask = "SELECT count(*) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let answer = Command::new("psql").args([url, "-qtAc", ask]).output().unwrap();
    String::from_utf8_lossy(&answer.stdout).trim() != "0"
}
