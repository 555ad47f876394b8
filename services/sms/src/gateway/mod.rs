//! Gateways: each kind of SMS vendor behind one small trait, one file a kind.
//!
//! A request goes through the same steps whatever the vendor: the common [`Access`] checks, then
//! [`Vendor::verify`] over the raw bytes and the URL that the vendor saw, then [`Vendor::messages`] or
//! [`Vendor::reports`], then [`Vendor::answer`]. See docs/ADDING-A-GATEWAY.md.

mod access;
mod answer;
mod message;
mod outgoing;
mod public;
mod registry;
mod reject;
mod request;
mod secret;
mod settings;
mod vendors;

use std::fmt;

use jiff::Timestamp;

pub use access::Access;
pub use answer::{Answer, Verdict};
pub use message::{Control, DeliveryStatus, Message, Parsed, Report};
pub use outgoing::{CannotSend, Outgoing, Reply, Sent, Signing};
pub use public::{Endpoint, PublicUrl};
pub use registry::Registry;
pub use reject::Reject;
pub use request::Request;
pub use secret::Secret;
pub use settings::{Settings, SettingsError};
pub use vendors::KINDS;

use crate::opt_out::OptOutWords;
use crate::reply::ReplySettings;

/// What one kind of vendor does. Everything here is computation: no clock, no network, no store.
pub trait Vendor: Send + Sync {
    /// Checks that the vendor sent these bytes to this URL, and lately.
    ///
    /// # Errors
    /// Why the request is not believed. Whatever cannot be checked is refused.
    fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject>;

    /// The messages that a believed request brings.
    ///
    /// # Errors
    /// Why nothing of it can be used.
    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject>;

    /// The delivery reports that a believed request brings.
    ///
    /// # Errors
    /// Why nothing of it can be used.
    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject>;

    /// What this vendor expects to be answered.
    fn answer(&self, verdict: &Verdict) -> Answer {
        Answer::plain(verdict)
    }

    /// Whether replies are free text; else an approved template is filled with the receipt.
    fn sends_free_text(&self) -> bool {
        true
    }

    /// Whether the vendor tells a reply that it has already by our reference, so that one whose fate is
    /// unknown can be sent again.
    fn knows_references(&self) -> bool {
        false
    }

    /// The vendor's request for sending `reply`.
    ///
    /// # Errors
    /// Where the settings do not suffice for sending.
    fn send(&self, reply: &Reply, signing: &Signing) -> Result<Outgoing, CannotSend>;

    /// What the vendor's answer to that request means.
    fn sent(&self, status: u16, body: &[u8]) -> Sent;
}

/// A kind of vendor as the registry knows it.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The name in the settings, as `standard-webhooks`.
    pub name: &'static str,
    /// Whether its requests carry a signature; a kind without one needs another [`Access`] check.
    pub signed: Signature,
    /// Largest request body in bytes unless the settings say otherwise.
    pub body_limit: usize,
    /// Whether its signature covers the URL, so that the public address must be known.
    pub signs_url: bool,
    /// Whether its customers live in China, for the opt-out words.
    pub chinese: bool,
    /// Reads the kind's own settings.
    pub open: fn(&mut Settings) -> Result<Box<dyn Vendor>, SettingsError>,
}

/// Whether a kind signs its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// Always: a request without a right signature is refused.
    Always,
    /// Only where the vendor's account is set so; the settings decide, and default to yes.
    ByAccount,
    /// Where the settings hold its key (`signing_key`, `signing_keys`); without one another check is needed.
    WithKey,
    /// Never.
    Never,
}

impl Signature {
    /// Whether a gateway of this kind can be guarded by other checks alone.
    pub fn is_optional(self) -> bool {
        matches!(self, Self::WithKey | Self::Never)
    }
}

/// Largest form body (64 KiB).
pub const FORM_LIMIT: usize = 64 * 1024;
/// Largest JSON body (256 KiB), enough for the largest documented batch.
pub const JSON_LIMIT: usize = 256 * 1024;

/// A gateway as set up: a name, its common checks, and its vendor.
pub struct Gateway {
    name: String,
    kind: &'static str,
    access: Access,
    public: PublicUrl,
    opt_out: OptOutWords,
    replies: ReplySettings,
    vendor: Box<dyn Vendor>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Its name in the settings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The checks that every kind shares.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Its public addresses.
    pub fn public(&self) -> &PublicUrl {
        &self.public
    }

    /// Whether and how it answers people.
    pub fn replies(&self) -> &ReplySettings {
        &self.replies
    }

    /// Where the vendor is asked to send delivery reports of the reply with this reference.
    pub fn status_callback(&self, reference: &str) -> Option<String> {
        let url = self.public.status_callback(&self.name, self.access.path_secret())?;
        Some(format!("{url}?ref={reference}"))
    }

    /// The words with which people stop replies.
    pub fn opt_out(&self) -> &OptOutWords {
        &self.opt_out
    }

    /// Its vendor.
    pub fn vendor(&self) -> &dyn Vendor {
        self.vendor.as_ref()
    }

    /// The common checks and the vendor's own.
    ///
    /// # Errors
    /// Why the request is not believed.
    pub fn verify(&self, request: &Request, now: Timestamp) -> Result<(), Reject> {
        self.access.check(request)?;
        self.vendor.verify(request, now)
    }
}
