//! The registers (登记簿), as they are printed.

use askama::Template;

use super::{Choice, Shell};

/// One entry, ready to show.
#[derive(Debug, Clone)]
pub struct RegisterEntry {
    /// The tip's number.
    pub number: String,
    /// The number on the paper's label.
    pub register_no: String,
    /// When it reached the line.
    pub received_at: String,
    /// When it was registered.
    pub registered_at: String,
    /// The department that took it in.
    pub received_by: String,
    /// How it came, in the trade's word.
    pub kind: String,
    /// Translation key of how well the reporter can be reached.
    pub signed: String,
    /// Number of signers.
    pub signers: String,
    /// Number of pages.
    pub pages: String,
    /// Postmark.
    pub postmark: String,
    /// Length of the call.
    pub duration: String,
    /// Who took it.
    pub operator: String,
    /// Translation key of whether it was read back; empty of what was no call.
    pub readback: String,
    /// The summary in neutral words; empty where it is not for the reader.
    pub summary: String,
    /// Code and name of the category.
    pub category: String,
    /// The machine was not sure of it, and no person has decided yet.
    pub unclassified: bool,
    /// Number of the case.
    pub case_number: String,
    /// The unit that has it.
    pub unit: String,
    /// Translation key of the stage; empty where it is not for the reader.
    pub stage: String,
}

/// A page of a register.
#[derive(Debug, Template)]
#[template(path = "console/registers.html")]
pub struct RegistersPage {
    /// Around it.
    pub shell: Shell,
    /// The registers to choose from: code and translation key.
    pub registers: Vec<Choice>,
    /// The chosen one.
    pub register: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// When it was printed.
    pub printed_at: String,
    /// In the order of registration.
    pub entries: Vec<RegisterEntry>,
    /// Where the next page is; empty on the last one.
    pub next: String,
}

impl RegistersPage {
    /// The title's translation key.
    fn title(&self) -> String {
        format!("register.{}", self.register)
    }

    /// Who signs the sheet.
    fn signers(&self) -> [&'static str; 2] {
        ["register.kept_by", "register.checked_by"]
    }

    /// The class by which a column has its width.
    fn class(&self, column: &str) -> String {
        column.replace("register.", "col-")
    }

    /// The columns of this register; the other language stands beneath each, in small print.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["register.number", "register.registered_at"];
        match self.register.as_str() {
            "phone" => columns.push("register.duration"),
            "letter" => {
                columns.extend(["register.no", "register.kind", "register.postmark", "register.pages"])
            }
            _ => columns.extend(["register.no", "register.kind"]),
        }
        columns.extend([
            "register.signed",
            "register.summary",
            "register.category",
            "register.case",
            "register.unit",
            "register.state",
        ]);
        columns
    }
}
