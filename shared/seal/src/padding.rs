//! Padding to length classes, so that the length of a box tells little about what is in it.
//!
//! Classes: 512 bytes, then each power of two up to 64 KiB, then each multiple of 64 KiB. Nearly
//! every identity and reply address falls in the first class, nearly every tip in the first four.
//! Inside: the length (4 bytes, big-endian), the plaintext, zeros.

use crate::{OpenError, SealError};

const PREFIX: usize = 4;
const SMALLEST: usize = 512;
const STEP: usize = 64 * 1024;

/// The longest plaintext that a box takes, in bytes. Files are sealed apart, with their own keys.
pub const MAX_PLAINTEXT: usize = 16 * 1024 * 1024;

/// The class that a plaintext of this length falls in: the length of what is encrypted, in bytes.
pub(crate) fn class(plaintext: usize) -> Result<usize, SealError> {
    if plaintext > MAX_PLAINTEXT {
        return Err(SealError::TooLong);
    }
    let needed = plaintext + PREFIX;
    Ok(if needed <= STEP { needed.next_power_of_two().max(SMALLEST) } else { needed.next_multiple_of(STEP) })
}

/// Appends the padded plaintext to `out`.
pub(crate) fn append(out: &mut Vec<u8>, plaintext: &[u8]) -> Result<(), SealError> {
    let end = out.len() + class(plaintext.len())?;
    let length = u32::try_from(plaintext.len()).map_err(|_| SealError::TooLong)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(plaintext);
    out.resize(end, 0);
    Ok(())
}

/// The plaintext within what was decrypted.
pub(crate) fn strip(padded: &[u8]) -> Result<&[u8], OpenError> {
    let (prefix, rest) = padded.split_first_chunk::<PREFIX>().ok_or(OpenError::Refused)?;
    let length = usize::try_from(u32::from_be_bytes(*prefix)).map_err(|_| OpenError::Refused)?;
    rest.get(..length).ok_or(OpenError::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_few() {
        let of = |length| class(length).unwrap();
        assert_eq!(of(0), 512);
        assert_eq!(of(508), 512);
        assert_eq!(of(509), 1024);
        assert_eq!(of(3_000), 4096);
        assert_eq!(of(STEP - PREFIX), STEP);
        assert_eq!(of(STEP), 2 * STEP);
        assert_eq!(of(3 * STEP - PREFIX), 3 * STEP);
        assert!(class(MAX_PLAINTEXT).is_ok());
        assert!(class(MAX_PLAINTEXT + 1).is_err());
    }

    #[test]
    fn a_length_beyond_the_padding_is_refused() {
        assert!(strip(&[0, 0, 0, 5, 1, 2, 3, 4]).is_err());
        assert!(strip(&[0xFF; 16]).is_err());
        assert!(strip(&[0, 0]).is_err());
        assert_eq!(strip(&[0, 0, 0, 2, 7, 8, 0, 0]).unwrap(), [7, 8]);
    }
}
