//! The four registers, to be read and printed.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_model::IdentityKind;
use dengwen_pages::console::{Choice, RegisterEntry, RegistersPage};
use dengwen_pages::page;
use jiff::civil::Date;
use serde::Deserialize;

use super::forms::Filter;
use super::shell::{only, say, shell};
use super::viewer::Viewer;
use super::words;
use crate::access::RegisterKeeper;
use crate::api::registers::{self, Register, RegisterOut, RegisterQuery, RegisterRow};
use crate::desk::Desk;
use crate::refusal::Failure;

/// Rows of a page: they fit on five sheets.
const ROWS: u32 = 40;

/// What the form and the link to the next page send. Empty is as good as missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    register: String,
    from: String,
    until: String,
    after: String,
}

/// A page of a register.
pub(super) async fn show(
    State(desk): State<Desk>,
    viewer: Viewer,
    Filter(wanted): Filter<Wanted>,
) -> Result<Response, Failure> {
    only(RegisterKeeper::includes(viewer.principal.role))?;
    let register = Register::named(&wanted.register).unwrap_or(Register::Phone);
    let day = |text: &str| text.trim().parse::<Date>().ok();
    let query = RegisterQuery {
        from: day(&wanted.from),
        until: day(&wanted.until),
        after: Some(wanted.after.trim().to_owned()).filter(|after| !after.is_empty()),
        limit: Some(ROWS),
    };
    let mut shown = RegistersPage {
        shell: shell(&viewer, "/desk/registers"),
        registers: Register::ALL.map(choice).to_vec(),
        register: register.as_str().to_owned(),
        from: wanted.from,
        until: wanted.until,
        printed_at: words::time(desk.now()),
        entries: Vec::new(),
        next: String::new(),
    };
    match registers::work(&desk, &viewer.principal, register, query).await {
        Ok(found) => {
            fill(&desk, &viewer, &mut shown, found);
            Ok(page(StatusCode::OK, &shown))
        }
        Err(refused) => {
            let problem = Failure::from(refused).into_problem();
            shown.shell.error = say(&problem, viewer.lang);
            Ok(page(problem.kind().status(), &shown))
        }
    }
}

fn choice(register: Register) -> Choice {
    Choice { code: register.as_str().to_owned(), name: format!("register.{}", register.as_str()) }
}

fn fill(desk: &Desk, viewer: &Viewer, shown: &mut RegistersPage, found: RegisterOut) {
    let RegisterOut { register, from, until, rows, next_after } = found;
    let name = register.as_str();
    let next = |after| format!("/desk/registers?register={name}&from={from}&until={until}&after={after}");
    shown.next = next_after.map(next).unwrap_or_default();
    (shown.from, shown.until) = (from.to_string(), until.to_string());
    shown.entries = rows.into_iter().map(|row| entry(desk, viewer, row)).collect();
}

fn entry(desk: &Desk, viewer: &Viewer, row: RegisterRow) -> RegisterEntry {
    let rules = desk.runtime().rules();
    let units = desk.runtime().units();
    let (summary, category, unclassified, number, unit, stage) = match row.matter {
        Some(matter) => (
            words::either(viewer.lang, matter.summary, matter.summary_en),
            matter
                .case
                .category
                .as_ref()
                .map(|code| words::category(rules, code, viewer.lang))
                .unwrap_or_default(),
            matter.case.is_unclassified(),
            matter.case.number,
            matter.case.unit.as_deref().map(|code| words::unit(&units, code)).unwrap_or_default(),
            format!("stage.{}", matter.case.stage),
        ),
        None => Default::default(),
    };
    RegisterEntry {
        number: row.number,
        register_no: row.register_no.unwrap_or_default(),
        received_at: words::time(row.received_at),
        registered_at: words::time(row.registered_at),
        received_by: words::with_name(&row.received_by, &row.received_by_name),
        kind: viewer.lang.told("letter.type", &row.kind).map_or(row.kind, ToOwned::to_owned),
        signed: signed(row.signed).to_owned(),
        signers: row.signers.map(|signers| signers.to_string()).unwrap_or_default(),
        pages: row.pages.map(|pages| pages.to_string()).unwrap_or_default(),
        postmark: row.postmark.unwrap_or_default(),
        duration: row.duration_s.map(|s| format!("{}:{:02}", s / 60, s % 60)).unwrap_or_default(),
        operator: row.operator.unwrap_or_default(),
        readback: match row.readback_confirmed {
            Some(true) => "register.read_back",
            Some(false) => "register.not_read_back",
            None => "",
        }
        .to_owned(),
        summary,
        category,
        unclassified,
        case_number: number,
        unit,
        stage,
    }
}

/// The translation key of how well a reporter can be reached.
fn signed(identity: IdentityKind) -> &'static str {
    match identity {
        IdentityKind::Named => "register.named",
        IdentityKind::ContactOnly => "register.contact_only",
        IdentityKind::Anonymous => "register.anonymous",
    }
}
