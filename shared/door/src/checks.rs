//! What chosen codes and texts are held against at every door.

use std::collections::HashSet;
use std::sync::Arc;

use dengwen_http::{FieldError, Text};
use dengwen_model::RegionCode;
use dengwen_rules::{Divisions, Rules, RulesError, is_division_code};
use jiff::{SignedDuration, Timestamp};

use crate::{NoticeBoard, Notices, SubjectIn};

/// The lists that codes are chosen from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Checker(Arc<Lists>);

#[derive(Debug)]
struct Lists {
    ranks: HashSet<String>,
    divisions: Divisions,
    board: Arc<NoticeBoard>,
    max_text: usize,
}

impl Checker {
    /// The built-in ranks and divisions, the register as casework tells of it, and texts of at most
    /// `max_text` characters.
    ///
    /// # Errors
    /// Where the built-in divisions cannot be read, which a test excludes.
    pub fn new(rules: &Rules, board: Arc<NoticeBoard>, max_text: usize) -> Result<Self, RulesError> {
        let ranks = rules.taxonomy.ranks().iter().map(|rank| rank.code.to_string()).collect();
        Ok(Self(Arc::new(Lists { ranks, divisions: Divisions::built_in()?, board, max_text })))
    }

    /// The checks of this moment.
    pub async fn now(&self) -> Checks {
        let board = &self.0.board;
        Checks { lists: self.0.clone(), notices: board.current().await, at: board.now() }
    }

    /// The checks of this moment for one report: nobody waits for casework who chose no division.
    pub async fn for_subject(&self, subject: Option<&SubjectIn>) -> Checks {
        match subject.and_then(|subject| subject.region_code.as_ref()) {
            Some(_) => self.now().await,
            None => Checks { lists: self.0.clone(), notices: None, at: self.0.board.now() },
        }
    }
}

/// What an entry is held against.
#[derive(Debug, Clone)]
pub struct Checks {
    lists: Arc<Lists>,
    notices: Option<Arc<Notices>>,
    at: Timestamp,
}

/// How far somebody's clock may be ahead of the door's.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

impl Checks {
    /// Whether an instant lies later than clocks differ: a slip of the pen.
    pub fn is_in_future(&self, instant: Timestamp) -> bool {
        instant.duration_since(self.at) > SKEW
    }

    /// Longest text, in characters.
    pub fn max_text(&self) -> usize {
        self.lists.max_text
    }

    /// Whether the taxonomy has this rank.
    pub fn has_rank(&self, code: &str) -> bool {
        self.lists.ranks.contains(code)
    }

    /// What is wrong with a division code, if anything. It was chosen from a list, so a wrong one is told
    /// at once; a place that has no code goes into the free text beside it.
    ///
    /// Until the register was heard of, only what is surely wrong is refused: the shape, and a province
    /// that neither the published list nor the sample organisation (99) has.
    pub fn region_fault(&self, field: &'static str, code: &str) -> Option<FieldError> {
        let parsed = code.parse::<RegionCode>().ok().filter(|_| is_division_code(code));
        let Some(code) = parsed else {
            let text = Text::new("a division code has 6, 9 or 12 digits", "行政区划代码为 6、9 或 12 位数字");
            return Some(FieldError::with_message(field, "unknown", text));
        };
        let divisions = &self.lists.divisions;
        let known = divisions.has(&code)
            || match &self.notices {
                Some(notices) => notices.has_region(&code),
                None => divisions.has_province_of(&code) || code.as_str().starts_with("99"),
            };
        (!known).then(|| {
            let text = Text::new(
                "neither GB/T 2260 nor the units register has this division; leave the code out and name the place in words",
                "行政区划代码表和机构库中均无此代码；可不填代码，用文字写明地区",
            );
            FieldError::with_message(field, "unknown", text)
        })
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use dengwen_model::SystemClock;
    use dengwen_rules::Units;

    use super::*;
    use crate::{DeskAway, NoticeDesk};

    #[derive(Debug)]
    struct Sample;

    #[async_trait]
    impl NoticeDesk for Sample {
        async fn notices(&self) -> Result<Notices, DeskAway> {
            Ok(Notices::new(&Units::sample().unwrap(), []))
        }
    }

    async fn checks(board: NoticeBoard) -> Checks {
        Checker::new(&Rules::built_in().unwrap(), Arc::new(board), 10).unwrap().now().await
    }

    fn taken(checks: &Checks, code: &str) -> bool {
        checks.region_fault("region_code", code).is_none()
    }

    #[tokio::test]
    async fn a_division_is_published_or_in_the_register() {
        let checks = checks(NoticeBoard::local(Arc::new(Sample), Arc::new(SystemClock))).await;
        for code in ["110105", "330106001", "330106001002", "441900", "990121", "990121101"] {
            assert!(taken(&checks, code), "{code}");
        }
        for code in ["", "11", "11010A", "1101055", "110199", "999999", "990199", "000000", "160000"] {
            assert!(!taken(&checks, code), "{code}");
        }
    }

    #[tokio::test]
    async fn before_the_register_was_heard_of_nothing_is_refused_that_it_may_have() {
        let checks = checks(NoticeBoard::silent(Arc::new(SystemClock))).await;
        for code in ["110105", "110199", "990121", "999999"] {
            assert!(taken(&checks, code), "{code}");
        }
        for code in ["160000", "000000", "11"] {
            assert!(!taken(&checks, code), "{code}");
        }
    }
}
