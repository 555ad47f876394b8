//! Scans at the letter desk: along with a letter, from the watched folder, by their label; read by the real
//! Tesseract, drawn by the real Poppler.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Cursor;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use barcoders::sym::code128::Code128;
use dengwen_model::{ChannelDetails, Role, TipContent};
use dengwen_testkit::{DeskRig, holds, until};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use serde_json::{Value, json};
use tiff::encoder::{TiffEncoder, colortype};

const LETTERS: &str = "/api/v1/letters";
const SCANS: &str = "/api/v1/letters/scans";
const PAGE: &str = "/desk/letters/scans";
/// An invented letter of two pages.
const LETTER: &[u8] = include_bytes!("data/letter.pdf");
/// An invented page in traditional script.
const TRADITIONAL: &[u8] = include_bytes!("data/traditional.png");
const LONG: Duration = Duration::from_secs(240);

async fn rig() -> (DeskRig, String) {
    let rig = DeskRig::open("letters", dengwen_letters::start).await;
    let token = rig.token(Role::Intake);
    (rig, token)
}

fn tiff_of(pages: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    for page in 0..pages {
        encoder.write_image::<colortype::Gray8>(40, 40, &[200 + page; 1600]).unwrap();
    }
    bytes.into_inner()
}

/// A page with this label on it, as an office scanner sees it.
fn labelled(number: &str) -> Vec<u8> {
    let bars = Code128::new(format!("\u{0181}{number}")).unwrap().encode();
    let mut page = GrayImage::from_pixel(1000, 700, Luma([255]));
    for (x, bar) in bars.iter().enumerate().filter(|(_, bar)| **bar == 1) {
        for (dx, y) in (0..3).flat_map(|dx| (100..200).map(move |y| (dx, y))) {
            page.put_pixel(120 + 3 * x as u32 + dx, y, Luma([255 - 255 * bar]));
        }
    }
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(page).write_to(&mut png, ImageFormat::Png).unwrap();
    png.into_inner()
}

/// A form of a JSON part and files.
fn form(entry: Option<&str>, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |head: String, bytes: &[u8]| {
        body.extend_from_slice(
            format!("--b0undary\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    if let Some(entry) = entry {
        part("name=\"entry\"".to_owned(), entry.as_bytes());
    }
    for (name, bytes) in files {
        part(format!("name=\"file\"; filename=\"{name}\""), bytes);
    }
    body.extend_from_slice(b"--b0undary--\r\n");
    body
}

async fn send(
    rig: &DeskRig,
    token: &str,
    path: &str,
    entry: Option<&str>,
    files: &[(&str, &[u8])],
) -> (StatusCode, Value) {
    rig.post_as("multipart/form-data; boundary=b0undary", path, token, form(entry, files)).await
}

fn get(path: &str, token: &str) -> Request<Body> {
    Request::get(path).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap()
}

async fn waiting(rig: &DeskRig, token: &str) -> Vec<Value> {
    let (status, list) = rig.ask(get(SCANS, token)).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list.as_array().unwrap().clone()
}

fn number_of(content: &TipContent) -> String {
    let ChannelDetails::Letter { register_no: Some(number), .. } = &content.details else {
        panic!("no number")
    };
    number.clone()
}

#[tokio::test]
async fn a_letter_is_registered_with_its_scans_and_a_number() {
    let (rig, token) = rig().await;
    let files = [("信.tif", &tiff_of(3)[..]), ("附件.pdf", LETTER)];
    let (status, answer) = send(&rig, &token, LETTERS, Some(r#"{"text":"反映某局长卖官"}"#), &files).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let content = rig.next_tip().await;
    assert_eq!(answer["register_no"], number_of(&content));
    let kinds: Vec<_> = content.attachments.iter().map(|file| file.media_type.as_str()).collect();
    assert_eq!(kinds, ["image/tiff", "application/pdf"]);
    assert_eq!(rig.file(&content.attachments[1]).await, LETTER);
    assert!(waiting(&rig, &token).await.is_empty(), "nothing waits that was registered");
}

#[tokio::test]
async fn a_broken_scan_is_told_with_its_page_and_nothing_is_taken() {
    let (rig, token) = rig().await;
    let broken = tiff_of(3);
    let files = [("好.pdf", LETTER), ("坏.tif", &broken[..broken.len() - 40])];
    let answer = send(&rig, &token, LETTERS, Some(r#"{"text":"反映某局长卖官"}"#), &files).await;
    assert_eq!(DeskRig::wrong(&answer), ["files[1]"]);
    let error = &answer.1["errors"][0];
    assert_eq!(error["code"], "broken_page");
    assert!(error["message"].as_str().unwrap().contains('3'), "{error}");
    let disguised = send(&rig, &token, SCANS, None, &[("信.pdf", b"PK\x03\x04\x14\0%PDF-1.7")]).await;
    assert_eq!(
        (DeskRig::wrong(&disguised), &disguised.1["errors"][0]["code"]),
        (vec!["files[0]".to_owned()], &json!("file_kind"))
    );
    assert_eq!(rig.waiting().await, 0);
    // What could be read waits: nobody scans it again.
    let names: Vec<_> = waiting(&rig, &token).await.iter().map(|scan| scan["name"].clone()).collect();
    assert_eq!(names, ["好.pdf"]);
}

#[tokio::test]
async fn the_folder_gives_its_scans_to_the_desk_and_keeps_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let set = |settings: &mut dengwen_service::Settings| {
        settings.letters.insert("scan_folder".to_owned(), path.display().to_string().into());
        settings.letters.insert("scan_folder_seconds".to_owned(), 1.into());
    };
    let mut rig = DeskRig::open_with("letters", set, dengwen_letters::start).await;
    let token = rig.token(Role::Intake);
    let scan = tiff_of(2);
    std::fs::write(path.join("scan0001.tif"), &scan).unwrap();
    std::fs::write(path.join("scan0002.pdf"), b"PK\x03\x04 an archive").unwrap();
    std::fs::write(path.join("scan0003.tif.part"), &scan).unwrap();
    // Nobody has written to it for a while: it will not become whole.
    let archive = std::fs::File::options().write(true).open(path.join("scan0002.pdf")).unwrap();
    let now = std::time::SystemTime::from(dengwen_model::Clock::now(&*rig.clock));
    archive.set_modified(now - Duration::from_secs(3600)).unwrap();
    // While half a scan may yet.
    std::fs::write(path.join("scan0004.tif"), &scan[..scan.len() - 40]).unwrap();
    let list = until("the scan at the desk", LONG, || async {
        Some(waiting(&rig, &token).await).filter(|list| !list.is_empty())
    })
    .await;
    assert_eq!((&list[0]["name"], &list[0]["pages"]), (&json!("scan0001.tif"), &json!(2)));
    holds("the source is gone, and the broken one is set aside", LONG, || async {
        !path.join("scan0001.tif").exists() && path.join("refused/scan0002.pdf").exists()
    })
    .await;
    assert_eq!(std::fs::read(path.join("refused/scan0002.pdf")).unwrap(), b"PK\x03\x04 an archive");
    let why = std::fs::read_to_string(path.join("refused/scan0002.pdf.why")).unwrap();
    assert!(why.contains("neither PDF"), "{why}");
    assert!(path.join("scan0003.tif.part").exists(), "what is not finished stays");
    assert!(path.join("scan0004.tif").exists(), "nor is half a scan refused");
    std::fs::write(path.join("scan0004.tif"), tiff_of(4)).unwrap();
    let whole = until("the other half", LONG, || async {
        waiting(&rig, &token).await.into_iter().find(|scan| scan["name"] == "scan0004.tif")
    })
    .await;
    assert_eq!(whole["pages"], 4);
    let clear =
        rig.on_disk().into_iter().filter(|(_, bytes)| bytes.windows(64).any(|part| part == &scan[8..72]));
    assert_eq!(clear.count(), 0, "what waits is sealed");

    let (_, page) = rig.look(PAGE, &token).await;
    assert!(page.contains("scan0001.tif") && page.contains("scan0002.pdf"), "{page}");
    rig.restart(dengwen_letters::start);
    assert_eq!(waiting(&rig, &token).await.len(), 2);
    let id = list[0]["id"].as_str().unwrap();
    let other = whole["id"].as_str().unwrap();
    let entry = json!({ "text": "反映某局长卖官", "scans": [id, id] }).to_string();
    let (status, answer) = rig.post(LETTERS, &token, entry).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let attachments = rig.next_tip().await.attachments;
    assert_eq!(
        (attachments.len(), rig.file(&attachments[0]).await),
        (1, scan.clone()),
        "one that is named twice once"
    );
    assert_eq!(waiting(&rig, &token).await.len(), 1);

    let entry = json!({ "text": "反映某局长卖官", "scans": [other, id] }).to_string();
    let used = rig.post(LETTERS, &token, entry).await;
    assert_eq!(
        (DeskRig::wrong(&used), &used.1["errors"][0]["code"]),
        (vec!["scans[1]".to_owned()], &json!("used"))
    );
    let number = answer["register_no"].as_str().unwrap();
    let told = |answer: &Value| answer["errors"][0]["message"].as_str().unwrap().contains(number);
    assert!(told(&used.1), "which letter has it: {}", used.1);
    let entry = json!({ "text": "反映某局长卖官", "scans": ["0".repeat(32)] }).to_string();
    let unknown = rig.post(LETTERS, &token, entry).await;
    assert_eq!(
        (DeskRig::wrong(&unknown), &unknown.1["errors"][0]["code"]),
        (vec!["scans[0]".to_owned()], &json!("unknown"))
    );
    let at = format!("{LETTERS}/numbers/{number}/scans");
    let attach = rig.post(&at, &token, json!({ "scans": [id] }).to_string()).await;
    assert_eq!(
        (DeskRig::wrong(&attach), &attach.1["errors"][0]["code"]),
        (vec!["scans[0]".to_owned()], &json!("used"))
    );
    // The same file once more waits, and the clerk sees with which letter it went.
    send(&rig, &token, SCANS, None, &[("again.tif", &scan)]).await;
    let (_, page) = rig.look(PAGE, &token).await;
    assert!(page.contains(&format!("随 {number} 登记")), "{page}");
}

#[tokio::test]
async fn a_scan_with_a_label_finds_its_letter_before_and_after() {
    let (rig, token) = rig().await;
    let (status, given) = rig.post("/api/v1/letters/numbers", &token, "").await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    let number = given["register_no"].as_str().unwrap().to_owned();
    let (head, svg) = rig.send(get(&format!("/api/v1/letters/numbers/{number}/label"), &token)).await;
    assert_eq!(head.headers["content-type"], "image/svg+xml");
    assert!(String::from_utf8_lossy(&svg).contains(&number));

    // Scanned before its letter is registered: it waits, and is known.
    let early = labelled(&number);
    send(&rig, &token, SCANS, None, &[("信封.png", &early)]).await;
    holds("the label was seen", LONG, || async { waiting(&rig, &token).await[0]["label"] == json!(number) })
        .await;
    let entry = json!({ "text": "反映某局长卖官", "register_no": number }).to_string();
    let (status, answer) = rig.post(LETTERS, &token, entry.clone()).await;
    assert_eq!((status, &answer["register_no"]), (StatusCode::CREATED, &json!(number)), "{answer}");
    let message = rig.next_message().await;
    assert_eq!(rig.file(&message.attachments[0]).await, early);

    // Paper that comes later.
    let late = {
        let mut page = labelled(&number);
        page.extend_from_slice(b"later");
        page
    };
    send(&rig, &token, SCANS, None, &[("补充.png", &late)]).await;
    assert_eq!(rig.file(&rig.next_message().await.attachments[0]).await, late);
    holds("nothing waits", LONG, || async { waiting(&rig, &token).await.is_empty() }).await;
    let again = rig.post(LETTERS, &token, entry.clone()).await;
    assert_eq!(DeskRig::wrong(&again), ["register_no"], "one number, one letter");
    assert_eq!(again.1["errors"][0]["code"], "used");
    let never = rig.post(LETTERS, &token, entry.replace(&number, "L2026-0000-000009")).await;
    assert_eq!(
        (DeskRig::wrong(&never), &never.1["errors"][0]["code"]),
        (vec!["register_no".to_owned()], &json!("unknown"))
    );
}

#[tokio::test]
async fn a_letter_is_read_as_a_draft_and_registered_from_the_page() {
    let (rig, token) = rig().await;
    send(&rig, &token, SCANS, None, &[("来信.pdf", LETTER)]).await;
    let scan = until("the draft", LONG, || async {
        let scan = waiting(&rig, &token).await.remove(0);
        (scan["reading"]["state"] != "waiting").then_some(scan)
    })
    .await;
    let draft = scan["reading"]["text"].as_str().unwrap_or_else(|| panic!("no draft: {scan}"));
    for words in ["水务局", "未经集体讨论", "补写"] {
        assert!(draft.contains(words), "{words}: {draft}");
    }
    assert!(draft.contains("人员共七人"), "the second page is read too: {draft}");
    let id = scan["id"].as_str().unwrap();
    let (head, png) = rig.send(get(&format!("{SCANS}/{id}/pages/2"), &token)).await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap().height() > 1000);
    let (head, _) = rig.send(get(&format!("{SCANS}/{id}/pages/3"), &token)).await;
    assert_eq!(head.status, StatusCode::NOT_FOUND);

    let (_, page) = rig.look(&format!("{PAGE}/{id}"), &token).await;
    assert!(page.contains("未经集体讨论") && page.contains(&format!("{PAGE}/{id}/pages/1")), "{page}");
    let (head, _) = rig.fill(&format!("{PAGE}/begin"), &token, "same-origin", &[("scan", id)]).await;
    let begun = head.headers["location"].to_str().unwrap().to_owned();
    let (_, page) = rig.look(&begun, &token).await;
    assert!(page.contains("水务局") && page.contains(id), "{page}");
    let draft = begun.rsplit('/').next().unwrap();
    let fields = [
        ("draft", draft),
        ("do", "register"),
        ("letter_type", "letter"),
        ("pages", "2"),
        ("waiting", id),
        ("text", "核对后的来信"),
    ];
    let (head, page) = rig.fill("/desk/letters", &token, "same-origin", &fields).await;
    assert_eq!(head.status, StatusCode::CREATED, "{page}");
    let content = rig.next_tip().await;
    assert_eq!((content.text.as_str(), content.attachments.len()), ("核对后的来信", 1));
    assert!(page.contains(&number_of(&content)), "the number is shown with the receipt");
    let (_, label) = rig.look(&format!("/desk/letters/labels/{}", number_of(&content)), &token).await;
    assert!(label.contains("<svg"), "{label}");
}

#[tokio::test]
async fn nobody_but_a_clerk_sees_what_waits() {
    let (rig, token) = rig().await;
    send(&rig, &token, SCANS, None, &[("来信.tif", &tiff_of(1))]).await;
    let id = waiting(&rig, &token).await[0]["id"].as_str().unwrap().to_owned();
    let officer = rig.token(Role::Officer);
    for path in [SCANS.to_owned(), format!("{SCANS}/{id}"), format!("{SCANS}/{id}/pages/1")] {
        assert_eq!(rig.send(get(&path, &officer)).await.0.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(rig.send(get(&path, "nobody")).await.0.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let (head, _) = rig.look(&format!("{PAGE}/{id}"), &officer).await;
    assert_eq!(head.status, StatusCode::FORBIDDEN);
    let (head, _) = rig.fill(&format!("{PAGE}/begin"), &token, "cross-site", &[("scan", &id)]).await;
    assert_eq!(head.status, StatusCode::FORBIDDEN);
    let (head, body) = rig.send(get(&format!("{SCANS}/{id}"), &token)).await;
    assert_eq!(
        (head.headers["content-type"].to_str().unwrap(), &body[..]),
        ("application/octet-stream", &tiff_of(1)[..])
    );
}

#[tokio::test]
async fn a_form_that_is_sent_again_gets_its_receipt_though_its_scan_and_its_number_are_taken() {
    let (rig, token) = rig().await;
    send(&rig, &token, SCANS, None, &[("来信.tif", &tiff_of(1))]).await;
    let id = waiting(&rig, &token).await[0]["id"].as_str().unwrap().to_owned();
    let (_, given) = rig.post("/api/v1/letters/numbers", &token, "").await;
    let number = given["register_no"].as_str().unwrap();
    let fields = [
        ("draft", "0123456789abcdef0123456789abcdef"),
        ("do", "register"),
        ("letter_type", "letter"),
        ("register_no", number),
        ("waiting", id.as_str()),
        ("text", "反映某局长卖官"),
    ];
    let receipt = |page: &str| {
        let (_, rest) = page.split_once("<ol class=\"receipt groups\"").unwrap_or_else(|| panic!("{page}"));
        rest.split("</ol>").next().unwrap().to_owned()
    };
    let (head, first) = rig.fill("/desk/letters", &token, "same-origin", &fields).await;
    assert_eq!(head.status, StatusCode::CREATED, "{first}");
    assert!(first.contains(number) && first.contains(&format!("/desk/letters/labels/{number}")));
    let (head, again) = rig.fill("/desk/letters", &token, "same-origin", &fields).await;
    assert_eq!(head.status, StatusCode::CREATED, "{again}");
    assert_eq!(receipt(&again), receipt(&first));
    assert_eq!(rig.next_tip().await.attachments.len(), 1);
    assert_eq!(rig.waiting().await, 0, "one tip");
    let mut other = fields;
    other[5].1 = "反映另一件事";
    let (head, _) = rig.fill("/desk/letters", &token, "same-origin", &other).await;
    assert_eq!(head.status, StatusCode::UNPROCESSABLE_ENTITY, "another matter does not get that number");
}

#[tokio::test]
async fn a_scan_that_is_no_letter_is_discarded_with_a_reason() {
    let (rig, token) = rig().await;
    send(&rig, &token, SCANS, None, &[("空白.tif", &tiff_of(1))]).await;
    let id = waiting(&rig, &token).await[0]["id"].as_str().unwrap().to_owned();
    let (_, page) = rig.look(&format!("{PAGE}/{id}"), &token).await;
    assert!(page.contains(&format!("/desk/letters/waiting/{id}/discard")), "{page}");
    let at = format!("{SCANS}/{id}/discard");
    let body = |reason: &str| json!({ "reason": reason }).to_string();
    let request = |token: &str, body: String| {
        Request::post(&at)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap()
    };
    let officer = rig.token(Role::Officer);
    assert_eq!(rig.send(request(&officer, body("blank"))).await.0.status, StatusCode::FORBIDDEN);
    assert_eq!(
        rig.send(request(&token, body("some words"))).await.0.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(rig.send(request(&token, body("duplicate"))).await.0.status, StatusCode::NO_CONTENT);
    let act = rig.next_act().await;
    assert_eq!((act.action.as_str(), act.reason.as_str()), ("scan.discarded", "duplicate"));
    assert!(waiting(&rig, &token).await.is_empty());
}

#[tokio::test]
async fn every_operation_of_the_desk_is_documented() {
    let (rig, token) = rig().await;
    let (_, document) = rig.ask(get("/api/v1/letters/openapi.json", &token)).await;
    for path in [
        LETTERS,
        "/api/v1/letters/import",
        "/api/v1/letters/hints",
        SCANS,
        "/api/v1/letters/scans/{id}",
        "/api/v1/letters/scans/{id}/discard",
        "/api/v1/letters/scans/{id}/pages/{page}",
        "/api/v1/letters/numbers",
        "/api/v1/letters/numbers/{number}/label",
        "/api/v1/letters/numbers/{number}/scans",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let text = document.to_string();
    let named: std::collections::BTreeSet<_> =
        text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for name in named {
        assert!(document["components"]["schemas"][name].is_object(), "{name} is described");
    }
}

#[tokio::test]
async fn a_page_is_read_in_the_script_that_it_is_written_in() {
    let (rig, token) = rig().await;
    send(&rig, &token, SCANS, None, &[("來信.png", TRADITIONAL)]).await;
    let scan = until("the draft", LONG, || async {
        let scan = waiting(&rig, &token).await.remove(0);
        (scan["reading"]["state"] != "waiting").then_some(scan)
    })
    .await;
    let draft = scan["reading"]["text"].as_str().unwrap_or_else(|| panic!("no draft: {scan}"));
    for words in ["檢舉", "違規", "職務"] {
        assert!(draft.contains(words), "{words}: {draft}");
    }
}

#[tokio::test]
async fn a_scan_with_a_broken_page_is_refused_by_its_page_or_taken_for_the_others() {
    let (rig, token) = rig().await;
    // Two pages, of which the first has a content that is none.
    let broken = {
        let after = |from: usize, needle: &[u8]| {
            let at = LETTER[from..].windows(needle.len()).position(|window| window == needle).unwrap();
            from + at + needle.len()
        };
        let content = after(after(0, b"\n48 0 obj"), b"stream\n");
        let mut bytes = LETTER.to_vec();
        bytes[content..content + 16].fill(0xff);
        bytes
    };
    let files = [("letter.pdf", broken.as_slice())];
    let upload = async |field: &str| {
        let mut body = form(None, &files);
        let field =
            format!("--b0undary\r\nContent-Disposition: form-data; name=\"broken_pages\"\r\n\r\n{field}\r\n");
        body.splice(0..0, field.into_bytes());
        rig.post_as("multipart/form-data; boundary=b0undary", SCANS, &token, body).await
    };
    let (status, refused) = upload("refuse").await;
    assert_eq!(
        (status, &refused["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("broken_page")),
        "{refused}"
    );
    assert_eq!(upload("perhaps").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, taken) = upload("take").await;
    assert_eq!(status, StatusCode::CREATED, "{taken}");
    let id = taken["scans"][0].as_str().unwrap().to_owned();
    let (_, page) = rig.look(&format!("{PAGE}/{id}"), &token).await;
    assert!(page.contains("第 1 页无法读取") && page.contains(&format!("{id}/pages/2")), "{page}");
    assert!(!page.contains(&format!("{id}/pages/1\"")), "nothing is drawn of it");
}
