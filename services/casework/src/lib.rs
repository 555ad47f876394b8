//! Casework: the officers' desk. What dispatch hands to a unit is pulled here under a lease, accepted,
//! verified, reported, reviewed, concluded, answered and closed; reporters look in by receipt.
//!
//! How it is built: every change of a case goes through a `dossier`, which stores case, sealed file,
//! limits, mailbox, outbox and audit entry together. One endpoint is one file under [`api`], with its own
//! errors and a `work` function that the console calls as well. Who may call is an extractor
//! (`access`), which case is `scope`.
//!
//! Not here: choosing units and watching the clock (dispatch), reading tips (triage).

mod access;
mod accounts;
mod acts;
pub mod api;
mod boxes;
mod changed;
mod commission;
mod console;
mod desk;
mod direction;
mod dossier;
mod edge;
mod extension;
mod guards;
mod intake;
mod late;
mod limits;
mod local_desk;
mod mailing;
mod masking;
mod notices;
mod oversight;
mod read_case;
mod receipts;
mod refusal;
mod scope;
mod summary;
mod tip_view;
mod view;

use std::sync::Arc;

use axum::Router;
use dengwen_service::{Runtime, consume};

pub use accounts::{
    AccountError, By, COMMAND_LINE, NewAccount, add_account, disable_account, first_administrator,
    new_password, reset_password,
};
pub use acts::Acts;
pub use desk::Desk;
pub use intake::Intake;
pub use local_desk::LocalDesk;
pub use receipts::Mail;

/// Starts the desk on a runtime: the consumer in the background; the routes, and casework as the doors
/// in the same process ask it.
///
/// # Errors
/// Where the rules lack a limit that the desk acts on.
pub async fn start(runtime: Runtime) -> anyhow::Result<(Router, LocalDesk)> {
    check_rules(&runtime)?;
    let process = runtime.process().clone();
    let intake = Arc::new(Intake::new(runtime.clone()));
    runtime.process().spawn(consume(process, intake::subscription()?, intake));
    let process = runtime.process().clone();
    let desk = Desk::new(runtime);
    let mail = Arc::new(Mail::new(desk.clone()));
    process.spawn(consume(process.clone(), receipts::subscription()?, mail));
    let acts = Arc::new(Acts::new(desk.clone()));
    process.spawn(consume(process.clone(), acts::subscription()?, acts));
    Ok((routes(desk.clone()), LocalDesk::new(desk)))
}

/// The desk's routes.
pub fn routes(desk: Desk) -> Router {
    api::router().merge(console::router()).with_state(desk)
}

fn check_rules(runtime: &Runtime) -> anyhow::Result<()> {
    for id in limits::rule::ALL {
        if runtime.rules().deadlines.get(&id.parse()?).is_none() {
            anyhow::bail!("deadlines.yaml: the desk needs the rule {id}");
        }
    }
    Ok(())
}
