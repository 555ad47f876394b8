//! One unit of work for a batch of tips: who is there already, what is known, what is new.

use std::collections::HashSet;
use std::collections::btree_map::{BTreeMap, Entry};

use dengwen_ledger::{
    CaseRecord, LedgerError, LinkEntry, NewAuditRecord, NewTip, OutboxRecord, Registration, UnitOfWork,
};
use dengwen_messages::{CaseJoined, CaseOpened, Envelope, Event, TipRegistered, Topic};
use dengwen_model::{
    Case, CaseFile, CaseId, CaseStage, Classification, IdentityKind, Priority, Scope, TipId, TipNote,
    TipReading,
};
use dengwen_rules::{RouteRequest, Router};
use dengwen_service::{
    LinkCache, Matters, Runtime, TIP_REGISTERED, append_audit, open_case_file, seal_case_file, seal_reading,
    subject_keys, tip_evidence,
};
use dengwen_text::link::{Decision, Match, Relation, Signature, keys};

use crate::casefile;
use crate::handler::ReadTip;

/// Registers the tips, all or none.
pub(crate) async fn register(
    runtime: &Runtime,
    links: &LinkCache,
    tips: Vec<ReadTip>,
) -> Result<(), LedgerError> {
    if tips.is_empty() {
        return Ok(());
    }
    let mut work = runtime.ledger().begin().await?;
    let work_ref = work.as_mut();
    let signatures: Vec<&Signature> = tips.iter().map(|tip| &tip.reading.signature).collect();
    let matters = Matters::locked(work_ref, &signatures, links).await?;
    let joined = likely(runtime, work_ref, &matters, &signatures).await?;
    let mut batch = Batch { matters, joined, tips: Vec::new(), links: Vec::new(), told: Told::default() };
    let ids: Vec<_> = tips.iter().map(|t| (t.opened.received.tip, t.opened.external_key.clone())).collect();
    let known = work_ref.registered(&ids).await?;
    let mut seen = HashSet::new();
    for (tip, known) in tips.iter().zip(known) {
        // A batch may hold the same tip twice.
        let id = tip.opened.received.tip.as_uuid().into_bytes().to_vec();
        let repeated =
            !seen.insert(id) || tip.opened.external_key.as_ref().is_some_and(|key| !seen.insert(key.clone()));
        if known.is_none() && !repeated {
            take(runtime, work_ref, tip, &mut batch).await?;
        }
        // The door is told also of what was there before: its first word may have been lost.
        batch.told.registered(runtime, tip);
    }
    let registered = u64::try_from(batch.tips.len()).unwrap_or(u64::MAX);
    write(runtime, work_ref, batch).await?;
    work.commit().await?;
    metrics::counter!("dengwen_tips_registered").increment(registered);
    Ok(())
}

/// What is decided on the tips of a batch before most of it is written.
struct Batch {
    matters: Matters,
    joined: Joined,
    tips: Vec<NewTip>,
    links: Vec<LinkEntry>,
    told: Told,
}

/// Writes what was decided, each kind in a few statements: tips, cases joined, links, and the head of the audit
/// chain last.
async fn write(runtime: &Runtime, work: &mut dyn UnitOfWork, batch: Batch) -> Result<(), LedgerError> {
    let there = |registration: &Registration| matches!(registration, Registration::AlreadyThere { .. });
    if work.register_tips(&batch.tips).await?.iter().any(there) {
        // Another replica was faster. Nothing of this batch stands; the next try sees the tip.
        return Err(LedgerError::Conflict { table: "tips" });
    }
    write_back(runtime, work, batch.joined).await?;
    work.insert_links(&batch.links).await?;
    work.ask_looks(&batch.told.grown, runtime.look_due()).await?;
    work.enqueue(&batch.told.outbox).await?;
    append_audit(work, batch.told.audit).await
}

/// The known cases that tips of a batch join, each opened once and written once: a campaign sends hundreds of
/// copies at once.
type Joined = BTreeMap<CaseId, Known>;

/// A known case, and whether a tip joined it.
struct Known {
    record: CaseRecord,
    file: CaseFile,
    /// Whether it was for a level above this line's when the batch came upon it: those of the batch that join it
    /// are as it is. Found out once, because a campaign's case may be about hundreds of people.
    is_sealed: Option<bool>,
    has_grown: bool,
}

impl Known {
    fn opened(runtime: &Runtime, record: CaseRecord) -> Result<Self, LedgerError> {
        let file = open_case_file(runtime, record.case.id, &record.file)?;
        Ok(Self { record, file, is_sealed: None, has_grown: false })
    }
}

/// Locks the known cases that the tips will most likely join: all at once and in the order of their ids, as dispatch
/// locks them. Of two that lock cases in different orders the ledger has to end one, a second later.
async fn likely(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    matters: &Matters,
    tips: &[&Signature],
) -> Result<Joined, LedgerError> {
    let mut joined = Joined::new();
    if runtime.ledger().has_one_writer() {
        return Ok(joined);
    }
    let cases = tips.iter().filter_map(|tip| matters.decide(tip).joined).map(|matched| matched.key.1);
    let mut cases: Vec<CaseId> = cases.collect();
    cases.sort_unstable();
    cases.dedup();
    for record in work.cases_by_id(&cases).await? {
        joined.insert(record.case.id, Known::opened(runtime, record)?);
    }
    Ok(joined)
}

/// A known case, opened when a tip of the batch first comes upon it.
async fn known<'a>(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    joined: &'a mut Joined,
    id: CaseId,
) -> Result<&'a mut Known, LedgerError> {
    match joined.entry(id) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(place) => {
            let Some(record) = work.case(id).await? else {
                return Err(LedgerError::Inconsistent { table: "links", column: "case_id" });
            };
            Ok(place.insert(Known::opened(runtime, record)?))
        }
    }
}

/// What has to be told when the unit of work is committed.
#[derive(Default)]
struct Told {
    outbox: Vec<OutboxRecord>,
    audit: Vec<NewAuditRecord>,
    /// The cases of which dispatch hears that they grew, once a batch.
    grown: Vec<CaseId>,
}

impl Told {
    fn publish(&mut self, runtime: &Runtime, topic: &Topic, cause: &Envelope, event: Event) {
        let trace = cause.traceparent.child(runtime.entropy());
        let envelope = Envelope::new(event, "/triage", trace, runtime.clock(), runtime.entropy());
        self.outbox.push(OutboxRecord {
            id: envelope.id,
            topic: topic.key(),
            payload: envelope.to_bytes(),
            traceparent: trace.to_string(),
        });
    }

    fn registered(&mut self, runtime: &Runtime, tip: &ReadTip) {
        if !runtime.process().doors_wait() {
            return;
        }
        let received = &tip.opened.received;
        let event = Event::TipRegistered(TipRegistered { tip: received.tip });
        self.publish(runtime, &Topic::TipsRegistered(received.door.clone()), &tip.envelope, event);
    }

    fn grew(&mut self, runtime: &Runtime, tip: &ReadTip, case: CaseId) {
        if !self.grown.contains(&case) {
            self.grown.push(case);
            let event = Event::CaseJoined(CaseJoined { case });
            self.publish(runtime, &Topic::CasesJoined, &tip.envelope, event);
        }
    }

    fn note(&mut self, runtime: &Runtime, action: &str, object: String, reason: String) {
        self.audit.push(NewAuditRecord {
            at: runtime.clock().now(),
            actor: "triage".to_owned(),
            role: "service".to_owned(),
            action: action.to_owned(),
            object,
            reason,
        });
    }
}

/// Decides what the tip is, and joins it to its case or opens one.
async fn take(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    tip: &ReadTip,
    batch: &mut Batch,
) -> Result<(), LedgerError> {
    let mut decision = batch.matters.decide(&tip.reading.signature);
    set_aside(runtime, work, batch, tip, &mut decision).await?;
    let (case, note) = match decision.joined.as_ref().map(|matched| matched.key.1) {
        Some(case) => (case, join(runtime, work, batch, tip, case, &decision).await?),
        None => open(runtime, work, tip, &decision, &mut batch.told).await?,
    };
    let id = tip.opened.received.tip;
    batch.matters.add(id, case, tip.reading.signature.clone());
    let new = new_tip(runtime, tip, case, note, &decision)?;
    let evidence = tip_evidence(&new);
    batch.tips.push(new);
    batch.links.push(LinkEntry {
        tip: id,
        case,
        signature: tip.reading.signature.to_bytes().to_vec(),
        keys: index_keys(runtime, tip),
        seq: 0,
    });
    let how = format!("{} {}", relation(&decision), tip.classification.version);
    batch.told.note(runtime, TIP_REGISTERED, id.to_string(), evidence.after(&how));
    Ok(())
}

/// What the tip is found by: as the same matter, and as a case about somebody.
fn index_keys(runtime: &Runtime, tip: &ReadTip) -> Vec<i64> {
    let mut found: Vec<i64> = keys(&tip.reading.signature).into_iter().map(i64::from).collect();
    found.extend(subject_keys(runtime, &tip.classification.subjects));
    found
}

/// What would be joined and yet is not, and goes to the next matter that it fits or opens a case of its own, which
/// points to the known one; a person decides.
///
/// - Nobody looks again at a case that has ended (办结, 转送, 径报, 留存), and the tip may bring something new. Its
///   reporter must not read of an end that came before anybody saw what they wrote.
/// - What goes up sealed (径报上级), because it names somebody above this line's level, stands apart from what does
///   not: joined to a known case it would take the whole case from its unit, and joined by others it would take
///   these along. Whoever is accused could stop the work on a matter by one tip of their own.
async fn set_aside(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    batch: &mut Batch,
    tip: &ReadTip,
    decision: &mut Decision<(TipId, CaseId)>,
) -> Result<(), LedgerError> {
    let mut aside = Vec::new();
    while let Some(matched) = decision.joined.take() {
        let known = known(runtime, work, &mut batch.joined, matched.key.1).await?;
        let ended = known.record.case.stage.is_final();
        if !ended && are_sealed_alike(runtime, known, &tip.classification) {
            decision.joined = Some(matched);
            break;
        }
        aside.push(matched);
        decision.joined = decision.take_next();
    }
    decision.relation = decision.joined.as_ref().map_or(Relation::New, Match::relation);
    decision.suggestions.splice(0..0, aside);
    Ok(())
}

/// Whether both, or neither, of the case and the tip alone are for a level above this line's.
fn are_sealed_alike(runtime: &Runtime, known: &mut Known, tip: &Classification) -> bool {
    let units = runtime.units();
    let router = Router::new(runtime.rules(), &units);
    let is_sealed = |request: &RouteRequest| router.route(request).is_ok_and(|decision| decision.sealed);
    let Known { record: CaseRecord { case, .. }, file, is_sealed: known, .. } = known;
    let alone = RouteRequest {
        secondary: tip.secondary.clone(),
        subjects: tip.subjects.clone(),
        received_by: Some(case.received_by.to_string()),
        context_flags: tip.context_flags.clone(),
        handling: Some(tip.handling),
        ..RouteRequest::new(tip.category.clone(), case.opened_at)
    };
    let whole = || is_sealed(&RouteRequest::of_case(case, file, runtime.clock().now()));
    *known.get_or_insert_with(whole) == is_sealed(&alone)
}

fn relation(decision: &Decision<(TipId, CaseId)>) -> &'static str {
    match decision.relation {
        Relation::New => "new",
        Relation::Copy => "copy",
        Relation::SameMatter => "same_matter",
    }
}

/// Opens a case for a matter that is not known.
async fn open(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    tip: &ReadTip,
    decision: &Decision<(TipId, CaseId)>,
    told: &mut Told,
) -> Result<(CaseId, TipNote), LedgerError> {
    let now = runtime.clock().now();
    let id = CaseId::new(runtime.clock(), runtime.entropy());
    let received = &tip.opened.received;
    let classification = &tip.classification;
    let year = dengwen_rules::date_at(now).year();
    let mut case = Case {
        id,
        number: work.next_case_number(&received.received_by, year).await?,
        opened_at: now,
        received_at: Some(received.received_at),
        updated_at: now,
        channel: Some(received.channel),
        received_by: received.received_by.clone(),
        category: classification.category.clone(),
        secondary: classification.secondary.clone(),
        scope: classification.scope,
        referral: classification.referral.clone(),
        priority: classification.priority,
        handling: classification.handling,
        must_investigate: classification.must_investigate.clone(),
        context_flags: classification.context_flags.clone(),
        abstained: classification.abstained,
        reporter_reachable: reachable(tip),
        identity: IdentityKind::Anonymous,
        asks_not_down: false,
        reporter_identifiable: false,
        excluded: Vec::new(),
        late_tips: 0,
        tips: 1,
        stage: CaseStage::Opened,
        version: 0,
    };
    case.heed_reporter(classification);
    let mut file = CaseFile {
        summary: casefile::summary(classification, runtime.rules()),
        subjects: classification.subjects.clone(),
        ..CaseFile::default()
    };
    casefile::add_facts(&mut file, &tip.reading);
    let mut note = TipNote { relation: relation(decision).to_owned(), ..TipNote::default() };
    let others: Vec<CaseId> = decision.suggestions.iter().map(|other| other.key.1).collect();
    let numbers: BTreeMap<CaseId, String> = work.case_numbers(&others).await?.into_iter().collect();
    for other in &decision.suggestions {
        if let Some(number) = numbers.get(&other.key.1) {
            note.suggestions.push(format!("{number} {}", other.best.reasons().join("；")));
        }
    }
    let sealed = seal_case_file(runtime, id, &file)?;
    work.insert_case(&CaseRecord { case, file: sealed }).await?;
    told.publish(runtime, &Topic::CasesOpened, &tip.envelope, Event::CaseOpened(CaseOpened { case: id }));
    told.note(runtime, "case.opened", id.to_string(), classification.version.clone());
    Ok((id, note))
}

/// One more voice on a known matter: it may raise the priority and bring new facts, never lower anything.
async fn join(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    batch: &mut Batch,
    tip: &ReadTip,
    id: CaseId,
    decision: &Decision<(TipId, CaseId)>,
) -> Result<TipNote, LedgerError> {
    let Known { record, file, has_grown, .. } = known(runtime, work, &mut batch.joined, id).await?;
    *has_grown = true;
    let classification = &tip.classification;
    let why = decision.joined.as_ref().map(|matched| matched.best.reasons()).unwrap_or_default();
    let note = TipNote {
        relation: relation(decision).to_owned(),
        why,
        new_facts: casefile::new_facts(file, &tip.reading, classification),
        suggestions: Vec::new(),
    };
    let known = route_facts(&record.case, file);
    casefile::add_subjects(file, &classification.subjects);
    casefile::add_facts(file, &tip.reading);
    let case = &mut record.case;
    case.tips += 1;
    let is_late = case.stage.is_concluded();
    case.late_tips += u32::from(is_late);
    case.updated_at = runtime.clock().now();
    case.reporter_reachable |= reachable(tip);
    case.heed_reporter(classification);
    merge(&mut case.must_investigate, &classification.must_investigate);
    merge(&mut case.context_flags, &classification.context_flags);
    add_leaves(case, classification);
    case.priority = case.priority.at_least(classification.priority);
    // Three independent sources make the matter more urgent (taxonomy, flag `repeat`).
    if case.tips == 3 {
        merge(&mut case.context_flags, &["repeat".to_owned()]);
        case.priority = case.priority.raised();
    }
    // A late one always: dispatch sets the limit within which somebody has to see what it brings.
    if is_late || route_facts(case, file) != known {
        batch.told.grew(runtime, tip, id);
    }
    Ok(note)
}

/// What of a case decides where it goes. Joining only ever adds, so the number of things tells whether any is new.
fn route_facts(case: &Case, file: &CaseFile) -> (usize, usize, usize, usize, Priority, bool, bool) {
    (
        file.subjects.len(),
        case.secondary.len(),
        case.context_flags.len(),
        case.must_investigate.len(),
        case.priority,
        case.asks_not_down,
        case.reporter_identifiable,
    )
}

/// A further voice may speak of something else in scope as well, as of a reporter who was betrayed (C5).
fn add_leaves(case: &mut Case, reading: &Classification) {
    if reading.abstained || reading.scope == Scope::Out {
        return;
    }
    for leaf in std::iter::once(&reading.category).chain(&reading.secondary) {
        if *leaf != case.category && !case.secondary.contains(leaf) {
            case.secondary.push(leaf.clone());
        }
    }
}

/// The unit's item becomes as urgent as its case, and names all that must be investigated.
async fn tell_assignments(work: &mut dyn UnitOfWork, case: &Case) -> Result<(), LedgerError> {
    for mut record in work.assignments_of_case(case.id).await? {
        let item = &mut record.assignment;
        if item.priority > case.priority || item.must_investigate != case.must_investigate {
            item.priority = item.priority.at_least(case.priority);
            item.must_investigate.clone_from(&case.must_investigate);
            work.update_assignment(&record).await?;
        }
    }
    Ok(())
}

/// Writes the cases that were joined.
async fn write_back(runtime: &Runtime, work: &mut dyn UnitOfWork, joined: Joined) -> Result<(), LedgerError> {
    let mut records = Vec::with_capacity(joined.len());
    for (id, Known { mut record, file, has_grown, .. }) in joined {
        if !has_grown {
            continue;
        }
        tell_assignments(work, &record.case).await?;
        record.file = seal_case_file(runtime, id, &file)?;
        records.push(record);
    }
    work.update_cases(&records).await
}

fn merge(known: &mut Vec<String>, more: &[String]) {
    for one in more {
        if !known.contains(one) {
            known.push(one.clone());
        }
    }
}

/// Reachable with an answer: a named or contactable reporter, or a channel that can answer by itself.
/// Whoever holds a receipt can look, but nobody can reach them.
fn reachable(tip: &ReadTip) -> bool {
    tip.classification.identity != IdentityKind::Anonymous
        || tip.opened.identity_sealed.is_some()
        || tip.opened.reply_to_sealed.is_some()
}

fn new_tip(
    runtime: &Runtime,
    tip: &ReadTip,
    case: CaseId,
    note: TipNote,
    decision: &Decision<(TipId, CaseId)>,
) -> Result<NewTip, LedgerError> {
    let reading = TipReading { classification: tip.classification.clone(), note };
    let received = &tip.opened.received;
    let score = decision.joined.as_ref().map(|matched| matched.score);
    Ok(NewTip {
        id: received.tip,
        door: received.door.clone(),
        channel: received.channel,
        received_at: received.received_at,
        registered_at: runtime.clock().now(),
        received_by: received.received_by.clone(),
        receipt_hash: tip.opened.receipt_hash.clone(),
        external_key: tip.opened.external_key.clone(),
        content: tip.opened.content_sealed.clone(),
        identity: tip.opened.identity_sealed.clone(),
        reply_to: tip.opened.reply_to_sealed.clone(),
        reading: seal_reading(runtime, received.tip, &reading)?,
        relation: serde_json::json!({
            "relation": relation(decision),
            "to": decision.joined.as_ref().map(|matched| matched.key.0),
            "score": score,
        }),
        case,
    })
}
