//! The OpenAPI document of a desk, made of what its entries are.

use dengwen_http::ProblemDocument;
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder,
    Ref, RefOr, Required, ResponseBuilder, Schema, Type,
};

use crate::Entry;
use crate::import::Imported;
use crate::register::Registered;

const ABOUT_TABLES: &str = "CSV (UTF-8 or GB18030) or XLSX with a header row, as the body or as the file of a form. \
     `?dry_run=true` only says what would happen, `?by_row=true` takes the rows that are right. The same file \
     twice makes nothing twice.";

/// The document of the desk where `E` is registered.
pub(crate) fn document<E: Entry>() -> OpenApi {
    let desk = E::DESK;
    let entry =
        operation::<E>(desk.entry, entry_body::<E>()).response("201", answer::<Registered>("Registered"));
    let table = operation::<E>(desk.table, table_body())
        .description(Some(ABOUT_TABLES))
        .parameter(option("dry_run"))
        .parameter(option("by_row"))
        .response("201", answer::<Imported>("Imported"))
        .response("200", answer::<Imported>("What would happen"));
    let post = |operation: OperationBuilder| PathItem::new(HttpMethod::Post, Operation::from(operation));
    let mut schemas = Vec::new();
    name_all::<E>(&mut schemas);
    name_all::<Registered>(&mut schemas);
    name_all::<Imported>(&mut schemas);
    name_all::<ProblemDocument>(&mut schemas);
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title(desk.title)
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(format!("{} Role intake.", desk.about))),
        )
        .paths(PathsBuilder::new().path(desk.entries, post(entry)).path(desk.import, post(table)))
        .components(Some(ComponentsBuilder::new().schemas_from_iter(schemas).build()))
        .build()
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

fn entry_body<E: Entry>() -> RequestBody {
    let content = Content::new(Some(Ref::from_schema_name(E::name())));
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

fn name_all<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
}
