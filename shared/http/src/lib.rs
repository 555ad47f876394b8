//! The HTTP conventions of every service, once.
//!
//! - [`Problem`]: errors as RFC 9457, with a stable type, in Chinese or English, never echoing input.
//! - [`ValidJson`], [`ValidQuery`], [`ValidPath`], [`IdempotencyKey`], [`Bearer`],
//!   [`ReceiptCredential`], [`Caller`], [`ClientAddress`]: checked input.
//! - [`Conventions::apply`]: request ids, limits, security headers, traces and metrics around a router.
//! - [`serve`]: accepts connections with time limits and stops gracefully.
//! - [`health`]: `/healthz`, `/readyz`, `/metrics`.
//! - [`client`]: outgoing requests with time limits.
//!
//! Nothing here logs a URI, a query, an address or a body.

mod address;
mod authorization;
mod client;
mod conventions;
mod cookies;
mod extract;
mod field_names;
pub mod health;
mod idempotency;
mod invalid;
mod json;
mod json_tree;
mod language;
mod media;
mod observe;
mod pace;
mod problem;
pub mod problems;
mod query;
mod reading;
mod repair;
mod request_id;
mod said;
mod same_origin;
mod security;
mod serve;
mod silent;
mod strict;

pub use address::{ClientAddress, ProxyError, TrustedProxies};
pub use authorization::{Authenticate, Bearer, Caller, ReceiptCredential};
pub use client::{BodyError, ClientLimits, client, read_body};
pub use conventions::Conventions;
pub use cookies::{cookie, is_plain_loopback};
pub use extract::{ValidPath, ValidQuery};
pub use idempotency::IdempotencyKey;
pub use invalid::{broken_rules, shown_name};
pub use json::{ValidJson, parse_json, read_flat, read_json};
pub use language::{Language, Text};
pub use media::Media;
pub use observe::Foreseen;
pub use pace::Pace;
pub use problem::{FieldError, Problem, ProblemDocument, ProblemField, ProblemType};
pub use reading::Reading;
pub use request_id::RequestId;
pub use said::said;
pub use same_origin::SameOrigin;
pub use serve::{PeerAddress, ServeLimits, serve};
