//! The receipt: 20 random decimal digits (66.4 bits) that a reporter can note down, say on the
//! telephone and type on any keypad. Stored only as a keyed hash.
//!
//! There is deliberately no `Display` and no `Serialize`: a receipt leaves the program only where
//! [`Receipt::grouped`] or [`Receipt::digits`] is called.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_model::Entropy;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::derive::Secret;
use crate::keyed_hash::HashError;

const DIGITS: usize = 20;
/// The longest text that is looked at, in characters: 20 digits and generous separators.
const MAX_TEXT: usize = 100;

/// What the reporter holds. Wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Receipt([u8; DIGITS]);

/// The text is not a receipt: not 20 digits in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt: 20 digits, with or without spaces or dashes")]
pub struct ReceiptError;

impl Receipt {
    /// A new receipt; every one of the 10^20 numbers is equally likely.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        const COUNT: u128 = 10_u128.pow(DIGITS as u32);
        // 72 random bits; what lies above the last whole multiple of 10^20 is drawn again, since
        // a remainder would favour the small numbers.
        const FAIR: u128 = (1 << 72) / COUNT * COUNT;
        let mut bytes = Zeroizing::new([0; 16]);
        loop {
            entropy.fill(&mut bytes[7..]);
            let number = u128::from_be_bytes(*bytes);
            if number < FAIR {
                return Self::from_number(number % COUNT);
            }
        }
    }

    fn from_number(mut number: u128) -> Self {
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit += (number % 10) as u8;
            number /= 10;
        }
        Self(digits)
    }

    /// The digits in groups of four: `1234 5678 9012 3456 7890`.
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(DIGITS + 4);
        for (index, digit) in self.0.iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push(' ');
            }
            text.push(char::from(*digit));
        }
        text
    }

    /// The 20 digits together.
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(*digit)).collect()
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    /// Takes what people type: spaces, dashes of all widths, full-width digits (１２３４).
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let mut digits = Self([0; DIGITS]);
        let mut count = 0;
        for (index, character) in text.chars().enumerate() {
            if index >= MAX_TEXT {
                return Err(ReceiptError);
            }
            let digit = match character {
                '0'..='9' => u32::from(character),
                '\u{FF10}'..='\u{FF19}' => u32::from(character) - 0xFF10 + u32::from('0'),
                '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' => continue,
                _ if character.is_whitespace() => continue,
                _ => return Err(ReceiptError),
            };
            // One of '0'..='9' fits a byte.
            *digits.0.get_mut(count).ok_or(ReceiptError)? = digit as u8;
            count += 1;
        }
        if count == DIGITS { Ok(digits) } else { Err(ReceiptError) }
    }
}

impl PartialEq for Receipt {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Receipt {}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(hidden)")
    }
}

/// The key under which receipts are hashed; doors and casework share it.
#[derive(Debug, Clone)]
pub struct ReceiptKey(Secret);

impl ReceiptKey {
    pub(crate) fn of(secret: &Secret) -> Self {
        Self(secret.subkey("receipt", &[]))
    }

    /// A key of its own, for tests and dry runs.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::of(&Secret::generate(entropy))
    }

    /// What a door shows casework, and casework checks, on the narrow way between them; hexadecimal.
    pub fn internal_secret(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.mac(&[b"internal-api/v1"])))
    }

    /// What is stored in the receipt's place.
    pub fn hash(&self, receipt: &Receipt) -> ReceiptHash {
        ReceiptHash(self.0.mac(&[&receipt.0]))
    }
}

/// HMAC-SHA256 of a receipt. Text form: base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceiptHash([u8; 32]);

crate::keyed_hash::hash_text_form!(ReceiptHash);
