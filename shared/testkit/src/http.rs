//! The client that tests speak with.

use std::time::Duration;

/// An HTTP client that follows no redirect (tests look at them), uses no proxy of the
/// environment, and gives up after 30 s.
///
/// # Panics
/// When the TLS library cannot start.
#[must_use]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(30))
        .build()
        .expect("an HTTP client")
}
