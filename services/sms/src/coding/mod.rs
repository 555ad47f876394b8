//! The text of a short message: alphabets, user data headers, and how many messages a text needs.

pub mod gsm7;
pub mod length;
pub mod udh;

use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};

/// How the bytes of a message are to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// UTF-8, what every JSON or form gateway gives.
    Utf8,
    /// GSM 03.38 default alphabet, one septet in each octet (3GPP TS 23.038, 6.2.1).
    Gsm7,
    /// UCS-2, read as UTF-16 big endian, so that emoji survive (3GPP TS 23.038, 6.2.3).
    Utf16Be,
    /// A WHATWG encoding by its name, as `gbk` or `windows-1252`.
    Named(String),
    /// 8-bit data: text only by luck.
    Binary,
}

impl Alphabet {
    /// The alphabet of a charset label; `None` for an unknown one.
    pub fn of_label(label: &str) -> Option<Self> {
        let label = label.trim();
        match label.to_ascii_lowercase().as_str() {
            "utf-16be" | "ucs-2" | "ucs2" | "iso-10646-ucs-2" | "utf-16" => Some(Self::Utf16Be),
            "utf-8" | "utf8" => Some(Self::Utf8),
            "8-bit" | "binary" => Some(Self::Binary),
            "gsm" | "gsm7" | "gsm-7" | "gsm 03.38" => Some(Self::Gsm7),
            _ => Encoding::for_label(label.as_bytes())
                .map(|encoding| Self::Named(encoding.name().to_ascii_lowercase())),
        }
    }
}

/// Something about a message that a person should know when reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Some bytes were no text in the declared alphabet and stand as U+FFFD.
    DecodeError,
    /// The user data header was damaged; the message stands for itself.
    BadUdh,
    /// 8-bit data that was read as text.
    Binary,
    /// It held U+0000, which no database takes; it stands as U+FFFD.
    Nul,
    /// The vendor's time could not be read.
    BadTime,
    /// It came packed as base64.
    Base64,
    /// Parts of it never came.
    Incomplete,
    /// A picture or another file came with it, which nobody here can take.
    File,
}

/// A message's bytes as they came, joined before they are decoded: a surrogate pair may be split
/// between two parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The bytes without any header.
    #[serde(with = "as_hex")]
    pub bytes: Vec<u8>,
    /// How to read them.
    pub alphabet: Alphabet,
}

impl Body {
    /// Text that the gateway already decoded.
    pub fn text(text: impl Into<Vec<u8>>) -> Self {
        Self { bytes: text.into(), alphabet: Alphabet::Utf8 }
    }

    /// The text, never failing: what cannot be read becomes U+FFFD and is flagged.
    pub fn decode(&self) -> (String, Vec<Flag>) {
        let mut flags = Vec::new();
        let (text, damaged) = match &self.alphabet {
            Alphabet::Utf8 => named(encoding_rs::UTF_8, &self.bytes),
            Alphabet::Gsm7 => gsm7::decode(&self.bytes),
            Alphabet::Utf16Be => utf16_be(&self.bytes),
            Alphabet::Named(name) => {
                named(Encoding::for_label(name.as_bytes()).unwrap_or(encoding_rs::UTF_8), &self.bytes)
            }
            Alphabet::Binary => {
                flags.push(Flag::Binary);
                match std::str::from_utf8(&self.bytes) {
                    Ok(text) => (text.to_owned(), false),
                    Err(_) => (encoding_rs::mem::decode_latin1(&self.bytes).into_owned(), false),
                }
            }
        };
        if damaged {
            flags.push(Flag::DecodeError);
        }
        if !text.contains('\0') {
            return (text, flags);
        }
        flags.push(Flag::Nul);
        (text.replace('\0', "\u{fffd}"), flags)
    }
}

fn named(encoding: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), damaged)
}

/// UTF-16 big endian unless a byte order mark says little; an odd last byte is damage, not a letter.
fn utf16_be(bytes: &[u8]) -> (String, bool) {
    let (encoding, rest) = match bytes {
        [0xFE, 0xFF, rest @ ..] => (encoding_rs::UTF_16BE, rest),
        [0xFF, 0xFE, rest @ ..] => (encoding_rs::UTF_16LE, rest),
        rest => (encoding_rs::UTF_16BE, rest),
    };
    named(encoding, rest)
}

mod as_hex {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text).map_err(|_| serde::de::Error::custom("not hexadecimal"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(label: &str, bytes: &[u8]) -> (String, Vec<Flag>) {
        Body { bytes: bytes.to_vec(), alphabet: Alphabet::of_label(label).unwrap() }.decode()
    }

    #[test]
    fn reads_what_chinese_handsets_send() {
        assert_eq!(decode("GBK", b"\xb2\xe2\xca\xd4\xb6\xcc\xd0\xc5").0, "测试短信");
        assert_eq!(decode("gb2312", b"\xb2\xe2").0, "测");
        assert_eq!(decode("UTF-16BE", b"N-e\x87").0, "中文");
        assert_eq!(decode("UCS-2", b"\xFE\xFFN-e\x87").0, "中文");
        assert_eq!(decode("UTF-16BE", b"\xD8\x3D\xDE\x00").0, "😀");
        assert_eq!(decode("WINDOWS-1252", b"caf\xE9 \x805").0, "café €5");
    }

    #[test]
    fn damage_is_flagged_and_the_rest_kept() {
        assert_eq!(decode("UTF-16BE", b"N-e"), ("中\u{fffd}".into(), vec![Flag::DecodeError]));
        assert_eq!(decode("UTF-16BE", b"\xD8\x3D"), ("\u{fffd}".into(), vec![Flag::DecodeError]));
        assert_eq!(Body::text("a\0b").decode(), ("a\u{fffd}b".into(), vec![Flag::Nul]));
        assert!(Alphabet::of_label("no-such-charset").is_none());
    }

    #[test]
    fn a_surrogate_pair_split_between_parts_is_whole_when_joined() {
        let mut joined = Body { bytes: vec![0xD8, 0x3D], alphabet: Alphabet::Utf16Be };
        joined.bytes.extend([0xDE, 0x00]);
        assert_eq!(joined.decode(), ("😀".into(), vec![]));
    }

    proptest! {
        #[test]
        fn any_bytes_become_text_without_nul(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            label in proptest::sample::select(vec!["utf-8", "gbk", "ucs-2", "gsm7", "8-bit", "iso-8859-5"]),
        ) {
            prop_assert!(!decode(label, &bytes).0.contains('\0'));
        }
    }
}
