//! The one task that writes. Whatever gathered while a commit was running goes into the next.

use std::collections::VecDeque;
use std::sync::Arc;

use dengwen_model::Clock;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::append::Rows;
use super::claim::{self, Claimed};
use super::errors::from_sqlx;
use super::file::File;
use super::job::{Change, Done, Job, Settled};
use super::lease::GiveBack;
use super::routes::{Routes, Targets};
use super::settle::Settlements;
use super::{declare, park};
use crate::error::QueueError;

/// Calls answered by one commit.
const MAX_JOBS: usize = 1024;
/// Bytes of messages in one commit, so that nobody waits long for another's bulk.
const MAX_BYTES: usize = 16 * 1024 * 1024;

pub(super) struct Writer {
    file: File,
    /// Gone after a fault of the file, until it could be opened again.
    connection: Option<SqliteConnection>,
    /// Whether the connection syncs its commits, as every new one does.
    syncs: bool,
    routes: Routes,
    owner: i64,
    give_back: GiveBack,
    clock: Arc<dyn Clock>,
}

/// The jobs of one commit, sorted so that each kind takes few statements.
#[derive(Default)]
struct Batch {
    appends: Vec<super::job::Append>,
    settles: Vec<(Vec<Settled>, Done<()>)>,
    claims: Vec<(claim::Claim, Done<Vec<Claimed>>)>,
    changes: Vec<(Change, Done<u64>)>,
}

/// What the commit will answer.
struct Outcome {
    claims: Vec<Vec<Claimed>>,
    changes: Vec<Result<u64, QueueError>>,
    arrived: Vec<i64>,
}

impl Writer {
    pub(super) async fn start(
        file: File,
        mut connection: SqliteConnection,
        targets: Targets,
        owner: i64,
        give_back: GiveBack,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, QueueError> {
        let routes = Routes::load(targets, &mut connection).await?;
        Ok(Self { file, connection: Some(connection), syncs: true, routes, owner, give_back, clock })
    }

    pub(super) async fn run(mut self, mut waiting: mpsc::Receiver<Job>, closing: CancellationToken) {
        let mut gathered = VecDeque::with_capacity(MAX_JOBS);
        let mut fresh = Vec::with_capacity(MAX_JOBS);
        loop {
            if gathered.is_empty() {
                tokio::select! {
                    biased;
                    () = closing.cancelled(), if !waiting.is_closed() => waiting.close(),
                    received = waiting.recv_many(&mut fresh, MAX_JOBS) => if received == 0 { break },
                }
                gathered.extend(fresh.drain(..));
            } else {
                while gathered.len() < MAX_JOBS {
                    let Ok(job) = waiting.try_recv() else { break };
                    gathered.push_back(job);
                }
            }
            if !gathered.is_empty() {
                self.commit_some(&mut gathered).await;
            }
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the queue's file did not close cleanly"
            );
        }
    }

    /// Commits as many jobs as fit, and answers them.
    async fn commit_some(&mut self, gathered: &mut VecDeque<Job>) {
        let mut batch = Batch::default();
        let mut bytes = 0;
        while let Some(job) = gathered.pop_front() {
            bytes += job.bytes();
            batch.push(job);
            if bytes >= MAX_BYTES {
                break;
            }
        }
        let outcome = self.commit(&batch).await;
        match outcome {
            Ok(outcome) => {
                self.routes.ring(&outcome.arrived);
                batch.answer(outcome);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the queue could not commit");
                if let (QueueError::Full, Some(connection)) = (&error, &mut self.connection) {
                    // The log may hold room that the file does not need; without it not even what
                    // would make room could be written.
                    let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(connection).await;
                    tracing::warn!(emptied = emptied.is_ok(), "the queue's disk is full");
                }
                // After a fault of the file nothing that SQLite remembers of it is trusted.
                self.connection = None;
                batch.fail(&error);
            }
        }
    }

    async fn commit(&mut self, batch: &Batch) -> Result<Outcome, QueueError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                self.syncs = true;
                self.file.open_writer().await?
            }
        };
        let result = self.transact(&mut connection, batch).await;
        self.connection = Some(connection);
        result
    }

    async fn transact(
        &mut self,
        connection: &mut SqliteConnection,
        batch: &Batch,
    ) -> Result<Outcome, QueueError> {
        self.sync(connection, batch.must_last()).await?;
        let now = self.clock.now().as_microsecond();
        let rows = Rows::of(&batch.appends, &mut self.routes, now);
        if batch.is_appends_only() && rows.is_one_statement() {
            // One statement is a transaction by itself.
            rows.insert(connection).await?;
            return Ok(Outcome { claims: Vec::new(), changes: Vec::new(), arrived: rows.into_queues() });
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
        rows.insert(&mut transaction).await?;
        Settlements::of(batch.settles.iter().flat_map(|(settled, _)| settled), self.owner, now)
            .apply(&mut transaction)
            .await?;
        let mut changes = Vec::with_capacity(batch.changes.len());
        let mut arrived = rows.into_queues();
        for (change, _) in &batch.changes {
            changes.push(self.change(&mut transaction, change, now, &mut arrived).await);
        }
        if let Some(error) = changes.iter().find_map(|change| change.as_ref().err().filter(|e| spoils(e))) {
            return Err(error.clone());
        }
        let mut claims = Vec::with_capacity(batch.claims.len());
        for (claim, _) in &batch.claims {
            claims.push(claim::take(&mut transaction, claim, self.owner, &self.give_back, now).await?);
        }
        transaction.commit().await.map_err(from_sqlx)?;
        if changes_queues(batch) {
            self.routes.reload(connection).await?;
        }
        Ok(Outcome { claims, changes, arrived })
    }

    /// Sets whether the next commits are synced.
    async fn sync(&mut self, connection: &mut SqliteConnection, syncs: bool) -> Result<(), QueueError> {
        if syncs != self.syncs {
            let level = if syncs { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            sqlx::query(level).execute(connection).await.map_err(from_sqlx)?;
            self.syncs = syncs;
        }
        Ok(())
    }

    async fn change(
        &mut self,
        connection: &mut SqliteConnection,
        change: &Change,
        now: i64,
        arrived: &mut Vec<i64>,
    ) -> Result<u64, QueueError> {
        match change {
            Change::Declare(subscriptions) => declare::declare(connection, subscriptions).await,
            Change::Replay(id) => park::replay(connection, id, &mut self.routes, now, arrived).await,
            Change::Discard(id) => park::discard(connection, id).await,
            Change::Forget(tags) => park::forget(connection, tags).await,
            Change::Reload | Change::Probe => Ok(0),
        }
    }
}

/// Whether an error is the file's and not that of the one change alone.
fn spoils(error: &QueueError) -> bool {
    !matches!(error, QueueError::NotParked | QueueError::UnknownQueue(_))
}

fn changes_queues(batch: &Batch) -> bool {
    batch.changes.iter().any(|(change, _)| matches!(change, Change::Declare(_) | Change::Reload))
}

impl Batch {
    fn push(&mut self, job: Job) {
        match job {
            Job::Append(append) => self.appends.push(append),
            Job::Settle(settled, done) => self.settles.push((settled, done)),
            Job::Claim(claim, done) => self.claims.push((claim, done)),
            Job::Change(change, done) => self.changes.push((change, done)),
        }
    }

    fn is_appends_only(&self) -> bool {
        self.settles.is_empty() && self.claims.is_empty() && self.changes.is_empty()
    }

    /// Whether somebody is promised that it outlives a power cut. What consumers did is not: forgotten, it
    /// is done again, as after any loss of an answer. A killed process forgets nothing either way, and
    /// the next synced commit covers all before it (WAL, <https://www.sqlite.org/pragma.html#pragma_synchronous>).
    fn must_last(&self) -> bool {
        let lasting = |change: &Change| match change {
            Change::Declare(_) | Change::Replay(_) | Change::Discard(_) => true,
            Change::Forget(_) | Change::Reload | Change::Probe => false,
        };
        !self.appends.is_empty() || self.changes.iter().any(|(change, _)| lasting(change))
    }

    // A caller who no longer listens has timed out; what it asked for may be there or not.
    fn answer(self, outcome: Outcome) {
        for append in self.appends {
            let _gone = append.done.send(Ok(()));
        }
        for (_, done) in self.settles {
            let _gone = done.send(Ok(()));
        }
        for ((_, done), claimed) in self.claims.into_iter().zip(outcome.claims) {
            let _gone = done.send(Ok(claimed));
        }
        for ((_, done), changed) in self.changes.into_iter().zip(outcome.changes) {
            let _gone = done.send(changed);
        }
    }

    fn fail(self, error: &QueueError) {
        let appends = self.appends.into_iter().map(Job::Append);
        let settles = self.settles.into_iter().map(|(settled, done)| Job::Settle(settled, done));
        let claims = self.claims.into_iter().map(|(claim, done)| Job::Claim(claim, done));
        let changes = self.changes.into_iter().map(|(change, done)| Job::Change(change, done));
        appends.chain(settles).chain(claims).chain(changes).for_each(|job| job.fail(error));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dengwen_model::MessageId;
    use tokio::sync::oneshot;

    use super::*;
    use crate::parked::ParkedId;
    use crate::store::Weight;
    use crate::store::job::{Append, End};

    fn must_last(job: impl FnOnce(Batch) -> Batch) -> bool {
        job(Batch::default()).must_last()
    }

    fn change(change: Change) -> impl FnOnce(Batch) -> Batch {
        move |mut batch| {
            batch.push(Job::Change(change, oneshot::channel().0));
            batch
        }
    }

    fn settle(mut batch: Batch) -> Batch {
        let done = Settled { seq: 1, attempt: 1, end: End::Done };
        batch.push(Job::Settle(vec![done], oneshot::channel().0));
        batch
    }

    fn append(mut batch: Batch) -> Batch {
        let weight = Weight::take(&Arc::default(), 0, 1).unwrap();
        batch.push(Job::Append(Append {
            messages: Vec::new(),
            tag: None,
            weight,
            done: oneshot::channel().0,
        }));
        batch
    }

    #[test]
    fn what_was_promised_to_a_sender_or_a_person_is_synced() {
        assert!(must_last(append));
        assert!(must_last(|batch| append(settle(batch))), "also with a settlement in the same commit");
        let message_id = MessageId::from_uuid(uuid::Uuid::nil());
        let id = ParkedId { queue: "work".parse().unwrap(), message_id };
        assert!(must_last(change(Change::Discard(id))));
        assert!(must_last(change(Change::Declare(Vec::new()))));
        assert!(!must_last(settle));
        assert!(!must_last(change(Change::Forget(Vec::new()))));
    }
}
