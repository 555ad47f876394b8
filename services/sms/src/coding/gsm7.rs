//! The GSM 7-bit default alphabet and its extension (3GPP TS 23.038, 6.2.1 and 6.2.1.1).

/// Marks that the next septet is from the extension table.
const ESCAPE: u8 = 0x1B;

/// The default alphabet by septet; U+001B stands for the escape.
const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', 'Δ', '_', 'Φ', 'Γ',
    'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É', ' ', '!', '"', '#', '¤', '%', '&', '\'',
    '(', ')', '*', '+', ',', '-', '.', '/', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<',
    '=', '>', '?', '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q',
    'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', '¿', 'a', 'b', 'c', 'd', 'e', 'f',
    'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä',
    'ö', 'ñ', 'ü', 'à',
];

/// The extension table.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// Reads septets that stand one in each octet. An octet over 127 is damage; an unknown extension is
/// shown as its basic letter (TS 23.038, 6.2.1.1).
pub fn decode(septets: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(septets.len());
    let mut damaged = false;
    let mut rest = septets.iter().copied();
    while let Some(septet) = rest.next() {
        let extended = septet == ESCAPE;
        let septet = if extended { rest.next().unwrap_or(b' ') } else { septet };
        let letter = extended.then(|| EXTENSION.iter().find(|(code, _)| *code == septet)).flatten();
        match (letter, DEFAULT.get(usize::from(septet))) {
            (Some((_, letter)), _) => text.push(*letter),
            (None, Some('\u{1b}')) => text.push(' '),
            (None, Some(letter)) => text.push(*letter),
            (None, None) => {
                damaged = true;
                text.push('\u{fffd}');
            }
        }
    }
    (text, damaged)
}

/// How many septets a letter takes; `None` where the alphabet lacks it.
pub fn septets(letter: char) -> Option<usize> {
    if letter != '\u{1b}' && DEFAULT.contains(&letter) {
        Some(1)
    } else {
        EXTENSION.iter().any(|(_, extended)| *extended == letter).then_some(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_default_alphabet_and_its_extension() {
        assert_eq!(decode(b"\x05v\x05nement"), ("événement".into(), false));
        assert_eq!(decode(b"\x00 \x1b\x65 \x1b\x3c"), ("@ € [".into(), false));
        assert_eq!(decode(b"a\x80"), ("a\u{fffd}".into(), true));
        assert_eq!(decode(b"a\x1b"), ("a ".into(), false));
        assert_eq!(decode(b"\x1bz"), ("z".into(), false));
    }

    #[test]
    fn counts_septets() {
        assert_eq!(septets('é'), Some(1));
        assert_eq!(septets('€'), Some(2));
        assert_eq!(septets('中'), None);
    }
}
