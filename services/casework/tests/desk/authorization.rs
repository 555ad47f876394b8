//! Every operation of the document against everybody who may not call it. An operation that is missing
//! from the table fails the test.

use std::collections::BTreeSet;

use axum::http::Method;
use dengwen_model::Role;
use serde_json::{Value, json};

use crate::bench::{Bench, OTHER_COUNTY};
use crate::officers_day::{conclusion, report};
use crate::seed::{Seed, Seeded};

const ALL: [Role; 9] = [
    Role::Intake,
    Role::Screener,
    Role::Officer,
    Role::Supervisor,
    Role::Leader,
    Role::Custodian,
    Role::Analyst,
    Role::Auditor,
    Role::Admin,
];

/// What somebody of another unit is told.
#[derive(Clone, Copy, PartialEq)]
enum Elsewhere {
    /// 404: that it exists is not theirs to know.
    Hidden,
    /// 403: units are public.
    Forbidden,
    /// It lists what is theirs.
    OwnAlone,
}

/// Who may call an operation.
enum Who {
    /// These roles, of the right unit.
    Roles(&'static [Role], Elsewhere),
    /// Anybody signed in, about themselves.
    SignedIn,
    /// Anybody.
    Public,
    /// Our doors alone.
    Door,
}

struct Row {
    id: &'static str,
    method: Method,
    path: String,
    who: Who,
    body: Value,
}

use Elsewhere::{Forbidden, Hidden, OwnAlone};
use Role::{Analyst, Custodian, Intake, Leader, Officer, Screener, Supervisor};

const WORKERS: &[Role] = &[Officer, Screener, Supervisor];
const READERS: &[Role] = &[Officer, Screener, Supervisor, Leader];
const REVIEWERS: &[Role] = &[Supervisor, Leader];
const ANSWERERS: &[Role] = &[Screener, Supervisor, Leader];
const SCREENERS: &[Role] = &[Screener, Supervisor];

fn table(seeded: &Seeded) -> Vec<Row> {
    let item = |action: &str| seeded.at_item(action);
    let case = |action: &str| seeded.at_case(action);
    let row = |id, method: Method, path: String, roles, elsewhere, body| Row {
        id,
        method,
        path,
        who: Who::Roles(roles, elsewhere),
        body,
    };
    let post = |id, path, roles, body| row(id, Method::POST, path, roles, Hidden, body);
    let get = |id, path, roles, elsewhere| row(id, Method::GET, path, roles, elsewhere, Value::Null);
    let other = |id, method, path: &str, who, body| Row { id, method, path: path.to_owned(), who, body };
    let reason = json!({"reason": "x"});
    vec![
        row("pull", Method::POST, "/api/v1/units/990121-ZZB/pull".to_owned(), WORKERS, Forbidden, json!({})),
        get("my_assignments", "/api/v1/assignments".to_owned(), WORKERS, OwnAlone),
        get("get_assignment", item(""), READERS, Hidden),
        post("accept", item("/accept"), WORKERS, json!({})),
        post("object", item("/object"), WORKERS, reason.clone()),
        post("extend", item("/extend"), WORKERS, json!({"rule": "DL-CHK", "reason": "x"})),
        post("release", item("/release"), WORKERS, json!({})),
        post("report", item("/report"), WORKERS, report()),
        post("refer", item("/refer"), WORKERS, json!({"referral": "R_12388"})),
        post("keep", item("/keep"), WORKERS, reason.clone()),
        post("explain", item("/explain"), WORKERS, json!({"text": "x"})),
        post("classify", item("/classify"), WORKERS, json!({"category": "A03", "reason": "x"})),
        post("pass_up", item("/pass_up"), WORKERS, json!({})),
        get("list_cases", "/api/v1/cases".to_owned(), READERS, OwnAlone),
        get("get_case", case(""), READERS, Hidden),
        get("get_file", case("/files/00"), READERS, Hidden),
        post("release_file", case("/files/00/release"), REVIEWERS, json!({"reason": "x"})),
        get("tip_messages", case(&format!("/tips/{}/messages", seeded.tips[0])), READERS, Hidden),
        post("approve", case("/approve"), REVIEWERS, json!({"what": "waiver", "reason": "x"})),
        post("return", case("/return"), REVIEWERS, json!({"gaps": "x"})),
        post("conclude", case("/conclude"), REVIEWERS, conclusion("O3")),
        post("feedback", case("/feedback"), ANSWERERS, json!({"text": "x"})),
        post("close", case("/close"), REVIEWERS, json!({})),
        post("archive", case("/archive"), SCREENERS, json!({})),
        post("reopen", case("/reopen"), &[Leader], reason.clone()),
        post("reassign", case("/reassign"), REVIEWERS, reason.clone()),
        post(
            "decide_objection",
            case("/jurisdiction"),
            ANSWERERS,
            json!({"decision": "refuse", "reason": "x"}),
        ),
        post(
            "split",
            case("/split"),
            SCREENERS,
            json!({"tips": [seeded.tips[0].to_string()], "reason": "x"}),
        ),
        post("ask", case("/ask"), READERS, json!({"tip": seeded.tips[0].to_string(), "text": "x"})),
        post("reporter_objection", case("/objection"), ANSWERERS, reason),
        post("clarify", case("/clarify"), REVIEWERS, json!({"way": "meeting", "points": "x"})),
        get("deadlines", "/api/v1/deadlines".to_owned(), REVIEWERS, OwnAlone),
        row("hints", Method::POST, "/api/v1/hints".to_owned(), &[Intake], OwnAlone, json!({"text": "x"})),
        row(
            "called_again",
            Method::POST,
            "/api/v1/receipts".to_owned(),
            &[Intake],
            OwnAlone,
            json!({"receipt": "12345678901234567890"}),
        ),
        get(
            "read_register",
            "/api/v1/registers/phone".to_owned(),
            &[Intake, Screener, Supervisor, Leader],
            OwnAlone,
        ),
        get("overview", "/api/v1/overview".to_owned(), &[Supervisor, Leader, Analyst], OwnAlone),
        row(
            "open_identity",
            Method::POST,
            format!("/api/v1/tips/{}/identity", seeded.tips[0]),
            &[Custodian],
            OwnAlone,
            json!({"reason": "x", "second_person": "x"}),
        ),
        other("sign_in", Method::POST, "/api/v1/session", Who::Public, json!({"name": "x", "password": "x"})),
        other("who_am_i", Method::GET, "/api/v1/session", Who::SignedIn, Value::Null),
        other("sign_out", Method::DELETE, "/api/v1/session", Who::SignedIn, Value::Null),
        other(
            "change_password",
            Method::POST,
            "/api/v1/session/password",
            Who::SignedIn,
            json!({"old": "x", "new": "y"}),
        ),
        other("look_up_receipt", Method::POST, "/internal/v1/receipts", Who::Door, json!({})),
        other("write_by_receipt", Method::POST, "/internal/v1/receipts/messages", Who::Door, json!({})),
        other("notices", Method::GET, "/internal/v1/notices", Who::Door, Value::Null),
    ]
}

async fn call(bench: &Bench, row: &Row, token: &str) -> u16 {
    let body = (!row.body.is_null()).then(|| row.body.clone());
    bench.call(row.method.clone(), &row.path, token, body).await.status.as_u16()
}

#[tokio::test]
async fn the_table_has_every_operation_of_the_document() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let document = bench.get("/api/v1/openapi.json", "").await.ok();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
            assert!(documented.insert(id.to_owned()), "{id} twice");
            assert!(operation["summary"].is_string(), "{id} is documented");
            assert!(operation["tags"][0].is_string(), "{id} has a tag");
        }
    }
    let listed: BTreeSet<_> = table(&seeded).iter().map(|row| row.id.to_owned()).collect();
    assert_eq!(listed, documented);
}

#[tokio::test]
async fn nothing_is_done_for_somebody_without_a_token() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    for row in table(&seeded) {
        if !matches!(row.who, Who::Public) {
            assert_eq!(call(&bench, &row, "").await, 401, "{}", row.id);
            assert_eq!(call(&bench, &row, "dwt1.e30.AA").await, 401, "{}", row.id);
        }
    }
}

#[tokio::test]
async fn nothing_is_done_for_another_role() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    for row in table(&seeded) {
        for role in ALL {
            let token = bench.token(role, Some("990121-ZZB"), "somebody");
            match &row.who {
                Who::Roles(roles, _) if !roles.contains(&role) => {
                    assert_eq!(call(&bench, &row, &token).await, 403, "{} as {role}", row.id);
                }
                Who::Door => assert_eq!(call(&bench, &row, &token).await, 401, "{} as {role}", row.id),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_done_for_another_unit() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    let officer = bench.officer();
    bench.post("/api/v1/units/990121-ZZB/pull", &officer, json!({})).await.ok();
    for row in table(&seeded) {
        let Who::Roles(roles, elsewhere) = &row.who else { continue };
        let expected = match elsewhere {
            Hidden => 404,
            Forbidden => 403,
            OwnAlone => continue,
        };
        for role in *roles {
            let token = bench.token(*role, Some(OTHER_COUNTY), "somebody");
            assert_eq!(call(&bench, &row, &token).await, expected, "{} as {role}", row.id);
        }
    }
    for (path, list) in
        [("/api/v1/cases", "cases"), ("/api/v1/deadlines", "deadlines"), ("/api/v1/assignments", "items")]
    {
        let token = bench.token(Supervisor, Some(OTHER_COUNTY), "somebody");
        assert_eq!(bench.get(path, &token).await.ok()[list], json!([]), "{path}");
    }
}

#[tokio::test]
async fn a_colleagues_item_is_not_ones_own() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    bench.post("/api/v1/units/990121-ZZB/pull", &bench.officer(), json!({})).await.ok();
    for row in table(&seeded) {
        if row.path.starts_with(&seeded.at_item("/")) {
            let token = bench.token(Officer, Some("990121-ZZB"), "colleague");
            assert_eq!(call(&bench, &row, &token).await, 409, "{}", row.id);
        }
    }
}
