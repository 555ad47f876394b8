//! XLSX workbooks, cell by cell. The library reads what a workbook says; what that may cost is
//! bounded here: the bytes it really unpacks to, not those it claims, and never a whole sheet as a grid.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use jiff::Unit;
use jiff::civil::{Date, Time};

use crate::table::{Cell, Sheet, TableError};

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
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| TableError::Kind)?;
    let sheets = book.sheets_metadata().iter();
    let mut shown = sheets.filter(|s| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible);
    let name = shown.next().ok_or(TableError::NoSheet)?.name.clone();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| TableError::NoSheet)?;
    let mut line = Line::default();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|_| TableError::Kind)? {
        let (row, column) = (cell.pos.0 as usize + 1, cell.pos.1 as usize);
        if row != line.number {
            if row < line.number {
                return Err(TableError::Kind);
            }
            std::mem::take(&mut line).end(sheet)?;
            line.number = row;
        }
        line.put(column, content(&cell.value, cell.formula.is_some()))?;
    }
    line.end(sheet)
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

/// A row as its cells come.
#[derive(Default)]
struct Line {
    /// From 1; 0 before the first.
    number: usize,
    cells: Vec<Cell>,
}

impl Line {
    /// Empty cells beyond the last full one are no cells; a full one far out makes the row ragged.
    fn put(&mut self, column: usize, cell: Cell) -> Result<(), TableError> {
        if cell.is_empty() {
            return Ok(());
        }
        if column >= Sheet::MAX_COLUMNS {
            return Err(TableError::Ragged(self.number));
        }
        if column >= self.cells.len() {
            self.cells.resize_with(column + 1, Cell::default);
        }
        self.cells[column] = cell;
        Ok(())
    }

    fn end(self, sheet: &mut Sheet<'_>) -> Result<(), TableError> {
        if self.number == 0 { Ok(()) } else { sheet.push(self.number, self.cells) }
    }
}

/// A cell as the clerk sees it: whole numbers without `.0`, dates and times of day written out. A
/// formula counts by the value that was stored with it; one without a value, or with an error, is broken.
fn content(value: &DataRef<'_>, is_formula: bool) -> Cell {
    let text = match value {
        DataRef::Empty if is_formula => return Cell::Broken,
        DataRef::Error(_) => return Cell::Broken,
        DataRef::Empty => return Cell::default(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTime(moment) if moment.is_duration() || moment.as_f64() < 1.0 => clock(moment.as_f64()),
        DataRef::DateTime(moment) => return moment_text(moment).map_or(Cell::Broken, Cell::Text),
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
