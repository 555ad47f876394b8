//! User data headers (3GPP TS 23.040, 9.2.3.24): which part of which long message this is.

use serde::{Deserialize, Serialize};

/// The header is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadUdh;

/// Which part of which long message a short message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The sender's reference, as `0x6c` from a header or as the vendor wrote it.
    pub reference: String,
    /// Number of parts, at least 1.
    pub total: u8,
    /// This part, from 1 to `total`.
    pub seq: u8,
}

impl Part {
    /// A part that can exist.
    ///
    /// # Errors
    /// [`BadUdh`] where the numbers do not fit each other (TS 23.040, 9.2.3.24.1: such a header is ignored).
    pub fn new(reference: String, total: u32, seq: u32) -> Result<Self, BadUdh> {
        match (u8::try_from(total), u8::try_from(seq)) {
            (Ok(total), Ok(seq)) if seq >= 1 && seq <= total => Ok(Self { reference, total, seq }),
            _ => Err(BadUdh),
        }
    }
}

/// Walks the elements of a header (length octet first) and gives the concatenation, if there is one.
///
/// # Errors
/// [`BadUdh`] where a length leads outside, or the part's numbers are impossible.
pub fn parse(header: &[u8]) -> Result<Option<Part>, BadUdh> {
    let Some((length, mut elements)) = header.split_first() else { return Ok(None) };
    if usize::from(*length) != elements.len() {
        return Err(BadUdh);
    }
    let mut found = None;
    while let [kind, length, rest @ ..] = elements {
        let (value, after) = rest.split_at_checked(usize::from(*length)).ok_or(BadUdh)?;
        match (kind, value) {
            (0x00, [reference, total, seq]) => {
                found = Some(Part::new(format!("{reference:#04x}"), (*total).into(), (*seq).into())?);
            }
            (0x08, [high, low, total, seq]) => {
                let reference = u16::from_be_bytes([*high, *low]);
                found = Some(Part::new(format!("{reference:#06x}"), (*total).into(), (*seq).into())?);
            }
            (0x00 | 0x08, _) => return Err(BadUdh),
            _ => {}
        }
        elements = after;
    }
    if elements.is_empty() { Ok(found) } else { Err(BadUdh) }
}

/// Takes a concatenation header off the front of a message whose gateway left it there without saying
/// so. Only a header that is exact to its last octet, of elements that stand beside a concatenation, with possible
/// numbers is taken: anything else is text.
pub fn strip_concatenation(content: &[u8]) -> (Option<Part>, &[u8]) {
    let length = content.first().map_or(0, |length| usize::from(*length));
    let split = content.split_at_checked(length + 1).filter(|(header, _)| are_companions(&header[1..]));
    match split.map(|(header, text)| (parse(header), text)) {
        Some((Ok(Some(part)), text)) => (Some(part), text),
        _ => (None, content),
    }
}

/// Whether the elements are concatenations, ports (0x04, 0x05) or national alphabets (0x24, 0x25) of the right
/// lengths (3GPP TS 23.040, 9.2.3.24).
fn are_companions(mut elements: &[u8]) -> bool {
    loop {
        elements = match elements {
            [] => return true,
            [0x00, 3, _, _, _, rest @ ..]
            | [0x08 | 0x05, 4, _, _, _, _, rest @ ..]
            | [0x04, 2, _, _, rest @ ..]
            | [0x24 | 0x25, 1, _, rest @ ..] => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(reference: &str, total: u8, seq: u8) -> Part {
        Part { reference: reference.into(), total, seq }
    }

    #[test]
    fn reads_both_references_and_what_stands_before_them() {
        assert_eq!(parse(b"\x05\x00\x03l\x02\x02"), Ok(Some(part("0x6c", 2, 2))));
        assert_eq!(parse(b"\x06\x08\x04\xF1F\x01\x01"), Ok(Some(part("0xf146", 1, 1))));
        assert_eq!(parse(b"\x0B\x05\x04\x15\x82\x00\x00\x00\x03!\x02\x01"), Ok(Some(part("0x21", 2, 1))));
        assert_eq!(parse(b"\x05\x00\x03\x01\x02\x01"), Ok(Some(part("0x01", 2, 1))));
        assert_eq!(parse(b""), Ok(None));
        assert_eq!(parse(b"\x04\x24\x01\x00\x00"), Err(BadUdh));
    }

    #[test]
    fn damage_is_told_apart_from_absence() {
        for bad in [
            &b"\x05\x00\x03"[..],
            b"\x05\x00\x03\x01\x02\x00",
            b"\x05\x00\x03\x01\x02\x03",
            b"\x05\x00\x02\x01\x02\x00",
        ] {
            assert_eq!(parse(bad), Err(BadUdh));
        }
    }

    #[test]
    fn only_an_exact_header_is_taken_from_a_text() {
        assert_eq!(strip_concatenation(b"\x05\x00\x03l\x02\x01O`"), (Some(part("0x6c", 2, 1)), &b"O`"[..]));
        assert_eq!(strip_concatenation(b"\x05v\x05nement"), (None, &b"\x05v\x05nement"[..]));
        assert_eq!(strip_concatenation(b"\x05\x00\x03l\x02\x09O`"), (None, &b"\x05\x00\x03l\x02\x09O`"[..]));
        assert_eq!(strip_concatenation(b"\x05\x00\x03"), (None, &b"\x05\x00\x03"[..]));
        for ported in [
            &b"\x0B\x05\x04\x15\x82\x00\x00\x00\x03l\x02\x01O`"[..],
            b"\x0B\x00\x03l\x02\x01\x05\x04\x15\x82\x00\x00O`",
        ] {
            assert_eq!(strip_concatenation(ported), (Some(part("0x6c", 2, 1)), &b"O`"[..]));
        }
        // Ports alone say nothing of parts; Arabic in UCS-2 begins like a header.
        for text in [&b"\x06\x05\x04\x15\x82\x00\x00O`"[..], b"\x06*\x063\x06*\x06*\x063", b"", b"\x00a"] {
            assert_eq!(strip_concatenation(text), (None, text));
        }
    }

    proptest! {
        #[test]
        fn any_header_gets_an_answer(header in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(Some(part)) = parse(&header) {
                prop_assert!(part.seq >= 1 && part.seq <= part.total);
            }
            let (_, text) = strip_concatenation(&header);
            prop_assert!(header.ends_with(text));
        }
    }
}
