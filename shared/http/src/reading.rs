//! What could be read of a body, and everything that could not: one answer names every field that is wrong,
//! what types say together with what rules say.

use crate::{FieldError, Problem};

/// A value as far as it could be read. Where fields of it were wrong, something harmless stands in their
/// place, so that the others can be held against their rules.
#[derive(Debug)]
pub struct Reading<T> {
    value: Option<T>,
    faults: Vec<FieldError>,
}

impl<T> Reading<T> {
    /// Of a value with which nothing is wrong so far.
    pub fn of(value: T) -> Self {
        Self { value: Some(value), faults: Vec::new() }
    }

    /// Where nothing came of it.
    pub(crate) fn unread(fault: FieldError) -> Self {
        Self { value: None, faults: vec![fault] }
    }

    pub(crate) fn new(value: Option<T>, faults: Vec<FieldError>) -> Self {
        Self { value, faults }
    }

    /// What can be asked before it is judged.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The same, with faults that were found elsewhere.
    #[must_use]
    pub fn and_wrong(mut self, faults: impl IntoIterator<Item = FieldError>) -> Self {
        self.faults.extend(faults);
        self
    }

    /// The same made of it.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Reading<U> {
        Reading { value: self.value.map(make), faults: self.faults }
    }

    /// The value, where nothing is wrong with it and its rules hold too. What these say of a field that could
    /// not be read counts for nothing.
    ///
    /// # Errors
    /// A [`VALIDATION`](crate::problems::VALIDATION) problem with all that is wrong, in the order of the names.
    pub fn judge(self, rules: impl FnOnce(&T) -> Vec<FieldError>) -> Result<T, Problem> {
        let Self { value, mut faults } = self;
        let broken = value.as_ref().map(rules).unwrap_or_default();
        let unread = faults.len();
        for error in broken {
            if !is_told(&faults[..unread], &error.field) {
                faults.push(error);
            }
        }
        match value {
            Some(value) if faults.is_empty() => Ok(value),
            _ => {
                // The order in which they were found depends on how the tree keeps its members.
                faults.sort_by(|one, other| one.field.cmp(&other.field));
                Err(Problem::invalid(faults))
            }
        }
    }
}

/// Whether a fault is told already of this field, of what holds it, or of what it holds.
pub(crate) fn is_told(faults: &[FieldError], field: &str) -> bool {
    faults.iter().any(|fault| is_within(&fault.field, field) || is_within(field, &fault.field))
}

fn is_within(inner: &str, outer: &str) -> bool {
    match inner.strip_prefix(outer) {
        Some(rest) => outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']),
        None => false,
    }
}
