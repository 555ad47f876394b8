//! Argon2id (RFC 9106) off the async threads, a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use dengwen_model::Entropy;
use tokio::sync::Semaphore;

use crate::refusal::DeskError;

/// Each takes 19 MiB for some ten milliseconds; two at once keep a flood of sign-ins from taking the
/// machine.
const AT_ONCE: usize = 2;
/// Longest password that is looked at, in bytes.
pub(crate) const MAX_PASSWORD: usize = 256;
/// The second choice of RFC 9106 is beyond a desk server shared with others; OWASP's first choice for
/// Argon2id (2024): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Hashes and checks passwords.
#[derive(Clone)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Passwords {
    /// With its own bound on how many run at once.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// The hash of a password, in PHC string form.
    pub(crate) async fn hash(&self, password: String, entropy: &dyn Entropy) -> Result<String, DeskError> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        self.run(move || hash(&password, &salt)).await
    }

    /// Whether the password is the one of this hash. Without a hash the same work is done, so that the
    /// time does not tell whether there is such an account.
    pub(crate) async fn check(&self, password: String, hash: Option<String>) -> Result<bool, DeskError> {
        self.run(move || Ok(check(&password, hash.as_deref()))).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let permit = self.0.clone().acquire_owned().await.map_err(|_| DeskError::Stopping)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| DeskError::Stopping)?
    }
}

fn argon2id() -> Result<Argon2<'static>, DeskError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| DeskError::Password)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password, in PHC string form; blocks for some ten milliseconds.
pub(crate) fn hash(password: &str, salt: &[u8; 16]) -> Result<String, DeskError> {
    let hashed = argon2id()?.hash_password_with_salt(password.as_bytes(), salt);
    hashed.map(|hash| hash.to_string()).map_err(|_| DeskError::Password)
}

fn check(password: &str, known: Option<&str>) -> bool {
    // Only ever compared with, and of the same cost as a real one.
    let decoy = || hash("", &[0; 16]).is_ok();
    let Some(parsed) = known.and_then(|known| PasswordHash::new(known).ok()) else {
        decoy();
        return false;
    };
    argon2id().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_alone() {
        let known = hash("correct horse", &[7; 16]).unwrap();
        assert!(known.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{known}");
        assert!(check("correct horse", Some(&known)));
        assert!(!check("correct horse ", Some(&known)));
        assert!(!check("correct horse", Some("$argon2id$broken")));
        assert!(!check("", None));
    }
}
