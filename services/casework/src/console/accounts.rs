//! The administrator's page: accounts. An administrator reads no tip and cannot sign in as another.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_model::Role;
use dengwen_pages::console::{AccountRow, AccountsPage, Choice};
use dengwen_pages::page;

use super::forms::{Asked, Fields, Sent, optional, text};
use super::items::{After, done_key};
use super::shell::{only, say, shell};
use super::viewer::Viewer;
use super::words;
use crate::accounts::{self, NewAccount};
use crate::desk::Desk;
use crate::refusal::{Failure, Refusal};

const ROLES: [Role; 9] = [
    Role::Officer,
    Role::Screener,
    Role::Supervisor,
    Role::Leader,
    Role::Intake,
    Role::Custodian,
    Role::Analyst,
    Role::Auditor,
    Role::Admin,
];

/// The page.
pub(super) async fn show(
    State(desk): State<Desk>,
    viewer: Viewer,
    Asked(after): Asked<After>,
) -> Result<Response, Failure> {
    only(viewer.principal.role == Role::Admin)?;
    let mut shown = accounts_page(&desk, &viewer).await?;
    shown.shell.done = done_key(&after.done);
    Ok(page(StatusCode::OK, &shown))
}

/// Adds an account; its password is shown on the page that answers, and nowhere else.
pub(super) async fn add(
    State(desk): State<Desk>,
    viewer: Viewer,
    Sent(fields): Sent,
) -> Result<Response, Failure> {
    only(viewer.principal.role == Role::Admin)?;
    let (name, added) = match new_account(&fields) {
        Ok(account) => {
            let by = (viewer.principal.name.as_str(), viewer.principal.role);
            (account.name.clone(), accounts::add_account(desk.runtime(), account, by).await)
        }
        Err(error) => (String::new(), Err(error)),
    };
    let mut shown = accounts_page(&desk, &viewer).await?;
    let status = match added {
        Ok(password) => {
            shown.made = name;
            shown.password = password;
            StatusCode::OK
        }
        Err(error) => {
            let problem = error.problem();
            shown.shell.error = say(&problem, viewer.lang);
            problem.kind().status()
        }
    };
    Ok(page(status, &shown))
}

fn new_account(fields: &Fields) -> Result<NewAccount, accounts::AccountError> {
    let role = text(fields, "role").parse().map_err(|_| accounts::AccountError::UnknownRole)?;
    let unit = optional(fields, "unit").map(|unit| unit.trim().parse()).transpose();
    Ok(NewAccount {
        name: text(fields, "name"),
        role,
        unit: unit.map_err(|_| accounts::AccountError::UnknownUnit)?,
    })
}

/// Disables an account; its sessions and tokens end with it.
pub(super) async fn disable(
    State(desk): State<Desk>,
    viewer: Viewer,
    Sent(fields): Sent,
) -> Result<Response, Failure> {
    only(viewer.principal.role == Role::Admin)?;
    let name = text(&fields, "name");
    match accounts::disable_another(&desk, &viewer.principal, &name).await {
        Ok(()) => Ok(Redirect::to("/desk/accounts?done=disabled").into_response()),
        Err(error) => {
            let mut shown = accounts_page(&desk, &viewer).await?;
            let problem = error.problem();
            shown.shell.error = say(&problem, viewer.lang);
            Ok(page(problem.kind().status(), &shown))
        }
    }
}

async fn accounts_page(desk: &Desk, viewer: &Viewer) -> Result<AccountsPage, Failure> {
    let accounts = accounts::all(desk).await?;
    let units = desk.runtime().units();
    let row = |account: dengwen_ledger::StaffRecord| AccountRow {
        name: account.name,
        role: format!("role.{}", account.role),
        unit: account.unit.map(|unit| words::unit(&units, unit.as_str())).unwrap_or_default(),
        disabled: account.disabled,
        must_change: account.must_change,
    };
    Ok(AccountsPage {
        shell: shell(viewer, "/desk/accounts"),
        accounts: accounts.into_iter().map(row).collect(),
        roles: ROLES.map(|role| Choice { code: role.to_string(), name: format!("role.{role}") }).to_vec(),
        made: String::new(),
        password: String::new(),
    })
}
