use askama::Template;

use super::*;
use crate::Lang;

const HOSTILE: &str = "<script>alert(1)</script>\"'";

fn shell(lang: Lang) -> Shell {
    Shell {
        lang,
        who: HOSTILE.to_owned(),
        role: "role.officer".to_owned(),
        unit: "990121-ZZB".to_owned(),
        desks: vec![DeskLink { href: "/desk/items", name: "console.items", here: true }],
        done: "done.accept".to_owned(),
        error: HOSTILE.to_owned(),
        path: "/desk/cases?stage=opened&unit=x".to_owned(),
    }
}

fn limit() -> LimitRow {
    LimitRow {
        rule: "DL-CHK".to_owned(),
        name: "办结".to_owned(),
        due: "2026-05-06".to_owned(),
        state: "limit.overdue".to_owned(),
        overdue: true,
        owner: "990121-ZZB".to_owned(),
        counted: "x".to_owned(),
    }
}

fn choice() -> Choice {
    Choice { code: "O1".to_owned(), name: "属实".to_owned() }
}

fn item() -> ItemActions {
    ItemActions {
        id: "asg_x".to_owned(),
        accept: true,
        object: true,
        release: true,
        report: true,
        screen: true,
        pass_up: true,
        extendable: vec![choice()],
        referrals: vec![choice()],
        categories: vec![choice()],
        rows: vec![1, 2],
        allegations: vec![HOSTILE.to_owned()],
        outcomes: vec![choice()],
        must_investigate: vec![Choice { code: "M1".to_owned(), name: HOSTILE.to_owned() }],
    }
}

fn review() -> ReviewActions {
    ReviewActions {
        send_back: true,
        conclude: true,
        jurisdiction: true,
        feedback: true,
        answered: true,
        window: true,
        split: vec![Choice { code: "tip_x".to_owned(), name: "1".to_owned() }],
        objection: true,
        close: true,
        archive: true,
        reopen: true,
        reassign: true,
        waiver: true,
        clarification: true,
        clarify: true,
        ask: true,
        originals: vec![Choice { code: "0f".to_owned(), name: "original".to_owned() }],
        extensions: vec![PendingExtension { rule: "DL-CHK".to_owned(), reason: HOSTILE.to_owned() }],
        outcomes: vec![choice()],
        measures: vec![Choice { code: "G01".to_owned(), name: "提醒谈话".to_owned() }],
    }
}

fn file() -> FileLink {
    FileLink { href: "/desk/cases/x/files/y".to_owned(), label: "image/png".to_owned() }
}

fn tip() -> TipView {
    TipView {
        tip_id: "tip_x".to_owned(),
        number: "1".to_owned(),
        channel: "channel.sms".to_owned(),
        received_at: "x".to_owned(),
        relation: "relation.copy".to_owned(),
        why: vec![HOSTILE.to_owned()],
        new_facts: vec![HOSTILE.to_owned()],
        suggestions: vec![HOSTILE.to_owned()],
        passages: vec![
            Passage { text: HOSTILE.to_owned(), why: String::new() },
            Passage { text: "收钱".to_owned(), why: HOSTILE.to_owned() },
        ],
        facts: vec![Fact { name: "when", value: HOSTILE.to_owned() }],
        late: true,
        files: vec![file()],
        messages: vec![message()],
        earlier_messages: "/desk/cases/x/tips/y?before=z".to_owned(),
    }
}

fn message() -> MessageLine {
    MessageLine {
        from_reporter: true,
        at: "x".to_owned(),
        text: HOSTILE.to_owned(),
        files: vec![file()],
        over_limit: true,
    }
}

fn register() -> RegistersPage {
    let entry = RegisterEntry {
        number: "990000-2026-LETTER-000001".to_owned(),
        register_no: HOSTILE.to_owned(),
        received_at: "x".to_owned(),
        registered_at: "x".to_owned(),
        received_by: "990000-ZZB".to_owned(),
        kind: HOSTILE.to_owned(),
        signed: "register.named".to_owned(),
        signers: "5".to_owned(),
        pages: "3".to_owned(),
        postmark: HOSTILE.to_owned(),
        duration: "2:05".to_owned(),
        operator: HOSTILE.to_owned(),
        readback: "register.read_back".to_owned(),
        summary: HOSTILE.to_owned(),
        category: "A02".to_owned(),
        unclassified: false,
        case_number: "1".to_owned(),
        unit: HOSTILE.to_owned(),
        stage: "stage.opened".to_owned(),
    };
    RegistersPage {
        shell: shell(Lang::Zh),
        registers: vec![Choice { code: "letter".to_owned(), name: "register.letter".to_owned() }],
        register: "letter".to_owned(),
        from: "2026-03-01".to_owned(),
        until: "2026-03-31".to_owned(),
        printed_at: "x".to_owned(),
        entries: vec![entry],
        next: "/desk/registers?after=x".to_owned(),
    }
}

fn case(lang: Lang, given: Given) -> CasePage {
    CasePage {
        shell: shell(lang),
        id: "case_x".to_owned(),
        number: "990000-2026-000001".to_owned(),
        stage: "stage.verifying".to_owned(),
        unclassified: true,
        summary: HOSTILE.to_owned(),
        facts: vec![Fact { name: "console.category", value: "A02".to_owned() }],
        subjects: vec![HOSTILE.to_owned()],
        tips: vec![tip()],
        sealed_tips: Vec::new(),
        more_tips: "/desk/cases/x?tips_after=y#tips".to_owned(),
        limits: vec![limit()],
        path: vec![HOSTILE.to_owned()],
        course: vec![CourseLine {
            at: "x".to_owned(),
            what: "course.accepted".to_owned(),
            lines: vec![HOSTILE.to_owned()],
        }],
        reminders: vec![HOSTILE.to_owned()],
        item: Some(item()),
        review: review(),
        given,
    }
}

fn pages(lang: Lang) -> Vec<String> {
    let card = ItemCard {
        href: "/desk/cases/x".to_owned(),
        number: "1".to_owned(),
        summary: HOSTILE.to_owned(),
        category: "A02".to_owned(),
        unclassified: true,
        task: "task.verify".to_owned(),
        state: "item.leased".to_owned(),
        lease_until: "x".to_owned(),
        priority: 1,
        must_investigate: "M1".to_owned(),
        limits: vec![limit()],
    };
    let row = CaseRow {
        href: "/desk/cases/x".to_owned(),
        number: "1".to_owned(),
        summary: HOSTILE.to_owned(),
        category: "A02".to_owned(),
        unclassified: true,
        stage: "stage.opened".to_owned(),
        unit: HOSTILE.to_owned(),
        priority: 1,
        tips: 2,
        late: 1,
        opened_at: "x".to_owned(),
    };
    let account = AccountRow {
        name: HOSTILE.to_owned(),
        role: "role.admin".to_owned(),
        unit: String::new(),
        disabled: false,
        must_change: true,
    };
    let entry = AuditRow {
        seq: 1,
        at: "x".to_owned(),
        actor: HOSTILE.to_owned(),
        role: "officer".to_owned(),
        action: "case.read".to_owned(),
        object: "x".to_owned(),
        reason: HOSTILE.to_owned(),
    };
    let pressing = OverdueRow {
        href: "/desk/cases/x".to_owned(),
        number: "1".to_owned(),
        rule: "DL-CHK".to_owned(),
        due: "x".to_owned(),
        owner: HOSTILE.to_owned(),
        overdue: true,
    };
    let stage = Choice { code: "opened".to_owned(), name: "stage.opened".to_owned() };
    let role = Choice { code: "officer".to_owned(), name: "role.officer".to_owned() };
    vec![
        RefusedPage { shell: shell(lang) }.render().unwrap(),
        SignInPage { shell: shell(lang), name: HOSTILE.to_owned() }.render().unwrap(),
        PasswordPage { shell: shell(lang), must_change: true }.render().unwrap(),
        ItemsPage {
            shell: shell(lang),
            items: vec![card],
            late: vec![LateCase { href: "/desk/cases/x".to_owned(), number: "1".to_owned(), tips: 1 }],
            unit: HOSTILE.to_owned(),
            unit_name: "中共清岚县委组织部".to_owned(),
            may_choose_unit: true,
            max_lease: 480,
            nothing_there: true,
        }
        .render()
        .unwrap(),
        CasesPage {
            shell: shell(lang),
            cases: vec![row],
            stages: vec![stage],
            stage: "opened".to_owned(),
            categories: vec![Choice { code: "A02".to_owned(), name: HOSTILE.to_owned() }],
            number: HOSTILE.to_owned(),
            category: HOSTILE.to_owned(),
            priority: "1".to_owned(),
            unit: HOSTILE.to_owned(),
            overdue: true,
            late: true,
            older: "/desk/cases?before=x".to_owned(),
        }
        .render()
        .unwrap(),
        case(lang, Given::default()).render().unwrap(),
        OverviewPage {
            shell: shell(lang),
            stages: vec![Figure { name: "stage.opened".to_owned(), count: 1 }],
            total: 1,
            open: 1,
            overdue: 1,
            units: vec![UnitRow { unit: HOSTILE.to_owned(), cases: 1, overdue: 1 }],
            limits: vec![pressing],
        }
        .render()
        .unwrap(),
        AccountsPage {
            shell: shell(lang),
            accounts: vec![account],
            roles: vec![role],
            made: HOSTILE.to_owned(),
            password: HOSTILE.to_owned(),
        }
        .render()
        .unwrap(),
        IdentityPage {
            shell: shell(lang),
            tip: HOSTILE.to_owned(),
            reason: HOSTILE.to_owned(),
            fields: vec![IdentityField { name: "reporter_name", value: HOSTILE.to_owned() }],
            second_person: HOSTILE.to_owned(),
        }
        .render()
        .unwrap(),
        ReceiptsPage {
            shell: shell(lang),
            receipt: HOSTILE.to_owned(),
            state: "state.received",
            updated_at: "x".to_owned(),
            answers: vec![AnswerLine { at: "x".to_owned(), text: HOSTILE.to_owned() }],
        }
        .render()
        .unwrap(),
        AuditPage { shell: shell(lang), entries: vec![entry], next: 2 }.render().unwrap(),
        MessagesPage {
            shell: shell(lang),
            case: "/desk/cases/x".to_owned(),
            messages: vec![message()],
            earlier: "/desk/cases/x/tips/y?before=z".to_owned(),
        }
        .render()
        .unwrap(),
        RegistersPage { shell: shell(lang), ..register() }.render().unwrap(),
    ]
}

#[test]
fn every_page_renders_in_both_languages_escaped_and_by_itself() {
    for lang in [Lang::Zh, Lang::En] {
        for page in pages(lang) {
            assert!(!page.contains("<script"), "words stay words");
            assert!(!page.contains("http") && !page.contains("src="), "nothing is loaded from elsewhere");
            assert!(page.contains(&format!("lang=\"{}\"", lang.tag())));
            for key in [
                ">console.",
                ">do.",
                ">stage.",
                ">limit.",
                ">course.",
                ">role.",
                ">item.",
                ">task.",
                ">register.",
            ] {
                assert!(!page.contains(key), "a key without words: {key}");
            }
        }
    }
}

#[test]
fn what_was_typed_comes_back_after_an_error() {
    let fields =
        [("text", "谈话五人"), ("allegation_2", "第二条"), ("outcome_2", "O1"), ("reasoning_2", "因为")];
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let page = case(Lang::Zh, Given { form: "report".to_owned(), fields }).render().unwrap();
    for words in ["谈话五人", "第二条", "因为", "<option value=\"O1\" selected>"] {
        assert!(page.contains(words), "{words}");
    }
    let other =
        Given { form: "keep".to_owned(), fields: [("text".to_owned(), "谈话五人".to_owned())].into() };
    assert!(!case(Lang::Zh, other).render().unwrap().contains("谈话五人"), "only in its own form");
}

#[test]
fn each_register_has_as_many_columns_as_cells() {
    for kind in ["phone", "letter", "oral", "conference"] {
        let page = RegistersPage { register: kind.to_owned(), ..register() }.render().unwrap();
        let row = page.split("<tbody>").nth(1).unwrap();
        assert_eq!(page.matches("<th ").count(), row.matches("<td").count(), "{kind}");
    }
}
