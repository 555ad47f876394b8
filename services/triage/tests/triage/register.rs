//! A tip is registered once, joined, and never onto a closed case.

use dengwen_messages::{Envelope, Event, TipReceived};
use dengwen_model::{CaseStage, Channel, Outcome};
use dengwen_queue::{Settlement, Subscription};
use dengwen_service::{Handler, open_reading, seal_model, unit_keys};
use dengwen_text::Model;

use crate::rig::Rig;

const WORDS: &str =
    "举报清岚县交通运输局局长骆维钧卖官，今年七月提的两个股长一人交了五万块，局里没有不晓得的。";

/// Whoever is accused must not be able to take a case from its unit by one more tip.
#[tokio::test]
async fn a_tip_that_names_somebody_above_the_line_goes_up_alone_and_leaves_the_known_case_where_it_is() {
    let rig = Rig::open().await;
    let first = rig.received(WORDS).await;
    rig.handle(&[first]).await;
    let known = rig.cases().await.remove(0);
    let higher =
        rig.received(&format!("{WORDS}他的后台是中共霁川省委书记贲临川，贲临川收受其二百万元。")).await;
    let copy = rig.received(WORDS).await;
    rig.handle(&[higher, copy]).await;
    let cases = rig.cases().await;
    assert_eq!(cases.len(), 2);
    let (first, other) = cases.iter().partition::<Vec<_>, _>(|case| case.id == known.id);
    assert_eq!((first[0].tips, other[0].tips), (2, 1), "a copy without it joins as ever");
    let tips = rig.runtime.ledger().read().await.unwrap().tips_of_case(other[0].id).await.unwrap();
    let reading = open_reading(&rig.runtime, tips[0].tip.id, &tips[0].tip.reading).unwrap();
    assert!(reading.note.suggestions[0].contains(&known.number), "a person sees what it belongs to");
}

/// Nor may they bury a matter by reporting it themselves first.
#[tokio::test]
async fn a_tip_that_goes_up_takes_no_later_ones_along() {
    let rig = Rig::open().await;
    let higher =
        rig.received(&format!("{WORDS}他的后台是中共霁川省委书记贲临川，贲临川收受其二百万元。")).await;
    rig.handle(&[higher]).await;
    for _ in 0..2 {
        let plain = rig.received(WORDS).await;
        rig.handle(&[plain]).await;
    }
    let mut tips: Vec<_> = rig.cases().await.iter().map(|case| case.tips).collect();
    tips.sort_unstable();
    assert_eq!(tips, [1, 2], "those that name nobody above the line are one case of their own");
}

#[tokio::test]
async fn a_tip_is_registered_once_and_a_copy_joins_its_case() {
    let rig = Rig::open().await;
    let first = rig.received(WORDS).await;
    rig.handle(&[first.clone(), first.clone()]).await;
    rig.handle(&[first]).await;
    let copy = rig.received(WORDS).await;
    rig.handle(&[copy]).await;
    let cases = rig.cases().await;
    assert_eq!(cases.iter().map(|case| case.tips).collect::<Vec<_>>(), [2]);
    assert_eq!(rig.runtime.ledger().read().await.unwrap().count_tips().await.unwrap(), 2);
}

#[tokio::test]
async fn what_the_case_knows_already_is_not_new_in_a_further_tip() {
    let rig = Rig::open().await;
    let more = format!("{WORDS}他还收了另外一个人八万块，2026年3月5日在办公室收的。");
    let mut told = Vec::new();
    for words in [WORDS, WORDS, &more, &more] {
        let tip = rig.received(words).await;
        rig.handle(&[tip]).await;
    }
    let case = rig.cases().await.remove(0);
    assert_eq!(case.tips, 4, "one matter");
    for record in rig.runtime.ledger().read().await.unwrap().tips_of_case(case.id).await.unwrap() {
        told.push(open_reading(&rig.runtime, record.tip.id, &record.tip.reading).unwrap().note.new_facts);
    }
    let new = ["提到金额：80000元", "提到时间：2026-03-05"].map(str::to_owned).to_vec();
    // The tips came within one instant, so their order is any.
    told.sort();
    assert_eq!(told, [vec![], vec![], vec![], new], "told once, by the first that tells it");
}

#[tokio::test]
async fn a_tip_on_a_matter_that_has_ended_opens_a_case_that_points_to_it() {
    let (to, reason) = ("R_XINFANG".parse().unwrap(), "无实质内容".to_owned());
    for ended in [
        CaseStage::Closed { outcome: Some(Outcome::O3) },
        CaseStage::Kept { reason },
        CaseStage::Referred { to },
        CaseStage::PassedUp { to: None },
    ] {
        a_tip_opens_a_case_of_its_own_after(ended).await;
    }
}

async fn a_tip_opens_a_case_of_its_own_after(ended: CaseStage) {
    let rig = Rig::open().await;
    let first = rig.received(WORDS).await;
    rig.handle(&[first]).await;
    let closed = rig.cases().await.remove(0);
    let mut work = rig.runtime.ledger().begin().await.unwrap();
    let mut record = work.case(closed.id).await.unwrap().unwrap();
    record.case.stage = ended;
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    let again = rig.received(WORDS).await;
    rig.handle(&[again]).await;
    let cases = rig.cases().await;
    assert_eq!(cases.len(), 2, "somebody has to look at it");
    let tips = rig.runtime.ledger().read().await.unwrap().tips_of_case(cases[1].id).await.unwrap();
    let reading = open_reading(&rig.runtime, tips[0].tip.id, &tips[0].tip.reading).unwrap();
    assert!(reading.note.suggestions[0].contains(&closed.number), "it points to the one that has ended");
}

#[tokio::test]
async fn what_a_joined_tip_changes_is_told_to_dispatch_and_a_late_one_is_counted() {
    let rig = Rig::open().await;
    let heard = Subscription::new("test.cases", "cases.*").unwrap();
    rig.runtime.queue().declare(std::slice::from_ref(&heard)).await.unwrap();
    let first = rig.received(WORDS).await;
    rig.handle(&[first]).await;
    // A copy changes nothing; the third voice makes the matter more urgent, which is told once a batch.
    let copy = rig.received(WORDS).await;
    rig.handle(&[copy]).await;
    let mut read = rig.runtime.ledger().read().await.unwrap();
    assert_eq!(read.looks_due(rig.runtime.look_due(), 9).await.unwrap(), []);
    drop(read);
    let (third, fourth) = (rig.received(WORDS).await, rig.received(WORDS).await);
    rig.handle(&[third, fourth]).await;
    let case = rig.cases().await.remove(0);
    assert_eq!((case.tips, case.late_tips, case.channel), (4, 0, Some(Channel::Web)), "one matter");
    // Where that word is lost, the clock of dispatch looks.
    let mut read = rig.runtime.ledger().read().await.unwrap();
    assert_eq!(read.looks_due(rig.runtime.look_due(), 9).await.unwrap(), [case.id]);
    drop(read);

    let mut work = rig.runtime.ledger().begin().await.unwrap();
    let mut record = work.case(case.id).await.unwrap().unwrap();
    record.case.stage = CaseStage::Concluded { outcome: Outcome::O3 };
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    let late = rig.received(WORDS).await;
    rig.handle(&[late]).await;
    assert_eq!(rig.cases().await[0].late_tips, 1);
    let another = rig.received("举报永嵩县委组织部副部长佘雅娴泄露测评票数。").await;
    rig.handle(&[another]).await;
    let told = rig.told(&heard, 4).await;
    assert_eq!(told, ["cases.opened", "cases.joined", "cases.joined", "cases.opened"], "a late one always");
}

#[tokio::test]
async fn what_protects_the_reporter_is_kept_and_whom_it_is_about_can_be_found() {
    let rig = Rig::open().await;
    let words = "举报永嵩县委组织部副部长佘雅娴泄露测评票数，当时只有我一个人在场，请不要转回永嵩县办理。";
    let tip = rig.received(words).await;
    rig.handle(&[tip]).await;
    let case = rig.cases().await.remove(0);
    assert!(case.asks_not_down && case.reporter_identifiable);
    assert!(case.received_at.is_some_and(|received| received <= case.opened_at));
    let units = rig.runtime.units();
    let mut work = rig.runtime.ledger().read().await.unwrap();
    for (unit, found) in [("990221-ZZB", true), ("990222-ZZB", false)] {
        let keys = unit_keys(&rig.runtime, units.get(&unit.parse().unwrap()).unwrap());
        let open = work.open_cases_by_keys(&keys, 9).await.unwrap();
        assert_eq!(open.iter().any(|record| record.case.id == case.id), found, "{unit}");
    }
}

#[tokio::test]
async fn a_model_put_in_place_reads_the_next_tip_and_a_broken_one_does_not_stop_the_line() {
    let rig = Rig::open().await;
    let shipped = Model::shipped().unwrap();
    assert!(rig.decided_by(WORDS).await.ends_with(&shipped.version));
    let mut trained = shipped.clone();
    trained.version = "trained-1".to_owned();
    let sealed = seal_model(&rig.runtime, "trained-1", &trained.to_bytes()).unwrap();
    rig.put_in_place("trained-1", sealed).await;
    assert!(rig.decided_by("望陵区城管局局长的侄女挂名领工资两年没上班。").await.ends_with("trained-1"));
    rig.put_in_place("trained-2", b"not a model".to_vec()).await;
    let version = rig.decided_by("永嵩县教体局拟任副局长酒驾处分期没满，公示到20号。").await;
    assert!(version.ends_with(&shipped.version), "{version}");
}

/// Whoever can write to the queue gets no number in a series that is nobody's, and the register of no other channel.
#[tokio::test]
async fn a_tip_of_no_known_department_or_of_another_channel_than_it_says_is_parked() {
    let rig = Rig::open().await;
    let change = |envelope: &Envelope, change: fn(&mut TipReceived)| {
        let mut changed = envelope.clone();
        let Event::TipReceived(received) = &mut changed.event else { panic!("a tip") };
        change(received);
        changed
    };
    let sound = rig.received(WORDS).await;
    let nobodys = change(&sound, |tip| tip.received_by = "NOPE-XX".parse().unwrap());
    let phoned = change(&sound, |tip| tip.channel = Channel::Phone);
    let decisions = rig.triage.handle(&[nobodys, phoned, sound]).await.unwrap();
    let parked: Vec<_> =
        decisions.iter().map(|decision| matches!(decision, Settlement::Park { .. })).collect();
    assert_eq!(parked, [true, true, false]);
    assert_eq!(rig.cases().await.len(), 1);
    assert_eq!(rig.runtime.ledger().read().await.unwrap().count_tips().await.unwrap(), 1);
}
