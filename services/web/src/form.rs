//! `/`: the report form, without JavaScript.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::{Form, FromRequest, FromRequestParts, Multipart, Query, Request, State};
use axum::http::request::Parts as Head;
use axum::http::{StatusCode, header};
use axum::response::Response;
use dengwen_door::{ReporterIn, SubjectIn};
use dengwen_http::{
    ClientAddress, FieldError as Wrong, IdempotencyKey, Media, Problem, Reading, problems, shown_name,
};
use dengwen_model::{Entropy, FormKind, is_blank};
use dengwen_pages::{FieldError, Given, Lang, NoticePage, ReceiptGivenPage, ReportPage, page};
use percent_encoding::percent_decode;
use serde::Deserialize;

use crate::Web;
use crate::parts::{Parts, bounded};
use crate::submit::{Received, TipOut, take_once};
use crate::tip_in::TipIn;

/// Longest form without files, in bytes: the route's limit is for files.
const MAX_PLAIN_FORM: usize = 1 << 20;

/// The fields of the form beside its files. Of others nothing would be taken, so nobody gets a receipt for them.
const FIELDS: [&str; 19] = [
    ONCE,
    "form_kind",
    "subject_name",
    "subject_org",
    "subject_title",
    "subject_rank",
    "subject_region",
    "subject_region_code",
    "subject_gender",
    "subject_political_status",
    "text",
    "when",
    "place",
    "reporter_name",
    "reporter_phone",
    "reporter_email",
    "reporter_address",
    "reporter_unit",
    "contact_hours",
];
/// The field with the form's own name, which nobody types.
const ONCE: &str = "once";

/// The language of a page: `?lang=zh|en`, else as the browser prefers. A query that says anything else costs
/// nobody the page.
pub(crate) struct PageLang(pub(crate) Lang);

#[derive(Default, Deserialize)]
struct LangQuery {
    lang: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for PageLang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Head, _: &S) -> Result<Self, Infallible> {
        let query = Query::<LangQuery>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
        let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(Lang::choose(query.lang.as_deref(), accepted)))
    }
}

/// The empty form.
pub(crate) async fn show(State(web): State<Web>, PageLang(lang): PageLang) -> Response {
    page(StatusCode::OK, &form(&web, lang, &Given::default(), &once(web.door.entropy())))
}

/// The form as it was sent.
pub(crate) async fn submit(
    State(web): State<Web>,
    ClientAddress(address): ClientAddress,
    PageLang(lang): PageLang,
    request: Request,
) -> Response {
    let parts = match read(&web, request).await {
        Ok(parts) => parts,
        Err(problem) => {
            let (title, text) = ("notice.failed", "notice.failed_text");
            return page(problem.status(), &NoticePage { lang, title, text });
        }
    };
    let (given, strays) = (given(&parts), parts.others(&FIELDS));
    let key = parts.field(ONCE).and_then(IdempotencyKey::parse);
    match take(&web, address, key.clone(), parts, &given).await {
        Ok(out) => page(StatusCode::CREATED, &ReceiptGivenPage { lang, receipt: &out.receipt }),
        Err(problem) => refused(&web, lang, (&given, &strays), key, &problem),
    }
}

async fn take(
    web: &Web,
    address: IpAddr,
    key: Option<IdempotencyKey>,
    parts: Parts,
    given: &Given,
) -> Result<TipOut, Problem> {
    let parts = parts.whole()?.with_fields(&FIELDS)?;
    let fingerprint = parts.fingerprint();
    let received = Received { tip: tip(given), fingerprint, files: parts.files };
    let answer = take_once(web, address, key, received.check(web).await?).await?;
    serde_json::from_slice(&answer).map_err(|_| problems::INTERNAL.into())
}

/// A form as browsers send it, with files or without.
pub(crate) async fn read(web: &Web, request: Request) -> Result<Parts, Problem> {
    let mut share = web.uploads.begin(&web.door, &request);
    if Media::of(request.headers()) == Media::Multipart {
        let body =
            Multipart::from_request(request, &()).await.map_err(|_| Problem::from(problems::MALFORMED))?;
        return Parts::read(body, web.max_files, web.files.max_bytes(), &mut share).await;
    }
    // Old phones and text browsers may send the form without files as a plain form.
    let (head, body) = request.into_parts();
    let body = bounded(body, MAX_PLAIN_FORM, &mut share).await?;
    let sent = body.clone();
    let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(head, body.into()), &()).await;
    let Form(fields) = form.map_err(|_| Problem::from(problems::MALFORMED))?;
    Ok(Parts { fields, fault: not_utf8(&sent), ..Parts::default() })
}

/// The parser puts signs of its own in the place of what is not UTF-8, as some old browsers send: words that
/// nobody can read must not get a receipt.
fn not_utf8(form: &[u8]) -> Option<Problem> {
    let broken = form.split(|byte| *byte == b'&').find(|pair| percent_decode(pair).decode_utf8().is_err())?;
    let name = broken.split(|byte| *byte == b'=').next().unwrap_or_default();
    let name = percent_decode(name).decode_utf8_lossy();
    Some(Problem::invalid(vec![Wrong::new(shown_name(&name), "not_utf8")]))
}

fn given(parts: &Parts) -> Given {
    let field = |name: &str| parts.all(name, " / ");
    let chosen = |name: &str| parts.field(name).unwrap_or_default().to_owned();
    Given {
        form_kind: chosen("form_kind"),
        subject_name: field("subject_name"),
        subject_org: field("subject_org"),
        subject_title: field("subject_title"),
        subject_rank: chosen("subject_rank"),
        subject_region: field("subject_region"),
        subject_region_code: field("subject_region_code"),
        subject_gender: chosen("subject_gender"),
        subject_political_status: chosen("subject_political_status"),
        text: parts.all("text", "\n"),
        when: field("when"),
        place: field("place"),
        reporter_name: field("reporter_name"),
        reporter_phone: field("reporter_phone"),
        reporter_email: field("reporter_email"),
        reporter_address: field("reporter_address"),
        reporter_unit: field("reporter_unit"),
        contact_hours: field("contact_hours"),
    }
}

fn tip(given: &Given) -> Reading<TipIn> {
    let some = |text: &String| (!is_blank(text)).then(|| text.clone());
    let form_kind = match given.form_kind.as_str() {
        "" | "person" => Ok(FormKind::Person),
        "unit" => Ok(FormKind::Unit),
        _ => Err(Wrong::new("form_kind", "unknown_value")),
    };
    let tip = TipIn {
        form_kind: form_kind.as_ref().ok().copied(),
        subject: Some(SubjectIn {
            name: some(&given.subject_name),
            org: some(&given.subject_org),
            title: some(&given.subject_title),
            rank_code: some(&given.subject_rank),
            region: some(&given.subject_region),
            region_code: some(&given.subject_region_code),
            gender: some(&given.subject_gender),
            political_status: some(&given.subject_political_status),
        }),
        text: given.text.clone(),
        when: some(&given.when),
        place: some(&given.place),
        reporter: Some(ReporterIn {
            name: some(&given.reporter_name),
            phone: some(&given.reporter_phone),
            email: some(&given.reporter_email),
            address: some(&given.reporter_address),
            unit: some(&given.reporter_unit),
            contact_hours: some(&given.contact_hours),
        }),
    };
    Reading::of(tip).and_wrong(form_kind.err())
}

/// The form again with all that was typed: what is wrong with which field, or why it was not taken. It has the
/// same name, so that sending it once more is one report, unless that name stands for other words already.
fn refused(
    web: &Web,
    lang: Lang,
    (given, strays): (&Given, &[String]),
    key: Option<IdempotencyKey>,
    problem: &Problem,
) -> Response {
    let kind = problem.kind();
    let (foreign, own): (Vec<_>, Vec<_>) = problem.errors().iter().partition(|error| is_foreign(error));
    let mut errors: Vec<FieldError> = own.into_iter().map(shown).collect();
    if *kind == problems::TOO_LARGE {
        errors.push(FieldError { field: "files".to_owned(), code: "error.too_large".to_owned() });
    }
    let failure = match () {
        () if !foreign.is_empty() => "error.foreign_field",
        () if !errors.is_empty() => "",
        () if *kind == problems::RATE_LIMITED => "notice.limited_text",
        () if *kind == problems::IDEMPOTENCY_MISMATCH => "error.sent_before",
        () if *kind == problems::IDEMPOTENCY_IN_FLIGHT => "error.under_way",
        () => "notice.failed_text",
    };
    let status = if errors.is_empty() { kind.status() } else { StatusCode::UNPROCESSABLE_ENTITY };
    let once = once_more(web, key, problem);
    page(status, &ReportPage { errors: &errors, failure, strays, ..form(web, lang, given, &once) })
}

/// Whether it is about a field that whoever fills in the form does not see: a page of ours does not send it so.
fn is_foreign(error: &Wrong) -> bool {
    error.code == "unknown_field" || error.field == ONCE
}

/// The name under which a form that was refused is sent again.
pub(crate) fn once_more(web: &Web, key: Option<IdempotencyKey>, problem: &Problem) -> String {
    match key {
        Some(key) if *problem.kind() != problems::IDEMPOTENCY_MISMATCH => key.as_str().to_owned(),
        _ => once(web.door.entropy()),
    }
}

/// An error of the API under the form's own field names and words.
fn shown(error: &Wrong) -> FieldError {
    let field = match error.field.as_str() {
        "subject.name" => "subject_name",
        "subject.org" => "subject_org",
        "subject.title" => "subject_title",
        "subject.rank_code" => "subject_rank",
        "subject.region" => "subject_region",
        "subject.region_code" => "subject_region_code",
        "subject.gender" => "subject_gender",
        "subject.political_status" => "subject_political_status",
        "where" => "place",
        "when" => "when",
        "reporter.name" => "reporter_name",
        "reporter.phone" => "reporter_phone",
        "reporter.email" => "reporter_email",
        "reporter.address" => "reporter_address",
        "reporter.unit" => "reporter_unit",
        "reporter.contact_hours" => "contact_hours",
        field if field.starts_with("files") => "files",
        field if FIELDS.contains(&field) => field,
        _ => "text",
    };
    let code = match error.code.as_ref() {
        "required" => "error.required",
        "duplicate_field" => "error.twice",
        "too_long" | "length" => "error.too_long",
        "too_large" => "error.too_large",
        "too_many" => "error.too_many",
        "file_kind" | "empty" => "error.file_kind",
        "not_allowed" | "nul" | "not_utf8" => "error.not_allowed",
        "unknown" => "error.unknown",
        _ => "error.invalid",
    };
    FieldError { field: field.to_owned(), code: code.to_owned() }
}

/// The form with these words in it, under this name.
fn form<'a>(web: &'a Web, lang: Lang, given: &'a Given, once: &'a str) -> ReportPage<'a> {
    ReportPage {
        lang,
        given,
        errors: &[],
        failure: "",
        strays: &[],
        ranks: &web.ranks,
        genders: &web.genders,
        political_statuses: &web.political_statuses,
        once,
        max_chars: web.max_text,
        max_file_mib: web.files.max_bytes() >> 20,
        max_files: web.max_files,
    }
}

/// A fresh name for this form, so that sending it twice makes one tip.
pub(crate) fn once(entropy: &dyn Entropy) -> String {
    let mut random = [0; 16];
    entropy.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
