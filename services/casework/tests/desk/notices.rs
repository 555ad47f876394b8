//! What the doors are told.

use dengwen_casework::{COMMAND_LINE, Desk, LocalDesk, NewAccount, add_account};
use dengwen_door::{NoticeDesk, Notices};
use dengwen_model::{Role, UserId};

use crate::bench::Bench;

#[tokio::test]
async fn doors_are_told_of_withdrawn_tokens_disabled_accounts_and_the_register() {
    let bench = Bench::new().await;
    let secret = bench.runtime.keys().receipt.internal_secret();
    let heard = async || {
        let answer = bench.get("/internal/v1/notices", &secret).await.ok();
        serde_json::from_value::<Notices>(answer).unwrap()
    };
    assert!(heard().await.withdrawn.is_empty());

    let account = NewAccount { name: "clerk".to_owned(), role: Role::Intake, unit: None };
    add_account(&bench.runtime, account, COMMAND_LINE).await.unwrap();
    let token = UserId::new(bench.runtime.clock(), bench.runtime.entropy());
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let mut clerk = work.staff_by_name("clerk").await.unwrap().unwrap();
    clerk.disabled = true;
    work.update_staff(&clerk).await.unwrap();
    let now = bench.runtime.clock().now();
    work.withdraw_token(token, now, now + jiff::SignedDuration::from_hours(1)).await.unwrap();
    work.commit().await.unwrap();

    let notices = heard().await;
    assert_eq!(notices.withdrawn, [token, clerk.id].into());
    assert!(
        notices.has_region(&"990121".parse().unwrap()) && !notices.has_region(&"990199".parse().unwrap())
    );
    let beside = LocalDesk::new(Desk::new(bench.runtime.clone()));
    assert_eq!(beside.notices().await.unwrap(), notices, "the same within the process");
}

#[tokio::test]
async fn nobody_but_a_door_is_told() {
    let bench = Bench::new().await;
    for token in ["", "x", &bench.officer()] {
        bench.get("/internal/v1/notices", token).await.refused(401, "unauthorized");
    }
}
