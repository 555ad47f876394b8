//! Whether a WAV file has something to be heard: its chunks as far as the sound, no more.

/// "RIFF", the length of the rest, "WAVE".
const HEAD: usize = 12;
/// A chunk's name and length.
const CHUNK: usize = 8;
/// The shortest description of a sound's form.
const SHORTEST_FORM: usize = 14;

/// Whether the form of the sound stands before the sound, and some of that is there. The length that is written
/// at the sound does not count: what records a call writes it last, and until then 0 or more than there is.
pub(crate) fn has_sound(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(HEAD..).unwrap_or_default();
    let mut has_form = false;
    while let Some((name, length, content)) = chunk(rest) {
        match name {
            b"data" => return has_form && !content.is_empty(),
            b"fmt " => has_form = content.len() >= length && length >= SHORTEST_FORM,
            _ => {}
        }
        // Chunks begin at even places.
        rest = content.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    false
}

/// The first chunk's name and declared length, and what follows these.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], usize, &[u8])> {
    let (head, content) = bytes.split_at_checked(CHUNK)?;
    let (name, length) = (head.first_chunk()?, head.last_chunk()?);
    Some((name, usize::try_from(u32::from_le_bytes(*length)).ok()?, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One channel of eight bits, 8000 samples a second.
    const FORM: &[u8] = b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0";

    fn wav(chunks: &[&[u8]]) -> Vec<u8> {
        [b"RIFF\x40\0\0\0WAVE".as_slice(), &chunks.concat()].concat()
    }

    #[test]
    fn a_wav_with_its_form_and_some_sound_is_heard() {
        for chunks in [
            [FORM, b"data\x04\0\0\0\x80\x81\x80\x7f"].as_slice(),
            &[b"LIST\x03\0\0\0abc\0", FORM, b"fact\x04\0\0\0\x01\0\0\0", b"data\x01\0\0\0\x80"],
            // Written while the call went on.
            &[FORM, b"data\xff\xff\xff\xff\x80\x81"],
            &[FORM, b"data\0\0\0\0\x80\x81"],
            // Cut off in the sound.
            &[FORM, b"data\x40\0\0\0\x80"],
        ] {
            assert!(has_sound(&wav(chunks)), "{chunks:?}");
        }
    }

    #[test]
    fn a_wav_without_form_or_sound_is_not() {
        for chunks in [
            [].as_slice(),
            &[FORM],
            &[&FORM[..10]],
            &[&FORM[..20]],
            &[b"data\x04\0\0\0\x80\x81\x80\x7f"],
            &[FORM, b"data"],
            &[FORM, b"data\x04\0\0\0"],
            &[FORM, b"data\xff\xff\xff\xff"],
            &[b"fmt \0\0\0\0", b"data\x01\0\0\0\x80"],
            &[b"LIST\xff\xff\xff\xff", FORM, b"data\x01\0\0\0\x80"],
        ] {
            assert!(!has_sound(&wav(chunks)), "{chunks:?}");
        }
        assert!(!has_sound(b"RIFF"), "not even a head");
        assert!(!has_sound(&[b"RIFF\0\0\0\0WAVE".as_slice(), &[0; 64]].concat()), "empty chunks end");
    }
}
