//! Why a request is refused: stable words for answers, counters and dry runs.

use std::fmt;

/// Why a request, or a row of it, is refused. Never holds a byte that came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reject {
    /// No such gateway, or its secret path does not fit.
    UnknownChannel,
    /// The sender's address is not on the list.
    AddressNotAllowed,
    /// User name or password are missing or wrong.
    BadCredentials,
    /// The body or the query is over the limit.
    BodyTooLarge,
    /// Neither GET nor POST, or not the one this vendor uses.
    MethodNotAllowed,
    /// There is no signature.
    MissingSignature,
    /// A header of the signature is missing.
    MissingHeader(&'static str),
    /// A header of the signature cannot be what it says.
    BadHeader(&'static str),
    /// The signature is not right for these bytes and this URL.
    BadSignature,
    /// The token uses another algorithm than the gateway's.
    BadAlgorithm,
    /// The token was made by somebody else.
    BadIssuer,
    /// The token lacks a claim.
    MissingClaim(&'static str),
    /// The access key is none of ours.
    UnknownAccessKey,
    /// The signed time is no number.
    BadTimestamp,
    /// The signed time is too long ago.
    StaleTimestamp,
    /// The signed time is yet to come.
    FutureTimestamp,
    /// The token is not valid yet.
    NotYetValid,
    /// The token is over.
    Expired,
    /// The token is for another URL.
    UrlHashMismatch,
    /// The token is for another body.
    PayloadHashMismatch,
    /// The URL's hash is of another body.
    BodyHashMismatch,
    /// The body is of a type that the signature does not cover.
    UnsupportedContentType,
    /// Not UTF-8 where it must be.
    BadEncoding,
    /// Not the JSON that the vendor documents.
    BadJson,
    /// A required field is missing or empty.
    MissingField(&'static str),
    /// A field stands twice.
    AmbiguousField(&'static str),
    /// A field cannot be what it says.
    BadField(&'static str),
}

/// What kind of trouble a refusal is, for the answer's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Who sent it is not believed.
    Caller,
    /// May not come here.
    Forbidden,
    /// What it says cannot be used.
    Content,
}

impl Reject {
    /// The stable word for counters, without the name of a field.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownChannel => "unknown_channel",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::BadCredentials => "bad_credentials",
            Self::BodyTooLarge => "body_too_large",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::MissingSignature => "missing_signature",
            Self::MissingHeader(_) => "missing_header",
            Self::BadHeader(_) => "bad_header",
            Self::BadSignature => "bad_signature",
            Self::BadAlgorithm => "bad_algorithm",
            Self::BadIssuer => "bad_issuer",
            Self::MissingClaim(_) => "missing_claim",
            Self::UnknownAccessKey => "unknown_access_key",
            Self::BadTimestamp => "bad_timestamp",
            Self::StaleTimestamp => "stale_timestamp",
            Self::FutureTimestamp => "future_timestamp",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::UrlHashMismatch => "url_hash_mismatch",
            Self::PayloadHashMismatch => "payload_hash_mismatch",
            Self::BodyHashMismatch => "body_hash_mismatch",
            Self::UnsupportedContentType => "unsupported_content_type",
            Self::BadEncoding => "bad_encoding",
            Self::BadJson => "bad_json",
            Self::MissingField(_) => "missing_field",
            Self::AmbiguousField(_) => "ambiguous_field",
            Self::BadField(_) => "bad_field",
        }
    }

    /// The field or header that it is about.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::MissingHeader(name)
            | Self::BadHeader(name)
            | Self::MissingClaim(name)
            | Self::MissingField(name)
            | Self::AmbiguousField(name)
            | Self::BadField(name) => Some(name),
            _ => None,
        }
    }

    /// Whose trouble it is.
    pub fn blame(&self) -> Blame {
        match self {
            Self::UnknownChannel | Self::AddressNotAllowed => Blame::Forbidden,
            Self::BodyTooLarge
            | Self::MethodNotAllowed
            | Self::UnsupportedContentType
            | Self::BadEncoding
            | Self::BadJson
            | Self::MissingField(_)
            | Self::AmbiguousField(_)
            | Self::BadField(_) => Blame::Content,
            _ => Blame::Caller,
        }
    }

    /// The status that says so to a vendor without a rule of its own.
    pub fn status(&self) -> u16 {
        match (self, self.blame()) {
            (Self::BodyTooLarge, _) => 413,
            (Self::MethodNotAllowed, _) => 405,
            (Self::UnsupportedContentType, _) => 415,
            (_, Blame::Caller) => 401,
            (_, Blame::Forbidden) => 403,
            (_, Blame::Content) => 400,
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field() {
            Some(field) => write!(f, "{}:{field}", self.code()),
            None => f.write_str(self.code()),
        }
    }
}

impl std::error::Error for Reject {}
