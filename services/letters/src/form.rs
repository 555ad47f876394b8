//! The form in the order in which a letter is opened: what it is, the envelope, who signed, whom it is about,
//! what it says (domain rules 2.5).

use dengwen_clerk::FieldKind::{Check, Choice, Line, Moment, Number, Papers, Words};
use dengwen_clerk::sections::{EXTERNAL_ID, GENDER, POLITICAL_STATUS, REGION_CODE, SUBJECT};
use dengwen_clerk::{FormField, FormPlan, FormSection};

pub(crate) const FORM: FormPlan = FormPlan {
    href: "/desk/letters",
    import: "/desk/letters/import",
    title: "console.letter_desk",
    tabs: &[("/desk/letters/scans", "letter.scans")],
    sections: &[PAPER, SENDER, SUBJECT, FACTS, MORE],
};

const PAPER: FormSection = FormSection {
    title: "letter.paper",
    hint: "",
    folded: false,
    fields: &[
        FormField::new(
            "letter_type",
            "letter.type",
            Choice(&[
                ("letter", "letter.type.letter"),
                ("visit", "letter.type.visit"),
                ("email", "letter.type.email"),
                ("联名信", "letter.type.joint"),
                ("集体访", "letter.type.group_visit"),
            ]),
        )
        .required(),
        FormField::new("received_at", "entry.received_at", Moment),
        FormField::new("postmark", "letter.postmark", Line(40)).hint("letter.postmark_hint"),
        FormField::new("pages", "letter.pages", Number(10_000)),
        FormField::new("signers", "letter.signers", Number(100_000)),
        FormField::new("handwritten", "letter.handwritten", Check),
        FormField::new("register_no", "letter.number", Line(40)).hint("letter.number_hint"),
        FormField::new("waiting", "letter.attached_files", Papers("/desk/letters/scans")),
    ],
};

const SENDER: FormSection = FormSection {
    title: "letter.sender",
    hint: "letter.sender_hint",
    folded: false,
    fields: &[
        FormField::new("signed_name", "letter.signed", Line(50)),
        FormField::new("return_address", "letter.return_address", Line(200)),
        FormField::new("reporter.phone", "reporter_phone", Line(40)),
        FormField::new("reporter.email", "reporter_email", Line(254)),
        FormField::new("reporter.unit", "call.reporter_unit", Line(100)),
        FormField::new("reporter.contact_hours", "contact_hours", Line(100)),
    ],
};

const FACTS: FormSection = FormSection {
    title: "call.facts",
    hint: "letter.facts_hint",
    folded: false,
    fields: &[
        FormField::new("when", "call.when", Line(200)),
        FormField::new("where", "call.where", Line(200)),
        FormField::new("text", "letter.text", Words).hint("letter.text_hint").required(),
        FormField::new("demand", "call.demand", Line(1000)),
    ],
};

const MORE: FormSection = FormSection {
    title: "call.more",
    hint: "",
    folded: true,
    fields: &[
        REGION_CODE,
        GENDER,
        POLITICAL_STATUS,
        FormField::new(
            "source_kind",
            "call.source_kind",
            Choice(&[
                ("群众来信来访", "source.letters"),
                ("上级交办", "source.superior"),
                ("其他", "source.other"),
            ]),
        ),
        EXTERNAL_ID,
    ],
};
