//! What the form says of the subject, read like text.

use super::gazetteer::{Gazetteer, Lead};
use super::org::{self, Org};
use super::place::{self, Place};
use super::subject::Draft;
use super::title::Post;
use crate::{Normal, TipForm};

/// The form's fields about the subject.
#[derive(Debug, Default)]
pub(crate) struct FormText {
    name: Option<String>,
    title: Option<Post>,
    org: Option<Org>,
    pub(crate) places: Vec<Place>,
}

impl FormText {
    /// Reads the form's fields; `normal` brings a field into one spelling.
    pub(crate) fn of(form: &TipForm, gazetteer: &Gazetteer, normal: impl Fn(&str) -> Normal) -> Self {
        let mut read = Self::default();
        if let Some(name) = &form.subject_name {
            let name = normal(name).as_str().to_owned();
            read.name = (1..=20).contains(&name.chars().count()).then_some(name);
        }
        if let Some(region) = &form.region {
            let region = normal(region);
            read.places = place::places(&region, &gazetteer.scan(&region), |_, _| false);
        }
        let org = form.subject_org.as_ref().map(|org| normal(org));
        if let Some(org) = org.filter(|org| !org.is_empty()) {
            let found = gazetteer.scan(&org);
            let places = place::places(&org, &found, |_, _| false);
            let orgs = org::orgs(&org, &found, &places, |_| false);
            let (core, seat, unit, listed) =
                orgs.last().map_or((org.as_str().to_owned(), false, None, false), |o| {
                    (o.core.clone(), o.seat, o.unit, o.listed)
                });
            read.org = Some(Org { range: 0..0, text: org.as_str().to_owned(), core, unit, seat, listed });
            if read.places.is_empty() {
                read.places = places;
            }
        }
        if let Some(title) = &form.subject_title {
            let title = normal(title);
            let loose = || Post {
                range: 0..0,
                text: title.as_str().to_owned(),
                base: title.as_str().to_owned(),
                lead: Lead::Part,
                deputy: false,
                former: false,
                candidate: title.as_str().contains("拟任"),
                open: false,
                loose: false,
            };
            read.title = Some(Post::written(&title, gazetteer).unwrap_or_else(loose));
        }
        read
    }

    /// Puts the form's subject first, completed by what the text says of it.
    pub(crate) fn lead(&self, drafts: &mut Vec<Draft>) {
        if self.name.is_none() && self.org.is_none() && self.title.is_none() {
            return;
        }
        let fits = |draft: &Draft| match (&self.name, &draft.name) {
            (Some(form), Some(text)) => form == text,
            (Some(form), None) => {
                draft.surname.as_ref().is_some_and(|surname| form.starts_with(surname.as_str()))
            }
            (None, _) => match (&self.title, &draft.post) {
                (Some(form), Some(text)) => form.base == text.base && form.deputy == text.deputy,
                _ => true,
            },
        };
        let at = drafts.iter().position(fits);
        let mut first = at.map(|at| drafts.remove(at)).unwrap_or_default();
        first.name = self.name.clone().or(first.name);
        if let Some(org) = &self.org {
            first.org = Some(org.clone());
        }
        if let Some(title) = &self.title {
            first.post = Some(title.clone());
        } else if self.name.is_none() && at.is_none() {
            first.post = None;
        }
        if first.surname.is_none() {
            first.surname = first.name.as_ref().and_then(|name| name.chars().next()).map(String::from);
        }
        drafts.insert(0, first);
        drafts.truncate(4);
    }
}
