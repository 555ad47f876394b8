//! The dry runs `dengwen try classify` and `dengwen try link`: a JSON line in, a JSON line out.
//!
//! A bad line gives `{"id":…,"error":"…"}`; the error names the field and never quotes the line.

use std::collections::HashMap;

use dengwen_model::{Channel, Classification, Evidence, Scope};
use dengwen_rules::Rules;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::link::{Index, Match, Relation};
use crate::{Reader, Reading, TipForm, TipText};

/// A longer line is not read (the text of a tip itself is read up to [`crate::READ_LIMIT`] characters).
const LONGEST_LINE: usize = 64 << 20;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    received_at: Option<String>,
    text: String,
    #[serde(default)]
    form: Option<TipForm>,
    #[serde(default)]
    received_by: Option<String>,
    #[serde(default)]
    source_kind: Option<String>,
}

impl Line {
    fn parse(line: &str) -> Result<Self, (Value, String)> {
        if line.len() > LONGEST_LINE {
            return Err((Value::Null, format!("the line is longer than {LONGEST_LINE} bytes")));
        }
        let value: Value = serde_json::from_str(line)
            .map_err(|e| (Value::Null, format!("not JSON (column {})", e.column())))?;
        if !value.is_object() {
            return Err((Value::Null, "the line must be a JSON object".to_owned()));
        }
        let id = value.get("id").cloned().unwrap_or(Value::Null);
        // serde's own message may quote the value, so only the field is named.
        for field in ["text"] {
            match value.get(field) {
                Some(Value::String(_)) => {}
                Some(_) => return Err((id, format!("{field}: must be text"))),
                None => return Err((id, format!("{field}: missing"))),
            }
        }
        for field in ["channel", "received_at", "received_by", "source_kind"] {
            if value.get(field).is_some_and(|v| !v.is_string() && !v.is_null()) {
                return Err((id, format!("{field}: must be text")));
            }
        }
        if value.get("form").is_some_and(|v| !v.is_object() && !v.is_null()) {
            return Err((id, "form: must be an object".to_owned()));
        }
        serde_json::from_value(value).map_err(|_| (id, "the line is not a tip".to_owned()))
    }

    fn read(&self, reader: &Reader) -> Result<Reading, String> {
        let channel = match self.channel.as_deref() {
            Some("phone") => Channel::Phone,
            Some("sms") => Channel::Sms,
            Some("letter") => Channel::Letter,
            Some("web") | None => Channel::Web,
            Some(_) => return Err("channel: phone, sms, web or letter".to_owned()),
        };
        let received_at = match &self.received_at {
            None => Timestamp::UNIX_EPOCH,
            Some(at) => {
                at.parse::<Timestamp>().map_err(|_| "received_at: not an instant (RFC 3339)".to_owned())?
            }
        };
        Ok(reader.read(&TipText {
            text: &self.text,
            form: self.form.clone().unwrap_or_default(),
            channel,
            received_at,
            received_by: self.received_by.as_deref(),
            source_kind: self.source_kind.as_deref(),
        }))
    }
}

fn error_line(id: &Value, error: &str) -> String {
    json!({"id": id, "error": error}).to_string()
}

/// One line of `dengwen try classify` (contract: dry runs).
pub fn try_classify_line(reader: &Reader, rules: &Rules, line: &str) -> String {
    let line = match Line::parse(line) {
        Ok(line) => line,
        Err((id, error)) => return error_line(&id, &error),
    };
    let reading = match line.read(reader) {
        Ok(reading) => reading,
        Err(error) => return error_line(&line.id, &error),
    };
    let c = reading.classification(rules, line.source_kind.as_deref(), 1);
    json!({
        "id": line.id,
        "category": c.category,
        "secondary": c.secondary,
        "scope": c.scope,
        "referral": c.referral,
        "confidence": rounded(c.confidence),
        "abstained": c.abstained,
        "evidence": c.evidence,
        "subjects": c.subjects,
        "reporter": {"identity": c.identity},
        "must_investigate": c.must_investigate,
        "context_flags": flags_with_wish(&c),
        "priority": c.priority,
        "handling": c.handling,
    })
    .to_string()
}

/// The line has no field for the wish not to be handed down (C6): there it shows as the flag that leads a tip
/// past the department of its own division.
fn flags_with_wish(classification: &Classification) -> Vec<String> {
    const UP: &str = "org_dept_conflict";
    let mut flags = classification.context_flags.clone();
    let wished = classification.asks_not_down && classification.scope != Scope::Out;
    if wished && !flags.iter().any(|flag| flag == UP) {
        flags.push(UP.to_owned());
    }
    flags
}

/// `dengwen try link` (contract: dry runs): keeps what it has seen, in the order of the lines.
#[derive(Debug)]
pub struct TryLink<'r> {
    reader: &'r Reader,
    index: Index<String>,
    ids: HashMap<String, Value>,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    to: &'a Value,
    score: f64,
    why: String,
}

impl<'r> TryLink<'r> {
    /// Nothing seen yet.
    pub fn new(reader: &'r Reader) -> Self {
        Self { reader, index: Index::new(), ids: HashMap::new() }
    }

    /// One line: the tip's relation to the earlier ones. A tip with the id of an earlier one is not
    /// taken twice; it is answered as a copy of it.
    pub fn line(&mut self, line: &str) -> String {
        let line = match Line::parse(line) {
            Ok(line) => line,
            Err((id, error)) => return error_line(&id, &error),
        };
        let reading = match line.read(self.reader) {
            Ok(reading) => reading,
            Err(error) => return error_line(&line.id, &error),
        };
        let key = if line.id.is_null() { format!("#{}", self.index.len()) } else { line.id.to_string() };
        let decision = self.index.decide(&reading.signature);
        let to = decision.joined.as_ref().map(|m| m.key.clone());
        let seen_before = self.ids.contains_key(&key);
        if !seen_before {
            self.ids.insert(key.clone(), line.id.clone());
            match &decision.joined {
                Some(joined) => self.index.insert_joined(key, reading.signature.clone(), joined.place),
                None => self.index.insert_new(key, reading.signature.clone()),
            };
        }
        let suggestion = |m: &Match<String>| Suggestion {
            to: self.id(&m.key),
            score: rounded(m.score),
            why: m.best.why(),
        };
        let suggestions: Vec<Suggestion<'_>> = decision.suggestions.iter().map(suggestion).collect();
        let score = decision
            .joined
            .as_ref()
            .map_or_else(|| decision.suggestions.first().map_or(0.0, |m| m.score), |m| m.score);
        let why = decision.joined.as_ref().map(|m| m.best.why());
        json!({
            "id": line.id,
            "relation": decision.relation,
            "to": to.as_ref().map(|key| self.id(key)),
            "score": rounded(score),
            "suggestions": suggestions,
            "evidence": self.evidence(decision.relation, &reading, why),
        })
        .to_string()
    }

    fn id(&self, key: &str) -> &Value {
        self.ids.get(key).unwrap_or(&Value::Null)
    }

    /// The tip's own words that tell what it is about, each with what joined it.
    fn evidence(&self, relation: Relation, reading: &Reading, why: Option<String>) -> Vec<Evidence> {
        if relation == Relation::New {
            return Vec::new();
        }
        let why = why.unwrap_or_default();
        let subject = reading.subjects.first().and_then(|found| found.mention.clone());
        let mut shown: Vec<Evidence> = subject.into_iter().chain(reading.evidence.iter().cloned()).collect();
        for passage in &mut shown {
            passage.why.clone_from(&why);
        }
        shown.truncate(3);
        shown
    }
}

fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}
