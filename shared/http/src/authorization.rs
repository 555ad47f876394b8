//! The `Authorization` header: read here, judged by whom the service's state names.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use dengwen_model::Principal;
use futures::future::BoxFuture;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::{Problem, problems};

const MAX: usize = 4096;

/// What follows the scheme, where there is exactly one such header of that scheme. Schemes are
/// compared without case (RFC 9110, 11.1).
fn credentials(headers: &HeaderMap, scheme: &str) -> Option<String> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (named, credentials) = value.to_str().ok()?.split_once(' ')?;
    let credentials = credentials.trim();
    let fits = named.eq_ignore_ascii_case(scheme) && (1..=MAX).contains(&credentials.len());
    fits.then(|| credentials.to_owned())
}

macro_rules! credential {
    ($(#[$doc:meta])* $name:ident, $scheme:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// What followed the scheme, not yet judged.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The answer to one that is missing or not taken.
            pub fn refused() -> Problem {
                Problem::from(problems::UNAUTHORIZED).with_challenge($scheme)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }

        impl<S: Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
                credentials(&parts.headers, $scheme).map(Self).ok_or_else(Self::refused)
            }
        }
    };
}

credential!(
    /// `Authorization: Bearer <token>`.
    Bearer, "Bearer");
credential!(
    /// `Authorization: Receipt <20 digits>`.
    ReceiptCredential, "Receipt");

/// Judges a bearer's token. A service's state gives one as `Arc<dyn Authenticate>`.
pub trait Authenticate: Send + Sync {
    /// Who the bearer is; [`Bearer::refused`] for nobody, another problem where that cannot be told.
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Principal, Problem>>;
}

/// Who sent the request, by a token that was checked. What they may do is for the service to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(pub Principal);

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<dyn Authenticate>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let bearer = Bearer::from_request_parts(parts, state).await?;
        <Arc<dyn Authenticate>>::from_ref(state).authenticate(bearer.as_str()).await.map(Self)
    }
}
