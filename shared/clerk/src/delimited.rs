//! CSV (RFC 4180) as clerks' programs write it: in UTF-8 or GB18030, with cells of several lines.

use std::io::Read;

use crate::table::{Cell, Misshapen, Sheet, TableError, Unread};

/// Reads it into a sheet.
///
/// # Errors
/// Why it is none, or breaks off.
pub(crate) fn read(bytes: &[u8], sheet: &mut Sheet<'_>) -> Result<(), TableError> {
    // One line may be a million cells; they are counted before they are made.
    if bytes.iter().filter(|byte| matches!(byte, b',' | b'\n')).count() > Sheet::MAX_CELLS {
        return Err(TableError::TooLarge);
    }
    let (bytes, encoding) = Encoding::of(bytes)?;
    // With a line break at the end each record has consumed as many as its lines, and the empty ones before.
    let lines = bytes.chain(&b"\n"[..]);
    let end = bytes.len() as u64 + 1;
    let unpaired = bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(lines);
    // Cell by cell, so that a byte of no text spoils one.
    let mut record = csv::ByteRecord::new();
    let (mut number, mut line, mut from) = (0, reader.position().line(), 0);
    while reader.read_byte_record(&mut record).map_err(|_| TableError::Kind)? {
        let consumed = reader.position().line() - line;
        line += consumed;
        let breaks = |cell: &[u8]| cell.iter().filter(|byte| **byte == b'\n').count() as u64;
        let own = 1 + record.iter().map(breaks).sum::<u64>();
        number += 1 + usize::try_from(consumed.saturating_sub(own)).unwrap_or(usize::MAX);
        let to = reader.position().byte();
        if unpaired && to >= end && own > 1 {
            // The lines that the cell swallowed were counted to it, and the one that was put at the end.
            return Err(TableError::OpenQuote(number));
        }
        let stray = own > 1 && has_stray_quote(part(bytes, from, to));
        from = to;
        let cells = record.iter().map(|cell| encoding.read(cell)).collect();
        sheet.push(number, cells, stray.then_some(Misshapen::StrayQuote))?;
    }
    Ok(())
}

fn part(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
    &bytes[at(from)..at(to)]
}

/// Whether a cell that began with a quotation mark goes on behind the closing one (RFC 4180).
fn has_stray_quote(record: &[u8]) -> bool {
    let mut left = record.trim_ascii();
    loop {
        if let Some(mut quoted) = left.strip_prefix(b"\"") {
            loop {
                let Some(closing) = quoted.iter().position(|byte| *byte == b'"') else { return false };
                quoted = &quoted[closing + 1..];
                match quoted.first() {
                    Some(b'"') => quoted = &quoted[1..],
                    None | Some(b',') => break,
                    Some(_) => return true,
                }
            }
            left = quoted;
        }
        let Some(comma) = left.iter().position(|byte| *byte == b',') else { return false };
        left = &left[comma + 1..];
    }
}

/// How a CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    /// As Excel saves in China.
    Gb18030,
}

impl Encoding {
    /// UTF-8 with or without a byte order mark, else GB18030; and what stands behind the mark. One bad byte does
    /// not make another encoding of it: of GB18030, hardly a character can be read as UTF-8.
    fn of(bytes: &[u8]) -> Result<(&[u8], Self), TableError> {
        let (bytes, marked) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => (rest, true),
            None => (bytes, false),
        };
        // No header begins as JSON, a page, a PDF or UTF-16 does, and none has a NUL.
        let begins = bytes.trim_ascii_start();
        let others = [&b"{"[..], b"[", b"<", b"%PDF", b"\xFF\xFE", b"\xFE\xFF"];
        let header = bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
        if others.iter().any(|start| begins.starts_with(start))
            || header.is_some_and(|line| line.contains(&0))
        {
            return Err(TableError::Kind);
        }
        let (mut read, mut malformed) = (0_usize, 0_usize);
        for chunk in bytes.utf8_chunks() {
            read += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            malformed += usize::from(!chunk.invalid().is_empty());
        }
        let is_utf8 = marked || malformed == 0 || read > malformed;
        Ok((bytes, if is_utf8 { Self::Utf8 } else { Self::Gb18030 }))
    }

    fn read(self, cell: &[u8]) -> Cell {
        let text = match self {
            Self::Utf8 => std::str::from_utf8(cell).ok().map(ToOwned::to_owned),
            Self::Gb18030 => encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(cell)
                .map(std::borrow::Cow::into_owned),
        };
        // A NUL is in no text.
        let text = text.filter(|text| !text.contains('\0'));
        text.map_or(Cell::Broken(Unread::Garbled), |text| Cell::Text(as_shown(text)))
    }
}

/// `="0105550123"`, by which programs keep Excel from dropping the zero, as Excel shows it.
fn as_shown(text: String) -> String {
    let quoted = text.trim().strip_prefix("=\"").and_then(|text| text.strip_suffix('"'));
    match quoted.filter(|quoted| !quoted.contains('"')) {
        Some(quoted) => quoted.to_owned(),
        None => text,
    }
}
