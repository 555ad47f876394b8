//! What every clerks' desk does, on one where plain notes are registered, over a real embedded queue.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod encodings;
mod entries;
mod hints;
mod pages;
mod sign_in;
mod table_pages;
mod tables;
mod workbooks;

use dengwen_clerk::{Common, DeskPlan, Entry, FieldKind, FormField, FormPlan, FormSection, Row};
use dengwen_door::Submission;
use dengwen_http::FieldError;
use dengwen_model::{Channel, ChannelDetails, Role};
use dengwen_testkit::DeskRig;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

const NOTES: &str = "/api/v1/notes";
const PAGE: &str = "/desk/notes";
const IMPORT: &str = "/api/v1/notes/import";

/// A note: what every desk has, and a tick that it is sure.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteIn {
    #[serde(skip)]
    #[validate(nested)]
    common: Common,
    /// Ticked in the form.
    #[serde(default)]
    sure: bool,
}

impl Entry for NoteIn {
    const DESK: DeskPlan = DeskPlan {
        source: "notes",
        title: "notes desk",
        about: "Register notes.",
        entries: NOTES,
        entry: "Register a note",
        import: IMPORT,
        table: "Import notes",
        discard: "/api/v1/notes/waiting/{id}/discard",
        hints: "/api/v1/notes/hints",
        document: "/api/v1/notes/openapi.json",
    };

    const FORM: FormPlan = FormPlan {
        href: PAGE,
        import: "/desk/notes/import",
        title: "entry.new",
        tabs: &[],
        sections: &[FormSection {
            title: "text",
            hint: "",
            folded: false,
            fields: &[
                FormField::new("subject.name", "subject_name", FieldKind::Line(50)),
                FormField::new("received_at", "entry.received_at", FieldKind::Moment),
                FormField::new("text", "text", FieldKind::Words).required(),
                FormField::new("demand", "call.demand", FieldKind::Line(1000)),
                FormField::new("sure", "call.readback", FieldKind::YesOrNo("call.readback_not")),
            ],
        }],
    };

    fn from_row(row: &Row, errors: &mut Vec<FieldError>) -> Self {
        Self { common: Common::from_row(row, errors), sure: true }
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn common_mut(&mut self) -> &mut Common {
        &mut self.common
    }

    fn into_submission(self) -> Submission {
        let details = ChannelDetails::Phone {
            started_at: None,
            duration_s: None,
            operator: None,
            readback_confirmed: self.sure,
        };
        self.common.into_submission(Channel::Phone, details, Self::DESK.source)
    }
}

/// A desk and a clerk's token.
async fn desk() -> (DeskRig, String) {
    let rig = DeskRig::open("notes", dengwen_clerk::router::<NoteIn>).await;
    let token = rig.token(Role::Intake);
    (rig, token)
}
