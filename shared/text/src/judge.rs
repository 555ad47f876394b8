//! From a reading to the classification that the ledger keeps: scope, M1–M4, flags, priority, handling.

use dengwen_model::{Classification, Priority, Scope, SourceKind, SubjectKind};
use dengwen_rules::{PriorityFacts, Rules};

use crate::{Facts, Reading};

impl Reading {
    /// What the rules make of this reading. `source_kind` is where the information comes from, as far
    /// as the channel tells; `sources` is the number of independent tips known on the matter.
    pub fn classification(&self, rules: &Rules, source_kind: Option<&str>, sources: u32) -> Classification {
        // A text that tells nothing is not out of scope: what it is about may be in its files.
        let emergency = self.category.as_str() == "X14";
        let open = !self.told && !emergency;
        let scope = if open { Scope::Conditional } else { rules.scope(&self.category).unwrap_or(Scope::Out) };
        let flags = self.flags(sources);
        let priority = rules.taxonomy.priority(&PriorityFacts {
            category: &self.category,
            flags: &flags,
            signers: self.facts.signers,
            sources,
        });
        let source = self.source(source_kind);
        Classification {
            category: self.category.clone(),
            secondary: self.secondary.clone(),
            scope,
            referral: rules.referral(&self.category).filter(|_| !open).cloned(),
            confidence: self.confidence,
            abstained: self.abstained,
            evidence: self.evidence.clone(),
            subjects: self.subjects.iter().map(|found| found.subject.clone()).collect(),
            identity: self.identity,
            asks_not_down: self.facts.not_downward,
            reporter_identifiable: self.facts.reporter_identifiable,
            must_investigate: rules
                .taxonomy
                .must_investigate()
                .hits(scope, &self.rule_facts(source.as_ref())),
            context_flags: flags,
            priority: priority.map_or(Priority::LEAST_URGENT, |decision| decision.priority),
            handling: rules.handling(&self.category).unwrap_or(dengwen_model::HandlingForm::H0),
            version: format!("{}; {}", rules.version(), self.version),
        }
    }

    fn source(&self, given: Option<&str>) -> Option<SourceKind> {
        let given = given.filter(|kind| !kind.is_empty() && *kind != "群众来件");
        given.or(self.facts.internal_source).map(|kind| SourceKind(kind.to_owned()))
    }

    /// Whether a principal leader (一把手) is complained of, not only mentioned: who leaks, spreads rumours or
    /// accuses falsely is as a rule not known (E02, C02, E04), and who intercedes (A04) stands above the
    /// body whose head is leaned on, so unnamed heads count there only of a committee or a government. Where the
    /// complaint is of a body (too many posts, A09; too large a staff, X04), of a missing step (A10: the head may
    /// be whom it put in the post), of a leak (A13) or of an answer (E03), a head has to be named.
    fn top_leader(&self) -> bool {
        const HEADS: [&str; 8] = ["书记", "县长", "区长", "市长", "镇长", "乡长", "旗长", "盟长"];
        let above = |title: &Option<String>| {
            title.as_deref().is_some_and(|title| HEADS.iter().any(|head| title.ends_with(head)))
        };
        let leaf = self.category.as_str();
        self.subjects.iter().map(|found| &found.subject).filter(|subject| subject.is_top_leader).any(
            |subject| match leaf {
                "C02" | "E02" | "E04" => false,
                "A04" => above(&subject.title) || subject.name.is_some(),
                "A09" | "A10" | "A13" | "E03" | "X04" => subject.name.is_some(),
                _ => true,
            },
        )
    }

    /// M1 asks for a name, or a body with a post, or a named body as the subject itself.
    /// Whoever spreads rumours is as a rule not known (C02: the names are those of candidates), nor who accuses
    /// falsely (E04), unless by name.
    fn identified(&self) -> bool {
        match self.category.as_str() {
            "C02" => return false,
            "E04" => return self.subjects.first().is_some_and(|found| found.subject.name.is_some()),
            _ => {}
        }
        // 栖梧书记: the head of a region is one person without a name.
        let head = |subject: &dengwen_model::Subject| {
            subject.is_top_leader && subject.title.is_some() && subject.region_name.is_some()
        };
        self.subjects
            .iter()
            .map(|found| &found.subject)
            .any(|subject| subject.name.is_some() || subject.org.is_some() || head(subject))
    }

    fn rule_facts<'a>(&'a self, source: Option<&'a SourceKind>) -> dengwen_rules::Facts<'a> {
        let Facts { concrete_act, time, place, amount, participants, document, .. } = self.facts;
        dengwen_rules::Facts {
            subject_identified: self.identified(),
            concrete_act,
            time,
            place,
            amount,
            participants,
            document,
            verifiable_name: self.facts.reporter_named,
            volunteered_contact: self.facts.contact_given,
            top_leader: self.top_leader(),
            category: Some(&self.category),
            secondary: &self.secondary,
            source_kind: source,
        }
    }

    /// The context flags that hold, in the taxonomy's order.
    fn flags(&self, sources: u32) -> Vec<String> {
        let facts = &self.facts;
        let outside = self.category.as_str().starts_with('X');
        let person = self.subjects.iter().any(|found| found.subject.kind == SubjectKind::Person);
        let rows = [
            ("during_publicity", facts.during_publicity),
            ("during_vetting", facts.during_vetting),
            ("during_election", facts.during_election),
            (
                "subject_is_top_leader",
                self.top_leader()
                    && !matches!(
                        self.category.as_str(),
                        "X13" | "X12" | "X11" | "X05" | "X06" | "X08" | "X09" | "X10"
                    ),
            ),
            ("joint_report", facts.joint),
            ("repeat", sources >= 3 || facts.reported_before),
            ("media_heat", facts.media_heat),
            ("retaliation_risk", facts.retaliation),
            ("upper_level_subject", facts.upper_level_subject && person && !outside),
            ("org_dept_conflict", facts.org_dept_subject && !outside),
        ];
        rows.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag.to_owned()).collect()
    }
}
