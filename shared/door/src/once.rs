//! Repeated requests: the same `Idempotency-Key` gets the first answer again.
//!
//! What will be answered is put down on the door's disk before anything is taken, and a repeat of a request
//! that broke off takes under the same tip id and receipt. So the answer is the same byte for byte, and the
//! tip is one, whatever died at whatever moment between. Replicas see each other's answers in the shared cache.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dengwen_cache::{ANSWER_KEPT, Begun, Cache, CacheKey, Claim};
use dengwen_http::{Problem, problems};
use dengwen_queue::{KeyedStore, QueueError, Write};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::{Door, NamedRequest};

/// When whoever repeats a request that is under way may ask again.
const AGAIN: Duration = Duration::from_secs(5);

/// Name of the table.
const SPACE: &str = "answers";
/// It will be answered so; whether the tip was taken is not known.
const PROMISED: u8 = 1;
/// It was answered so.
const DONE: u8 = 2;
/// Between two looks for answers whose time is over.
const SWEEP: Duration = Duration::from_hours(1);
/// Answers that are deleted together.
const TOGETHER: u32 = 256;

/// The first answers of a door. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Answers {
    door: Arc<Door>,
    cache: Arc<Cache>,
    disk: KeyedStore,
    /// Whose claims these are: a door keeps its name over a restart, and no other one has it.
    holder: CacheKey,
}

impl Answers {
    /// The answers of this door in this file and, where replicas share one, in the cache.
    ///
    /// # Errors
    /// Where the file cannot be opened, is damaged or newer.
    pub async fn open(door: Arc<Door>, cache: Arc<Cache>, path: &Path) -> Result<Self, QueueError> {
        let holder = CacheKey::from(door.keys().answer.locate("door", door.name().as_str()).as_bytes());
        Ok(Self { door, cache, disk: KeyedStore::open(path).await?, holder })
    }

    /// Answers a request once, in JSON: `prepare` makes the answer, `take` does what it promises. A repeat
    /// whose first try ended in between takes again what was promised: taking must be harmless then.
    ///
    /// # Errors
    /// As theirs; or that the first request is still under way, or was another one.
    pub async fn answer_once<A, P, T>(
        &self,
        request: &NamedRequest,
        prepare: P,
        take: T,
    ) -> Result<Vec<u8>, Problem>
    where
        A: Serialize + DeserializeOwned,
        P: AsyncFnOnce() -> Result<A, Problem>,
        T: AsyncFnOnce(A) -> Result<(), Problem>,
    {
        let key = CacheKey::from(request.place(&self.door).as_bytes());
        let claim = Claim { request: CacheKey::from(request.body(&self.door)), holder: self.holder };
        match self.cache.begin(&key, &claim).await {
            Begun::Done(sealed) => return request.open(&self.door, &sealed),
            // Another replica may have died over it: its claim lapses by itself.
            Begun::InFlight => {
                return Err(Problem::from(problems::IDEMPOTENCY_IN_FLIGHT).with_retry_after(AGAIN));
            }
            Begun::Different => return Err(problems::IDEMPOTENCY_MISMATCH.into()),
            Begun::Fresh => {}
        }
        let claim = Claimed { cache: &self.cache, key, claim, open: true };
        let answer = match self.keep_word(request, prepare, take).await {
            Ok(answer) => answer,
            Err(problem) => {
                claim.give_back().await;
                return Err(problem);
            }
        };
        // An answer that cannot be kept is still an answer.
        if let Ok(sealed) = request.seal(&self.door, &answer) {
            claim.finish(&sealed).await;
        }
        Ok(answer)
    }

    /// Puts down what will be answered, or finds what was, and then does it.
    async fn keep_word<A, P, T>(
        &self,
        request: &NamedRequest,
        prepare: P,
        take: T,
    ) -> Result<Vec<u8>, Problem>
    where
        A: Serialize + DeserializeOwned,
        P: AsyncFnOnce() -> Result<A, Problem>,
        T: AsyncFnOnce(A) -> Result<(), Problem>,
    {
        let answer = match self.find(request).await? {
            Some((DONE, answer)) => return Ok(answer),
            Some((_, promised)) => promised,
            None => {
                let answer = serde_json::to_vec(&prepare().await?).map_err(|_| problems::INTERNAL)?;
                self.put_down(PROMISED, request, &answer).await;
                answer
            }
        };
        let promised = serde_json::from_slice(&answer).map_err(|_| problems::INTERNAL)?;
        match take(promised).await {
            Ok(()) => {
                self.put_down(DONE, request, &answer).await;
                Ok(answer)
            }
            Err(problem) => {
                // Surely not taken: the key is free for the request put right. Where the door failed it may
                // have been taken all the same, and a repeat must be the same tip.
                if problem.status().is_client_error() {
                    let key = *request.place(&self.door).as_bytes();
                    self.commit(vec![Write::Delete { space: SPACE, key }]).await;
                }
                Err(problem)
            }
        }
    }

    /// What was put down for this request, and how far it came.
    async fn find(&self, request: &NamedRequest) -> Result<Option<(u8, Vec<u8>)>, Problem> {
        let place = request.place(&self.door);
        // A door that cannot read what it answered goes on taking tips.
        let found = self.disk.get(SPACE, place.as_bytes()).await.unwrap_or_default();
        let Some([state, found @ ..]) = found.as_deref() else { return Ok(None) };
        match found.split_first_chunk::<32>() {
            Some((first, sealed)) if *first == request.body(&self.door) => {
                Ok(Some((*state, request.open(&self.door, sealed)?)))
            }
            _ => Err(problems::IDEMPOTENCY_MISMATCH.into()),
        }
    }

    async fn put_down(&self, state: u8, request: &NamedRequest, answer: &[u8]) {
        let Ok(sealed) = request.seal(&self.door, answer) else { return };
        let key = *request.place(&self.door).as_bytes();
        let value = [&[state], &request.body(&self.door)[..], &sealed].concat();
        let due = self.door.clock().now().checked_add(ANSWER_KEPT).ok();
        self.commit(vec![Write::Put { space: SPACE, key, value, due }]).await;
    }

    async fn commit(&self, writes: Vec<Write>) {
        if let Err(error) = self.disk.commit(writes).await {
            metrics::counter!("dengwen_door_answers_not_kept").increment(1);
            tracing::error!(error = &error as &dyn std::error::Error, "a first answer could not be kept");
        }
    }

    /// Deletes answers whose time is over, until it is time to stop.
    pub async fn sweep(self, stop: CancellationToken) {
        loop {
            while self.delete_some().await {}
            tokio::select! { () = stop.cancelled() => return, () = tokio::time::sleep(SWEEP) => {} }
        }
    }

    /// Whether there may be more.
    async fn delete_some(&self) -> bool {
        let due = self.disk.due(SPACE, self.door.clock().now(), TOGETHER).await.unwrap_or_default();
        let delete = |(key, _)| Write::Delete { space: SPACE, key };
        !due.is_empty() && self.disk.commit(due.into_iter().map(delete).collect()).await.is_ok()
    }
}

/// A key that is claimed. Given back when the request fails, and by itself when its client hangs up: whoever
/// tries again over a bad line must not be told to wait for what nobody does any more.
struct Claimed<'a> {
    cache: &'a Arc<Cache>,
    key: CacheKey,
    claim: Claim,
    open: bool,
}

impl Claimed<'_> {
    async fn finish(mut self, answer: &[u8]) {
        self.open = false;
        self.cache.finish(&self.key, &self.claim.request, answer).await;
    }

    async fn give_back(mut self) {
        self.open = false;
        self.cache.abandon(&self.key, &self.claim).await;
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        let (true, Ok(runtime)) = (self.open, tokio::runtime::Handle::try_current()) else { return };
        let (cache, key, claim) = (self.cache.clone(), self.key, self.claim);
        runtime.spawn(async move { cache.abandon(&key, &claim).await });
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use dengwen_http::IdempotencyKey;
    use dengwen_model::{ManualClock, SystemEntropy};
    use dengwen_queue::{EntryId, LookupKey, Outgoing, Underway};
    use dengwen_seal::KeyDirectory;
    use jiff::Timestamp;

    use super::*;
    use crate::KeyOwner;

    /// A door's store that is not asked for anything here.
    #[derive(Debug)]
    struct Nowhere;

    #[async_trait]
    impl Underway for Nowhere {
        async fn take(&self, _: EntryId, _: Outgoing) -> Result<(), QueueError> {
            Ok(())
        }

        async fn find(&self, _: &LookupKey) -> Result<Option<Timestamp>, QueueError> {
            Ok(None)
        }
    }

    struct Rig {
        door: Arc<Door>,
        clock: Arc<ManualClock>,
        data: tempfile::TempDir,
    }

    impl Rig {
        fn new() -> Self {
            let data = tempfile::tempdir().unwrap();
            let keys = KeyDirectory::new(data.path().join("keys"));
            keys.generate_missing(&SystemEntropy).unwrap();
            let clock = Arc::new(ManualClock::at("2026-11-02T01:00:00Z".parse().unwrap()));
            let door = Door::new(
                "web-test".parse().unwrap(),
                "990000-ZZB".parse().unwrap(),
                keys.door().unwrap(),
                Arc::new(Nowhere),
                clock.clone(),
                Arc::new(SystemEntropy),
            );
            Self { door: Arc::new(door), clock, data }
        }

        /// As after a restart: only what is on the disk is known.
        async fn answers(&self) -> Answers {
            let cache = Arc::new(Cache::in_memory(self.clock.clone()));
            Answers::open(self.door.clone(), cache, &self.data.path().join("answers.db")).await.unwrap()
        }
    }

    fn request(body: &str) -> NamedRequest {
        let key = IdempotencyKey::parse("9b2f6c1d-4e7a-4f83-b1c0-5d6e8a7f2394").unwrap();
        NamedRequest::new("tests", KeyOwner::Holder, key, body.into())
    }

    #[tokio::test]
    async fn what_broke_off_is_done_as_it_was_promised() {
        let rig = Rig::new();
        let away = async |_: i32| Err(problems::UNAVAILABLE.into());
        let failed = rig.answers().await.answer_once(&request("a"), async || Ok(1), away).await;
        assert_eq!(failed.unwrap_err().kind(), &problems::UNAVAILABLE);
        let take = async |promised: i32| {
            assert_eq!(promised, 1, "the second try keeps the word of the first");
            Ok(())
        };
        let taken = rig.answers().await.answer_once(&request("a"), async || Ok(2), take).await;
        assert_eq!(taken.unwrap(), b"1");
        let twice = async |_: i32| panic!("taken twice");
        let again = rig.answers().await.answer_once(&request("a"), async || Ok(3), twice).await;
        assert_eq!(again.unwrap(), b"1");
    }

    #[tokio::test]
    async fn what_was_refused_leaves_the_key_for_the_request_put_right() {
        let rig = Rig::new();
        let wrong = async |_: i32| Err(problems::VALIDATION.into());
        let refused = rig.answers().await.answer_once(&request("a"), async || Ok(1), wrong).await;
        assert_eq!(refused.unwrap_err().kind(), &problems::VALIDATION);
        let right =
            rig.answers().await.answer_once(&request("b"), async || Ok(2), async |_: i32| Ok(())).await;
        assert_eq!(right.unwrap(), b"2");
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_day_and_unreadable_without_its_key() {
        let rig = Rig::new();
        let answers = rig.answers().await;
        let receipt = async || Ok("12345678901234567890".to_owned());
        answers.answer_once(&request("a"), receipt, async |_: String| Ok(())).await.unwrap();
        for file in std::fs::read_dir(rig.data.path()).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = if file.is_file() { std::fs::read(file).unwrap() } else { Vec::new() };
            assert!(!bytes.windows(20).any(|words| words == b"12345678901234567890"));
        }
        rig.clock.advance_seconds(23 * 3600);
        assert!(!answers.delete_some().await);
        rig.clock.advance_seconds(3600);
        assert!(answers.delete_some().await);
        assert_eq!(answers.disk.count(SPACE).await.unwrap(), 0);
    }
}
