//! PDF: its pages, counted and each looked at. The library reads lazily and knows no bounds of its own, so
//! what it may unpack is measured first.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::read::ZlibDecoder;
use hayro_syntax::object::{Dict, Stream};
use hayro_syntax::page::Page;
use hayro_syntax::{LoadPdfError, Pdf};

use super::inline::InlinePictures;
use super::{MAX_BYTES, MAX_PAGE_BYTES, MAX_PAGES, ScanFault};

/// What begins the data of a stream.
const STREAM: &[u8] = b"stream";
/// How far before it its dictionary may begin.
const DICTIONARY: usize = 4096;
/// Bytes that are unpacked at a time to be counted.
const PIECE: usize = 64 << 10;
/// Longest look at a file's objects; those of a scan take a fraction of a second.
const LONGEST_LOOK: Duration = Duration::from_secs(20);

/// How many pages there are, and which cannot be read.
pub(super) fn count_pages(bytes: &[u8]) -> Result<(u32, Vec<ScanFault>), ScanFault> {
    measure(bytes)?;
    let pdf = Pdf::new(Arc::new(bytes.to_vec())).map_err(|error| match error {
        LoadPdfError::Decryption(_) => ScanFault::Locked,
        LoadPdfError::Invalid => ScanFault::Broken,
    })?;
    let pages = pdf.pages();
    let readable = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    let declared = declared(&pdf).unwrap_or(readable);
    if readable.max(declared) > MAX_PAGES {
        return Err(ScanFault::TooManyPages);
    }
    let missing = (declared > readable).then_some(ScanFault::MissingPages { declared, readable });
    look_at_pictures(&pdf)?;
    let broken = |(_, page): &(u32, &Page<'_>)| {
        page.page_stream().unwrap_or_default().is_empty() && is_broken(page.raw())
    };
    let broken: Vec<_> =
        (1..).zip(pages.iter()).filter(broken).map(|(number, _)| ScanFault::Page(number)).collect();
    let nothing = broken.len() == pages.len();
    let cut = (!ends(bytes)).then_some(ScanFault::Cut);
    let flaws: Vec<_> = cut.into_iter().chain(missing).chain(broken).collect();
    if nothing { Err(flaws.first().copied().unwrap_or(ScanFault::Broken)) } else { Ok((readable, flaws)) }
}

/// Whether what stands at the end of every PDF does. Without it the pages are counted all the same, and nobody sees that
/// the fonts and pictures behind are missing.
fn ends(bytes: &[u8]) -> bool {
    const END: usize = 4096;
    let written = bytes.iter().rposition(|byte| !matches!(byte, 0) && !byte.is_ascii_whitespace());
    let end = &bytes[..written.map_or(0, |last| last + 1)];
    let end = &end[end.len().saturating_sub(END)..];
    [&b"%%EOF"[..], b"startxref", b"trailer"].iter().any(|mark| memchr::memmem::find(end, mark).is_some())
}

/// Looks at what every picture says of its size.
fn look_at_pictures(pdf: &Pdf) -> Result<(), ScanFault> {
    let begun = Instant::now();
    for object in pdf.objects() {
        // A table may name one long object any number of times.
        if begun.elapsed() > LONGEST_LOOK {
            return Err(ScanFault::Unpacked);
        }
        if object.into_stream().is_some_and(|stream| is_beyond(&stream)) {
            return Err(ScanFault::LargePicture);
        }
    }
    Ok(())
}

/// Whether a picture says that it has more pixels than a page may have bytes: what draws it goes through them all,
/// however few bytes stand behind them. Asked of every stream: only pictures have these keys.
fn is_beyond(stream: &Stream<'_>) -> bool {
    let dict = stream.dict();
    // Readers take the short names of pictures in the text of a page here, too.
    let side = |name: &str, short: &str| dict.get::<f64>(name).or_else(|| dict.get::<f64>(short));
    match (side("Width", "W"), side("Height", "H")) {
        (Some(width), Some(height)) => width * height > MAX_PAGE_BYTES as f64,
        _ => false,
    }
}

/// Whether a page from which nothing could be read has a content all the same. Blank pages are none.
fn is_broken(page: &Dict<'_>) -> bool {
    let Some(content) = page.get::<Stream<'_>>(b"Contents") else { return false };
    let packed = content.raw_data();
    !packed.is_empty() && ZlibDecoder::new(&packed[..]).read(&mut [0; 1]).is_err()
}

/// How many pages the file says it has.
fn declared(pdf: &Pdf) -> Option<u32> {
    let root: Dict<'_> = pdf.xref().get(pdf.xref().root_id())?;
    let pages: Dict<'_> = root.get(b"Pages")?;
    u32::try_from(pages.get::<i32>(b"Count")?).ok()
}

/// Unpacks every stream once into nothing, and looks for pictures in the text of pages. A stream that is packed twice, or by a filter that is not
/// measured here, is what bombs are made of and what scanners do not write.
fn measure(bytes: &[u8]) -> Result<(), ScanFault> {
    // What is encrypted cannot be measured, and a letter that nobody may open is none.
    if find(bytes, b"/Encrypt").is_some() {
        return Err(ScanFault::Locked);
    }
    let mut left = MAX_BYTES;
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], STREAM) {
        let keyword = at + found;
        at = keyword + STREAM.len();
        if bytes[..keyword].ends_with(b"end") {
            continue;
        }
        let mut pictures = InlinePictures::default();
        match packing(dictionary_before(bytes, keyword)) {
            Packing::Plain => pictures.look(until_next(&bytes[at..])),
            Packing::Flate => {
                let size = unpacked_size(skip_line_end(&bytes[at..]), left, &mut pictures);
                left = left.checked_sub(size).ok_or(ScanFault::Unpacked)?;
            }
            Packing::Unmeasured => return Err(ScanFault::Unpacked),
        }
        if pictures.end() {
            return Err(ScanFault::LargePicture);
        }
    }
    Ok(())
}

/// How the data of a stream is packed, as far as it may grow.
enum Packing {
    /// Not, or as an image, which is not unpacked here.
    Plain,
    /// Once, by deflate.
    Flate,
    /// Otherwise.
    Unmeasured,
}

fn packing(dictionary: &[u8]) -> Packing {
    let plain = without_escapes(dictionary);
    let (mut flate, mut other) = (0, 0);
    for name in plain.split(|&b| b == b'/').skip(1) {
        let end = name.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(name.len());
        match &name[..end] {
            b"FlateDecode" | b"Fl" => flate += 1,
            b"LZWDecode" | b"LZW" | b"RunLengthDecode" | b"RL" | b"ASCII85Decode" | b"A85"
            | b"ASCIIHexDecode" | b"AHx" => other += 1,
            _ => {}
        }
    }
    match (flate, other) {
        (0, 0) => Packing::Plain,
        (1, 0) => Packing::Flate,
        _ => Packing::Unmeasured,
    }
}

/// Names may have any byte written as `#` and two digits.
pub(super) fn without_escapes(dictionary: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(dictionary.len());
    let mut rest = dictionary;
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| first == b'#').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        plain.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    plain
}

/// The data of a stream that is not packed: up to the next keyword, which ends it.
fn until_next(data: &[u8]) -> &[u8] {
    let end = find(data, STREAM).unwrap_or(data.len());
    data[..end].strip_suffix(b"end").unwrap_or(&data[..end])
}

/// At most one more than `limit`; `pictures` looks at what is unpacked. What is broken ends early; whether that matters is seen when its page is
/// read.
fn unpacked_size(data: &[u8], limit: u64, pictures: &mut InlinePictures) -> u64 {
    let mut unpacked = ZlibDecoder::new(data);
    let (mut size, mut piece) = (0, vec![0; PIECE]);
    while size <= limit {
        match unpacked.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                size += count as u64;
                pictures.look(&piece[..count]);
            }
        }
    }
    size
}

/// What stands between the last `obj` and the keyword.
fn dictionary_before(bytes: &[u8], keyword: usize) -> &[u8] {
    let near = &bytes[keyword.saturating_sub(DICTIONARY)..keyword];
    let begin = memchr::memmem::rfind(near, b"obj").map_or(0, |at| at + 3);
    &near[begin..]
}

fn skip_line_end(data: &[u8]) -> &[u8] {
    match data {
        [b'\r', b'\n', rest @ ..] | [b'\n' | b'\r', rest @ ..] => rest,
        _ => data,
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}
