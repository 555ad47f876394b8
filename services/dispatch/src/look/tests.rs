//! What happens between thinking about a case and carrying it out.

use super::*;
use crate::rig::{Rig, case, dispatch, read, store, subject};

fn asked(runtime: &Runtime, case: CaseId) -> BTreeMap<CaseId, Asked> {
    BTreeMap::from([(case, Asked { trace: TraceParent::new(runtime.entropy()), again: false })])
}

/// A case of the county's, and one against somebody of the county that is to hand it over.
async fn two(runtime: &Runtime) -> (CaseId, CaseId) {
    let candidate = subject("芮文韬", "永嵩县教体局", "副局长", "990221");
    let (first, file) = case(runtime, "990000-2026-000001", candidate);
    store(runtime, &first, &file).await;
    let thought = think(runtime, &asked(runtime, first.id)).await.unwrap();

    let accused = subject("佘雅娴", "中共永嵩县委组织部", "副部长", "990221");
    let (other, file) = case(runtime, "990000-2026-000002", accused);
    store(runtime, &other, &file).await;
    dispatch(runtime, other.id).await;

    let left = carry_out(runtime, asked(runtime, first.id), thought, false).await.unwrap();
    assert_eq!(left.into_keys().collect::<Vec<_>>(), [first.id], "it is thought about again");
    (first.id, other.id)
}

#[tokio::test]
async fn somebody_who_is_reported_while_a_case_is_thought_about_is_kept_out_of_it() {
    for rig in [Rig::on_sqlite(), Rig::on_postgres()] {
        let runtime = rig.replica("a").await;
        let (first, _) = two(&runtime).await;
        assert_eq!(read(&runtime, first).await.0.stage, dengwen_model::CaseStage::Opened);
        look(&runtime, asked(&runtime, first)).await.unwrap();
        let (handed, file) = read(&runtime, first).await;
        assert_eq!(handed.stage.held_by().map(|(unit, _)| unit.as_str()), Some("990221-ZZB"));
        assert_eq!(file.kept_out, ["佘雅娴"]);
    }
}

#[tokio::test]
async fn the_last_round_thinks_again_under_the_locks() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let candidate = subject("芮文韬", "永嵩县教体局", "副局长", "990221");
    let (first, file) = case(&runtime, "990000-2026-000001", candidate);
    store(&runtime, &first, &file).await;
    let thought = think(&runtime, &asked(&runtime, first.id)).await.unwrap();
    let accused = subject("佘雅娴", "中共永嵩县委组织部", "副部长", "990221");
    let (other, file) = case(&runtime, "990000-2026-000002", accused);
    store(&runtime, &other, &file).await;
    let left = carry_out(&runtime, asked(&runtime, first.id), thought, true).await.unwrap();
    assert!(left.is_empty());
    assert_eq!(read(&runtime, first.id).await.1.kept_out, ["佘雅娴"]);
}

#[tokio::test]
async fn a_unit_that_is_handed_a_case_is_locked_against_others_that_are_to_hear_of_it() {
    let rig = Rig::on_postgres();
    let runtime = rig.replica("a").await;
    let accused = subject("佘雅娴", "中共永嵩县委组织部", "副部长", "990221");
    let (other, file) = case(&runtime, "990000-2026-000002", accused);
    store(&runtime, &other, &file).await;
    let thought = think(&runtime, &asked(&runtime, other.id)).await.unwrap();
    let units: Vec<&str> = thought.plans.values().flat_map(Plan::units).map(UnitCode::as_str).collect();
    assert_eq!(units, ["990200-ZZB", "990221-ZZB"], "who gets it, and who is to hear of it");

    let mut holder = runtime.ledger().begin().await.unwrap();
    holder.lock_keys(&[unit_lock(&runtime, &"990221-ZZB".parse().unwrap())]).await.unwrap();
    let waiting = tokio::spawn({
        let runtime = runtime.clone();
        let asked = asked(&runtime, other.id);
        async move { carry_out(&runtime, asked, thought, false).await.map(|left| left.len()) }
    });
    // Whoever holds the unit's lock hands it a case, and is heard of by who waits for it.
    let candidate = subject("芮文韬", "永嵩县教体局", "副局长", "990221");
    let (mut held, file) = case(&runtime, "990000-2026-000001", candidate);
    let assignment = dengwen_model::AssignmentId::new(runtime.clock(), runtime.entropy());
    held.stage = held.stage.dispatch("990221-ZZB".parse().unwrap(), assignment).unwrap();
    let file = dengwen_service::seal_case_file(&runtime, held.id, &file).unwrap();
    holder.insert_case(&CaseRecord { case: held.clone(), file }).await.unwrap();
    holder.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), 0);
    let due = runtime.ledger().read().await.unwrap().looks_due(runtime.clock().now(), 9).await.unwrap();
    assert_eq!(due, [held.id]);
}
