//! Numbers without gaps or collisions.

use dengwen_model::{Channel, UnitCode};

use super::samples::{DEPARTMENT, Maker, code};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::NewTip;

/// Each year and channel counts by itself, the year being the one in China.
pub async fn tip_numbers_count_by_year_and_channel(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(11);
    let case = maker.case_id();
    let tip = |channel, registered_at: &str| NewTip {
        channel,
        registered_at: registered_at.parse().expect("a time"),
        ..maker.tip(case)
    };
    let tips = [
        tip(Channel::Sms, "2026-12-31T15:59:59Z"),
        tip(Channel::Sms, "2026-12-31T16:00:00Z"),
        tip(Channel::Letter, "2026-06-01T00:00:00Z"),
        tip(Channel::Sms, "2026-06-01T00:00:00Z"),
        NewTip { received_by: code("990121-ZZB"), ..tip(Channel::Phone, "2026-06-01T00:00:00Z") },
    ];
    let mut work = begin(&ledger).await;
    work.register_tips(&tips).await.expect("registered");
    commit(work).await;
    let wanted = [
        "990000-2026-SMS-000001",
        "990000-2027-SMS-000001",
        "990000-2026-LETTER-000001",
        "990000-2026-SMS-000002",
        "990121-ZZB-2026-PHONE-000001",
    ];
    let mut work = read(&ledger).await;
    for (tip, number) in tips.iter().zip(wanted) {
        assert_eq!(work.tip(tip.id).await.expect("read").expect("there").number, number);
    }
}

/// 16 writers register on all channels at once, and every third gives up: the numbers have no gap.
pub async fn tip_numbers_have_no_gaps(database: &dyn TestDatabase) {
    const CHANNELS: [Channel; 4] = [Channel::Phone, Channel::Sms, Channel::Web, Channel::Letter];
    let ledger = migrated(database).await;
    let case = Maker::new(12).case_id();
    in_parallel(database, 16, |ledger, n| async move {
        let maker = Maker::new(100 + n as u64);
        for round in 0..6 {
            // Channels in another order in each: their counters must not lock each other out.
            let tips: Vec<NewTip> =
                (0..4).map(|i| NewTip { channel: CHANNELS[(i + n) % 4], ..maker.tip(case) }).collect();
            let mut work = begin(&ledger).await;
            work.register_tips(&tips[..2]).await.expect("registered");
            work.register_tip(&tips[2]).await.expect("registered");
            work.next_case_number(&code(DEPARTMENT), 2026).await.expect("a number");
            work.register_tip(&tips[3]).await.expect("registered");
            if (n + round) % 3 != 0 {
                commit(work).await;
            }
        }
    })
    .await;

    let mut numbers: Vec<String> = read(&ledger)
        .await
        .tips_of_case(case)
        .await
        .expect("read")
        .into_iter()
        .map(|record| record.number)
        .collect();
    numbers.sort();
    let each = 64; // of 96 rounds, and each registers one on each channel
    let mut wanted: Vec<String> = ["PHONE", "SMS", "WEB", "LETTER"]
        .into_iter()
        .flat_map(|channel| (1..=each).map(move |n| format!("990000-2026-{channel}-{n:06}")))
        .collect();
    wanted.sort();
    assert_eq!(numbers, wanted);
}

/// Case numbers, one by one and several at a time, never collide and have no gap.
pub async fn case_numbers_have_no_gaps(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let taken = in_parallel(database, 16, |ledger, n| async move {
        let department: UnitCode = code(DEPARTMENT);
        let mut mine = Vec::new();
        for round in 0..6 {
            let mut work = begin(&ledger).await;
            let mut numbers = work.next_case_numbers(&department, 2026, 3).await.expect("numbers");
            numbers.push(work.next_case_number(&department, 2026).await.expect("a number"));
            assert!(numbers.is_sorted());
            if (n + round) % 3 != 0 {
                commit(work).await;
                mine.extend(numbers);
            }
        }
        mine
    })
    .await;
    let mut taken: Vec<String> = taken.into_iter().flatten().collect();
    taken.sort();
    assert_eq!(taken, (1..=256).map(|n| format!("990000-2026-{n:06}")).collect::<Vec<_>>());

    let mut work = begin(&ledger).await;
    let other_year = work.next_case_number(&code(DEPARTMENT), 2027).await.expect("a number");
    let other_department = work.next_case_number(&code("990100"), 2026).await.expect("a number");
    assert_eq!(
        (other_year.as_str(), other_department.as_str()),
        ("990000-2027-000001", "990100-2026-000001")
    );
    assert_eq!(work.next_case_numbers(&code(DEPARTMENT), 2026, 0).await.expect("none"), [""; 0]);
}
