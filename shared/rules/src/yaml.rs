//! Reading YAML within bounds: size, nesting, nodes and aliases are limited before anything is built.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde_saphyr::Options;
use serde_saphyr::options::DuplicateKeyPolicy;

use crate::RulesError;

/// A value and the line it stands on.
pub(crate) type Located<T> = serde_saphyr::Spanned<T>;

/// The line of a located value, from 1.
pub(crate) fn line_of<T>(located: &Located<T>) -> u64 {
    located.referenced.line()
}

/// How much a file may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) nodes: usize,
}

/// A rules file is written by hand.
pub(crate) const RULES_FILE: Limits = Limits { bytes: 4 << 20, nodes: 400_000 };
/// A units register may hold a whole province: 100 000 units at up to about 100 nodes each.
pub(crate) const UNITS_FILE: Limits = Limits { bytes: 256 << 20, nodes: 12_000_000 };

/// A file's name and text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// The text as `T`.
    ///
    /// # Errors
    /// Too large, not YAML, beyond a bound, or not of the shape of `T`; with the line.
    pub(crate) fn parse<T: DeserializeOwned>(self, limits: Limits) -> Result<T, RulesError> {
        if self.text.len() > limits.bytes {
            return Err(self.error(0, format!("larger than {} bytes", limits.bytes)));
        }
        serde_saphyr::from_str_with_options(self.text, options(limits)).map_err(|error| {
            let line = error.location().map_or(0, |location| location.line());
            let reason = error.without_snippet().to_string();
            // The message repeats the place at its end.
            let end = reason.rfind(" at line ").filter(|_| line > 0).unwrap_or(reason.len());
            self.error(line, reason.get(..end).unwrap_or_default())
        })
    }

    /// An error in this file.
    pub(crate) fn error(self, line: u64, reason: impl Into<String>) -> RulesError {
        RulesError { file: self.file.to_owned(), line, reason: reason.into() }
    }

    /// Checks that no value comes twice.
    ///
    /// # Errors
    /// The second occurrence, with its line.
    pub(crate) fn unique<'v, T>(
        self,
        what: &str,
        values: impl Iterator<Item = &'v Located<T>>,
    ) -> Result<(), RulesError>
    where
        T: Eq + Hash + Display + 'v,
    {
        let mut seen = HashSet::new();
        for value in values {
            if !seen.insert(&value.value) {
                return Err(self.error(line_of(value), format!("{what} {} stands twice", value.value)));
            }
        }
        Ok(())
    }
}

fn options(limits: Limits) -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: limits.nodes,
            max_events: limits.nodes.saturating_mul(2),
            max_documents: 1,
            max_aliases: 1000,
            max_anchors: 1000,
            max_total_scalar_bytes: limits.bytes,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 10_000,
            max_replay_stack_depth: 8,
            max_alias_expansions_per_anchor: 1000,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        with_snippet: false,
    }
}
