//! Sections that the forms of several desks have in common (domain rules 2.5).

use dengwen_pages::console::FieldKind::{Line, Rank};

use crate::{FormField, FormSection};

/// Whom it is about (何人、何职、何单位).
pub const SUBJECT: FormSection = FormSection {
    title: "call.subject",
    hint: "",
    folded: false,
    fields: &[
        FormField::new("subject.name", "call.who", Line(50)),
        FormField::new("subject.title", "call.post", Line(100)),
        FormField::new("subject.org", "call.org", Line(100)),
        FormField::new("subject.region", "subject_region", Line(100)),
        FormField::new("subject.rank_code", "subject_rank", Rank),
    ],
};

/// The code of the division, for whoever has it at hand.
pub const REGION_CODE: FormField = FormField::new("subject.region_code", "call.region_code", Line(12));
/// 性别.
pub const GENDER: FormField = FormField::new("subject.gender", "call.gender", Line(10));
/// 政治面貌.
pub const POLITICAL_STATUS: FormField =
    FormField::new("subject.political_status", "call.political_status", Line(20));
/// The desk's own number for it.
pub const EXTERNAL_ID: FormField = FormField::new("external_id", "call.external_id", Line(100));
