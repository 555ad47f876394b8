//! The form in the order of a call: time, caller, subject, facts by the seven questions
//! (何人、何职、何单位、何时、何地、何事、何诉求; domain rules 2.5), read-back.

use dengwen_clerk::FieldKind::{Calls, Check, Choice, Duration, Line, Moment, Recordings, Words, YesOrNo};
use dengwen_clerk::sections::{EXTERNAL_ID, GENDER, POLITICAL_STATUS, REGION_CODE, SUBJECT};
use dengwen_clerk::{FormField, FormPlan, FormSection};

use crate::desk::RECORDINGS;
use crate::untaken::CALLS;

pub(crate) const FORM: FormPlan = FormPlan {
    href: "/desk/phone",
    import: "/desk/phone/import",
    title: "console.phone_desk",
    tabs: &[(RECORDINGS, "recording.title")],
    sections: &[TIME, CALLER, SUBJECT, FACTS, READ_BACK, MORE],
};

const TIME: FormSection = FormSection {
    title: "call.time",
    hint: "",
    folded: false,
    fields: &[
        // Where the call is written up from what was recorded while nobody was there.
        FormField::new("waiting", "recording.of_call", Recordings(RECORDINGS)),
        // Or as the caller was called back.
        FormField::new("calls", "untaken.to_call_back", Calls(CALLS)),
        FormField::new("started_at", "call.started_at", Moment),
        FormField::new("duration_s", "call.duration", Duration),
        FormField::new("operator", "call.operator", Line(40)),
    ],
};

const CALLER: FormSection = FormSection {
    title: "call.caller",
    hint: "call.caller_hint",
    folded: false,
    fields: &[
        FormField::new("anonymous", "call.anonymous", Check).hint("call.anonymous_hint"),
        FormField::new("reporter.name", "reporter_name", Line(50)),
        FormField::new("reporter.phone", "reporter_phone", Line(40)),
        FormField::new("reporter.unit", "call.reporter_unit", Line(100)),
        FormField::new("reporter.address", "reporter_address", Line(200)),
        FormField::new("reporter.email", "reporter_email", Line(254)),
        FormField::new("reporter.contact_hours", "contact_hours", Line(100)),
    ],
};

const FACTS: FormSection = FormSection {
    title: "call.facts",
    hint: "",
    folded: false,
    fields: &[
        FormField::new("when", "call.when", Line(200)),
        FormField::new("where", "call.where", Line(200)),
        FormField::new("text", "call.what", Words).hint("call.what_hint").required(),
        FormField::new("demand", "call.demand", Line(1000)),
    ],
};

const READ_BACK: FormSection = FormSection {
    title: "call.readback",
    hint: "",
    folded: false,
    fields: &[FormField::new("readback_confirmed", "call.readback_confirmed", YesOrNo("call.readback_not"))],
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
                ("群众来电", "source.calls"),
                ("上级交办", "source.superior"),
                ("其他", "source.other"),
            ]),
        ),
        EXTERNAL_ID,
    ],
};
