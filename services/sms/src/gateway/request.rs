//! A request as the vendor sent it: raw bytes, and the URL that the vendor saw.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::Reject;
use crate::wire::form::Form;
use crate::wire::json;

/// A vendor's request. `url` is built from the configured public address and the raw path and query, never
/// from a header that anyone can write.
#[derive(Debug, Clone)]
pub struct Request {
    /// GET or POST.
    pub method: Method,
    /// The whole URL as the vendor saw it, without a fragment.
    pub url: String,
    /// The headers as they came.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// The caller's address, where it is known for certain.
    pub peer: Option<IpAddr>,
    /// What stood in the place of the secret in the path.
    pub path_secret: Option<String>,
}

impl Request {
    /// A bare GET, for tests and for building on.
    pub fn get(url: &str) -> Self {
        Self {
            method: Method::GET,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            peer: None,
            path_secret: None,
        }
    }

    /// The URL up to its query.
    pub fn url_without_query(&self) -> &str {
        self.url.split_once('?').map_or(self.url.as_str(), |(base, _)| base)
    }

    /// The raw query, empty where there is none.
    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }

    /// The raw path.
    pub fn path(&self) -> &str {
        let after_scheme = self.url_without_query().split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.find('/').map_or("", |slash| &after_scheme[slash..])
    }

    /// A header's value, where it is there once and is ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// The media type in lower case, without parameters.
    pub fn content_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The charset that the media type names.
    pub fn charset(&self) -> Option<&str> {
        self.header("content-type")?.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
        })
    }

    /// Whether the body is a form.
    pub fn is_form(&self) -> bool {
        self.content_type().as_deref() == Some("application/x-www-form-urlencoded")
    }

    /// Whether the body is JSON.
    pub fn is_json(&self) -> bool {
        self.content_type().is_some_and(|kind| kind == "application/json" || kind.ends_with("+json"))
    }

    /// The fields of a vendor that uses GET with a query or POST with a form.
    ///
    /// # Errors
    /// [`Reject::UnsupportedContentType`] for a body that is no form, [`Reject::MethodNotAllowed`].
    pub fn fields(&self) -> Result<Form, Reject> {
        match self.method {
            Method::GET => Ok(Form::parse(self.query().as_bytes())),
            Method::POST if self.is_form() => Ok(Form::parse(&self.body)),
            Method::POST => Err(Reject::UnsupportedContentType),
            _ => Err(Reject::MethodNotAllowed),
        }
    }

    /// As [`Request::fields`], where the vendor can also be set to send a flat JSON object.
    ///
    /// # Errors
    /// As [`Request::fields`], and [`Reject::BadJson`] or [`Reject::BadEncoding`].
    pub fn fields_or_json(&self) -> Result<Form, Reject> {
        if self.method == Method::POST && self.is_json() { json::flat(&self.body) } else { self.fields() }
    }

    /// The body of a vendor that posts JSON, whatever media type it names: several name none.
    ///
    /// # Errors
    /// [`Reject::MethodNotAllowed`].
    pub fn posted(&self) -> Result<&[u8], Reject> {
        if self.method == Method::POST { Ok(&self.body) } else { Err(Reject::MethodNotAllowed) }
    }
}
