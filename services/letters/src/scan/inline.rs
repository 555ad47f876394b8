//! Pictures in the text of a page (ISO 32000-2, 8.9.7): `BI`, a dictionary, `ID`, the data, `EI`. What draws them goes
//! through all the pixels that the dictionary names, as with pictures that are objects.
//!
//! Looked for in every stream as it is unpacked, sign by sign: nothing is kept but the last word. It is not asked
//! whether a stream is the text of a page, since readers do not ask either.

use super::MAX_PAGE_BYTES;

/// What begins a picture.
const BEGIN: &[u8] = b"BI";
/// Longest word that is of interest.
const MAX_WORD: usize = 64;
/// Words at the end of a stream that may be the first half of a dictionary, in bytes.
const MAX_DICTIONARY: usize = 4096;

/// A stream that is looked through.
#[derive(Default)]
pub(super) struct InlinePictures {
    word: Vec<u8>,
    comment: bool,
    dictionary: Option<Dictionary>,
    beyond: bool,
}

/// A dictionary between `BI` and `ID`.
#[derive(Default)]
struct Dictionary {
    width: f64,
    height: f64,
    /// Whose value comes next.
    expects: Option<Side>,
    bytes: usize,
    /// Whether something stood in it that is no text.
    binary: bool,
}

#[derive(Clone, Copy)]
enum Side {
    Width,
    Height,
}

impl InlinePictures {
    /// Looks at what comes next of the stream.
    pub(super) fn look(&mut self, piece: &[u8]) {
        let mut rest = self.skip(piece);
        while let Some((&byte, next)) = rest.split_first() {
            self.step(byte);
            rest = self.skip(next);
        }
    }

    /// Goes on to the sign before the next `BI`, or before the end, where nothing before that is of interest.
    fn skip<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        if self.dictionary.is_some() || BEGIN.starts_with(&self.word) && !self.word.is_empty() {
            return rest;
        }
        let next = memchr::memmem::find(rest, BEGIN).unwrap_or(rest.len().saturating_sub(1));
        let Some(before) = next.checked_sub(1) else { return rest };
        self.word.clear();
        self.comment = false;
        &rest[before..]
    }

    fn step(&mut self, byte: u8) {
        if let Some(dictionary) = &mut self.dictionary {
            dictionary.bytes = dictionary.bytes.saturating_add(1);
            dictionary.binary |= !(byte.is_ascii_graphic() || is_space(byte));
        }
        if self.comment {
            self.comment = !matches!(byte, b'\r' | b'\n');
        } else if is_space(byte) || is_delimiter(byte) {
            self.end_word();
            self.comment = byte == b'%';
            if byte == b'/' {
                self.word.push(byte);
            }
        } else if self.word.len() < MAX_WORD {
            self.word.push(byte);
        }
    }

    /// Whether a picture was larger than a page may be; or broken off, so that its other half stands elsewhere.
    pub(super) fn end(mut self) -> bool {
        self.end_word();
        let open = |dictionary: &Dictionary| !dictionary.binary && dictionary.bytes < MAX_DICTIONARY;
        self.beyond || self.dictionary.as_ref().is_some_and(open)
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        match (&mut self.dictionary, word.as_slice()) {
            (_, BEGIN) => self.dictionary = Some(Dictionary::default()),
            (Some(_), b"ID") => self.dictionary = None,
            (Some(dictionary), word) => {
                dictionary.take(word);
                self.beyond |= dictionary.width * dictionary.height > MAX_PAGE_BYTES as f64;
            }
            (None, _) => {}
        }
        // Its room is used again.
        self.word = word;
        self.word.clear();
    }
}

impl Dictionary {
    fn take(&mut self, word: &[u8]) {
        if let Some(name) = word.strip_prefix(b"/") {
            self.expects = match super::pdf::without_escapes(name).as_slice() {
                b"W" | b"Width" => Some(Side::Width),
                b"H" | b"Height" => Some(Side::Height),
                _ => None,
            };
            return;
        }
        let Some(side) = self.expects.take() else { return };
        // A number that does not end within a word is none that a page has.
        let value = match word.len() {
            MAX_WORD => f64::INFINITY,
            _ => std::str::from_utf8(word).ok().and_then(|word| word.parse().ok()).unwrap_or_default(),
        };
        let known = match side {
            Side::Width => &mut self.width,
            Side::Height => &mut self.height,
        };
        // Said twice, either may count.
        *known = known.max(value);
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_beyond(stream: &[u8]) -> bool {
        // Cut anywhere, it is the same.
        let whole = |size| {
            let mut pictures = InlinePictures::default();
            stream.chunks(size).for_each(|piece| pictures.look(piece));
            pictures.end()
        };
        let all: Vec<bool> = [1, 7, 4096].map(whole).to_vec();
        assert!(all.iter().all(|one| *one == all[0]), "{stream:?}");
        all[0]
    }

    #[test]
    fn a_picture_that_names_too_many_pixels_is_seen_however_it_is_written() {
        for dictionary in [
            "/W 100000 /H 100000",
            "/W 100000/H 100000/BPC 1/CS/G",
            "/Width 100000 /Height 100000.0",
            "/#57 100000 /H#65ight 100000",
            "/W 1 /W 100000 /H 100000",
            "/F /CCF /DP << /K -1 /Columns 1728 >> /W 100000 /H 100000",
            "% ID\n/W 100000 % /H 1\r/H 100000",
            "/D [1 0] 7 /W 100000 /H 100000",
            &format!("/W {}100000 /H 2", "0".repeat(80)),
        ] {
            for page in [
                format!("q BI {dictionary} ID \u{1}EI Q"),
                format!("BI{dictionary} ID x EI"),
                format!("BI {dictionary}"),
            ] {
                assert!(is_beyond(page.as_bytes()), "{page}");
            }
        }
    }

    #[test]
    fn a_dictionary_whose_other_half_is_elsewhere_is_refused() {
        for page in ["q BI /W 100000", "q BI ", "BI", "BI /W 100000 /H"] {
            assert!(is_beyond(page.as_bytes()), "{page}");
        }
    }

    #[test]
    fn what_scanners_and_fonts_write_is_none() {
        let data: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        for stream in [
            b"BI /W 1700 /H 2200 /BPC 1 /F /CCF ID \x00\x01 EI".to_vec(),
            b"/W 100000 /H 100000 q Q".to_vec(),
            b"(BIG) Tj /BI gs 100000 100000 m".to_vec(),
            b"BI /W 99 /H 99 ID x EI Q /W 100000 /H 100000".to_vec(),
            [b" BI \xff ".as_slice(), &data].concat(),
            data,
        ] {
            assert!(!is_beyond(&stream), "{:?}", String::from_utf8_lossy(&stream[..stream.len().min(60)]));
        }
    }
}
