//! One case.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_http::Problem;
use dengwen_model::{CaseId, CourseEntry, CourseEvent, MessageId, Subject, TipId};
use dengwen_pages::console::{
    CasePage, CourseLine, Fact, FileLink, Given, MessageLine, MessagesPage, Passage, SealedTip, TipView,
};
use dengwen_pages::{Lang, page};

use super::actions;
use super::forms::Asked;
use super::items::{After, done_key};
use super::shell::{only, say, shell};
use super::viewer::Viewer;
use super::{reasons, words};
use crate::access::CaseReader;
use crate::api::cases::file;
use crate::api::cases::get::TipsQuery;
use crate::api::cases::messages::{self, MessagesQuery};
use crate::desk::Desk;
use crate::edge::Id;
use crate::read_case::{TipPage, read_case};
use crate::refusal::{DeskError, Failure};
use crate::tip_view::{EvidenceOut, FileOut, MessageOut, SealedTipOut, TipOut};
use crate::view::CaseOut;

/// The page.
pub(super) async fn show(
    State(desk): State<Desk>,
    viewer: Viewer,
    Id(id): Id<CaseId>,
    Asked(after): Asked<After>,
    Asked(tips): Asked<TipsQuery>,
) -> Result<Response, Failure> {
    let mut shown = case_page(&desk, &viewer, id, Given::default(), tips.page()?).await?;
    shown.shell.done = done_key(&after.done);
    Ok(page(StatusCode::OK, &shown))
}

/// A file of the case, to be kept and not shown.
pub(super) async fn file(
    State(desk): State<Desk>,
    viewer: Viewer,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Failure> {
    only(CaseReader::includes(viewer.principal.role))?;
    let Path((case, name)) = path.map_err(|_| DeskError::NotFound)?;
    let case = case.parse().map_err(|_| DeskError::NotFound)?;
    Ok(file::download(file::work(&desk, &viewer.principal, case, &name).await?))
}

/// The page again, saying what went wrong and holding what was typed.
pub(super) async fn again(
    desk: &Desk,
    viewer: &Viewer,
    id: CaseId,
    given: Given,
    problem: Option<Problem>,
) -> Result<Response, Failure> {
    let mut shown = case_page(desk, viewer, id, given, TipPage::default()).await?;
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.kind().status());
    shown.shell.error = problem.map(|problem| say(&problem, viewer.lang)).unwrap_or_default();
    Ok(page(status, &shown))
}

async fn case_page(
    desk: &Desk,
    viewer: &Viewer,
    id: CaseId,
    given: Given,
    tips: TipPage,
) -> Result<CasePage, Failure> {
    only(CaseReader::includes(viewer.principal.role))?;
    let case = read_case(desk, &viewer.principal, id, tips).await;
    let case = case?;
    let rules = desk.runtime().rules();
    let item = actions::item(desk, viewer, &case, &given);
    let review = actions::review(desk, viewer, &case);
    let more_tips = case.next_tips_after.map(|tip| format!("/desk/cases/{id}?tips_after={tip}#tips"));
    let units = desk.runtime().units();
    let named = |line: String| words::with_names(&units, &line);
    let path = path(&case, viewer.lang).into_iter().map(named).collect();
    Ok(CasePage {
        shell: shell(viewer, "/desk/cases"),
        id: id.to_string(),
        number: case.case.number.clone(),
        stage: format!("stage.{}", case.case.stage),
        unclassified: case.case.is_unclassified(),
        facts: facts(desk, viewer.lang, &case),
        summary: words::either(viewer.lang, case.summary, case.summary_en),
        subjects: case.subjects.iter().map(subject).collect(),
        tips: case.tips.into_iter().map(|shown| tip(id, shown, viewer.lang)).collect(),
        sealed_tips: case.sealed_tips.into_iter().map(sealed_tip).collect(),
        more_tips: more_tips.unwrap_or_default(),
        limits: case.deadlines.into_iter().map(|limit| words::limit(limit, rules, viewer.lang)).collect(),
        path,
        course: case.course.iter().map(|entry| course(desk, entry, viewer.lang)).collect(),
        reminders: case
            .reminders
            .iter()
            .map(|step| {
                format!("{} {}", words::time(step.at), reasons::of_reminder(step, rules, viewer.lang))
            })
            .collect(),
        item,
        review,
        given,
    })
}

/// Why this unit: as the course has it, where a person's reasons for a unit stand too.
fn path(case: &CaseOut, lang: Lang) -> Vec<String> {
    let dispatched = case.course.iter().rev().find_map(|entry| reasons::of_dispatch(&entry.event, lang));
    let last = || {
        let path = case.assignments.last().map(|assignment| assignment.path.iter());
        path.map(|path| path.map(|line| reasons::of_path(line, lang)).collect())
    };
    dispatched.or_else(last).unwrap_or_default()
}

fn facts(desk: &Desk, lang: Lang, out: &CaseOut) -> Vec<Fact> {
    let case = &out.case;
    let rules = desk.runtime().rules();
    let form = case.handling.map(|handling| {
        let form = rules.taxonomy.form(handling);
        let form = form.map_or("", |form| if lang == Lang::Zh { &form.zh } else { &form.en });
        format!("{handling:?} {form}")
    });
    let leaf = case.category.as_ref().map(|code| words::category(rules, code, lang));
    let referral = case.referral.as_ref().map(|code| words::referral(rules, code.as_str(), lang));
    let secondary = case.secondary.iter().map(|code| words::category(rules, code.as_str(), lang));
    let flags = case.context_flags.iter().map(|code| words::flag(rules, code, lang));
    let reachable = lang.t(if case.reporter_reachable { "console.yes" } else { "console.no" });
    let (category, handling) = match case.is_unclassified() {
        true => ("console.category_guessed", "console.handling_guessed"),
        false => ("console.category", "console.handling"),
    };
    let comma = lang.t("hints.comma");
    let facts = [
        (category, leaf.unwrap_or_default()),
        ("console.secondary", secondary.collect::<Vec<_>>().join(comma)),
        ("console.priority", case.priority.get().to_string()),
        (handling, form.unwrap_or_default()),
        ("console.referral", referral.unwrap_or_default()),
        ("console.must_investigate", case.must_investigate.join(" ")),
        ("console.flags", flags.collect::<Vec<_>>().join(comma)),
        (
            "console.unit",
            words::with_name(
                case.unit.as_deref().unwrap_or_default(),
                case.unit_name.as_deref().unwrap_or_default(),
            ),
        ),
        ("console.received_by", words::with_name(&case.received_by, &case.received_by_name)),
        ("console.opened", words::time(case.opened_at)),
        ("console.updated", words::time(case.updated_at)),
        ("console.reachable", reachable.to_owned()),
        ("console.tip_count", case.tip_count.to_string()),
        ("console.outcome", case.outcome.map(|outcome| format!("{outcome:?}")).unwrap_or_default()),
    ];
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| Fact { name, value })
        .collect()
}

fn subject(subject: &Subject) -> String {
    let parts = [&subject.org, &subject.name, &subject.title, &subject.region_name];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
}

fn tip(case: CaseId, tip: TipOut, lang: Lang) -> TipView {
    let source = lang.told("source", &tip.source_kind).map_or(tip.source_kind, ToOwned::to_owned);
    let facts = [
        ("register.no", tip.register_no),
        ("when", tip.when),
        ("place", tip.place),
        ("console.source", Some(source)),
    ];
    TipView {
        tip_id: tip.tip_id.to_string(),
        number: tip.number,
        channel: format!("channel.{}", tip.channel),
        received_at: words::time(tip.received_at),
        relation: format!("relation.{}", tip.relation),
        why: tip.why.iter().map(|line| reasons::of_link(line, lang)).collect(),
        new_facts: tip.new_facts.iter().map(|line| reasons::of_fact(line, lang)).collect(),
        suggestions: tip.suggestions.iter().map(|line| reasons::of_suggestion(line, lang)).collect(),
        passages: passages(&tip.text, &tip.evidence, lang),
        facts: facts
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| Fact { name, value }))
            .collect(),
        late: tip.late,
        files: links(case, tip.files),
        earlier_messages: match (tip.earlier_messages, tip.messages.first()) {
            (true, Some(first)) => earlier(case, tip.tip_id, first.message_id),
            _ => String::new(),
        },
        messages: tip.messages.into_iter().map(|shown| message(case, shown)).collect(),
    }
}

fn sealed_tip(tip: SealedTipOut) -> SealedTip {
    SealedTip {
        tip_id: tip.tip_id.to_string(),
        number: tip.number,
        channel: format!("channel.{}", tip.channel),
        received_at: words::time(tip.received_at),
    }
}

fn earlier(case: CaseId, tip: TipId, before: MessageId) -> String {
    format!("/desk/cases/{case}/tips/{tip}?before={before}")
}

/// The earlier messages of a tip.
pub(super) async fn messages(
    State(desk): State<Desk>,
    viewer: Viewer,
    path: Result<Path<(String, String)>, PathRejection>,
    Asked(query): Asked<MessagesQuery>,
) -> Result<Response, Failure> {
    only(CaseReader::includes(viewer.principal.role))?;
    let Path((case, tip)) = path.map_err(|_| DeskError::NotFound)?;
    let case: CaseId = case.parse().map_err(|_| DeskError::NotFound)?;
    let tip: TipId = tip.parse().map_err(|_| DeskError::NotFound)?;
    let query = MessagesQuery { limit: None, ..query };
    let found = messages::work(&desk, &viewer.principal, case, tip, query).await;
    let found = found?;
    let shown = MessagesPage {
        shell: shell(&viewer, "/desk/cases"),
        case: format!("/desk/cases/{case}"),
        messages: found.messages.into_iter().map(|shown| message(case, shown)).collect(),
        earlier: found.next_before.map(|before| earlier(case, tip, before)).unwrap_or_default(),
    };
    Ok(page(StatusCode::OK, &shown))
}

fn message(case: CaseId, message: MessageOut) -> MessageLine {
    MessageLine {
        from_reporter: message.from == dengwen_model::MessageFrom::Reporter,
        at: words::time(message.at),
        text: message.text,
        files: links(case, message.files),
        over_limit: message.over_limit,
    }
}

fn links(case: CaseId, files: Vec<FileOut>) -> Vec<FileLink> {
    let link = |file: FileOut| FileLink {
        href: format!("/desk/cases/{case}/files/{}", file.file),
        label: format!("{} ({} B)", file.media_type, file.size),
    };
    files.into_iter().map(link).collect()
}

/// Cuts a text at its evidence. Overlapping passages are shown by the one that begins first.
fn passages(text: &str, evidence: &[EvidenceOut], lang: Lang) -> Vec<Passage> {
    let chars: Vec<char> = text.chars().collect();
    let mut spans: Vec<_> = evidence.iter().filter(|e| e.start < e.end && e.end <= chars.len()).collect();
    spans.sort_by_key(|e| (e.start, std::cmp::Reverse(e.end)));
    let cut = |from: usize, to: usize| chars[from..to].iter().collect::<String>();
    let mut passages = Vec::new();
    let mut at = 0;
    for span in spans {
        if span.start < at {
            continue;
        }
        if span.start > at {
            passages.push(Passage { text: cut(at, span.start), why: String::new() });
        }
        let why = reasons::of_passage(&span.why, lang);
        passages.push(Passage { text: cut(span.start, span.end), why });
        at = span.end;
    }
    if at < chars.len() {
        passages.push(Passage { text: cut(at, chars.len()), why: String::new() });
    }
    passages
}

fn course(desk: &Desk, entry: &CourseEntry, lang: Lang) -> CourseLine {
    let (rules, units) = (desk.runtime().rules(), desk.runtime().units());
    let named = |line: String| words::with_names(&units, &line);
    let (what, lines) = match &entry.event {
        CourseEvent::Dispatched { path } => {
            ("dispatched", path.iter().map(|line| named(reasons::of_path(line, lang))).collect())
        }
        CourseEvent::Objected { reason } => ("objected", vec![reason.clone()]),
        CourseEvent::ObjectionDecided { upheld: true, reason } => ("objection_upheld", vec![reason.clone()]),
        CourseEvent::ObjectionDecided { upheld: false, reason } => {
            ("objection_refused", vec![reason.clone()])
        }
        CourseEvent::ExtensionAsked { rule, reason } => {
            ("extension_asked", vec![rule.clone(), reason.clone()])
        }
        CourseEvent::ExtensionGranted { rule } => ("extension_granted", vec![rule.clone()]),
        CourseEvent::Reported { report } => {
            let findings = report.findings.iter();
            let lines = findings.map(|f| {
                let answers = f.must_investigate.join(" ");
                format!("{:?} {answers} {}：{}", f.outcome, f.allegation, f.reasoning)
            });
            ("reported", lines.chain([report.text.clone()]).collect())
        }
        CourseEvent::SentBack { gaps } => ("sent_back", vec![gaps.clone()]),
        CourseEvent::Concluded { conclusion } => {
            let head = format!("{:?} {}", conclusion.outcome, conclusion.measures.join(" "));
            ("concluded", vec![head, conclusion.decided_by.clone(), conclusion.reasoning.clone()])
        }
        CourseEvent::FedBack { text } => ("fed_back", vec![text.clone()]),
        CourseEvent::Corrected { change, reason } => {
            ("corrected", vec![reasons::of_change(change, lang), reason.clone()])
        }
        CourseEvent::Noted { what, reason } => {
            let told = |reason: &String| match what.as_str() {
                "referred" => words::referral(rules, reason, lang),
                _ => named(reasons::of_note(what, reason, lang)),
            };
            (what.as_str(), reason.iter().map(told).collect())
        }
    };
    let key = format!("course.{what}");
    let known = lang.t(&key) != key;
    // A note of a newer version is shown by its own name.
    let lines = if known { lines } else { std::iter::once(what.to_owned()).chain(lines).collect() };
    let what = if known { key } else { "course.noted".to_owned() };
    CourseLine { at: words::time(entry.at), what, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> EvidenceOut {
        EvidenceOut { start, end, text: String::new(), why: format!("{start}") }
    }

    #[test]
    fn a_text_is_cut_at_its_evidence_and_loses_nothing() {
        let text = "甲乙丙丁戊己庚";
        for evidence in [
            vec![],
            vec![span(1, 3)],
            vec![span(0, 7)],
            vec![span(4, 6), span(1, 3)],
            vec![span(1, 4), span(2, 6)],
            vec![span(5, 99), span(3, 3), span(9, 2)],
        ] {
            let parts = passages(text, &evidence, Lang::Zh);
            assert_eq!(parts.iter().map(|part| part.text.as_str()).collect::<String>(), text);
        }
        let parts = passages(text, &[span(1, 3)], Lang::Zh);
        assert_eq!(
            parts.iter().map(|p| (p.text.as_str(), p.why.as_str())).collect::<Vec<_>>(),
            [("甲", ""), ("乙丙", "1"), ("丁戊己庚", "")]
        );
    }
}
