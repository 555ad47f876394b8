//! The notices as a door last heard them: asked for when they are older than they may be, kept over a
//! restart, and gone by while casework is away.
//!
//! Why it goes on: a door takes tips while everything behind it is away, and a clerk's token opens
//! nothing but the taking of tips. What was withdrawn stays withdrawn; what is withdrawn while casework
//! cannot be heard takes effect when it can.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use dengwen_model::{Clock, UserId};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{DeskAway, NoticeDesk, Notices};

/// Longest wait for an answer; whoever asks for a door is waiting too.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// After a try in vain.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// The notices of one door.
#[derive(Debug)]
pub struct NoticeBoard {
    desk: Option<Arc<dyn NoticeDesk>>,
    clock: Arc<dyn Clock>,
    max_age: SignedDuration,
    /// Where they are kept over a restart.
    file: Option<PathBuf>,
    known: RwLock<Known>,
    asking: Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    notices: Option<Arc<Notices>>,
    /// When they were last asked for, and how long that holds.
    asked: Option<(Timestamp, SignedDuration)>,
    /// Whether casework answered then.
    answered: bool,
}

impl NoticeBoard {
    /// With casework in another process: notices at most 20 s old. With the time that an answer may take,
    /// a withdrawal holds at every door within half a minute, while casework answers.
    pub fn remote(desk: Arc<dyn NoticeDesk>, clock: Arc<dyn Clock>, file: PathBuf) -> Self {
        let kept = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let known = Known { notices: kept.map(Arc::new), asked: None, answered: false };
        Self { file: Some(file), ..Self::new(Some(desk), clock, SignedDuration::from_secs(20), known) }
    }

    /// With casework in the same process: at most a second old.
    pub fn local(desk: Arc<dyn NoticeDesk>, clock: Arc<dyn Clock>) -> Self {
        Self::new(Some(desk), clock, SignedDuration::from_secs(1), Known::default())
    }

    /// Of a door that was not told where casework is: it never hears anything.
    pub fn silent(clock: Arc<dyn Clock>) -> Self {
        Self::new(None, clock, SignedDuration::ZERO, Known::default())
    }

    fn new(
        desk: Option<Arc<dyn NoticeDesk>>,
        clock: Arc<dyn Clock>,
        max_age: SignedDuration,
        known: Known,
    ) -> Self {
        Self { desk, clock, max_age, file: None, known: RwLock::new(known), asking: Mutex::new(()) }
    }

    /// The door's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether it was told where casework is.
    pub fn has_desk(&self) -> bool {
        self.desk.is_some()
    }

    /// The notices, asked for again where they are too old. `None` where none were ever heard.
    pub async fn current(&self) -> Option<Arc<Notices>> {
        let known = self.known();
        let Some(desk) = self.desk.as_ref().filter(|_| !self.holds(&known)) else { return known.notices };
        // One asks; the others go on with what is known. With nothing known they wait as well.
        let _asking = match self.asking.try_lock() {
            Ok(asking) => asking,
            Err(_) if known.notices.is_some() => return known.notices,
            Err(_) => self.asking.lock().await,
        };
        let known = self.known();
        if self.holds(&known) {
            return known.notices;
        }
        let asked_at = self.clock.now();
        let answer = tokio::time::timeout(ANSWER_WITHIN, desk.notices()).await.unwrap_or(Err(DeskAway));
        let answered = answer.is_ok();
        let (notices, holds_for) = match answer {
            Ok(fresh) => (Some(self.keep(fresh, known.notices).await), self.max_age),
            Err(DeskAway) => (known.notices, AGAIN_AFTER.min(self.max_age)),
        };
        let known = Known { notices: notices.clone(), asked: Some((asked_at, holds_for)), answered };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        notices
    }

    /// Whether a token or account no longer holds: at once where casework is in the same process, else as the
    /// notices say.
    pub async fn is_any_withdrawn(&self, ids: impl IntoIterator<Item = UserId>) -> bool {
        for id in ids {
            if self.is_withdrawn(id).await {
                return true;
            }
        }
        false
    }

    async fn is_withdrawn(&self, id: UserId) -> bool {
        if let Some(desk) = &self.desk {
            let told = tokio::time::timeout(ANSWER_WITHIN, desk.is_withdrawn(id)).await;
            if let Ok(Ok(Some(withdrawn))) = told {
                return withdrawn;
            }
        }
        self.current().await.is_some_and(|notices| notices.withdrawn.contains(&id))
    }

    /// Whether casework answered when it was last asked.
    pub fn is_answering(&self) -> bool {
        self.known().answered
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A clock that was set back makes nothing fresh.
    fn holds(&self, known: &Known) -> bool {
        known.asked.is_some_and(|(at, holds_for)| {
            let age = self.clock.now().duration_since(at);
            age >= SignedDuration::ZERO && age < holds_for
        })
    }

    async fn keep(&self, fresh: Notices, before: Option<Arc<Notices>>) -> Arc<Notices> {
        metrics::gauge!("dengwen_door_notices_heard_seconds").set(self.clock.now().as_second() as f64);
        if let Some(same) = before.filter(|before| **before == fresh) {
            return same;
        }
        if let Some(file) = &self.file {
            let part = file.with_extension("part");
            let kept: std::io::Result<()> = async {
                tokio::fs::write(&part, serde_json::to_vec(&fresh)?).await?;
                tokio::fs::rename(&part, file).await
            }
            .await;
            if let Err(error) = kept {
                tracing::warn!(kind = ?error.kind(), "what casework told is not kept over a restart");
            }
        }
        Arc::new(fresh)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use async_trait::async_trait;
    use dengwen_model::{ManualClock, SystemEntropy};

    use super::*;

    /// Casework that has withdrawn one token more with each answer, or is away.
    #[derive(Debug, Default)]
    struct Desk {
        away: AtomicBool,
        asked: AtomicUsize,
        withdrawn: std::sync::Mutex<Vec<UserId>>,
    }

    #[async_trait]
    impl NoticeDesk for Desk {
        async fn notices(&self) -> Result<Notices, DeskAway> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.away.load(Ordering::Relaxed) {
                return Err(DeskAway);
            }
            let withdrawn = self.withdrawn.lock().unwrap().iter().copied().collect();
            Ok(Notices { withdrawn, ..Notices::default() })
        }
    }

    impl Desk {
        fn withdraw(&self, clock: &ManualClock) -> UserId {
            let id = UserId::new(clock, &SystemEntropy);
            self.withdrawn.lock().unwrap().push(id);
            id
        }
    }

    struct Rig {
        desk: Arc<Desk>,
        clock: Arc<ManualClock>,
        data: tempfile::TempDir,
    }

    impl Rig {
        fn new() -> Self {
            let clock = ManualClock::at("2026-10-10T00:00:00Z".parse().unwrap());
            let data = tempfile::tempdir().unwrap();
            Self { desk: Arc::default(), clock: Arc::new(clock), data }
        }

        fn board(&self) -> NoticeBoard {
            let file = self.data.path().join("notices.json");
            NoticeBoard::remote(self.desk.clone(), self.clock.clone(), file)
        }
    }

    async fn knows(board: &NoticeBoard, id: UserId) -> bool {
        board.current().await.is_some_and(|notices| notices.withdrawn.contains(&id))
    }

    #[tokio::test]
    async fn a_withdrawal_is_known_within_twenty_seconds() {
        let rig = Rig::new();
        let board = rig.board();
        board.current().await.unwrap();
        let id = rig.desk.withdraw(&rig.clock);
        rig.clock.advance_seconds(19);
        assert!(!knows(&board, id).await, "asked for once in 20 s, not with every request");
        rig.clock.advance_seconds(1);
        assert!(knows(&board, id).await);
        assert_eq!(rig.desk.asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn while_casework_is_away_what_is_known_goes_on_holding() {
        let rig = Rig::new();
        let board = rig.board();
        let first = rig.desk.withdraw(&rig.clock);
        assert!(knows(&board, first).await);
        rig.desk.away.store(true, Ordering::Relaxed);
        let second = rig.desk.withdraw(&rig.clock);
        rig.clock.advance_seconds(20);
        for _ in 0..10 {
            assert!(knows(&board, first).await && !knows(&board, second).await);
        }
        assert_eq!(rig.desk.asked.load(Ordering::Relaxed), 2, "not asked again for each request");
        rig.desk.away.store(false, Ordering::Relaxed);
        rig.clock.advance_seconds(5);
        assert!(knows(&board, second).await);
    }

    #[tokio::test]
    async fn a_restart_while_casework_is_away_forgets_nothing() {
        let rig = Rig::new();
        let id = rig.desk.withdraw(&rig.clock);
        assert!(knows(&rig.board(), id).await);
        rig.desk.away.store(true, Ordering::Relaxed);
        assert!(knows(&rig.board(), id).await);
        std::fs::remove_file(rig.data.path().join("notices.json")).unwrap();
        assert!(rig.board().current().await.is_none(), "never heard is not nothing withdrawn");
    }

    /// Casework in the same process: tells at once, while it can.
    #[derive(Debug, Default)]
    struct Beside(Desk);

    #[async_trait]
    impl NoticeDesk for Beside {
        async fn notices(&self) -> Result<Notices, DeskAway> {
            self.0.notices().await
        }

        async fn is_withdrawn(&self, id: UserId) -> Result<Option<bool>, DeskAway> {
            Ok(Some(self.0.notices().await?.withdrawn.contains(&id)))
        }
    }

    #[tokio::test]
    async fn in_one_process_a_withdrawal_holds_at_once() {
        let (rig, beside) = (Rig::new(), Arc::new(Beside::default()));
        let board = NoticeBoard::local(beside.clone(), rig.clock.clone());
        let (first, other) = (beside.0.withdraw(&rig.clock), UserId::new(&*rig.clock, &SystemEntropy));
        assert!(board.is_withdrawn(first).await && !board.is_withdrawn(other).await);
        board.current().await.unwrap();
        let second = beside.0.withdraw(&rig.clock);
        assert!(board.is_withdrawn(second).await, "no second passed");
        beside.0.away.store(true, Ordering::Relaxed);
        assert!(board.is_withdrawn(first).await, "what is known goes on holding");
        assert!(!board.is_withdrawn(second).await, "and the list is older than that");
        assert!(!rig.board().is_withdrawn(other).await, "elsewhere by the list");
    }

    #[tokio::test]
    async fn a_clock_set_back_makes_nothing_fresh() {
        let rig = Rig::new();
        let board = rig.board();
        board.current().await.unwrap();
        let id = rig.desk.withdraw(&rig.clock);
        rig.clock.advance_seconds(-3600);
        assert!(knows(&board, id).await);
    }
}
