//! Sealing: what a door takes in can be read only by whom it is for.
//!
//! - [`PublicKey`], [`SecretKey`], [`KeyRing`], [`SealedBox`]: hybrid encryption to the line, the
//!   identity custodian or the SMS door ([`purpose`] says which key opens what).
//! - [`FieldKeys`], [`FileKey`]: symmetric sealing of ledger columns and attached files.
//! - [`Receipt`], [`ReceiptKey`]: the number a reporter holds, and the keyed hash that is stored.
//! - [`KeyedHash`] and its keys: tokens in place of addresses, numbers and vendors' ids.
//! - [`AnswerKey`]: first answers kept for idempotency, readable only with the client's own key.
//! - [`audit`]: the hash chain over the audit log and its signed checkpoints.
//! - [`TokenIssuer`], [`TokenVerifier`]: access tokens that a door checks without a ledger.
//! - [`KeyDirectory`]: the key files, split by who may hold them.
//!
//! Not for passwords, TLS or sessions. Secrets are wiped when dropped, and no `Debug` shows one.

mod access;
mod answer;
pub mod audit;
mod derive;
mod field;
mod file;
mod keyed_hash;
mod keypair;
mod keys;
mod local;
mod padding;
pub mod purpose;
mod receipt;
mod ring;
mod rng;
mod sealed_box;
mod signature;
mod x_wing;

pub use access::{AccessClaims, AccessError, AccessToken, TokenIssuer, TokenVerifier};
pub use answer::AnswerKey;
pub use field::{Field, FieldKeys};
pub use file::FileKey;
pub use keyed_hash::{ExternalIdKey, HashError, IndexKey, KeyedHash, LimitSalt};
pub use keypair::{KeyId, OpenError, PublicKey, SealError, SecretKey};
pub use keys::{
    CustodianKeys, DoorKeys, HostKind, InnerKeys, IssuerKeys, KeyDirectory, KeyError, KeyName, ReplyKeys,
};
pub use local::LocalKey;
pub use padding::MAX_PLAINTEXT;
pub use receipt::{Receipt, ReceiptError, ReceiptHash, ReceiptKey};
pub use ring::KeyRing;
pub use sealed_box::{SealedBox, SealedBoxError};
pub use signature::{SigningSecret, VerifyingKeys};
