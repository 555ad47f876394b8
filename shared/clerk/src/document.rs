//! The OpenAPI document of a desk, made of what its entries are.

use dengwen_door::Sketch;
use dengwen_http::ProblemDocument;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder,
    Ref, RefOr, Required, ResponseBuilder, Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::discard::DiscardIn;
use crate::hints::Known;
use crate::imported::Imported;
use crate::register::Registered;
use crate::{Common, Entry};

const ABOUT_TABLES: &str = "CSV (UTF-8 or GB18030) or XLSX with a header row, as the body or as the file of a form. \
     `?dry_run=true` only says what would become of each row, `?by_row=true` takes the rows that are right. \
     A row of another shape, or with a byte of no text, is wrong by itself and stops no other. Answers say in `columns` \
     which columns are taken; those with the facts are put together, other two of one name are refused (422) unless \
     `columns` says which is meant. The same file twice makes nothing twice; with an `Idempotency-Key` a repeat gets \
     the first answer again, and another table under that key is refused (422).";

const ABOUT_HINTS: &str = "Number and category of cases that may be the same matter, and what they have in common; \
     never one that travels sealed or is about a principal leader. Asked in the clerk's name, limited to some fifteen a minute; \
     nothing is stored.";

/// The document of the desk where `E` is registered, with what it answers besides.
pub(crate) fn document<E: Entry>(more: OpenApi) -> OpenApi {
    let desk = E::DESK;
    let entry =
        operation::<E>(desk.entry, json_body::<E>()).response("201", answer::<Registered>("Registered"));
    let table = operation::<E>(desk.table, table_body())
        .description(Some(ABOUT_TABLES))
        .parameter(option("dry_run"))
        .parameter(option("by_row"))
        .parameter(text("rows", "Only these rows, as `2,5,9-120`; the header is row 1"))
        .parameter(text("except", "All rows but these"))
        .parameter(text("columns", "What each column counts as, as `external_id,-,text`; `-` is not taken"))
        .parameter(text(
            "fate",
            "Of a dry run: only rows with this fate (`new`, `wrong`, `registered`, `repeated`, `blank`)",
        ))
        .parameter(count("offset", "Of a dry run: without so many of the fates"))
        .parameter(count("limit", "Of a dry run: so many fates at most"))
        .response("201", answer::<Imported>("Imported"))
        .response("200", answer::<Imported>("What would happen"));
    let hints = operation::<E>("What may be known of what is written so far", json_body::<Sketch>())
        .description(Some(ABOUT_HINTS))
        .response("200", answer::<Known>("What may be known; nothing while casework is away"));
    let discard = operation::<E>("Discard a file that waits", json_body::<DiscardIn>())
        .parameter(path("id"))
        .response("204", ResponseBuilder::new().description("Gone; the audit log knows why"))
        .response("404", answer::<ProblemDocument>("No such file waits"));
    let post = |operation: OperationBuilder| PathItem::new(HttpMethod::Post, Operation::from(operation));
    let paths = PathsBuilder::new()
        .path(desk.entries, post(entry))
        .path(desk.import, post(table))
        .path(desk.hints, post(hints))
        .path(desk.discard, post(discard));
    let mut schemas = Vec::new();
    E::schemas(&mut schemas);
    Common::schemas(&mut schemas);
    schemas.push((E::name().into_owned(), whole_entry::<E>()));
    name_all::<Registered>(&mut schemas);
    name_all::<Imported>(&mut schemas);
    name_all::<ProblemDocument>(&mut schemas);
    name_all::<Sketch>(&mut schemas);
    name_all::<Known>(&mut schemas);
    name_all::<DiscardIn>(&mut schemas);
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title(desk.title)
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(format!("{} Role intake.", desk.about))),
        )
        .paths(paths)
        .components(Some(ComponentsBuilder::new().schemas_from_iter(schemas).build()))
        .build();
    document.merge(more);
    document
}

fn operation<E: Entry>(summary: &str, body: RequestBody) -> OperationBuilder {
    let refused =
        [("401", "No clerk"), ("403", "Not a clerk's role"), ("422", "What is wrong with which field")];
    let operation =
        OperationBuilder::new().tag(E::DESK.title).summary(Some(summary)).request_body(Some(body));
    refused.into_iter().fold(operation, |operation, (status, why)| {
        operation.response(status, answer::<ProblemDocument>(why))
    })
}

/// A desk's own fields and those that every desk has are members of one object.
fn whole_entry<E: Entry>() -> RefOr<Schema> {
    match (E::schema(), Common::schema()) {
        (RefOr::T(Schema::Object(mut own)), RefOr::T(Schema::Object(common))) => {
            own.properties.extend(common.properties);
            own.required.extend(common.required);
            Schema::Object(own).into()
        }
        (own, _) => own,
    }
}

fn json_body<T: ToSchema>() -> RequestBody {
    let content = Content::new(Some(Ref::from_schema_name(T::name())));
    RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build()
}

fn table_body() -> RequestBody {
    let content = Content::new(Some(ObjectBuilder::new().schema_type(Type::String)));
    RequestBodyBuilder::new().content("text/csv", content).required(Some(Required::True)).build()
}

fn answer<T: ToSchema>(what: &str) -> ResponseBuilder {
    let content = Content::new(Some(Ref::from_schema_name(T::name())));
    ResponseBuilder::new().description(what).content("application/json", content)
}

fn option(name: &str) -> ParameterBuilder {
    let boolean = ObjectBuilder::new().schema_type(Type::Boolean);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .schema(Some(boolean))
}

fn text(name: &str, about: &str) -> ParameterBuilder {
    described(name, about, Type::String)
}

fn count(name: &str, about: &str) -> ParameterBuilder {
    described(name, about, Type::Integer)
}

fn described(name: &str, about: &str, kind: Type) -> ParameterBuilder {
    option(name).description(Some(about)).schema(Some(ObjectBuilder::new().schema_type(kind)))
}

fn path(name: &str) -> ParameterBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(text))
}

fn name_all<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
}
