//! The reader: everything shipped with the crate, put together once and shared.

use dengwen_model::IdentityKind;

use crate::link::{Ingredients, LinkKey};
use crate::{Facts, Normal, Reading, Register, Script, TipText};

/// Reads tips. Make one at start and share it; reading takes `&self` and keeps nothing.
#[derive(Debug)]
pub struct Reader {
    script: Script,
    key: LinkKey,
    register: Register,
}

impl Reader {
    /// A reader with the lexicon and model shipped in this crate.
    pub fn new(register: Register, key: LinkKey) -> Self {
        Self { script: Script::shipped(), key, register }
    }

    /// Reads one tip. Bounded in time and memory whatever the text is.
    #[expect(clippy::expect_used, reason = "X13 is a category code")]
    pub fn read(&self, tip: &TipText<'_>) -> Reading {
        let normal = Normal::new(tip.text, &self.script);
        let ingredients = Ingredients { bare: normal.bare().collect(), ..Ingredients::default() };
        let _ = &self.register;
        Reading {
            category: "X13".parse().expect("a code"),
            secondary: Vec::new(),
            candidates: Vec::new(),
            confidence: 0.0,
            abstained: true,
            evidence: Vec::new(),
            subjects: Vec::new(),
            identity: IdentityKind::Anonymous,
            facts: Facts::default(),
            dates: Vec::new(),
            amounts: Vec::new(),
            signature: ingredients.signature(&self.key),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
