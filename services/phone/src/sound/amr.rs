//! AMR in a file (RFC 4867, 5): frames whose first byte says how long each is.

use super::Sound;

const HEAD: &[u8] = b"#!AMR\n";
/// Bytes behind the first, by kind: eight of speech, and comfort noise.
const LENGTHS: [usize; 9] = [12, 13, 15, 17, 19, 20, 26, 31, 5];
/// A frame of which nothing came.
const NO_DATA: u8 = 15;

/// How much can be heard.
pub(crate) fn sound(bytes: &[u8]) -> Sound {
    let mut rest = bytes.strip_prefix(HEAD).unwrap_or_default();
    let mut whole = 0_usize;
    while let Some((&head, behind)) = rest.split_first() {
        let kind = head >> 3 & 0x0F;
        let length = match LENGTHS.get(usize::from(kind)) {
            Some(length) => *length,
            None if kind == NO_DATA => 0,
            None => break,
        };
        // The first bit and the last two are none.
        if head & 0x83 != 0 || behind.len() < length {
            break;
        }
        whole += usize::from(kind != NO_DATA);
        rest = &behind[length..];
    }
    match (whole, rest.is_empty()) {
        (0, _) => Sound::Nothing,
        (_, true) => Sound::Whole,
        _ => Sound::Cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(frames: &[&[u8]]) -> Sound {
        sound(&[HEAD, &frames.concat()].concat())
    }

    #[test]
    fn frames_are_walked_to_the_end() {
        let speech = [&[0x3C][..], &[0x55; 31]].concat();
        let noise = [&[0x44][..], &[0x55; 5]].concat();
        let none = [0x7C];
        assert_eq!(of(&[&speech, &speech]), Sound::Whole);
        assert_eq!(of(&[&noise, &none, &speech]), Sound::Whole);
        assert_eq!(of(&[&speech, &speech[..9]]), Sound::Cut);
        assert_eq!(of(&[&speech, b"<html>"]), Sound::Cut);
        for nothing in [&b""[..], &none, &speech[..9], b"<html>an error page</html>"] {
            assert_eq!(of(&[nothing]), Sound::Nothing, "{nothing:?}");
        }
        assert_eq!(sound(b""), Sound::Nothing);
    }
}
