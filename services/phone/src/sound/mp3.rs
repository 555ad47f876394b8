//! MP3 (MPEG audio, layer III): tags are passed over, frames counted by their headers (ISO/IEC 11172-3, 13818-3).

use super::Sound;

/// A tag's head: "ID3", version, flags, length.
const TAG: usize = 10;
/// So far the first frame is looked for.
const SEARCHED: usize = 64 << 10;
/// Kilobits a second of MPEG 1, and of MPEG 2 and 2.5.
const RATES: [[usize; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// Samples a second of MPEG 1.
const SAMPLES: [usize; 3] = [44_100, 48_000, 32_000];

/// What a frame's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    length: usize,
    /// Where encoders put, in the first frame, how many there are.
    xing: usize,
}

/// How much can be heard.
pub(crate) fn sound(bytes: &[u8]) -> Sound {
    let from = tags(bytes);
    // A tag may tell another length than it has.
    let Some(first) = first_frame(bytes, from).or_else(|| first_frame(bytes, TAG.min(from))) else {
        return Sound::Nothing;
    };
    let (mut at, mut whole, mut cut) = (first, 0_u32, false);
    while let Some(frame) = bytes.get(at..).and_then(frame) {
        cut = at + frame.length > bytes.len();
        if cut {
            break;
        }
        whole += 1;
        at += frame.length;
    }
    let declared = frames_declared(&bytes[first..]);
    let there = whole.saturating_sub(u32::from(declared.is_some()));
    match declared {
        _ if there == 0 => Sound::Nothing,
        Some(declared) if there < declared => Sound::Cut,
        _ if cut => Sound::Cut,
        _ => Sound::Whole,
    }
}

/// Where the tags before the sound end.
fn tags(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some([b'I', b'D', b'3', _, _, flags, length @ ..]) =
        bytes.get(at..).and_then(|rest| rest.first_chunk::<TAG>())
    {
        let length = length.iter().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7F));
        let footer = if flags & 0x10 == 0 { 0 } else { TAG };
        at += TAG + length + footer;
    }
    at
}

/// Where a frame begins that another follows, or that ends the file.
fn first_frame(bytes: &[u8], from: usize) -> Option<usize> {
    let to = bytes.len().min(from.saturating_add(SEARCHED));
    (from..to).find(|at| {
        let next = frame(&bytes[*at..]).map(|frame| at + frame.length);
        next.is_some_and(|next| {
            next == bytes.len() || bytes.get(next..).is_some_and(|rest| frame(rest).is_some())
        })
    })
}

fn frame(bytes: &[u8]) -> Option<Frame> {
    let [0xFF, second, third, fourth] = *bytes.first_chunk()? else { return None };
    // Eleven bits of sync, layer III.
    if second & 0xE6 != 0xE2 {
        return None;
    }
    let (older, slower) = match second >> 3 & 3 {
        3 => (0, 1),
        2 => (1, 2),
        0 => (1, 4),
        _ => return None,
    };
    let rate = *RATES[older].get(usize::from(third >> 4)).filter(|rate| **rate > 0)? * 1000;
    let samples = SAMPLES.get(usize::from(third >> 2 & 3))? / slower;
    let padding = usize::from(third >> 1 & 1);
    let mono = fourth >> 6 == 3;
    // Each frame has 1152 samples, of the younger kinds 576.
    let length = if older == 0 { 144 } else { 72 } * rate / samples + padding;
    let xing = match (older, mono) {
        (0, false) => 36,
        (0, true) | (1, false) => 21,
        _ => 13,
    };
    Some(Frame { length, xing })
}

/// How many frames follow the first, where it says so (`Xing`, `Info`).
fn frames_declared(bytes: &[u8]) -> Option<u32> {
    let told = bytes.get(frame(bytes)?.xing..)?;
    let told = told.strip_prefix(b"Xing").or_else(|| told.strip_prefix(b"Info"))?;
    let (flags, rest) = told.split_first_chunk::<4>()?;
    let counted = flags[3] & 1 == 1;
    counted.then(|| rest.first_chunk().map(|count| u32::from_be_bytes(*count)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MPEG 2.5, 8 kbit/s, 8 kHz, one channel: what exchanges record.
    const HEAD: [u8; 4] = [0xFF, 0xE3, 0x18, 0xC0];

    fn of_frames(count: usize) -> Vec<u8> {
        let mut one = HEAD.to_vec();
        one.resize(frame(&HEAD).unwrap().length, 0x55);
        one.repeat(count)
    }

    fn informed(declared: u32, count: usize) -> Vec<u8> {
        let mut bytes = of_frames(count + 1);
        let at = frame(&HEAD).unwrap().xing;
        bytes[at..at + 12].copy_from_slice(&[b"Info\0\0\0\x01".as_slice(), &declared.to_be_bytes()].concat());
        bytes
    }

    #[test]
    fn frames_are_as_long_as_their_headers_say() {
        // 128 kbit/s at 44.1 kHz with padding; 8 kbit/s at 8 kHz.
        assert_eq!(frame(&[0xFF, 0xFB, 0x92, 0x00]).unwrap().length, 418);
        assert_eq!(frame(&HEAD).unwrap().length, 72);
        for no in [
            [0xFF, 0xFF, 0x92, 0],
            [0xFF, 0xFB, 0xF0, 0],
            [0xFF, 0xFB, 0x0C, 0],
            [0xFF, 0xEB, 0x92, 0],
            [0xFE, 0xFB, 0x92, 0],
        ] {
            assert_eq!(frame(&no), None, "{no:x?}");
        }
    }

    #[test]
    fn frames_are_heard_with_tags_and_without() {
        let tag = b"ID3\x03\0\0\0\0\0\x05title";
        let lying = b"ID3\x03\0\0\x7f\x7f\x7f\x7f";
        for bytes in [
            of_frames(3),
            of_frames(1),
            [tag.as_slice(), &of_frames(2)].concat(),
            [tag, tag, of_frames(2).as_slice()].concat(),
            [lying.as_slice(), &of_frames(2)].concat(),
            [of_frames(2).as_slice(), b"TAG", &[0; 125]].concat(),
            informed(4, 4),
        ] {
            assert_eq!(sound(&bytes), Sound::Whole);
        }
    }

    #[test]
    fn what_breaks_off_or_has_no_frame_is_told() {
        let three = of_frames(3);
        assert_eq!(sound(&three[..150]), Sound::Cut);
        assert_eq!(sound(&informed(9, 4)), Sound::Cut, "of nine frames four");
        let tag = b"ID3\x03\0\0\0\0\0\x05title";
        for nothing in [
            b"".as_slice(),
            tag,
            &tag[..7],
            b"ID3\x03\0\0\x7f\x7f\x7f\x7f",
            &[tag.as_slice(), b"<html>no such file</html>"].concat(),
            &three[..40],
            &informed(9, 0),
            &[0xFF; 500],
        ] {
            assert_eq!(sound(nothing), Sound::Nothing, "{}", nothing.len());
        }
    }
}
