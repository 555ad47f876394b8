//! What whoever imports a table is answered: each row's and each column's fate, and the tips.

use dengwen_http::FieldError;
use dengwen_model::TipId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::columns::{ColumnFate, Mapping};
use crate::fates::{Counts, Fate, FateKind, Judged, Verdict};

/// What became of an import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Imported {
    /// Rows that were read.
    rows: usize,
    /// How many rows have which fate.
    counts: Counts,
    /// What becomes of each column.
    columns: Vec<ColumnTold>,
    /// The tips, in the order of their rows. A row that was imported before gets its first id and
    /// receipt again; the ledger keeps one tip.
    #[schema(value_type = Vec<String>)]
    tip_ids: Vec<TipId>,
    /// Each row that was taken.
    taken: Vec<TakenRow>,
    /// What is wrong with the rows that are wrong, a thousand at most.
    errors: Vec<RowError>,
    /// Of a dry run: what would become of each row.
    #[serde(skip_serializing_if = "Option::is_none")]
    fates: Option<Vec<RowFate>>,
}

/// What becomes of a column.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ColumnTold {
    /// From 1.
    column: usize,
    /// Its name in the first row, in lower case.
    header: String,
    /// In one word.
    fate: ColumnFate,
    /// The field that it counts as, where it is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

/// A row that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TakenRow {
    /// Row number in the table; the header is row 1.
    pub(crate) row: usize,
    /// The tip.
    #[schema(value_type = String)]
    pub(crate) tip_id: TipId,
    /// Its receipt.
    pub(crate) receipt: String,
    /// The register number, at a desk that gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) register_no: Option<String>,
    /// When it was registered, where that was before: then there is nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) registered_at: Option<Timestamp>,
}

/// What would become of a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowFate {
    /// Row number in the table; the header is row 1.
    row: usize,
    /// The last of several blank rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<usize>,
    /// In one word.
    fate: FateKind,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<RowFault>,
    /// When it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    registered_at: Option<Timestamp>,
    /// Under which number, at a desk that gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    register_no: Option<String>,
    /// The row above that says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<usize>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowFault {
    /// The field.
    field: String,
    /// A stable code, as `required`.
    code: String,
}

/// A row that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowError {
    /// Row number in the table; the header is row 1.
    row: usize,
    /// What is wrong with it.
    #[serde(flatten)]
    fault: RowFault,
}

impl From<&FieldError> for RowFault {
    fn from(error: &FieldError) -> Self {
        Self { field: error.field.clone(), code: error.code.clone().into_owned() }
    }
}

impl RowFate {
    fn of(judged: &Judged, verdict: &Verdict) -> Self {
        let mut told = Self {
            row: verdict.row,
            last: None,
            fate: verdict.fate.kind(),
            errors: judged.faults(verdict).map(RowFault::from).collect(),
            registered_at: None,
            register_no: None,
            same_as: None,
        };
        match &verdict.fate {
            Fate::New | Fate::Wrong(_) => {}
            Fate::Registered(earlier) => {
                (told.registered_at, told.register_no) = (Some(earlier.at), earlier.number.clone());
            }
            Fate::Repeated(row) => told.same_as = Some(*row),
            Fate::Blank(last) => told.last = Some(*last),
        }
        told
    }
}

impl Imported {
    /// Of rows that were taken.
    pub(crate) fn of(
        judged: &Judged,
        mapping: &Mapping,
        wrong: Vec<(usize, FieldError)>,
        taken: Vec<TakenRow>,
    ) -> Self {
        let error = |(row, error): &(usize, FieldError)| RowError { row: *row, fault: error.into() };
        Self {
            rows: judged.counts.rows(),
            counts: judged.counts,
            columns: ColumnTold::all(&judged.header, mapping),
            tip_ids: taken.iter().map(|row| row.tip_id).collect(),
            taken,
            errors: wrong.iter().map(error).collect(),
            fates: None,
        }
    }

    /// Of a dry run, with these rows' fates.
    pub(crate) fn dry<'a>(
        judged: &'a Judged,
        mapping: &Mapping,
        wrong: Vec<(usize, FieldError)>,
        shown: impl Iterator<Item = &'a Verdict>,
    ) -> Self {
        let fates = shown.map(|verdict| RowFate::of(judged, verdict)).collect();
        Self { fates: Some(fates), ..Self::of(judged, mapping, wrong, Vec::new()) }
    }
}

impl ColumnTold {
    fn all(header: &[String], mapping: &Mapping) -> Vec<Self> {
        let columns = header.iter().zip(mapping.names.iter().zip(&mapping.fates)).enumerate();
        let told = |(at, (header, (name, fate))): (usize, (&String, (&String, &ColumnFate)))| Self {
            column: at + 1,
            header: header.clone(),
            fate: *fate,
            field: (*fate == ColumnFate::Taken).then(|| name.clone()),
        };
        columns.map(told).collect()
    }
}
