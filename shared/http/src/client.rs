//! Outgoing requests: to vendors' APIs and between our own services.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

/// The limits of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// For connecting.
    pub connect: Duration,
    /// For the whole request, with its answer.
    pub total: Duration,
    /// Whether plain HTTP is refused; true for everything outside.
    pub https_only: bool,
}

impl ClientLimits {
    /// For a vendor's API: 5 s to connect, 15 s in all, TLS only.
    pub const OUTSIDE: Self =
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(15), https_only: true };
    /// For our own services: 1 s to connect, 5 s in all.
    pub const INSIDE: Self =
        Self { connect: Duration::from_secs(1), total: Duration::from_secs(5), https_only: false };
}

/// A client with these limits, which follows no redirect (one could lead inside) and uses no proxy of
/// the environment.
///
/// # Errors
/// Where TLS cannot be set up.
pub fn client(limits: ClientLimits) -> reqwest::Result<Client> {
    Client::builder()
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .https_only(limits.https_only)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent("dengwen")
        .build()
}

/// An answer's body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// More than was allowed.
    #[error("the answer is longer than allowed")]
    TooLarge,
    /// It broke off.
    #[error("the answer broke off")]
    Broken(#[source] reqwest::Error),
}

/// Reads an answer's body of at most `limit` bytes.
///
/// # Errors
/// See [`BodyError`].
pub async fn read_body(mut response: Response, limit: usize) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    // The URL of a vendor's call may hold a key or a number.
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Broken(error.without_url()))? {
        if chunk.len() > limit - body.len() {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
