//! Requests that are sent again: the first answer, for whoever sent it and nobody else.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use dengwen_door::Limits;
use dengwen_http::PeerAddress;
use dengwen_queue::Queue;

use super::{Answer, Rig, multipart, rig};

const WEAK: &str = "1";
const STRONG: &str = "9b2f6c1d-4e7a-4f83-b1c0-5d6e8a7f2394";
const WORDS: &str = r#"{"text":"某局长卖官"}"#;
const OTHER_WORDS: &str = r#"{"text":"另一件"}"#;
const HOME: &str = "192.0.2.1:40000";
const ELSEWHERE: &str = "198.51.100.7:40000";

impl Rig {
    async fn report(&self, from: &str, key: &str, body: &'static str) -> Answer {
        let mut request = Request::post("/api/v1/tips")
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(PeerAddress(from.parse().unwrap()));
        self.send(request).await
    }
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_and_makes_one_tip() {
    let rig = rig(Limits::off()).await;
    for (number, key) in [WEAK, STRONG].into_iter().enumerate() {
        let first = rig.report(HOME, key, WORDS).await;
        let again = rig.report(HOME, key, WORDS).await;
        assert_eq!((first.status, &first.body), (StatusCode::CREATED, &again.body));
        let other = rig.report(HOME, key, OTHER_WORDS).await;
        assert_eq!(other.status.as_u16(), 422, "the key was used for another request");
        assert_eq!(rig.waiting().await, number as u64 + 1);
    }
}

#[tokio::test]
async fn a_stranger_who_takes_the_same_short_key_learns_nothing() {
    let rig = rig(Limits::off()).await;
    let mine = rig.report(HOME, WEAK, WORDS).await;
    let same_words = rig.report(ELSEWHERE, WEAK, WORDS).await;
    let other_words = rig.report(ELSEWHERE, "2", OTHER_WORDS).await;
    for theirs in [&same_words, &other_words] {
        assert_eq!(
            theirs.status,
            StatusCode::CREATED,
            "a new report, and no word of another: {}",
            theirs.body
        );
        assert_ne!(theirs.json()["receipt"], mine.json()["receipt"]);
    }
    assert_eq!(rig.waiting().await, 3);
}

#[tokio::test]
async fn a_telephone_that_changes_its_address_gets_the_first_answer_by_a_key_that_nobody_guesses() {
    let rig = rig(Limits::off()).await;
    let first = rig.report(HOME, STRONG, WORDS).await;
    assert_eq!(rig.report(ELSEWHERE, STRONG, WORDS).await.body, first.body);
    assert_eq!(rig.report(ELSEWHERE, STRONG, OTHER_WORDS).await.status.as_u16(), 422);
    assert_eq!(rig.waiting().await, 1);
}

#[tokio::test]
async fn whoever_tries_words_under_anothers_key_has_few_tries() {
    let rig = rig(Limits::new(3, 100)).await;
    let first = rig.report(HOME, WEAK, WORDS).await;
    for status in [422, 422, 429] {
        assert_eq!(rig.report(HOME, WEAK, OTHER_WORDS).await.status.as_u16(), status);
    }
    assert_eq!(rig.report(HOME, WEAK, WORDS).await.body, first.body, "a repeat costs nothing");
}

#[tokio::test]
async fn after_a_restart_the_first_answer_is_the_same_to_the_byte() {
    let mut rig = rig(Limits::off()).await;
    let before = [rig.report(HOME, WEAK, WORDS).await, rig.report(HOME, STRONG, WORDS).await];
    rig.start("answers.db").await;
    let after = [rig.report(HOME, WEAK, WORDS).await, rig.report(HOME, STRONG, WORDS).await];
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((after.status, &after.body), (StatusCode::CREATED, &before.body));
    }
    assert_eq!(
        rig.report(HOME, STRONG, OTHER_WORDS).await.status.as_u16(),
        422,
        "it is known what it was for"
    );
    assert_eq!(rig.waiting().await, 2, "and nothing is taken again");
}

#[tokio::test]
async fn another_replica_without_the_first_answer_makes_the_same_tip_of_it() {
    let mut rig = rig(Limits::off()).await;
    let first = rig.report(HOME, STRONG, WORDS).await.json();
    rig.start("answers-elsewhere.db").await;
    let again = rig.report(HOME, STRONG, WORDS).await.json();
    assert_eq!((&again["tip_id"], &again["receipt"]), (&first["tip_id"], &first["receipt"]));
}

#[tokio::test]
async fn a_request_that_was_refused_leaves_its_key_free() {
    let rig = rig(Limits::off()).await;
    let key = [("idempotency-key", WEAK)];
    let stranger = "Receipt 99999999999999999999";
    for text in ["一", "二"] {
        let (media, body) = multipart(&[("text", None, text.as_bytes())]);
        assert_eq!(rig.add(stranger, &key, &media, body).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn while_the_disk_takes_nothing_a_key_makes_no_answer() {
    let rig = rig(Limits::off()).await;
    rig.queue.close().await;
    for _ in 0..2 {
        assert_eq!(rig.report(HOME, STRONG, WORDS).await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}
