//! Tables as clerks keep them: CSV (UTF-8 or GB18030) and XLSX, as rows of named cells. Bounded.

use std::ops::Range;
use std::sync::Arc;

use dengwen_http::FieldError;
use dengwen_model::is_blank;
use jiff::Timestamp;

use crate::columns::{Column, LEFT_OUT};
use crate::time::{local_instant, seconds};
use crate::{delimited, exchange, workbook};

/// Why a table cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Neither CSV text nor an XLSX workbook.
    #[error("neither CSV in UTF-8 or GB18030 nor an XLSX workbook")]
    Kind,
    /// No sheet with rows.
    #[error("the workbook has no visible sheet")]
    NoSheet,
    /// No header row.
    #[error("the first row must name the columns")]
    NoHeader,
    /// A header and nothing under it.
    #[error("no row stands under the first")]
    NoRows,
    /// More rows than one import takes.
    #[error("more than {} rows", Sheet::MAX_ROWS)]
    TooManyRows,
    /// Unpacks to more than is opened, or holds more cells than are read.
    #[error("the table is too large to be opened; split it")]
    TooLarge,
    /// More columns than are read.
    #[error("more than {} columns", Sheet::MAX_COLUMNS)]
    TooManyColumns,
    /// A quotation mark that opens a cell is never closed: all rows below stand in that cell.
    #[error("row {0} opens a quotation mark that is never closed")]
    OpenQuote(usize),
}

impl TableError {
    /// The same in Chinese.
    pub(crate) fn chinese(&self) -> String {
        match self {
            Self::Kind => "不是 UTF-8 或 GB18030 编码的 CSV，也不是 XLSX 工作簿".to_owned(),
            Self::NoSheet => "工作簿中没有可见的工作表".to_owned(),
            Self::NoHeader => "首行须为列名".to_owned(),
            Self::NoRows => "首行之下没有内容".to_owned(),
            Self::TooManyRows => format!("超过 {} 行", Sheet::MAX_ROWS),
            Self::TooLarge => "表格过大，请拆分后再导入".to_owned(),
            Self::TooManyColumns => format!("超过 {} 列", Sheet::MAX_COLUMNS),
            Self::OpenQuote(row) => format!("第 {row} 行的引号没有成对，其后各行都被并入该单元格"),
        }
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// What stands in it.
    Text(String),
    /// It has something in it, and what cannot be told.
    Broken(Unread),
}

/// Why a cell cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// A formula without a value, or with an error.
    NoValue,
    /// Bytes of no text, or a value of another kind than it is said to be.
    Garbled,
}

impl Unread {
    /// As a fault of the cell's field.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NoValue => "no_value",
            Self::Garbled => "unreadable",
        }
    }
}

/// The field of what is wrong with a row as a whole.
pub(crate) const WHOLE_ROW: &str = "cells";

/// What is wrong with a row as a whole, so that its cells may stand in the wrong columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misshapen {
    /// More cells than the first row has names.
    Surplus,
    /// A cell of several lines goes on behind its closing quotation mark: it may have swallowed the rows between.
    StrayQuote,
}

impl Misshapen {
    /// As a fault of the row's cells.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Surplus => "surplus_cells",
            Self::StrayQuote => "stray_quote",
        }
    }
}

impl Default for Cell {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Cell {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text.trim(),
            Self::Broken(_) => "",
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if is_blank(text))
    }
}

/// One row: its number as the clerk sees it (the header is row 1), and its cells by column name.
#[derive(Debug, Clone)]
pub struct Row {
    number: usize,
    /// The number of the row above that has something in it; 0 where there is none.
    above: usize,
    header: Arc<Vec<String>>,
    /// What the columns count as: the header, unless the clerk says otherwise.
    names: Arc<Vec<String>>,
    cells: Vec<Cell>,
    misshapen: Option<Misshapen>,
}

impl Row {
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The rows directly above with nothing in them.
    pub(crate) fn blank_above(&self) -> Range<usize> {
        self.above + 1..self.number
    }

    /// The header, in lower case.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The cell of this column, from 0.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", Cell::text)
    }

    /// Lets the columns count as these names.
    pub(crate) fn call_columns(&mut self, names: &Arc<Vec<String>>) {
        self.names = names.clone();
    }

    /// The cell of the first of these columns that is there and not empty.
    pub fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            let column = self.names.iter().position(|named| named == name)?;
            let cell = self.cells.get(column)?.text();
            (!cell.is_empty()).then_some(cell)
        })
    }

    /// What stands in all of these columns, in their order, each on lines of its own; the same words once.
    pub(crate) fn together(&self, names: &[&str]) -> Option<String> {
        let mut texts = Vec::new();
        for (named, cell) in self.names.iter().zip(&self.cells) {
            let text = cell.text();
            if names.contains(&named.as_str()) && !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    /// Whether the table has one of these columns.
    pub fn has(&self, names: &[&str]) -> bool {
        self.names.iter().any(|named| names.contains(&named.as_str()))
    }

    /// As [`Row::get`], as an owned text.
    pub fn text(&self, names: &[&str]) -> Option<String> {
        self.get(names).map(ToOwned::to_owned)
    }

    /// Whether such a cell says yes (`1`, `true`, `是`, `Y`).
    pub fn says_yes(&self, names: &[&str]) -> Option<bool> {
        self.get(names).map(is_yes)
    }

    /// As [`Row::text`], of a number that identifies something. One that a spreadsheet has shortened (`1.39E+10`) is an
    /// error of `field`: its last digits are lost.
    pub fn number_text(
        &self,
        field: &'static str,
        names: &[&str],
        errors: &mut Vec<FieldError>,
    ) -> Option<String> {
        let cell = self.get(names)?;
        if is_shortened(cell) {
            errors.push(FieldError::new(field, "shortened"));
            return None;
        }
        Some(cell.to_owned())
    }

    /// Reads such a cell; one that cannot be read is an error of `field`.
    pub fn read<T>(
        &self,
        field: &'static str,
        names: &[&str],
        parse: impl FnOnce(&str) -> Option<T>,
        errors: &mut Vec<FieldError>,
    ) -> Option<T> {
        let cell = self.get(names)?;
        let value = parse(cell);
        if value.is_none() {
            errors.push(FieldError::new(field, "invalid"));
        }
        value
    }

    /// An instant: RFC 3339, or local (Asia/Shanghai) as clerks and spreadsheets write it.
    pub fn instant(
        &self,
        field: &'static str,
        names: &[&str],
        errors: &mut Vec<FieldError>,
    ) -> Option<Timestamp> {
        let instant = local_instant(self.get(names)?);
        instant.map_err(|why| errors.push(why.fault(field))).ok()
    }

    /// A duration in seconds: a number of them, `m:ss` or `h:mm:ss`.
    pub fn seconds(&self, field: &'static str, names: &[&str], errors: &mut Vec<FieldError>) -> Option<u32> {
        self.read(field, names, seconds, errors)
    }

    /// Whether each cell stands under the name it belongs to.
    pub fn is_whole(&self) -> bool {
        self.misshapen.is_none()
    }

    /// What can be told of a row before its columns are read: that it is misshapen, and which of the columns that
    /// count as something have cells that cannot be read.
    pub(crate) fn faults(&self) -> Vec<FieldError> {
        let whole = self.misshapen.map(|misshapen| FieldError::new(WHOLE_ROW, misshapen.code()));
        let columns = self.header.iter().zip(self.names.iter()).zip(&self.cells);
        let cells = columns.filter_map(|((header, name), cell)| match cell {
            Cell::Broken(unread) if name != LEFT_OUT => Some(FieldError::new(header, unread.code())),
            _ => None,
        });
        whole.into_iter().chain(cells).collect()
    }

    /// What these columns say, by field, to tell one row from another: whatever their order, however dates and numbers
    /// are written, and whatever stands in columns that are not taken.
    pub(crate) fn canonical<'a>(&self, columns: impl Iterator<Item = &'a Column>) -> Vec<(&'a str, String)> {
        let said = |column: &'a Column| {
            let said = match column.is_put_together() {
                true => self.together(column.names)?,
                false => self.text(column.names)?,
            };
            Some((column.field(), column.holds.canonical(&said)))
        };
        let mut told: Vec<_> = columns.filter_map(said).collect();
        told.sort_unstable();
        told
    }
}

/// Whether a cell says yes.
pub(crate) fn is_yes(cell: &str) -> bool {
    matches!(cell.to_lowercase().as_str(), "1" | "true" | "是" | "y" | "yes" | "√")
}

/// `1.39E+10`, `2E+15`, as spreadsheets show long numbers and save what they show.
fn is_shortened(cell: &str) -> bool {
    let Some((number, power)) = cell.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    power.strip_prefix('+').is_some_and(digits) && digits(whole) && digits(part)
}

/// Reads a table, by what it is and not by what it is called, and gives its rows to `each` one by one. How many
/// there were.
///
/// # Errors
/// Why it is none, or breaks off; the rows before were given then.
pub fn read_table(bytes: &[u8], each: &mut dyn FnMut(Row)) -> Result<usize, TableError> {
    let mut sheet = Sheet { header: None, each, above: 0, rows: 0, cells: 0, bytes: 0 };
    if workbook::is_archive(bytes) {
        workbook::read(bytes, &mut sheet)?;
    } else {
        delimited::read(bytes, &mut sheet)?;
    }
    sheet.finish()
}

/// A table as it is read: its first row names the columns, but for call records of exchanges; the others are
/// passed on.
pub(crate) struct Sheet<'a> {
    header: Option<Arc<Vec<String>>>,
    each: &'a mut dyn FnMut(Row),
    /// The last row with something in it.
    above: usize,
    rows: usize,
    cells: usize,
    bytes: usize,
}

impl Sheet<'_> {
    /// Most rows of one import.
    pub(crate) const MAX_ROWS: usize = 200_000;
    /// Most columns.
    pub(crate) const MAX_COLUMNS: usize = 100;
    /// Most cells, the empty ones among them.
    pub(crate) const MAX_CELLS: usize = 4_000_000;
    /// Most bytes of text: a workbook may name one long text in a million cells.
    const MAX_BYTES: usize = 128 << 20;

    /// Takes the row of this number, as the clerk counts.
    pub(crate) fn push(
        &mut self,
        number: usize,
        mut cells: Vec<Cell>,
        misshapen: Option<Misshapen>,
    ) -> Result<(), TableError> {
        while cells.last().is_some_and(Cell::is_empty) {
            cells.pop();
        }
        let Some(header) = &self.header else {
            if cells.len() > Self::MAX_COLUMNS || misshapen == Some(Misshapen::Surplus) {
                return Err(TableError::TooManyColumns);
            }
            if !cells.is_empty() && cells.iter().all(|cell| matches!(cell, Cell::Broken(_))) {
                return Err(TableError::Kind);
            }
            if let Some(names) = exchange::columns_of(&cells) {
                self.header = Some(Arc::new(names));
                return self.push(number, cells, misshapen);
            }
            self.header = Some(Arc::new(cells.iter().map(|name| name.text().to_lowercase()).collect()));
            self.above = number;
            return Ok(());
        };
        if cells.is_empty() && misshapen.is_none() {
            return Ok(());
        }
        let misshapen = misshapen.or((cells.len() > header.len()).then_some(Misshapen::Surplus));
        cells.truncate(header.len());
        self.cells += cells.len();
        self.bytes += cells.iter().map(|cell| cell.text().len()).sum::<usize>();
        if self.cells > Self::MAX_CELLS || self.bytes > Self::MAX_BYTES {
            return Err(TableError::TooLarge);
        }
        if self.rows == Self::MAX_ROWS {
            return Err(TableError::TooManyRows);
        }
        self.rows += 1;
        let above = std::mem::replace(&mut self.above, number);
        let (header, names) = (header.clone(), header.clone());
        (self.each)(Row { number, above, header, names, cells, misshapen });
        Ok(())
    }

    fn finish(self) -> Result<usize, TableError> {
        match self.header {
            Some(header) if header.iter().all(|name| name.is_empty()) => Err(TableError::NoHeader),
            None => Err(TableError::NoHeader),
            Some(_) if self.rows == 0 => Err(TableError::NoRows),
            Some(_) => Ok(self.rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
        let mut rows = Vec::new();
        read_table(bytes, &mut |row| rows.push(row)).map(|_| rows)
    }

    #[test]
    fn csv_in_both_encodings_gives_the_same_rows() {
        let text = "编号,主要问题\n1,\"提拔,要送钱\"\n\n2,吃空饷\n";
        let (gb, _, _) = encoding_rs::GB18030.encode(text);
        let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &gb, &with_mark] {
            let rows = all(bytes).unwrap();
            assert_eq!(rows.len(), 2);
            assert_eq!(rows[0].get(&["主要问题"]), Some("提拔,要送钱"));
            assert_eq!(rows[1].get(&["id", "编号"]), Some("2"));
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let refused = |bytes: &[u8]| all(bytes).unwrap_err();
        assert_eq!(refused(b""), TableError::NoHeader);
        assert_eq!(refused(b",,\n1,2,3"), TableError::NoHeader);
        assert_eq!(refused(b",,\n,,"), TableError::NoHeader);
        assert_eq!(refused(b"\0\0\0"), TableError::Kind);
        assert_eq!(refused(b"PK\x03\x04 not a workbook"), TableError::Kind);
        assert_eq!(refused(&[b"a".as_slice(), &b",a".repeat(100)].concat()), TableError::TooManyColumns);
        assert_eq!(refused(b"\xff\xfea\0,\0b\0\n\x011\0"), TableError::Kind, "UTF-16");
        assert_eq!(
            refused(b"a,b\n1,2\n3,\"4\n5,6\n7,8"),
            TableError::OpenQuote(3),
            "no row is another's words"
        );
        assert_eq!(refused(&[0xff; 50]), TableError::Kind);
        for other in ["{\"text\":\"x\"}", " [\n{\"text\":\"x\"}]", "<html><table><tr>", "%PDF-1.7\n"] {
            assert_eq!(refused(other.as_bytes()), TableError::Kind, "{other}");
        }
        for empty in ["hello", "text", "text,id\r\n\r\n", "\u{feff}主要问题\n,\n"] {
            assert_eq!(refused(empty.as_bytes()), TableError::NoRows, "{empty}");
        }
    }

    #[test]
    fn a_row_that_is_wrong_is_named_and_stops_no_other() {
        let told = |bytes: &[u8]| -> Vec<(usize, Vec<(String, String)>)> {
            let fault = |fault: FieldError| (fault.field, fault.code.into_owned());
            let rows = all(bytes).unwrap();
            rows.iter().map(|row| (row.number(), row.faults().into_iter().map(fault).collect())).collect()
        };
        let wrong = |number, field: &str, code: &str| (number, vec![(field.to_owned(), code.to_owned())]);
        let right = |number| (number, vec![]);
        assert_eq!(
            told("编号,主要问题\n1,甲\n2,乙,丙\n3,丁\n".as_bytes()),
            [right(2), wrong(3, "cells", "surplus_cells"), right(4)]
        );
        let utf8 = ["编号,主要问题\n1,反映".as_bytes(), b"\x87", "甲\n2,反映乙\n".as_bytes()].concat();
        assert_eq!(told(&utf8), [wrong(2, "主要问题", "unreadable"), right(3)]);
        assert_eq!(all(&utf8).unwrap()[1].get(&["主要问题"]), Some("反映乙"), "it stays UTF-8");
        let marked = [b"\xEF\xBB\xBF".as_slice(), b"a,b\n\xFF,2\n3,4\n"].concat();
        assert_eq!(told(&marked), [wrong(2, "a", "unreadable"), right(3)]);
        let mut gb = encoding_rs::GB18030.encode("编号,主要问题\n1,反映甲\n2,反映乙\n").0.into_owned();
        let comma = gb.len() - "2,".len() - 7;
        gb.splice(comma..comma, [0xff]);
        assert_eq!(told(&gb).len(), 2);
        assert_eq!(all(&gb).unwrap()[1].get(&["主要问题"]), Some("反映乙"));
        assert_eq!(told(b"a,b\n1\0,2\n3,4\n"), [wrong(2, "a", "unreadable"), right(3)], "a NUL in one cell");
        // The mark that is never closed is closed by the next row's.
        assert_eq!(
            told(b"a,b\n1,\"x\n2,\"y\"\n3,z\n\"4\n4\",\"a\"\"b\"\n"),
            [wrong(2, "cells", "stray_quote"), right(3), right(4)]
        );
    }

    #[test]
    fn what_a_table_may_cost_is_bounded() {
        let refused = |bytes: &[u8]| all(bytes).unwrap_err();
        assert_eq!(refused(&vec![b','; Sheet::MAX_CELLS + 1]), TableError::TooLarge);
        assert_eq!(
            refused(&[b"a\n".as_slice(), &b"b\n".repeat(Sheet::MAX_ROWS + 1)].concat()),
            TableError::TooManyRows
        );
        let mut sheet = Sheet { header: None, each: &mut |_| {}, above: 0, rows: 0, cells: 0, bytes: 0 };
        sheet.push(1, vec![Cell::Text("a".to_owned())], None).unwrap();
        let long = Cell::Text("x".repeat(1 << 20));
        let refused =
            (2..200).map(|number| sheet.push(number, vec![long.clone()], None)).find_map(Result::err);
        assert_eq!(refused, Some(TableError::TooLarge));
    }

    #[test]
    fn rows_keep_the_numbers_that_the_clerk_sees() {
        for text in ["a,b\n1,\n,\n2,x\n", "a,b\n1,\n\n2,x", "a,b\r\n1,\r\n\r\n2,x\r\n\r\n"] {
            let rows = all(text.as_bytes()).unwrap();
            let seen: Vec<_> =
                rows.iter().map(|row| (row.number(), row.get(&["a"]), row.get(&["b"]))).collect();
            assert_eq!(seen, [(2, Some("1"), None), (4, Some("2"), Some("x"))], "{text:?}");
            assert_eq!(rows[1].blank_above(), 3..4, "{text:?}");
            assert!(rows[0].blank_above().is_empty());
        }
        let rows = all(b"a\n\"1\n1\"\n\n2\n").unwrap();
        assert_eq!(
            rows.iter().map(Row::number).collect::<Vec<_>>(),
            [2, 4],
            "a cell of two lines is one row"
        );
    }
}
