//! Which desks a role has, and what stands around each page.

use dengwen_door::ClerkCookie;
use dengwen_model::Role;
use dengwen_pages::Lang;
pub(super) use dengwen_pages::console::say;
use dengwen_pages::console::{CLERK_DESKS, DeskLink, RECEIPTS, REGISTERS, Shell};

use super::viewer::Viewer;
use crate::access::{CaseReader, Clerk, DeskWorker, FigureReader, RegisterKeeper, Reviewer};
use crate::refusal::DeskError;

/// Path, translation key, and who has it.
type DeskOf = (&'static str, &'static str, fn(Role) -> bool);

const DESKS: [DeskOf; 10] = [
    (CLERK_DESKS[0].0, CLERK_DESKS[0].1, Clerk::includes),
    (CLERK_DESKS[1].0, CLERK_DESKS[1].1, Clerk::includes),
    ("/desk/items", "console.items", DeskWorker::includes),
    ("/desk/cases", "console.cases", CaseReader::includes),
    (RECEIPTS.0, RECEIPTS.1, Clerk::includes),
    (REGISTERS.0, REGISTERS.1, RegisterKeeper::includes),
    ("/desk/overview", "console.overview", FigureReader::includes),
    ("/desk/identity", "console.identity", |role| role == Role::Custodian),
    ("/desk/accounts", "console.accounts", |role| role == Role::Admin),
    ("/desk/audit", "console.audit", |role| role == Role::Auditor),
];

/// The desk to begin at: whoever oversees others begins with the overview, a clerk with the doors' desks.
pub(super) fn first_desk(role: Role) -> &'static str {
    if role == Role::Intake {
        return ClerkCookie::RENEW_PATH;
    }
    if Reviewer::includes(role) {
        return "/desk/overview";
    }
    DESKS.iter().find(|(_, _, has)| has(role)).map_or("/desk/password", |(href, ..)| href)
}

/// What stands around a page of the desk at `here`.
pub(super) fn shell(viewer: &Viewer, here: &str) -> Shell {
    let role = viewer.principal.role;
    let desks = DESKS.iter().filter(|(_, _, has)| has(role));
    Shell {
        lang: viewer.lang,
        who: viewer.principal.name.clone(),
        role: format!("role.{role}"),
        unit: viewer.unit.clone(),
        desks: desks.map(|(href, name, _)| DeskLink { href, name, here: *href == here }).collect(),
        done: String::new(),
        error: String::new(),
        path: viewer.path.clone(),
    }
}

/// What stands around a page before anybody is signed in.
pub(super) fn bare_shell(lang: Lang, path: &str) -> Shell {
    Shell { lang, path: path.to_owned(), ..Shell::default() }
}

/// Only those for whom the desk is.
pub(super) fn only(allowed: bool) -> Result<(), DeskError> {
    if allowed { Ok(()) } else { Err(DeskError::NotFound) }
}
