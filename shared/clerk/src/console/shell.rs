//! What stands around a page of the desk.

use dengwen_model::Role;
use dengwen_pages::Lang;
use dengwen_pages::console::{CLERK_DESKS, DeskLink, FormPlan, RECEIPTS, REGISTERS, Shell};

use super::seated::Seated;

/// Around a page of the desk with this form.
pub fn shell(seated: &Seated, form: &FormPlan) -> Shell {
    Shell {
        who: seated.name.clone(),
        role: format!("role.{}", Role::Intake),
        desks: CLERK_DESKS
            .into_iter()
            .chain([RECEIPTS, REGISTERS])
            .map(|(href, name)| DeskLink { href, name, here: href == form.href })
            .collect(),
        ..bare_shell(seated.lang, &seated.path)
    }
}

/// The desk's pages, of which `here` is one.
pub fn tabs(form: &FormPlan, here: &str) -> Vec<DeskLink> {
    let pages = [(form.href, "entry.new"), (form.import, "entry.import")].into_iter();
    let pages = pages.chain(form.tabs.iter().copied());
    pages.map(|(href, name)| DeskLink { href, name, here: href == here }).collect()
}

/// Around a page for nobody in particular.
pub(crate) fn bare_shell(lang: Lang, path: &str) -> Shell {
    Shell { lang, path: path.to_owned(), ..Shell::default() }
}
