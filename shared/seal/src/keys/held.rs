//! What each kind of process holds: the types say what it can and cannot open.

use super::directory::KeyDirectory;
use super::key_file::Keys;
use super::{KeyError, KeyName};
use crate::derive::Secret;
use crate::purpose::{Custodian, Door, Holder, Line};
use crate::{
    AnswerKey, ExternalIdKey, FieldKeys, IndexKey, KeyRing, LimitSalt, PublicKey, ReceiptKey, SecretKey,
    SigningSecret, TokenIssuer, TokenVerifier, VerifyingKeys,
};

/// What every door holds: it can seal, hash and check, and open nothing that it took in.
#[derive(Debug, Clone)]
pub struct DoorKeys {
    /// Seals tips.
    pub line: PublicKey<Line>,
    /// Seals identities.
    pub custodian: PublicKey<Custodian>,
    /// Seals where a reply goes.
    pub reply: PublicKey<Door>,
    /// Hashes receipts.
    pub receipt: ReceiptKey,
    /// Hashes others' ids.
    pub external_id: ExternalIdKey,
    /// Seals first answers for idempotency.
    pub answer: AnswerKey,
    /// Makes quota tokens.
    pub limit: LimitSalt,
    /// Checks access tokens.
    pub tokens: TokenVerifier,
}

/// What the SMS door holds besides: where its replies go.
#[derive(Debug)]
pub struct ReplyKeys {
    /// Opens reply addresses and texts.
    pub door: KeyRing<Door>,
}

/// What triage, dispatch and casework hold: tips, but nobody's identity.
#[derive(Debug)]
pub struct InnerKeys {
    /// Opens tips.
    pub line: KeyRing<Line>,
    /// Seals and opens ledger columns.
    pub fields: FieldKeys,
    /// Seals an identity that turned up inside.
    pub custodian: PublicKey<Custodian>,
    /// Seals replies for the SMS door.
    pub reply: PublicKey<Door>,
    /// Hashes receipts.
    pub receipt: ReceiptKey,
    /// Hashes others' ids.
    pub external_id: ExternalIdKey,
    /// Hashes fields for the link index.
    pub index: IndexKey,
    /// Checks access tokens.
    pub tokens: TokenVerifier,
    /// Signs checkpoints of the audit chain.
    pub audit: SigningSecret,
    /// Checks checkpoints, earlier keys' too.
    pub audit_keys: VerifyingKeys,
}

/// What the console and the command line hold to issue access tokens.
#[derive(Debug)]
pub struct IssuerKeys {
    /// Issues access tokens.
    pub tokens: TokenIssuer,
}

/// What the identity custodian holds.
#[derive(Debug)]
pub struct CustodianKeys {
    /// Opens identities.
    pub custodian: KeyRing<Custodian>,
}

impl KeyDirectory {
    /// The keys of a door.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn door(&self) -> Result<DoorKeys, KeyError> {
        let receipt = self.symmetric(KeyName::Receipt)?;
        Ok(DoorKeys {
            line: self.box_public(KeyName::Line)?,
            custodian: self.box_public(KeyName::Custodian)?,
            reply: self.box_public(KeyName::Door)?,
            receipt: ReceiptKey::of(&receipt),
            external_id: ExternalIdKey::of(&receipt),
            answer: AnswerKey::of(&receipt),
            limit: LimitSalt::of(&self.symmetric(KeyName::Limit)?),
            tokens: TokenVerifier::new(self.verifying(KeyName::Token)?),
        })
    }

    /// The SMS door's own keys.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn replies(&self) -> Result<ReplyKeys, KeyError> {
        Ok(ReplyKeys { door: self.ring(KeyName::Door)? })
    }

    /// The keys of triage, dispatch and casework.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn inner(&self) -> Result<InnerKeys, KeyError> {
        let line = self.ring(KeyName::Line)?;
        let receipt = self.symmetric(KeyName::Receipt)?;
        Ok(InnerKeys {
            fields: FieldKeys::of(&line),
            line,
            custodian: self.box_public(KeyName::Custodian)?,
            reply: self.box_public(KeyName::Door)?,
            receipt: ReceiptKey::of(&receipt),
            external_id: ExternalIdKey::of(&receipt),
            index: IndexKey::of(&self.symmetric(KeyName::Index)?),
            tokens: TokenVerifier::new(self.verifying(KeyName::Token)?),
            audit: self.signing(KeyName::Audit)?,
            audit_keys: self.verifying(KeyName::Audit)?,
        })
    }

    /// The keys that issue access tokens.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn issuer(&self) -> Result<IssuerKeys, KeyError> {
        Ok(IssuerKeys { tokens: TokenIssuer::new(self.signing(KeyName::Token)?) })
    }

    /// The identity custodian's keys.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn custodian(&self) -> Result<CustodianKeys, KeyError> {
        Ok(CustodianKeys { custodian: self.ring(KeyName::Custodian)? })
    }

    fn ring<H: Holder>(&self, name: KeyName) -> Result<KeyRing<H>, KeyError> {
        let mut ring: Option<KeyRing<H>> = None;
        for bytes in &self.secrets(name)? {
            let key = SecretKey::from_bytes(bytes).ok_or_else(|| self.malformed_secret(name))?;
            match &mut ring {
                Some(ring) => ring.rotate(key),
                None => ring = Some(KeyRing::new(key)),
            }
        }
        ring.ok_or_else(|| self.malformed_secret(name))
    }

    fn box_public<H: Holder>(&self, name: KeyName) -> Result<PublicKey<H>, KeyError> {
        let keys = self.publics(name)?;
        current(&keys).and_then(PublicKey::from_bytes).ok_or_else(|| self.malformed_public(name))
    }

    fn symmetric(&self, name: KeyName) -> Result<Secret, KeyError> {
        let keys = self.secrets(name)?;
        current(&keys).and_then(Secret::from_bytes).ok_or_else(|| self.malformed_secret(name))
    }

    fn signing(&self, name: KeyName) -> Result<SigningSecret, KeyError> {
        let keys = self.secrets(name)?;
        current(&keys).and_then(SigningSecret::from_bytes).ok_or_else(|| self.malformed_secret(name))
    }

    fn verifying(&self, name: KeyName) -> Result<VerifyingKeys, KeyError> {
        let keys = self.publics(name)?;
        VerifyingKeys::from_bytes(keys.iter().map(|key| key.as_slice()))
            .ok_or_else(|| self.malformed_public(name))
    }
}

fn current(keys: &Keys) -> Option<&[u8]> {
    keys.last().map(|key| key.as_slice())
}
