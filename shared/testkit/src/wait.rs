//! Waiting for a condition instead of for a time.

use std::{
    future::Future,
    time::{Duration, Instant},
};

/// First pause between two questions; doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(200);

/// Asks again and again until the answer is `Some`, and gives that answer.
///
/// # Panics
/// After `limit`, naming `what` was waited for. The limit is only there to end a broken test:
/// give it generously, a busy machine may be ten times slower than a quiet one.
pub async fn until<T, F, Answer>(what: &str, limit: Duration, mut ask: F) -> T
where
    F: FnMut() -> Answer,
    Answer: Future<Output = Option<T>>,
{
    let began = Instant::now();
    let mut pause = SHORTEST;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < limit, "waited {limit:?} in vain for: {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// [`until`] for a question with a plain yes.
///
/// # Panics
/// As [`until`].
pub async fn holds<F, Answer>(what: &str, limit: Duration, mut ask: F)
where
    F: FnMut() -> Answer,
    Answer: Future<Output = bool>,
{
    until(what, limit, || {
        let answer = ask();
        async { answer.await.then_some(()) }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_ends_the_wait() {
        let mut asked = 0;
        let third = until("the third question", Duration::from_secs(10), || {
            asked += 1;
            let now = asked;
            async move { (now == 3).then_some(now) }
        })
        .await;
        assert_eq!(third, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "in vain for: what never comes")]
    async fn a_wait_in_vain_fails_and_says_for_what() {
        holds("what never comes", Duration::from_millis(1), || async { false }).await;
    }
}
