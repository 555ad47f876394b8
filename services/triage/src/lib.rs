//! dengwen-triage
