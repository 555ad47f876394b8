//! The one thread that writes. Whatever gathered while a commit was running goes into the next.

use std::collections::VecDeque;
use std::sync::Arc;

use dengwen_model::Clock;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::mpsc;

use super::claim::{self, Claimed};
use super::file::File;
use super::job::{Change, Done, Job, Settled};
use super::lease::GiveBack;
use super::routes::{Routes, Targets};
use super::{append, declare, park, settle};
use crate::error::QueueError;
use crate::sqlite::from_sqlite;

/// Calls answered by one commit.
const MAX_JOBS: usize = 1024;
/// Bytes of messages in one commit, so that nobody waits long for another's bulk.
const MAX_BYTES: usize = 16 * 1024 * 1024;

pub(super) struct Writer {
    file: File,
    /// Gone after a fault of the file, until it could be opened again.
    connection: Option<Connection>,
    /// Whether the connection syncs its commits, as every new one does.
    syncs: bool,
    routes: Routes,
    owner: i64,
    give_back: GiveBack,
    clock: Arc<dyn Clock>,
}

/// The jobs of one commit, by kind: what was appended can be claimed in the same one.
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
    pub(super) fn new(
        file: File,
        connection: Connection,
        targets: Targets,
        owner: i64,
        give_back: GiveBack,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, QueueError> {
        let routes = Routes::load(targets, &connection)?;
        Ok(Self { file, connection: Some(connection), syncs: true, routes, owner, give_back, clock })
    }

    /// Works until it is told to close, or nobody can ask for anything any more.
    pub(super) fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut gathered = VecDeque::with_capacity(MAX_JOBS);
        let mut fresh = Vec::with_capacity(MAX_JOBS);
        loop {
            if gathered.is_empty() {
                if waiting.blocking_recv_many(&mut fresh, MAX_JOBS) == 0 {
                    break;
                }
                gathered.extend(fresh.drain(..));
            } else {
                while gathered.len() < MAX_JOBS {
                    let Ok(job) = waiting.try_recv() else { break };
                    gathered.push_back(job);
                }
            }
            if self.commit_some(&mut gathered) {
                waiting.close();
            }
        }
        if let Some(Err((_, error))) = self.connection.take().map(Connection::close) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the queue's file did not close cleanly"
            );
        }
    }

    /// Commits as many jobs as fit, and answers them. Whether one of them was to take no more.
    fn commit_some(&mut self, gathered: &mut VecDeque<Job>) -> bool {
        let mut batch = Batch::default();
        let mut bytes = 0;
        let mut closes = false;
        while let Some(job) = gathered.pop_front() {
            bytes += job.bytes();
            closes |= matches!(job, Job::Close);
            batch.push(job);
            if bytes >= MAX_BYTES {
                break;
            }
        }
        match self.commit(&batch) {
            Ok(outcome) => {
                self.routes.ring(&outcome.arrived);
                batch.answer(outcome);
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the queue could not commit");
                if let (QueueError::Full, Some(connection)) = (&error, &self.connection) {
                    // The log may hold room that the file does not need; without it not even what
                    // would make room could be written.
                    let emptied = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
                    tracing::warn!(emptied = emptied.is_ok(), "the queue's disk is full");
                }
                // After a fault of the file nothing that SQLite remembers of it is trusted.
                self.connection = None;
                batch.fail(&error);
            }
        }
        closes
    }

    fn commit(&mut self, batch: &Batch) -> Result<Outcome, QueueError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                self.syncs = true;
                self.file.open()?
            }
        };
        let result = self.transact(&mut connection, batch);
        self.connection = Some(connection);
        result
    }

    fn transact(&mut self, connection: &mut Connection, batch: &Batch) -> Result<Outcome, QueueError> {
        self.sync(connection, batch.must_last())?;
        let now = self.clock.now().as_microsecond();
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(from_sqlite)?;
        let mut arrived = append::append(&transaction, &batch.appends, &mut self.routes, now)?;
        for settled in batch.settles.iter().flat_map(|(settled, _)| settled) {
            settle::settle(&transaction, settled, self.owner, now).map_err(from_sqlite)?;
        }
        let mut changes = Vec::with_capacity(batch.changes.len());
        for (change, _) in &batch.changes {
            changes.push(self.change(&transaction, change, now, &mut arrived));
        }
        if let Some(error) = changes.iter().find_map(|change| change.as_ref().err().filter(|e| spoils(e))) {
            return Err(error.clone());
        }
        let claims = batch.claims.iter();
        let claims = claims
            .map(|(claim, _)| claim::take(&transaction, claim, self.owner, &self.give_back, now))
            .collect::<Result<_, _>>()?;
        transaction.commit().map_err(from_sqlite)?;
        if batch.changes_queues() {
            self.routes.reload(connection)?;
        }
        Ok(Outcome { claims, changes, arrived })
    }

    /// Sets whether the next commits are synced.
    fn sync(&mut self, connection: &Connection, syncs: bool) -> Result<(), QueueError> {
        if syncs != self.syncs {
            let level = if syncs { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
            connection.execute_batch(level).map_err(from_sqlite)?;
            self.syncs = syncs;
        }
        Ok(())
    }

    fn change(
        &mut self,
        connection: &Connection,
        change: &Change,
        now: i64,
        arrived: &mut Vec<i64>,
    ) -> Result<u64, QueueError> {
        let touched = match change {
            Change::Declare(subscriptions) => {
                declare::declare(connection, subscriptions).map_err(from_sqlite)?
            }
            Change::Replay(id) => {
                let queues = park::replay(connection, id, &mut self.routes, now)?;
                arrived.extend_from_slice(&queues);
                queues.len()
            }
            Change::Discard(id) => park::discard(connection, id)?,
            Change::Forget(tags) => park::forget(connection, tags).map_err(from_sqlite)?,
            Change::Reload | Change::Probe => 0,
        };
        Ok(touched as u64)
    }
}

/// Whether an error is the file's and not that of the one change alone.
fn spoils(error: &QueueError) -> bool {
    !matches!(error, QueueError::NotParked | QueueError::UnknownQueue(_))
}

impl Batch {
    fn push(&mut self, job: Job) {
        match job {
            Job::Append(append) => self.appends.push(append),
            Job::Settle(settled, done) => self.settles.push((settled, done)),
            Job::Claim(claim, done) => self.claims.push((claim, done)),
            Job::Change(change, done) => self.changes.push((change, done)),
            Job::Close => {}
        }
    }

    fn changes_queues(&self) -> bool {
        self.changes.iter().any(|(change, _)| matches!(change, Change::Declare(_) | Change::Reload))
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
