//! From what was read to a classification: M1–M4, flags, priority and handling form by the rules.

use dengwen_model::{Classification, IdentityKind, Priority, Scope, SourceKind, Subject, SubjectKind};
use dengwen_rules::{Facts, PriorityFacts, Rules};
use dengwen_text::{Reading, TipText};

pub(crate) fn classification(reading: &Reading, tip: &TipText<'_>, rules: &Rules) -> Classification {
    let subjects: Vec<Subject> = reading.subjects.iter().map(|found| found.subject.clone()).collect();
    let category = rules.taxonomy.category(&reading.category);
    let scope = category.map_or(Scope::Out, |category| category.scope);
    let source = tip.source_kind.map(|kind| SourceKind(kind.to_owned()));
    let top_leader = subjects.iter().any(|subject| subject.is_top_leader);
    let facts = Facts {
        subject_identified: subjects.iter().any(identified),
        concrete_act: reading.facts.concrete_act,
        time: reading.facts.time,
        place: reading.facts.place,
        amount: reading.facts.amount,
        participants: reading.facts.participants,
        document: reading.facts.document,
        verifiable_name: reading.identity == IdentityKind::Named,
        volunteered_contact: reading.identity != IdentityKind::Anonymous,
        top_leader,
        category: Some(&reading.category),
        secondary: &reading.secondary,
        source_kind: source.as_ref(),
    };
    let context_flags = flags(reading, top_leader);
    let priority = rules.taxonomy.priority(&PriorityFacts {
        category: &reading.category,
        flags: &context_flags,
        signers: reading.facts.signers,
        sources: 1,
    });
    Classification {
        must_investigate: rules.taxonomy.must_investigate().hits(scope, &facts),
        priority: priority.map_or(Priority::LEAST_URGENT, |decision| decision.priority),
        handling: rules.handling(&reading.category).unwrap_or(dengwen_model::HandlingForm::H0),
        referral: category.and_then(|category| category.referral.clone()),
        category: reading.category.clone(),
        secondary: reading.secondary.clone(),
        scope,
        confidence: reading.confidence,
        abstained: reading.abstained,
        evidence: reading.evidence.clone(),
        subjects,
        identity: reading.identity,
        context_flags,
        version: format!("{} {}", rules.version(), reading.version),
    }
}

fn identified(subject: &Subject) -> bool {
    subject.name.is_some()
        || (subject.org.is_some() && (subject.title.is_some() || subject.kind == SubjectKind::Org))
}

fn flags(reading: &Reading, top_leader: bool) -> Vec<String> {
    let facts = &reading.facts;
    let flags = [
        ("during_publicity", facts.during_publicity),
        ("during_vetting", facts.during_vetting),
        ("during_election", facts.during_election),
        ("subject_is_top_leader", top_leader),
        ("joint_report", facts.joint),
        ("media_heat", facts.media_heat),
        ("retaliation_risk", facts.retaliation),
        ("upper_level_subject", facts.upper_level_subject),
        ("org_dept_conflict", facts.org_dept_subject || facts.not_downward),
    ];
    flags.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag.to_owned()).collect()
}
