//! Call records of the exchange, as FreeSWITCH and Asterisk send them. All numbers are invented.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::prelude::{BASE64_STANDARD, Engine};
use dengwen_model::Role;
use dengwen_testkit::DeskRig;
use serde_json::{Value, json};

use crate::day::draft_of;

const API: &str = "/api/v1/phone/cdr";
const RECORDINGS: &str = "/desk/phone/recordings";
const SECRET: &str = "a secret of the exchange";
const CALLER: &str = "01055550123";
const JSON: &str = "application/json";

async fn rig() -> (DeskRig, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let set = |settings: &mut dengwen_service::Settings| {
        settings.phone.insert("call_records_secret_file".to_owned(), file.to_str().unwrap().into());
    };
    let rig = DeskRig::open_with("phone", set, dengwen_phone::start).await;
    let token = rig.token(Role::Intake);
    (rig, token, folder)
}

/// A call as mod_json_cdr writes it, a moment before the desk's clock begins; it rang and was given up.
fn call(uuid: &str, changes: &Value) -> Value {
    let mut record = json!({
        "core-uuid": "3c1f0a52-0000-4000-8000-000000000001", "switchname": "pbx",
        "channel_data": {"state": "CS_REPORTING", "direction": "inbound"},
        "variables": {
            "direction": "inbound", "uuid": uuid, "start_epoch": "1793581200", "answer_epoch": "0",
            "bridge_epoch": "0", "end_epoch": "1793581230", "duration": "30", "billsec": "0",
            "hangup_cause": "ORIGINATOR_CANCEL", "last_app": "bridge", "last_arg": "user/03@pbx.example",
            "sip_full_from": "%22Wang%22%20%3Csip%3A01055550123%40192.0.2.7%3E",
        },
        "callflow": [{
            "dialplan": "XML", "profile_index": "1",
            "caller_profile": {
                "username": "", "caller_id_name": "Wang", "ani": CALLER, "caller_id_number": CALLER,
                "destination_number": "12380", "uuid": uuid, "context": "public",
            },
        }],
    });
    for (name, value) in changes.as_object().unwrap() {
        record["variables"][name] = value.clone();
    }
    record
}

async fn send(rig: &DeskRig, authorization: &str, media: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post(format!("{API}?uuid=a_86cfd6e2"))
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, media)
        .body(body.into());
    rig.ask(request.unwrap()).await
}

fn bearer() -> String {
    format!("Bearer {SECRET}")
}

/// As curl sends `cred`.
fn basic() -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("freeswitch:{SECRET}")))
}

async fn calls(rig: &DeskRig, token: &str) -> Vec<String> {
    let (_, page) = rig.look(RECORDINGS, token).await;
    let found = page.split("href=\"/desk/phone/calls/").skip(1);
    found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_call_that_nobody_took_waits_once_however_often_and_however_it_is_sent() {
    let (rig, token, _folder) = rig().await;
    let dialled = json!({"last_arg": "user/03@pbx.example>>>"});
    let record = call("86cfd6e2-dbda-45a3-b59d-f683ec368e8b", &dialled).to_string();
    let (status, answer) = send(&rig, &bearer(), JSON, record.clone()).await;
    assert_eq!((status, &answer), (StatusCode::OK, &json!({"calls": 1, "waiting": 1, "unread": 0})));
    let form: String = record.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let (status, answer) =
        send(&rig, &basic(), "application/x-www-form-urlencoded", format!("cdr={form}")).await;
    assert_eq!((status, &answer["waiting"]), (StatusCode::OK, &json!(0)), "the same call");
    // `encode` may be `base64`: FreeSWITCH breaks the lines at 72 signs; programs that pass it on make a form of it.
    let packed = BASE64_STANDARD.encode(&record);
    assert!(packed.contains('+'), "a sign that a form would change");
    let lines: Vec<_> = packed.as_bytes().chunks(72).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let escaped: String = packed.bytes().map(|byte| format!("%{byte:02X}")).collect();
    const PACKED: &str = "application/x-www-form-base64-encoded";
    const FORM: &str = "application/x-www-form-urlencoded";
    for (media, body) in [
        (PACKED, format!("cdr={}\n", lines.join("\n"))),
        (PACKED, format!("cdr={}", packed.trim_end_matches('='))),
        (PACKED, format!("cdr={escaped}")),
        (FORM, format!("cdr={escaped}")),
        (FORM, format!("cdr={packed}")),
        ("application/x-www-form-plaintext", record.clone()),
    ] {
        let (status, answer) = send(&rig, &basic(), media, body).await;
        assert_eq!((status, &answer["calls"], &answer["waiting"]), (StatusCode::OK, &json!(1), &json!(0)));
    }
    for nonsense in ["", "cdr=", "cdr=*", "other=e30=", "cdr=eyJ4IjoxfQ==x"] {
        let (status, _) = send(&rig, &basic(), PACKED, nonsense).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{nonsense}");
    }
    assert_eq!(calls(&rig, &token).await.len(), 1);
    let (_, page) = rig.look(RECORDINGS, &token).await;
    assert!(page.contains("2026-11-03") && !page.contains(CALLER), "due on the next working day: {page}");
    let plain = |bytes: &[u8]| bytes.windows(CALLER.len()).any(|part| part == CALLER.as_bytes());
    assert!(!rig.on_disk().iter().any(|(_, bytes)| plain(bytes)), "never plain on the disk");
    assert_eq!(rig.waiting().await, 0, "it is no tip");
}

#[tokio::test]
async fn the_number_is_shown_once_the_audit_log_knows_and_never_goes_with_the_tip() {
    let (rig, token, _folder) = rig().await;
    let record = call("86cfd6e2", &json!({})).to_string();
    send(&rig, &bearer(), JSON, record.clone()).await;
    let id = calls(&rig, &token).await.remove(0);
    let at = format!("/desk/phone/calls/{id}");
    let (_, page) = rig.look(&at, &token).await;
    assert!(page.contains(CALLER));
    let act = rig.next_act().await;
    assert_eq!((act.action.as_str(), act.object), ("call.opened", format!("call {id}")));
    assert_eq!(rig.look(&at, &rig.token(Role::Officer)).await.0.status, StatusCode::FORBIDDEN);

    let (head, _) = rig.fill(&format!("{at}/write-up"), &token, "same-origin", &[]).await;
    let (_, page) = rig.look(head.headers["location"].to_str().unwrap(), &token).await;
    assert!(page.contains(&at) && page.contains("value=\"2026-11-02T") && !page.contains(CALLER), "{page}");
    let draft = draft_of(&page);
    let written = [
        ("draft", draft.as_str()),
        ("calls", id.as_str()),
        ("text", "回拨后反映某局长卖官"),
        ("readback_confirmed", "1"),
    ];
    let (head, page) = rig.fill("/desk/phone", &token, "same-origin", &written).await;
    assert_eq!(head.status, StatusCode::CREATED, "{page}");
    let tip = rig.next_tip().await;
    assert!(tip.attachments.is_empty() && !serde_json::to_string(&tip).unwrap().contains(CALLER));
    assert!(calls(&rig, &token).await.is_empty());
    send(&rig, &bearer(), JSON, record).await;
    assert!(calls(&rig, &token).await.is_empty(), "the same record brings nothing back");
    assert_eq!(rig.look(&at, &token).await.0.status, StatusCode::NOT_FOUND, "the number is gone");
}

#[tokio::test]
async fn a_caller_who_cannot_be_reached_is_discarded_with_that_reason() {
    let (rig, token, _folder) = rig().await;
    send(&rig, &bearer(), JSON, call("86cfd6e2", &json!({})).to_string()).await;
    let id = calls(&rig, &token).await.remove(0);
    let discard = format!("/desk/phone/waiting/{id}/discard");
    let (head, _) = rig.fill(&discard, &token, "same-origin", &[("reason", "not_reached")]).await;
    assert_eq!(head.status, StatusCode::SEE_OTHER);
    let act = rig.next_act().await;
    assert_eq!((act.action.as_str(), act.reason.as_str()), ("call.discarded", "not_reached"));
    assert!(calls(&rig, &token).await.is_empty());
}

#[tokio::test]
async fn calls_that_were_taken_or_were_not_to_the_line_are_only_counted() {
    let (rig, token, _folder) = rig().await;
    let taken = call("1", &json!({"answer_epoch": "1793581204", "bridge_epoch": "1793581204"}));
    let out = call("2", &json!({"direction": "outbound"}));
    let mut other = call("3", &json!({}));
    other["callflow"][0]["caller_profile"]["destination_number"] = json!("55550000");
    let old = call("4", &json!({"start_epoch": "1790000000"}));
    for record in [taken, out, other, old] {
        let (status, answer) = send(&rig, &bearer(), JSON, record.to_string()).await;
        assert_eq!((status, &answer["waiting"]), (StatusCode::OK, &json!(0)), "{answer}");
    }
    assert!(calls(&rig, &token).await.is_empty());
}

/// Two calls as Asterisk's cdr_csv writes them: the second was taken at the second telephone that rang.
const MASTER: &str = r#""","01055550123","12380","line","""Wang"" <01055550123>","PJSIP/trunk-01","","VoiceMail","12380@default","2026-11-02 08:50:00","2026-11-02 08:50:10","2026-11-02 08:51:10",70,60,"ANSWERED","DOCUMENTATION","1793580600.1",""
"","01055550124","12380","line","","PJSIP/trunk-02","PJSIP/03-02","Queue","line","2026-11-02 08:52:00",,"2026-11-02 08:52:10",10,0,"NO ANSWER","DOCUMENTATION","1793580720.2",""
"","01055550124","12380","line","","PJSIP/trunk-02","PJSIP/04-03","Queue","line","2026-11-02 08:52:00","2026-11-02 08:52:12","2026-11-02 08:55:00",180,168,"ANSWERED","DOCUMENTATION","1793580720.2",""
"#;

#[tokio::test]
async fn asterisks_table_is_taken_from_the_exchange_and_from_a_clerk() {
    let (rig, token, _folder) = rig().await;
    let (status, answer) = send(&rig, &bearer(), "text/csv", MASTER).await;
    assert_eq!((status, &answer), (StatusCode::OK, &json!({"calls": 2, "waiting": 1, "unread": 0})));
    let (head, page) = rig.upload(RECORDINGS, &token, "Master.csv", MASTER.as_bytes()).await;
    assert_eq!(head.status, StatusCode::SEE_OTHER, "{page}");
    assert_eq!(calls(&rig, &token).await.len(), 1);
    assert!(rig.look(RECORDINGS, &token).await.1.contains("转入语音信箱"));
    let (head, _) = rig.upload(RECORDINGS, &token, "log.csv", "编号,反映内容\n1,某局长\n".as_bytes()).await;
    assert_eq!(head.status, StatusCode::BAD_REQUEST, "another table");
}

#[tokio::test]
async fn the_importer_knows_a_table_without_a_header_and_takes_the_first_call_too() {
    let (rig, token, _folder) = rig().await;
    let with_facts = MASTER.replace(",\"\"\n", ",\"反映某局长卖官\"\n");
    let (status, answer) = rig.post("/api/v1/phone/import?dry_run=true", &token, with_facts.clone()).await;
    assert_eq!((status, &answer["rows"]), (StatusCode::OK, &json!(3)), "{answer}");
    let path = "/api/v1/phone/import?dry_run=&rows=5-2&colour=red";
    let (status, problem) = rig.post(path, &token, with_facts.clone()).await;
    let fields = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap());
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(fields.collect::<Vec<_>>(), ["colour", "dry_run", "rows"], "{problem}");
    let (head, _) = rig.upload("/desk/phone/import", &token, "Master.csv", with_facts.as_bytes()).await;
    let (_, page) = rig.look(head.headers["location"].to_str().unwrap(), &token).await;
    for column in ["uniqueid", "userfield", "billsec"] {
        assert!(page.contains(column), "{column}: {page}");
    }
}

#[tokio::test]
async fn whoever_is_not_the_exchange_or_sends_what_is_no_record_leaves_nothing() {
    let (rig, token, _folder) = rig().await;
    let record = call("86cfd6e2", &json!({})).to_string();
    let wrong = format!("Basic {}", BASE64_STANDARD.encode("freeswitch:another secret"));
    for authorization in
        ["", "Bearer", "Bearer ", "Bearer x", "Basic !!", "Digest x", &wrong, &format!("Bearer {token}")]
    {
        let (status, _) = send(&rig, authorization, JSON, record.clone()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{authorization}");
    }
    let form = "application/x-www-form-urlencoded";
    let deep = "[".repeat(100_000);
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(1 << 20));
    for (media, body, expected) in [
        (JSON, "", StatusCode::BAD_REQUEST),
        (JSON, "{", StatusCode::BAD_REQUEST),
        (JSON, deep.as_str(), StatusCode::BAD_REQUEST),
        (JSON, "\u{fffd}", StatusCode::BAD_REQUEST),
        (JSON, "{}", StatusCode::UNPROCESSABLE_ENTITY),
        (JSON, "[1]", StatusCode::UNPROCESSABLE_ENTITY),
        (JSON, large.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        (form, "x=1", StatusCode::BAD_REQUEST),
        (form, "cdr=%00", StatusCode::BAD_REQUEST),
        (form, "cdr=%7B%7D", StatusCode::UNPROCESSABLE_ENTITY),
        ("text/csv", "", StatusCode::BAD_REQUEST),
        ("text/csv", "text\nx\n", StatusCode::BAD_REQUEST),
        ("", "PK\u{3}\u{4} no workbook", StatusCode::BAD_REQUEST),
    ] {
        let (status, answer) = send(&rig, &bearer(), media, body.to_owned()).await;
        assert_eq!(status, expected, "{media} {}: {answer}", &body[..body.len().min(40)]);
    }
    assert!(calls(&rig, &token).await.is_empty());
    // Without a secret there is no such address.
    let (closed, _) = crate::rig().await;
    assert_eq!(send(&closed, "Bearer ", JSON, record).await.0, StatusCode::NOT_FOUND);
}
