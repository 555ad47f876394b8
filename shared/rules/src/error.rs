//! What is wrong with a rules file, and where.

use std::fmt;

/// A rules or units file that cannot be used. Shown to the operator by `dengwen check`, by
/// `units import` and when a service starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesError {
    /// The file's name as the operator knows it.
    pub file: String,
    /// The line, counted from 1; 0 where the fault has no line (a missing file, a wrong size).
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.reason),
            line => write!(f, "{}:{line}: {}", self.file, self.reason),
        }
    }
}

impl std::error::Error for RulesError {}
