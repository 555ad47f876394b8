//! Who can open what: each purpose names the one holder whose secret key opens it.
//!
//! The pairing is checked by the compiler: identity sealed to the line's key does not compile.
//!
//! ```compile_fail
//! # fn f(line: &dengwen_seal::PublicKey<dengwen_seal::purpose::Line>, entropy: &dyn dengwen_model::Entropy) {
//! line.seal(dengwen_seal::purpose::Identity, b"tip", b"name", entropy);
//! # }
//! ```

use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// Somebody with a key pair of their own.
pub trait Holder: sealed::Sealed + Debug + Copy + Send + Sync + 'static {
    /// The name in key files and in what is bound into each box.
    const NAME: &'static str;
}

/// What a box holds. Bound into the box: one sealed for a purpose does not open as another.
pub trait Purpose: sealed::Sealed + Debug + Copy {
    /// Whose key opens it.
    type Holder: Holder;
    /// The name that is bound into the box.
    const LABEL: &'static str;
}

macro_rules! holder {
    ($(#[$doc:meta])* $name:ident = $text:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;
        impl sealed::Sealed for $name {}
        impl Holder for $name {
            const NAME: &'static str = $text;
        }
    };
}

macro_rules! purpose {
    ($(#[$doc:meta])* $name:ident for $holder:ident = $text:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;
        impl sealed::Sealed for $name {}
        impl Purpose for $name {
            type Holder = $holder;
            const LABEL: &'static str = $text;
        }
    };
}

holder!(
    /// The tip line: triage and casework.
    Line = "line");
holder!(
    /// The identity custodian (身份保管员).
    Custodian = "custodian");
holder!(
    /// The SMS door, which alone may learn where a reply goes.
    Door = "door");

purpose!(
    /// What a tip says (举报内容).
    TipContent for Line = "tip-content");
purpose!(
    /// What a reporter added later by receipt.
    MailboxText for Line = "mailbox-text");
purpose!(
    /// Who sent a tip (举报人).
    Identity for Custodian = "identity");
purpose!(
    /// The number a reply is sent to.
    ReplyAddress for Door = "reply-address");
purpose!(
    /// The words of a reply on their way to the door that sends it.
    ReplyText for Door = "reply-text");
purpose!(
    /// What the SMS door keeps until it can go on: parts of a message, replies that are yet to be sent.
    HeldMessage for Door = "held-message");
