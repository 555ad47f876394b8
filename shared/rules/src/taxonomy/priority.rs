//! How urgent a tip is: the leaf's base, which flags may only raise.

use dengwen_model::{CategoryCode, Priority};

use super::Taxonomy;

/// What the priority depends on.
#[derive(Debug, Clone, Copy)]
pub struct PriorityFacts<'a> {
    /// The leaf.
    pub category: &'a CategoryCode,
    /// Context flags; one that is not in the taxonomy does nothing.
    pub flags: &'a [String],
    /// How many signed.
    pub signers: u32,
    /// How many independent sources say the same.
    pub sources: u32,
}

/// A priority and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorityDecision {
    /// 1 most urgent … 4.
    pub priority: Priority,
    /// The leaf and the flags that made it, as `A15 base 3`, `subject_is_top_leader -1`.
    pub why: Vec<String>,
    /// Version of the taxonomy that decided.
    pub version: String,
}

impl Taxonomy {
    /// The priority: the smallest of the base and every `raise_to`, then one less for each `step`,
    /// never below 1. `None` for a leaf that is not in the taxonomy.
    pub fn priority(&self, facts: &PriorityFacts<'_>) -> Option<PriorityDecision> {
        let category = self.category(facts.category)?;
        let mut priority = category.priority_base;
        let mut why = vec![format!("{} base {}", category.code, priority.get())];
        let mut steps = 0u8;
        // In the taxonomy's order, and each once however often a tip carries it.
        for flag in self.flags.iter().filter(|flag| facts.flags.contains(&flag.code)) {
            if let Some(to) = flag.raise_to {
                priority = priority.at_least(to);
                why.push(format!("{} to {}", flag.code, to.get()));
            }
            if flag.step > 0 && facts.signers >= flag.min_signers && facts.sources >= flag.min_sources {
                steps = steps.saturating_add(flag.step);
                why.push(format!("{} -{}", flag.code, flag.step));
            }
        }
        for _ in 0..steps {
            priority = priority.raised();
        }
        Some(PriorityDecision { priority, why, version: self.version.clone() })
    }
}
