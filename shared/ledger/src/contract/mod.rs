//! The contract suite that every driver passes.
//!
//! Each function is one test on a fresh, empty database; it panics where a promise is not kept. A driver's
//! `tests/contract.rs` makes such databases and expands [`crate::contract_suite`], which names every function.

#![expect(clippy::expect_used, reason = "a contract that is not kept panics")]

mod assignments;
mod audit;
mod availability;
mod cases;
mod deadlines;
mod index;
mod learning;
mod looks;
mod mailbox;
mod migration;
mod numbers;
mod outbox;
mod promises;
mod samples;
mod staff;
mod texts;
mod tips;
mod transactions;
mod units;

use std::sync::Arc;

use async_trait::async_trait;

pub use assignments::*;
pub use audit::*;
pub use availability::*;
pub use cases::*;
pub use deadlines::*;
pub use index::*;
pub use learning::*;
pub use looks::*;
pub use mailbox::*;
pub use migration::*;
pub use numbers::*;
pub use outbox::*;
pub use promises::*;
pub use staff::*;
pub use texts::*;
pub use tips::*;
pub use transactions::*;
pub use units::*;

use crate::{Ledger, UnitOfWork};

/// A fresh, empty database of a driver.
#[async_trait]
pub trait TestDatabase: Send + Sync {
    /// A further handle on this database, as another process has it. Does not migrate.
    fn open(&self) -> Arc<dyn Ledger>;

    /// Brings the schema of an empty database up to an earlier version of it.
    async fn migrate_to(&self, version: i64);

    /// Runs statements that no unit of work would, to plant a breakage.
    async fn plant(&self, statements: &str);

    /// Makes the database unreachable for every handle, those that are connected too.
    async fn take_away(&self);

    /// Makes it reachable again.
    async fn bring_back(&self);
}

/// A handle on the database, its schema brought up.
async fn migrated(database: &dyn TestDatabase) -> Arc<dyn Ledger> {
    let ledger = database.open();
    ledger.migrate().await.expect("the schema comes up");
    ledger
}

async fn begin(ledger: &Arc<dyn Ledger>) -> Box<dyn UnitOfWork> {
    ledger.begin().await.expect("a unit of work begins")
}

async fn read(ledger: &Arc<dyn Ledger>) -> Box<dyn UnitOfWork> {
    ledger.read().await.expect("a reading unit of work begins")
}

async fn commit(work: Box<dyn UnitOfWork>) {
    work.commit().await.expect("a unit of work commits");
}

/// Runs `tasks` at the same time on two handles and gives what each returned, in their order.
async fn in_parallel<T, F>(
    database: &dyn TestDatabase,
    tasks: usize,
    task: impl Fn(Arc<dyn Ledger>, usize) -> F,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let handles = [database.open(), database.open()];
    let running: Vec<_> =
        (0..tasks).map(|n| tokio::spawn(task(Arc::clone(&handles[n % handles.len()]), n))).collect();
    let mut results = Vec::with_capacity(tasks);
    for task in running {
        results.push(task.await.expect("the task ends"));
    }
    for handle in &handles {
        handle.close().await;
    }
    results
}

/// Expands to one test for every function of the contract. `$fresh` is an async function that makes a
/// [`contract::TestDatabase`](TestDatabase).
#[macro_export]
macro_rules! contract_suite {
    ($fresh:path) => {
        $crate::contract_suite! { @each $fresh:
            accounts_are_kept, accounts_have_their_own_names, accounts_named_alike_before_go_on, sessions_and_tokens_end,
            a_batch_of_tips_is_registered_once, a_tip_is_found_and_moved, a_tip_is_registered_once, the_tips_of_a_case_are_paged,
            registers_are_read_by_channel_and_day,
            a_tip_is_registered_once_in_parallel, tips_are_counted_by_channel,
            a_database_that_is_away_is_unavailable_and_comes_back,
            a_dropped_unit_of_work_leaves_nothing,
            a_reading_unit_of_work_cannot_write, a_reading_unit_of_work_sees_one_state,
            keys_are_locked_until_the_end,
            assignments_are_kept, a_lease_lapses, an_assignment_is_leased_to_one_officer,
            the_most_urgent_is_leased_first,
            cases_are_found, cases_are_kept, cases_are_listed_newest_first, cases_left_behind_are_found, changes_of_a_case_do_not_get_lost,
            a_stale_case_is_a_conflict,
            deadlines_are_kept, deadlines_are_stepped_once_by_many_clocks, only_running_deadlines_are_stepped,
            running_deadlines_are_paged, provisional_deadlines_are_paged,
            a_step_is_recorded_once, a_step_is_recorded_once_a_run,
            open_cases_are_found_by_their_keys,
            entries_are_found_by_their_keys, a_moved_entry_counts_as_new, no_entry_is_missed_by_a_follower,
            looks_are_asked_for_and_made, cases_are_found_by_the_units_that_have_them,
            the_latest_correction_of_a_tip_is_kept, models_are_kept_and_one_is_in_use,
            messages_of_the_mailbox_are_kept, messages_of_the_mailbox_are_paged,
            a_ledger_is_there_once_it_was_migrated, a_ledger_of_a_later_version_is_told, late_tips_are_counted_from_the_audit_log, several_processes_migrate_at_once, migrating_again_changes_nothing,
            case_numbers_have_no_gaps, tip_numbers_count_by_year_and_channel, tip_numbers_have_no_gaps,
            messages_are_looked_at_and_forgotten, messages_are_taken_in_order, messages_are_taken_once_by_many_relays, messages_come_back,
            a_case_file_is_read_as_it_lies_there, a_column_that_its_body_denies_is_found, a_sound_ledger_breaks_no_promise, each_broken_promise_is_found, findings_are_bounded, what_only_verify_reads_is_listed,
            the_audit_chain_is_kept, a_cut_off_audit_log_shows_for_ever, the_audit_chain_grows_in_one_line,
            nul_is_refused, strange_and_long_texts_are_kept,
            the_register_is_replaced, units_that_open_cases_need_are_told,
        }
    };
    (@each $fresh:path: $($name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::contract::$name(&$fresh().await).await;
            }
        )*
    };
}
