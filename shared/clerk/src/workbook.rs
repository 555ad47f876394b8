//! XLSX workbooks, cell by cell. The library reads what a workbook says; what that may cost is
//! bounded here: the bytes it really unpacks to, not those it claims, and never a whole sheet as a grid.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::Unit;
use jiff::civil::{Date, Time};

use crate::table::{Cell, Misshapen, Sheet, TableError, Unread};

/// A workbook that unpacks to more is not opened.
const MAX_UNPACKED: u64 = 256 << 20;
/// Most files in the archive; a workbook has some ten and one for each sheet.
const MAX_FILES: usize = 2000;
/// What the record of each file in an archive begins with.
const FILE_RECORD: &[u8] = b"PK\x01\x02";

/// Whether these bytes are an archive, as a workbook is.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the first visible sheet into `sheet`.
pub(crate) fn read(bytes: &[u8], sheet: &mut Sheet<'_>) -> Result<(), TableError> {
    check_size(bytes)?;
    let mut book = open(bytes)?;
    let sheets = book.sheets_metadata().iter();
    let mut shown = sheets.filter(|s| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible);
    let name = shown.next().ok_or(TableError::NoSheet)?.name.clone();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| TableError::NoSheet)?;
    let mut lines = Lines { sheet, line: Line::default() };
    let mut read = 0;
    loop {
        match cells.next_cell_with_formula_metadata() {
            Ok(Some(cell)) => lines.put(cell.pos, content(&cell.value, cell.formula.is_some()))?,
            Ok(None) => return lines.end(),
            Err(error) if is_of_cell(&error) => break,
            Err(_) => return Err(TableError::Kind),
        }
        read += 1;
    }
    // A cell that cannot be read. The library does not say which, and counts wrongly from there on; a second reader
    // that looks at no value does.
    let mut book = open(bytes)?;
    let mut places = book.worksheet_cells_reader(&name).map_err(|_| TableError::NoSheet)?;
    let mut place = || places.next_formula().map(|cell| cell.map(|cell| cell.get_position()));
    for _ in 0..read {
        place().map_err(|_| TableError::Kind)?;
    }
    let mut cell = Cell::Broken(Unread::Garbled);
    while let Some(place) = place().map_err(|_| TableError::Kind)? {
        lines.put(place, cell)?;
        cell = match cells.next_cell_with_formula_metadata() {
            Ok(Some(cell)) => content(&cell.value, cell.formula.is_some()),
            Ok(None) => return lines.end(),
            Err(error) if is_of_cell(&error) => Cell::Broken(Unread::Garbled),
            Err(_) => return Err(TableError::Kind),
        };
    }
    Err(TableError::Kind)
}

fn open(bytes: &[u8]) -> Result<Xlsx<Cursor<&[u8]>>, TableError> {
    calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| TableError::Kind)
}

/// Whether one cell is not what it says it is, and the sheet goes on behind it.
fn is_of_cell(error: &XlsxError) -> bool {
    use XlsxError as E;
    matches!(
        error,
        E::CellError(_)
            | E::CellTAttribute(_)
            | E::ParseFloat(_)
            | E::ParseInt(_)
            | E::Unexpected(_)
            | E::Unrecognized { .. }
    )
}

/// Unpacks everything once into nothing: an archive may claim other sizes than it has.
fn check_size(bytes: &[u8]) -> Result<(), TableError> {
    let records = bytes.windows(FILE_RECORD.len()).filter(|window| *window == FILE_RECORD);
    if records.take(MAX_FILES + 1).count() > MAX_FILES {
        return Err(TableError::TooLarge);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| TableError::Kind)?;
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|_| TableError::Kind)?;
        let size = std::io::copy(&mut file.take(left + 1), &mut std::io::sink());
        let size = size.map_err(|_| TableError::Kind)?;
        left = left.checked_sub(size).ok_or(TableError::TooLarge)?;
    }
    Ok(())
}

/// The rows of a sheet as their cells come.
struct Lines<'a, 'b> {
    sheet: &'a mut Sheet<'b>,
    line: Line,
}

/// A row as its cells come.
#[derive(Default)]
struct Line {
    /// From 1; 0 before the first.
    number: usize,
    cells: Vec<Cell>,
    /// A full cell stands beyond the farthest column that is read.
    surplus: bool,
}

impl Lines<'_, '_> {
    /// Takes the cell at this row and column, both from 0.
    fn put(&mut self, (row, column): (u32, u32), cell: Cell) -> Result<(), TableError> {
        let row = row as usize + 1;
        if row < self.line.number {
            return Err(TableError::Kind);
        }
        if row > self.line.number {
            self.push()?;
            self.line.number = row;
        }
        self.line.put(column as usize, cell);
        Ok(())
    }

    fn push(&mut self) -> Result<(), TableError> {
        let Line { number, cells, surplus } = std::mem::take(&mut self.line);
        if number == 0 {
            return Ok(());
        }
        self.sheet.push(number, cells, surplus.then_some(Misshapen::Surplus))
    }

    fn end(mut self) -> Result<(), TableError> {
        self.push()
    }
}

impl Line {
    /// Empty cells beyond the last full one are no cells.
    fn put(&mut self, column: usize, cell: Cell) {
        if cell.is_empty() {
            return;
        }
        if column >= Sheet::MAX_COLUMNS {
            self.surplus = true;
            return;
        }
        if column >= self.cells.len() {
            self.cells.resize_with(column + 1, Cell::default);
        }
        self.cells[column] = cell;
    }
}

/// A cell as the clerk sees it: whole numbers without `.0`, dates and times of day written out. A
/// formula counts by the value that was stored with it; one without a value, or with an error, is broken.
fn content(value: &DataRef<'_>, is_formula: bool) -> Cell {
    let text = match value {
        DataRef::Empty if is_formula => return Cell::Broken(Unread::NoValue),
        DataRef::Error(_) => return Cell::Broken(Unread::NoValue),
        DataRef::Empty => return Cell::default(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTime(moment) if moment.is_duration() || moment.as_f64() < 1.0 => clock(moment.as_f64()),
        DataRef::DateTime(moment) => {
            return moment_text(moment).map_or(Cell::Broken(Unread::Garbled), Cell::Text);
        }
    };
    Cell::Text(text)
}

/// Rounded to the second: 09:35:00 may be stored as 09:34:59.9999.
fn moment_text(moment: &ExcelDateTime) -> Option<String> {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let nanos = i32::from(milli) * 1_000_000;
    let time =
        Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, nanos).ok()?;
    let rounded = date.to_datetime(time).round(Unit::Second).ok()?;
    Some(rounded.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A time of day or a duration.
fn clock(days: f64) -> String {
    let seconds = (days.max(0.0) * 86_400.0).round() as u64;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
