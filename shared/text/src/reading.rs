//! What comes out: everything found in a tip, each finding with its place in the text as received.

use dengwen_model::{CategoryCode, Evidence, IdentityKind, Subject, UnitCode};
use jiff::civil::Date;
use serde::Serialize;

use crate::link::Signature;

/// A tip, read. Proposals with their reasons, never verdicts.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The leaf, or the likeliest one where [`Reading::abstained`].
    pub category: CategoryCode,
    /// Further leaves that the text also speaks of, strongest first.
    pub secondary: Vec<CategoryCode>,
    /// The three likeliest leaves with their calibrated probabilities.
    pub candidates: Vec<(CategoryCode, f64)>,
    /// Calibrated probability of `category`.
    pub confidence: f64,
    /// The machine does not decide; a person classifies.
    pub abstained: bool,
    /// The text tells enough to be decided on. Where it does not, `category` says little, and nothing may follow
    /// from it: neither scope nor referral.
    pub told: bool,
    /// The reporter's own words behind the category.
    pub evidence: Vec<Evidence>,
    /// Whom it is about, the main subject first.
    pub subjects: Vec<FoundSubject>,
    /// How well the reporter can be reached.
    pub identity: IdentityKind,
    /// What the rules (M1–M4, flags) ask about.
    pub facts: Facts,
    /// Days named in the text.
    pub dates: Vec<Date>,
    /// Amounts of money, in yuan.
    pub amounts: Vec<u64>,
    /// What is kept to recognise the matter again.
    pub signature: Signature,
    /// Versions of model and lexicon that read it.
    pub version: String,
}

/// A subject and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSubject {
    /// The subject.
    pub subject: Subject,
    /// The unit of the register it was resolved to.
    pub unit: Option<Resolution>,
    /// Where it stands in the text as received; `None` where the form alone gave it.
    pub mention: Option<Evidence>,
}

/// A unit of the register that a written name was resolved to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resolution {
    /// The unit.
    pub unit: UnitCode,
    /// 0 to 1.
    pub score: f64,
    /// Why, as `简称相同; 同一地区`.
    pub reasons: Vec<String>,
}

/// Facts of a tip that rules decide on. Booleans are findings, `false` meaning "not found".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// A concrete act is described, not only a charge.
    pub concrete_act: bool,
    /// A time is named.
    pub time: bool,
    /// A place is named.
    pub place: bool,
    /// An amount or another number is named.
    pub amount: bool,
    /// Further persons who took part or can tell are named or described.
    pub participants: bool,
    /// A document, photograph, recording or transfer is named.
    pub document: bool,
    /// A real name or a name with a contact was given.
    pub reporter_named: bool,
    /// A working contact was volunteered.
    pub contact_given: bool,
    /// Persons who signed; 0 or 1 where it is no joint report.
    pub signers: u32,
    /// Several persons report together (联名).
    pub joint: bool,
    /// A subject is a candidate within the publicity period (公示期).
    pub during_publicity: bool,
    /// A subject is being vetted (考察、考核、巡视).
    pub during_vetting: bool,
    /// A term change or an election is under way (换届期间).
    pub during_election: bool,
    /// The reporter suffers or fears concrete retaliation.
    pub retaliation: bool,
    /// The matter is discussed in public media.
    pub media_heat: bool,
    /// A subject is managed above the county (县领导 and up).
    pub upper_level_subject: bool,
    /// A subject sits in an organisation department, or leads the committee it serves.
    pub org_dept_subject: bool,
    /// The reporter asks that it is not sent down or not handled locally.
    pub not_downward: bool,
    /// The reporter can be told from what is described: a very small unit, or only one could know (C8).
    pub reporter_identifiable: bool,
    /// Says that it was reported before.
    pub reported_before: bool,
    /// The text shows that it comes from vetting, appraisal, inspection or audit.
    pub internal_source: Option<&'static str>,
}
