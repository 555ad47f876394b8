//! The dry runs `dengwen try route` and `dengwen try deadline`: a JSON line in, a JSON line out.
//!
//! A bad line gives `{"id":…,"error":"…"}`; the error names the field and never quotes the line.

use std::str::FromStr;
use std::sync::LazyLock;

use dengwen_model::{
    CategoryCode, HandlingForm, IdentityKind, RankCode, RegionCode, RuleId, Subject, SubjectKind, UnitCode,
};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::routing::{PathStep, Receiver, RouteRequest, Router, SetDeadline};
use crate::start::Start;
use crate::units::Units;
use crate::{Divisions, Events, Rules};

/// A longer line is not read.
const LONGEST_LINE: usize = 1 << 20;

#[derive(Deserialize)]
struct RouteLine {
    #[serde(default)]
    id: Value,
    category: CategoryCode,
    #[serde(default)]
    secondary: Option<Vec<CategoryCode>>,
    #[serde(default)]
    subjects: Option<Vec<SubjectLine>>,
    #[serde(default)]
    received_by: Option<String>,
    #[serde(default)]
    context_flags: Option<Vec<String>>,
    received_at: Start,
    #[serde(default)]
    handling: Option<HandlingForm>,
    #[serde(default)]
    identity: Option<IdentityKind>,
    #[serde(default)]
    asks_not_down: bool,
}

/// A subject with codes as text; an empty one is taken as not given.
#[derive(Deserialize)]
struct SubjectLine {
    #[serde(default)]
    kind: Option<SubjectKind>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    org: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    rank_code: Option<String>,
    #[serde(default)]
    region_code: Option<String>,
    #[serde(default)]
    region_name: Option<String>,
    #[serde(default)]
    is_top_leader: Option<bool>,
}

#[derive(Serialize)]
struct RouteAnswer {
    id: Value,
    unit: Option<UnitCode>,
    alternative: Option<UnitCode>,
    sealed: bool,
    co_units: Vec<UnitCode>,
    path: Vec<PathStep>,
    deadlines: Vec<SetDeadline>,
}

#[derive(Deserialize)]
struct DeadlineLine {
    #[serde(default)]
    id: Value,
    rule: RuleId,
    start: Start,
}

#[derive(Serialize)]
struct DeadlineAnswer {
    id: Value,
    due: Date,
    provisional: bool,
    counted: String,
}

#[derive(Serialize)]
struct Refusal {
    id: Value,
    error: String,
}

/// `dengwen try route`: one line of the contract's form; also takes `secondary`, `handling`,
/// `identity` and `asks_not_down`.
pub fn try_route_line(units: &Units, rules: &Rules, line: &str) -> String {
    answer(line, |line: RouteLine| {
        let id = line.id.clone();
        let request = Known { rules, units }.request(line)?;
        let decision = Router::new(rules, units).route(&request).map_err(|error| error.to_string())?;
        Ok(RouteAnswer {
            id,
            unit: decision.unit,
            alternative: decision.alternative,
            sealed: decision.sealed,
            co_units: decision.co_units,
            path: decision.path,
            deadlines: decision.deadlines,
        })
    })
}

/// `dengwen try deadline`: `{"id","rule","start"}` → `{"id","due","provisional","counted"}`.
pub fn try_deadline_line(rules: &Rules, line: &str) -> String {
    answer(line, |line: DeadlineLine| {
        let due = rules.deadlines.due(&line.rule, line.start).map_err(|error| error.to_string())?;
        Ok(DeadlineAnswer { id: line.id, due: due.date, provisional: due.provisional, counted: due.counted })
    })
}

/// What there is: a code that is none must not be passed over, or the answer would be of another tip.
struct Known<'a> {
    rules: &'a Rules,
    units: &'a Units,
}

impl Known<'_> {
    fn request(&self, line: RouteLine) -> Result<RouteRequest, String> {
        let (secondary, flags) = (line.secondary.unwrap_or_default(), line.context_flags.unwrap_or_default());
        let taxonomy = &self.rules.taxonomy;
        all_known(
            "secondary",
            &secondary,
            |leaf| taxonomy.category(leaf).is_some(),
            "a leaf of the taxonomy",
        )?;
        all_known(
            "context_flags",
            &flags,
            |flag| taxonomy.flag(flag).is_some(),
            "a context flag of the taxonomy",
        )?;
        let subjects = line.subjects.unwrap_or_default().into_iter().enumerate();
        let subjects = subjects.map(|(at, subject)| self.subject(at, subject)).collect::<Result<_, _>>()?;
        Ok(RouteRequest {
            secondary,
            subjects,
            received_by: self.receiver(given(line.received_by))?,
            context_flags: flags,
            handling: line.handling,
            identity: line.identity,
            asks_not_down: line.asks_not_down,
            events: Events::all_at(line.received_at),
            ..RouteRequest::new(line.category, line.received_at)
        })
    }

    fn subject(&self, at: usize, line: SubjectLine) -> Result<Subject, String> {
        let rank = |code: &RankCode| self.rules.taxonomy.seniority(code).is_some();
        let rank_code = code(line.rank_code, rank)
            .ok_or_else(|| format!("subjects[{at}].rank_code: not a rank of the taxonomy"))?;
        let region_code = code(line.region_code, |code| self.division(code)).ok_or_else(|| {
            format!("subjects[{at}].region_code: not a division of GB/T 2260 or of the units register")
        })?;
        Ok(Subject {
            kind: line.kind.unwrap_or_default(),
            name: given(line.name),
            org: given(line.org),
            title: given(line.title),
            rank_code,
            region_code,
            region_name: given(line.region_name),
            is_top_leader: line.is_top_leader.unwrap_or(false),
        })
    }

    fn receiver(&self, written: Option<String>) -> Result<Option<String>, String> {
        let Some(written) = written else { return Ok(None) };
        let region = Receiver::find(self.units, Some(&written)).region;
        match region.is_some_and(|region| self.division(&region)) {
            true => Ok(Some(written)),
            false => {
                Err("received_by: neither the code of a unit or a division nor a name of the register"
                    .to_owned())
            }
        }
    }

    fn division(&self, code: &RegionCode) -> bool {
        /// Read once: a dry run may have many lines.
        static PUBLISHED: LazyLock<Option<Divisions>> = LazyLock::new(|| Divisions::built_in().ok());
        self.units.has_division(code) || PUBLISHED.as_ref().is_some_and(|published| published.has(code))
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// A code: not given, or a known one. `None` for one that is neither.
fn code<C: FromStr>(text: Option<String>, known: impl Fn(&C) -> bool) -> Option<Option<C>> {
    match given(text) {
        None => Some(None),
        Some(text) => text.trim().parse().ok().filter(known).map(Some),
    }
}

/// Names the first of a list that is not known, by its place.
fn all_known<C>(field: &str, list: &[C], known: impl Fn(&C) -> bool, what: &str) -> Result<(), String> {
    match list.iter().position(|one| !known(one)) {
        Some(at) => Err(format!("{field}[{at}]: not {what}")),
        None => Ok(()),
    }
}

fn answer<L: DeserializeOwned, A: Serialize>(
    line: &str,
    decide: impl FnOnce(L) -> Result<A, String>,
) -> String {
    let outcome = read(line).and_then(|read| decide(read).and_then(|answer| json(&answer)));
    outcome.unwrap_or_else(|error| {
        json(&Refusal { id: id_of(line), error })
            .unwrap_or_else(|_| r#"{"id":null,"error":"failed"}"#.to_owned())
    })
}

fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|_| "the answer cannot be written as JSON".to_owned())
}

fn read<L: DeserializeOwned>(line: &str) -> Result<L, String> {
    if line.len() > LONGEST_LINE {
        return Err(format!("the line is longer than {LONGEST_LINE} bytes"));
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(line)).map_err(|error| {
        let (path, column) = (error.path().to_string(), error.inner().column());
        if !error.inner().is_data() {
            return format!("not JSON (column {column})");
        }
        match field_told(error.inner()) {
            Some(told) if path == "." => told,
            Some(told) => format!("in {path}, {told}"),
            None if path == "." => "the line must be a JSON object".to_owned(),
            // serde's own message may quote the value; the place is enough.
            None => format!("{path}: of the wrong type or not a valid value (column {column})"),
        }
    })
}

/// The field that a line lacks or has twice: serde tells it by words alone. Its name is one of ours, never the
/// line's.
fn field_told(error: &serde_json::Error) -> Option<String> {
    let told = error.to_string();
    [("missing field `", "missing"), ("duplicate field `", "given twice")].iter().find_map(|(words, what)| {
        let (field, _) = told.strip_prefix(words)?.split_once('`')?;
        Some(format!("{field}: {what}"))
    })
}

/// The line's id as far as it can still be read.
fn id_of(line: &str) -> Value {
    #[derive(Deserialize)]
    struct OnlyId {
        #[serde(default)]
        id: Value,
    }
    // serde would take the first of a list for it.
    if line.len() > LONGEST_LINE || !line.trim_start().starts_with('{') {
        return Value::Null;
    }
    serde_json::from_str::<OnlyId>(line).map(|line| line.id).unwrap_or_default()
}
