//! The form by which a clerk registers a letter.

use dengwen_clerk::FieldKind::{Line, Words};
use dengwen_clerk::{FormField, FormPlan, FormSection};

pub(crate) const FORM: FormPlan = FormPlan {
    href: "/desk/letters",
    title: "console.letter_desk",
    tabs: &[],
    sections: &[FormSection {
        title: "text",
        hint: "",
        folded: false,
        fields: &[
            FormField::new("subject.name", "subject_name", Line(50)),
            FormField::new("subject.org", "subject_org", Line(100)),
            FormField::new("text", "text", Words).required(),
        ],
    }],
};
