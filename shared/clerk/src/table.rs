//! Tables as clerks keep them: CSV (UTF-8 or GB18030) and XLSX, as rows of named cells. Bounded.

use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, Reader, Xlsx};

/// Most rows of one import.
const MAX_ROWS: usize = 200_000;
/// Most columns that are looked at.
const MAX_COLUMNS: usize = 100;
/// An XLSX file that unpacks to more than this is not opened: calamine has no bound of its own.
const MAX_UNPACKED: u64 = 512 << 20;

/// Why a table cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Neither CSV text nor an XLSX workbook.
    #[error("neither CSV in UTF-8 or GB18030 nor an XLSX workbook")]
    Kind,
    /// No header row.
    #[error("the first row must name the columns")]
    NoHeader,
    /// More rows than one import takes.
    #[error("more than {MAX_ROWS} rows")]
    TooManyRows,
    /// Unpacks to more than is opened.
    #[error("the workbook unpacks to more than {MAX_UNPACKED} bytes")]
    TooLarge,
    /// A row has more cells than the header.
    #[error("row {0} has more cells than the first row names")]
    Ragged(usize),
}

/// One row: its number as the clerk sees it (the header is row 1), and its cells by column name.
#[derive(Debug, Clone)]
pub struct Row {
    /// From 2.
    pub number: usize,
    header: Arc<Vec<String>>,
    cells: Vec<String>,
}

impl Row {
    /// The cell of the first of these columns that is there and not empty.
    pub fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            let column = self.header.iter().position(|header| header == name)?;
            let cell = self.cells.get(column)?.trim();
            (!cell.is_empty()).then_some(cell)
        })
    }

    /// Whether every cell is empty.
    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    /// The cells in the order of the columns' names, to tell one row from another whatever their order.
    pub fn canonical(&self) -> Vec<(&str, &str)> {
        let mut cells: Vec<_> =
            self.header.iter().map(String::as_str).zip(self.cells.iter().map(|cell| cell.trim())).collect();
        cells.sort_unstable();
        cells
    }
}

/// Reads a table, by what it is and not by what it is called.
///
/// # Errors
/// See [`TableError`].
pub fn read_table(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    if bytes.starts_with(b"PK\x03\x04") { read_xlsx(bytes) } else { read_csv(bytes) }
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Rows::default();
    for record in reader.records() {
        let record = record.map_err(|_| TableError::Kind)?;
        rows.push(record.iter().map(ToOwned::to_owned).collect())?;
    }
    rows.finish()
}

/// UTF-8 with or without a byte order mark, else GB18030, as Excel saves in China.
fn decode(bytes: &[u8]) -> Result<String, TableError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(TableError::Kind);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned).ok_or(TableError::Kind)
}

fn read_xlsx(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| TableError::Kind)?;
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| TableError::Kind)?;
        unpacked = unpacked.saturating_add(entry.size());
    }
    if unpacked > MAX_UNPACKED {
        return Err(TableError::TooLarge);
    }
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| TableError::Kind)?;
    let sheet = book.worksheet_range_at(0).ok_or(TableError::NoHeader)?.map_err(|_| TableError::Kind)?;
    let mut rows = Rows::default();
    for cells in sheet.rows() {
        rows.push(cells.iter().map(cell_text).collect())?;
    }
    rows.finish()
}

/// Whole numbers without `.0`; dates as the clerk sees them.
fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::DateTime(date) => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        other => other.to_string(),
    }
}

/// Rows as they are read: the first names the columns.
#[derive(Default)]
struct Rows {
    header: Option<Arc<Vec<String>>>,
    rows: Vec<Row>,
    seen: usize,
}

impl Rows {
    fn push(&mut self, mut cells: Vec<String>) -> Result<(), TableError> {
        self.seen += 1;
        let Some(header) = &self.header else {
            cells.truncate(MAX_COLUMNS);
            let names: Vec<String> = cells.iter().map(|name| name.trim().to_lowercase()).collect();
            self.header = Some(Arc::new(names));
            return Ok(());
        };
        while cells.len() > header.len() && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        if cells.len() > header.len() {
            return Err(TableError::Ragged(self.seen));
        }
        let row = Row { number: self.seen, header: header.clone(), cells };
        if row.is_empty() {
            return Ok(());
        }
        if self.rows.len() == MAX_ROWS {
            return Err(TableError::TooManyRows);
        }
        self.rows.push(row);
        Ok(())
    }

    fn finish(self) -> Result<Vec<Row>, TableError> {
        match self.header {
            Some(header) if header.iter().any(|name| !name.is_empty()) => Ok(self.rows),
            _ => Err(TableError::NoHeader),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_in_both_encodings_gives_the_same_rows() {
        let text = "编号,主要问题\n1,\"提拔,要送钱\"\n\n2,吃空饷\n";
        let (gb, _, _) = encoding_rs::GB18030.encode(text);
        let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &gb, &with_mark] {
            let rows = read_table(bytes).unwrap();
            assert_eq!(rows.len(), 2);
            assert_eq!(rows[0].get(&["主要问题"]), Some("提拔,要送钱"));
            assert_eq!(rows[1].get(&["id", "编号"]), Some("2"));
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(read_table(b"").unwrap_err(), TableError::NoHeader);
        assert_eq!(read_table(b",,\n1,2,3").unwrap_err(), TableError::NoHeader);
        assert_eq!(read_table(b"\0\0\0").unwrap_err(), TableError::Kind);
        assert_eq!(read_table(b"PK\x03\x04 not a workbook").unwrap_err(), TableError::Kind);
        assert_eq!(read_table(b"a,b\n1,2,3").unwrap_err(), TableError::Ragged(2));
        assert_eq!(read_table(&[0xff; 50]).unwrap_err(), TableError::Kind);
    }
}
