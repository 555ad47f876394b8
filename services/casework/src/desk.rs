//! What every operation of the desk works with.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use dengwen_cache::{CacheKey, Quota};
use dengwen_ledger::UnitOfWork;
use dengwen_model::{UnitCode, UserId};
use dengwen_seal::{CustodianKeys, IssuerKeys, KeyDirectory};
use dengwen_service::{Readers, Runtime};
use jiff::Timestamp;

use crate::accounts::Passwords;
use crate::refusal::DeskError;

/// Attempts at one name's password: ten at once, then one in a minute and a half.
const SIGN_IN: Quota = Quota::new("sign-in", NonZeroU32::MIN.saturating_add(9), Duration::from_secs(900));

/// Hints for one clerk: enough for whoever types, too few to try names one after the other.
const HINTS: Quota = Quota::new("hints", NonZeroU32::MIN.saturating_add(29), Duration::from_secs(120));

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    runtime: Runtime,
    custodian: Option<CustodianKeys>,
    issuer: Option<IssuerKeys>,
    passwords: Passwords,
    readers: Readers,
}

impl Desk {
    /// A desk on this runtime. The custodian's key is used where this host was given it.
    pub fn new(runtime: Runtime) -> Self {
        let keys = KeyDirectory::new(runtime.settings().keys_dir());
        let (custodian, issuer) = (keys.custodian(), keys.issuer());
        if custodian.is_err() {
            tracing::info!("this host does not hold the custodian's key; identities cannot be opened here");
        }
        if issuer.is_err() {
            tracing::info!("this host does not hold the token key; clerks cannot sign in here");
        }
        let passwords = Passwords::new();
        let readers = Readers::new(runtime.clone());
        Self(Arc::new(Inner { runtime, custodian: custodian.ok(), issuer: issuer.ok(), passwords, readers }))
    }

    /// The runtime.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    /// The custodian's keys, where they are here.
    pub(crate) fn custodian(&self) -> Option<&CustodianKeys> {
        self.0.custodian.as_ref()
    }

    /// Signs clerks' tokens, where the key is here.
    pub(crate) fn issuer(&self) -> Option<&IssuerKeys> {
        self.0.issuer.as_ref()
    }

    /// Hashes and checks passwords.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.runtime.clock().now()
    }

    /// Whether one more attempt to give the password of this name is allowed now.
    pub(crate) async fn allow_attempt(&self, name: &str) -> bool {
        let cache = self.0.runtime.process().cache();
        let key = self.0.runtime.keys().index.hash("sign-in", name.as_bytes());
        cache.check(&SIGN_IN, &CacheKey::from(key.as_bytes())).await.is_allowed()
    }

    /// Reads what is written, as triage does.
    pub(crate) fn readers(&self) -> &Readers {
        &self.0.readers
    }

    /// Whether this clerk may ask for hints once more now.
    pub(crate) async fn allow_hint(&self, clerk: UserId) -> bool {
        let cache = self.0.runtime.process().cache();
        let key = self.0.runtime.keys().index.hash("hints", clerk.as_uuid().as_bytes());
        cache.check(&HINTS, &CacheKey::from(key.as_bytes())).await.is_allowed()
    }

    /// Whether the register has this unit; looked up again where it was imported a moment ago.
    pub(crate) async fn knows_unit(&self, unit: &UnitCode) -> Result<bool, DeskError> {
        if self.0.runtime.units().get(unit).is_none() {
            self.0.runtime.load_units().await?;
        }
        Ok(self.0.runtime.units().get(unit).is_some())
    }

    /// The name of a unit; its code where the register has it no more.
    pub(crate) fn unit_name(&self, unit: &UnitCode) -> String {
        self.0.runtime.units().get(unit).map_or_else(|| unit.to_string(), |unit| unit.name.clone())
    }

    /// A unit of work that reads.
    pub(crate) async fn read(&self) -> Result<Box<dyn UnitOfWork>, DeskError> {
        Ok(self.0.runtime.ledger().read().await?)
    }

    /// A unit of work that writes.
    pub(crate) async fn begin(&self) -> Result<Box<dyn UnitOfWork>, DeskError> {
        Ok(self.0.runtime.ledger().begin().await?)
    }

    /// Whether `unit` is `above` or stands below it in the units register.
    pub(crate) fn is_within(&self, unit: &UnitCode, above: &UnitCode) -> bool {
        let units = self.0.runtime.units();
        let mut at = Some(unit.clone());
        // The register is checked to be without loops; the bound keeps a broken one harmless.
        for _ in 0..16 {
            match at {
                Some(code) if code == *above => return true,
                Some(code) => at = units.get(&code).and_then(|unit| unit.parent.clone()),
                None => return false,
            }
        }
        false
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}
