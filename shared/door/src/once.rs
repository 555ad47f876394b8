//! Repeated requests: the same `Idempotency-Key` gets the first answer again.

use dengwen_cache::{Begun, Cache, CacheKey};
use dengwen_http::{IdempotencyKey, Problem, problems};

use crate::Door;

/// Answers a request once. `scope` is the route; `fingerprint` tells a repeat from another request
/// with the same key. The kept answer is sealed under the client's own key.
///
/// # Errors
/// As `work`'s; or that the first request is still under way, or was another one.
pub async fn answer_once<W>(
    door: &Door,
    cache: &Cache,
    scope: &str,
    key: &IdempotencyKey,
    fingerprint: &[u8],
    work: W,
) -> Result<Vec<u8>, Problem>
where
    W: AsyncFnOnce() -> Result<Vec<u8>, Problem>,
{
    let answers = &door.keys().answer;
    let place = CacheKey::from(answers.locate(scope, key.as_str()).as_bytes());
    let request = CacheKey::from(door.keys().external_id.hash(scope, &hex::encode(fingerprint)).as_bytes());
    match cache.begin(&place, &request).await {
        Begun::Done(sealed) => {
            let opened = answers.open(scope, key.as_str(), &sealed);
            return opened.map(|answer| answer.to_vec()).map_err(|_| problems::INTERNAL.into());
        }
        Begun::InFlight => return Err(problems::IDEMPOTENCY_IN_FLIGHT.into()),
        Begun::Different => return Err(problems::IDEMPOTENCY_MISMATCH.into()),
        Begun::Fresh => {}
    }
    match work().await {
        Ok(answer) => {
            // An answer that cannot be kept is still an answer.
            if let Ok(sealed) = answers.seal(scope, key.as_str(), &answer, door.entropy()) {
                cache.finish(&place, &request, &sealed).await;
            }
            Ok(answer)
        }
        Err(problem) => {
            cache.abandon(&place, &request).await;
            Err(problem)
        }
    }
}
