//! WAV (RIFF): its chunks as far as the sound, no more.

use super::Sound;

/// "RIFF", the length of the rest, "WAVE".
const HEAD: usize = 12;
/// A chunk's name and length.
const CHUNK: usize = 8;
/// The shortest description of a sound's form.
const SHORTEST_FORM: usize = 14;
/// From here on a length is none: programs that do not know it yet write the largest that they can.
const NO_LENGTH: usize = 0x7FFF_0000;
/// Forms that browsers play: whole and broken numbers, A-law, µ-law, and those that name their form further behind.
const PLAYED: [u16; 5] = [1, 3, 6, 7, 0xFFFE];

/// Where the sound stands.
struct Data {
    /// Of its chunk, from the begin of the file.
    at: usize,
    declared: usize,
    /// The code of its form.
    form: u16,
}

/// How much can be heard: nothing where the form of the sound does not stand before it, or none is there.
pub(crate) fn sound(bytes: &[u8]) -> Sound {
    let Some(data) = data(bytes) else { return Sound::Nothing };
    let content = &bytes[data.at + CHUNK..];
    match data.declared {
        _ if content.is_empty() => Sound::Nothing,
        0 | NO_LENGTH.. => Sound::Unended,
        declared if declared > content.len() => Sound::Cut,
        declared if ends(content, declared) => Sound::Whole,
        _ => Sound::Longer,
    }
}

/// Whether browsers play this form of sound.
pub(crate) fn is_played(bytes: &[u8]) -> bool {
    data(bytes).is_some_and(|data| PLAYED.contains(&data.form))
}

/// The same with the lengths of what is there, which players go by.
pub(crate) fn with_true_lengths(mut bytes: Vec<u8>) -> Vec<u8> {
    if matches!(sound(&bytes), Sound::Whole | Sound::Nothing) {
        return bytes;
    }
    let whole = bytes.len();
    for (at, length) in
        data(&bytes).into_iter().flat_map(|data| [(4, whole - CHUNK), (data.at + 4, whole - data.at - CHUNK)])
    {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }
    bytes
}

fn data(bytes: &[u8]) -> Option<Data> {
    let (mut at, mut form) = (HEAD, None);
    while let Some((name, declared, content)) = chunk(bytes.get(at..)?) {
        match name {
            b"data" => return Some(Data { at, declared, form: form? }),
            b"fmt " => {
                let whole = content.len() >= declared && declared >= SHORTEST_FORM;
                form = whole.then(|| u16::from_le_bytes([content[0], content[1]]));
            }
            _ => {}
        }
        at = next(at + CHUNK, declared)?;
    }
    None
}

/// Whether the file ends with what is declared, or goes on with further chunks.
fn ends(content: &[u8], declared: usize) -> bool {
    let Some(mut at) = next(0, declared) else { return false };
    while let Some(rest) = content.get(at..).filter(|rest| !rest.is_empty()) {
        let Some((name, length, content)) = chunk(rest) else { return false };
        if !name.iter().all(|sign| sign.is_ascii_graphic() || *sign == b' ') || length > content.len() {
            return false;
        }
        let Some(next) = next(at + CHUNK, length) else { return false };
        at = next;
    }
    true
}

/// Where the next chunk begins: at an even place.
fn next(content: usize, length: usize) -> Option<usize> {
    content.checked_add(length)?.checked_add(length % 2)
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
        for (chunks, heard) in [
            ([FORM, b"data\x04\0\0\0\x80\x81\x80\x7f"].as_slice(), Sound::Whole),
            (
                &[b"LIST\x03\0\0\0abc\0", FORM, b"fact\x04\0\0\0\x01\0\0\0", b"data\x01\0\0\0\x80"],
                Sound::Whole,
            ),
            (&[FORM, b"data\x01\0\0\0\x80\0", b"LIST\x02\0\0\0ab"], Sound::Whole),
            // Written while the call went on.
            (&[FORM, b"data\xff\xff\xff\xff\x80\x81"], Sound::Unended),
            (&[FORM, b"data\0\0\0\0\x80\x81"], Sound::Unended),
            // Cut off in the sound.
            (&[FORM, b"data\x40\0\0\0\x80"], Sound::Cut),
            // More than the header says.
            (&[FORM, b"data\x02\0\0\0\x80\x81\x80\x7f\x80\x81\x80\x7f\x80\x81\x80\x7f"], Sound::Longer),
            (&[FORM, b"data\x02\0\0\0\x80\x81\x80\x7f"], Sound::Longer),
        ] {
            assert_eq!(sound(&wav(chunks)), heard, "{chunks:?}");
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
            assert_eq!(sound(&wav(chunks)), Sound::Nothing, "{chunks:?}");
        }
        assert_eq!(sound(b"RIFF"), Sound::Nothing, "not even a head");
        assert_eq!(
            sound(&[b"RIFF\0\0\0\0WAVE".as_slice(), &[0; 64]].concat()),
            Sound::Nothing,
            "empty chunks end"
        );
    }

    #[test]
    fn a_player_is_told_the_length_that_there_is() {
        for lying in [
            b"data\0\0\0\0\x80\x81\x82\x83",
            b"data\xff\xff\xff\xff\x80\x81\x82\x83",
            b"data\x02\0\0\0\x80\x81\x82\x83",
        ] {
            let told = with_true_lengths(wav(&[FORM, lying]));
            assert_eq!(told, {
                let mut whole = wav(&[FORM, b"data\x04\0\0\0\x80\x81\x82\x83"]);
                whole[4] = 40;
                whole
            });
        }
        let whole = wav(&[FORM, b"data\x04\0\0\0\x80\x81\x82\x83"]);
        assert_eq!(with_true_lengths(whole.clone()), whole);
        assert_eq!(with_true_lengths(b"RIFF".to_vec()), b"RIFF");
    }

    #[test]
    fn forms_that_only_exchanges_know_are_told() {
        let of = |code: u8| {
            let mut form = FORM.to_vec();
            form[8] = code;
            is_played(&wav(&[&form, b"data\x01\0\0\0\x80"]))
        };
        assert!([1, 3, 6, 7].map(of).iter().all(|played| *played));
        // GSM 6.10, as Asterisk's wav49.
        assert!(!of(0x31));
    }
}
