//! What is broken, as far as it is listed.

use crate::admin::print_line;

/// Broken promises that are listed; of more it is told how many.
pub(super) const LISTED: u32 = 1000;

/// What is broken: the promise's name and the object's id or number.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    listed: Vec<(&'static str, String)>,
    more: u64,
}

impl Findings {
    pub(super) fn add(&mut self, promise: &'static str, object: impl Into<String>) {
        if self.listed.len() < LISTED as usize {
            self.listed.push((promise, object.into()));
        } else {
            self.more += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    #[cfg(test)]
    pub(super) fn promises(&self) -> Vec<&'static str> {
        self.listed.iter().map(|(promise, _)| *promise).collect()
    }

    pub(super) fn print(&self) {
        for (promise, object) in &self.listed {
            print_line(&format!("BROKEN {promise}: {object}"));
        }
        if self.more > 0 {
            print_line(&format!("and {} more", self.more));
        }
    }
}
