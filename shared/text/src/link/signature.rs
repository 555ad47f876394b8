//! What is kept of a tip to recognise it again: 198 bytes, keyed, without a word of it.
//!
//! Names, places, bodies, dates and amounts are stored as hashes under the line's own key, so that
//! the stored signatures answer no dictionary. The text is a sample of its words ([`super::words`]).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words::WORDS;

/// Bytes of a stored signature.
pub const SIGNATURE_BYTES: usize = 198;
const VERSION: u8 = 3;
/// Set in the first place where it is a city; the pair in its lower half leaves this bit free.
pub(crate) const WIDE: u32 = 1 << 14;

/// The secret under which names, places and bodies are hashed (32 bytes, from the keyring).
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

impl LinkKey {
    /// Takes the secret.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// A hash of `text` that is the same for the same kind and key and tells nothing without the key.
    pub(crate) fn hash(&self, kind: &str, text: &str) -> u64 {
        let mut hasher = xxhash_rust::xxh3::Xxh3::with_seed(self.seed());
        hasher.update(&self.0);
        hasher.update(kind.as_bytes());
        hasher.update(&[0]);
        hasher.update(text.as_bytes());
        hasher.update(&self.0);
        hasher.digest()
    }
}

impl LinkKey {
    fn seed(&self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(secret)")
    }
}

/// A stored signature cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Another length.
    #[error("a signature has {SIGNATURE_BYTES} bytes, this one has {0}")]
    Length(usize),
    /// Written by another version of this crate: read the tip again.
    #[error("a signature of version {0} cannot be compared; read the tip again")]
    Version(u8),
}

/// What is kept of a tip to recognise it again. Zero means "not found" in every field.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// Hash of the bare text; equal for texts that differ in punctuation, width or script alone.
    pub(crate) exact: u64,
    /// Day of receipt, days since 2000-01-01.
    pub(crate) received: u16,
    /// Whether the first person is surely the main subject, and not only the first one named.
    pub(crate) sure: bool,
    /// Whether the main subject heads a body: there is one at a time.
    pub(crate) heads: bool,
    /// It says that it speaks of another matter than one that is known.
    pub(crate) another: bool,
    /// Words outside names, bodies, places and posts, in the order of the sample ([`super::words`]).
    pub(crate) words: [u16; WORDS],
    /// Full names: the main subject's first (0 where it has none), then others in the text. Surname and
    /// each character of the given name have bits of their own ([`Name`]).
    pub(crate) persons: [u32; 3],
    /// A pair of characters of each full name, as `words` would hold it: the other text may have the name where
    /// nobody saw that it is one.
    pub(crate) given: [u16; 3],
    /// Surnames, in the same order; odd for one that few people bear.
    pub(crate) surnames: [u16; 3],
    /// County (or city, [`WIDE`]), town, village; the lower half is the name's first pair as `words` would hold it.
    pub(crate) places: [u32; 3],
    /// Bodies, by their core (交通运输局 and 交通局 are one); odd for a listed department.
    pub(crate) orgs: [u32; 2],
    /// Kind of post (书记, 局长 …).
    pub(crate) roles: [u16; 2],
    /// Days and months named in the text.
    pub(crate) days: [u16; 3],
    /// Months named in the text.
    pub(crate) months: [u16; 3],
    /// Years named in the text, also as 去年 and the like.
    pub(crate) years: [u16; 3],
    /// Amounts of money; odd where they are not round.
    pub(crate) amounts: [u16; 4],
    /// Other numbers that tell something: 十九块牌子, 231人.
    pub(crate) counts: [u16; 3],
    /// The likeliest leaves (1-based place in the taxonomy) and their probability in 255ths.
    pub(crate) leaves: [(u8, u8); 3],
}

impl Default for Signature {
    fn default() -> Self {
        Self {
            exact: 0,
            received: 0,
            sure: false,
            heads: false,
            another: false,
            words: [0; WORDS],
            persons: [0; 3],
            given: [0; 3],
            surnames: [0; 3],
            places: [0; 3],
            orgs: [0; 2],
            roles: [0; 2],
            days: [0; 3],
            months: [0; 3],
            years: [0; 3],
            amounts: [0; 4],
            counts: [0; 3],
            leaves: [(0, 0); 3],
        }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} words)", super::words::held(&self.words))
    }
}

impl Signature {
    /// The signature as it is stored.
    pub fn to_bytes(&self) -> [u8; SIGNATURE_BYTES] {
        let mut out = Writer::default();
        out.put(&[VERSION, u8::from(self.sure) | u8::from(self.heads) << 1 | u8::from(self.another) << 2]);
        out.put(&self.received.to_le_bytes());
        out.put(&self.exact.to_le_bytes());
        for word in self.persons.iter().chain(&self.places).chain(&self.orgs) {
            out.put(&word.to_le_bytes());
        }
        let dates = [&self.days[..], &self.months, &self.years];
        let fields = [&self.given[..], &self.surnames, &self.roles]
            .into_iter()
            .chain(dates)
            .chain([&self.amounts[..], &self.counts]);
        let halves = std::iter::once(&self.words[..]).chain(fields);
        for half in halves.flatten() {
            out.put(&half.to_le_bytes());
        }
        for (leaf, share) in self.leaves {
            out.put(&[leaf, share]);
        }
        out.bytes
    }

    /// Reads a stored signature.
    ///
    /// # Errors
    /// [`SignatureError`] where the bytes are not one of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        let bytes: &[u8; SIGNATURE_BYTES] =
            bytes.try_into().map_err(|_| SignatureError::Length(bytes.len()))?;
        if bytes[0] != VERSION {
            return Err(SignatureError::Version(bytes[0]));
        }
        let mut read = Reader { bytes, at: 2 };
        let [sure, heads, another] = [1, 2, 4].map(|bit| bytes[1] & bit != 0);
        let mut found =
            Self { sure, heads, another, received: read.half(), exact: read.long(), ..Self::default() };
        found.persons.fill_with(|| read.word());
        found.places.fill_with(|| read.word());
        found.orgs.fill_with(|| read.word());
        found.words.fill_with(|| read.half());
        found.given.fill_with(|| read.half());
        found.surnames.fill_with(|| read.half());
        found.roles.fill_with(|| read.half());
        found.days.fill_with(|| read.half());
        found.months.fill_with(|| read.half());
        found.years.fill_with(|| read.half());
        found.amounts.fill_with(|| read.half());
        found.counts.fill_with(|| read.half());
        found.leaves.fill_with(|| (read.byte(), read.byte()));
        Ok(found)
    }
}

struct Writer {
    bytes: [u8; SIGNATURE_BYTES],
    at: usize,
}

impl Default for Writer {
    fn default() -> Self {
        Self { bytes: [0; SIGNATURE_BYTES], at: 0 }
    }
}

impl Writer {
    fn put(&mut self, part: &[u8]) {
        self.bytes[self.at..self.at + part.len()].copy_from_slice(part);
        self.at += part.len();
    }
}

struct Reader<'a> {
    bytes: &'a [u8; SIGNATURE_BYTES],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut part = [0; N];
        part.copy_from_slice(&self.bytes[self.at..self.at + N]);
        self.at += N;
        part
    }

    fn byte(&mut self) -> u8 {
        self.take::<1>()[0]
    }

    fn half(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }

    fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn long(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}

impl Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.to_bytes())
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = <Vec<u8>>::deserialize(deserializer)?;
        Self::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_and_read_again_is_the_same() {
        let mut signature = Signature { exact: 7, ..Signature::default() };
        signature.words[WORDS - 1] = u16::MAX;
        signature.leaves[2] = (50, 255);
        signature.amounts[3] = 77;
        signature.counts[2] = 231;
        signature.years[1] = 24;
        signature.given[2] = 25;
        signature.sure = true;
        signature.heads = true;
        signature.another = true;
        assert_eq!(Signature::from_bytes(&signature.to_bytes()).unwrap(), signature);
        assert_eq!(Signature::from_bytes(&[0; 3]), Err(SignatureError::Length(3)));
        assert_eq!(Signature::from_bytes(&[9; SIGNATURE_BYTES]), Err(SignatureError::Version(9)));
    }

    #[test]
    fn another_key_gives_other_hashes() {
        let (one, two) = (LinkKey::new([1; 32]), LinkKey::new([2; 32]));
        assert_eq!(one.hash("person", "甲"), one.hash("person", "甲"));
        assert_ne!(one.hash("person", "甲"), two.hash("person", "甲"));
        assert_ne!(one.hash("person", "甲"), one.hash("org", "甲"));
    }
}
