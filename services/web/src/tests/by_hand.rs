//! The pages, as a browser without JavaScript uses them.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use dengwen_door::Limits;
use dengwen_queue::Queue;

use super::{Answer, multipart, rig};

const PLAIN: &str = "application/x-www-form-urlencoded";

/// The name of the form that a page shows.
fn once(page: &Answer) -> &str {
    page.body.split("name=\"once\" value=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[tokio::test]
async fn the_form_and_the_receipt_page_work_by_hand() {
    let rig = rig(Limits::off()).await;
    let form = rig.send(Request::get("/").body(Body::empty()).unwrap()).await;
    assert!(form.body.contains("举报") && form.body.contains("name=\"once\""));
    let wrong = rig.post("/", PLAIN, &[], "text=&subject_name=%E6%9F%90%E7%94%B2").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("某甲"), "what was typed is still there");
    let sent = rig.post("/", PLAIN, &[], "text=%E6%9F%90&once=abc").await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
    let again = rig.post("/", PLAIN, &[], "text=%E6%9F%90&once=abc").await;
    assert_eq!(sent.body, again.body, "sending the form twice makes one tip");
    assert_eq!(rig.waiting().await, 1);
    let receipt: String =
        sent.body.split("id=\"receipt\">").nth(1).unwrap().chars().take_while(|c| *c != '<').collect();
    let page =
        rig.post("/receipt?lang=en", PLAIN, &[], format!("receipt={}", receipt.replace(' ', "+"))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Received"), "{}", page.body);
    let unknown = rig.post("/receipt", PLAIN, &[], "receipt=12").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_receipt_page_takes_words_and_files_without_javascript() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    rig.register(&tip);
    let receipt = tip.json()["receipt"].as_str().unwrap().replace(' ', "");
    let open = format!("receipt={receipt}");
    let page = rig.post("/receipt", PLAIN, &[], open).await;
    assert!(page.body.contains("multipart/form-data") && page.body.contains("type=\"file\""));
    let once = page.body.split("name=\"once\" value=\"").nth(1).unwrap()[..32].to_owned();
    let field = |name, value| (name, None, value);
    let parts = [
        field("receipt", receipt.as_bytes()),
        field("once", once.as_bytes()),
        field("text", "附上记录".as_bytes()),
        ("file", Some("a.txt"), &b"x"[..]),
    ];
    for _ in 0..2 {
        let (media, body) = multipart(&parts);
        let sent = rig.post("/receipt/message", &media, &[], body).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        assert_eq!(sent.body.matches("附上记录").count(), 1, "sending the form twice makes one message");
        assert!(sent.body.contains("附件: 1"));
    }
    let (media, body) = multipart(&[field("receipt", receipt.as_bytes()), field("text", b"\x07typed")]);
    let refused = rig.post("/receipt/message", &media, &[], body).await;
    assert!(refused.body.contains("typed") && refused.body.contains("role=\"alert\""), "{}", refused.body);
    let by_address = Request::get("/receipt/message?lang=en").body(Body::empty()).unwrap();
    assert_eq!(rig.send(by_address).await.status, StatusCode::OK, "as the other language is asked for");
    // While casework is away it says that the message is safe.
    rig.taken(1).await;
    rig.desk.away.store(true, Ordering::Relaxed);
    let plain = format!("receipt={receipt}&text=x");
    let kept = rig.post("/receipt/message?lang=en", PLAIN, &[], plain).await;
    assert_eq!(kept.status, StatusCode::OK);
    assert!(kept.body.contains("Your message is safe"), "{}", kept.body);
    rig.spooled().await;
}

/// Another door took the report, and triage is behind: this door and casework know nothing of it.
#[tokio::test]
async fn a_receipt_that_nobody_knows_yet_may_be_on_its_way_and_the_words_under_it_are_kept() {
    let rig = rig(Limits::off()).await;
    let receipt = "receipt=99999999999999999999";
    let page = rig.post("/receipt", PLAIN, &[], receipt).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(
        page.body.contains("材料可能还在途中") && page.body.contains("99999999999999999999"),
        "{}",
        page.body
    );
    let english = rig.post("/receipt?lang=en", PLAIN, &[], receipt).await;
    assert!(english.body.contains("may still be on its way"), "{}", english.body);
    let malformed = rig.post("/receipt", PLAIN, &[], "receipt=12").await;
    assert!(!malformed.body.contains("途中"), "what is no receipt is not on its way");
    let once = "0".repeat(32);
    let form = format!("{receipt}&text=words&once={once}");
    let page = rig.post("/receipt/message", PLAIN, &[], form).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    for kept in ["words</textarea>", "您的留言没有发出", "材料可能还在途中", &once] {
        assert!(page.body.contains(kept), "{kept}: {}", page.body);
    }
    assert_eq!(rig.waiting().await, 0, "nothing is kept under a receipt that nobody knows");
    let mine = rig.mine("Receipt 99999999999999999999").await;
    assert_eq!(mine.status, StatusCode::NOT_FOUND);
    assert!(mine.json()["detail"].as_str().unwrap().contains("on its way"), "{}", mine.body);
}

#[tokio::test]
async fn what_is_wrong_is_told_in_a_list_and_at_its_field() {
    let rig = rig(Limits::off()).await;
    let page = rig.post("/?lang=en", PLAIN, &[], "text=x&reporter_email=no").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.body.contains(r##"<li id="wrong_reporter_email"><a href="#reporter_email">"##),
        "{}",
        page.body
    );
    let field = page.body.split(r#"<input id="reporter_email""#).nth(1).unwrap();
    let field = &field[..field.find('>').unwrap()];
    assert!(field.contains(r#"aria-invalid="true""#), "{field}");
    assert!(field.contains(r#"aria-describedby="wrong_reporter_email""#), "{field}");
    let about_me = page.body.rsplit("<details").next().unwrap();
    assert!(about_me.starts_with(" open"), "the field that is wrong is in sight");
    assert!(!page.body.contains(r#"<input id="subject_name" name="subject_name" class"#));
}

#[tokio::test]
async fn a_page_shows_the_way_out_and_gives_nobody_away_in_the_history() {
    let rig = rig(Limits::off()).await;
    let form = rig.send(Request::get("/?lang=en").body(Body::empty()).unwrap()).await;
    assert!(form.body.contains("device or network of your workplace"), "advice stands before the form");
    let sent = rig.post("/?lang=en", PLAIN, &[], "text=x").await;
    let asked = rig.send(Request::get("/receipt?lang=en").body(Body::empty()).unwrap()).await;
    for page in [&form, &sent, &asked] {
        assert!(page.body.contains("<title>Dengwen 12380 tip line</title>"), "{}", page.body);
        assert!(page.body.contains(r#"class="leave" href="https:"#));
        assert!(!page.body.contains("<script"), "nothing here needs a script");
        assert_eq!(page.cache, "no-store");
    }
    assert!(!sent.body.contains("?lang=zh\" lang="), "no link that loses a receipt shown once");
    assert!(sent.body.contains("只显示这一次"), "whoever reads the other language is told too");
}

#[tokio::test]
async fn a_file_that_is_not_taken_costs_nobody_their_words() {
    let rig = rig(Limits::off()).await;
    let (small, large) = (("file", Some("a.txt"), &b"x"[..]), ("file", Some("b.txt"), &[b'x'; 1001][..]));
    for files in [vec![large], vec![small, small, small], vec![("file", Some("c.exe"), &b"MZ\x90\0"[..])]] {
        let words = ("text", None, "某局长卖官".as_bytes());
        let (media, body) = multipart(&[&[words], &files[..]].concat());
        let page = rig.post("/", &media, &[], body).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("某局长卖官</textarea>"), "{}", page.body);
        assert!(page.body.contains(r#"id="wrong_files""#), "{}", page.body);
    }
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn words_that_are_too_many_are_shown_again_to_be_made_fewer() {
    let rig = rig(Limits::off()).await;
    let words = "某局长卖官。".repeat(5000);
    let (media, body) = multipart(&[("text", None, words.as_bytes())]);
    let page = rig.post("/", &media, &[], body).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains(&words) && page.body.contains(r#"id="wrong_text""#));
}

#[tokio::test]
async fn a_form_that_is_sent_again_with_other_words_becomes_a_report_of_its_own_if_wanted() {
    let rig = rig(Limits::off()).await;
    let form = rig.send(Request::get("/").body(Body::empty()).unwrap()).await;
    let first = rig.post("/", PLAIN, &[], format!("text=first&once={}", once(&form))).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let asked = rig.post("/", PLAIN, &[], format!("text=second&once={}", once(&form))).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.body.contains("second</textarea>") && asked.body.contains("先前提交过"), "{}", asked.body);
    assert_ne!(once(&asked), once(&form));
    let second = rig.post("/", PLAIN, &[], format!("text=second&once={}", once(&asked))).await;
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(rig.waiting().await, 2);
}

#[tokio::test]
async fn whoever_is_put_off_keeps_words_and_the_name_of_the_form() {
    let rig = rig(Limits::new(1, 100)).await;
    let form = rig.send(Request::get("/").body(Body::empty()).unwrap()).await;
    rig.tip(r#"{"text":"x"}"#).await;
    let sent = format!("text=words&reporter_phone=12345&once={}", once(&form));
    let limited = rig.post("/", PLAIN, &[], sent.clone()).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    let rig = super::rig(Limits::off()).await;
    rig.queue.close().await;
    let failed = rig.post("/?lang=en", PLAIN, &[], sent).await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(failed.body.contains("was not received this time"), "{}", failed.body);
    for page in [&limited, &failed] {
        assert!(page.body.contains("words</textarea>") && page.body.contains("12345"), "{}", page.body);
        assert!(page.body.contains("role=\"alert\""));
        assert_eq!(once(page), once(&form), "what may have been taken is not taken twice");
    }
}

#[tokio::test]
async fn a_message_that_is_put_off_costs_nobody_their_words() {
    let rig = rig(Limits::new(100, 100)).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    rig.register(&tip);
    let receipt = tip.json()["receipt"].as_str().unwrap().replace(' ', "");
    let send = |text: &str, once: &str| {
        rig.post("/receipt/message", PLAIN, &[], format!("receipt={receipt}&text={text}&once={once}"))
    };
    assert_eq!(send("first", "abc").await.status, StatusCode::OK);
    let other = send("second", "abc").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.body.contains("second</textarea>"), "{}", other.body);
    let mut last = send("second", once(&other)).await;
    for number in 0..30 {
        last = send(&format!("more{number}"), &format!("more{number}")).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.body.contains("more29</textarea>"), "{}", last.body);
    assert_eq!(once(&last), "more29");
}

#[tokio::test]
async fn whoever_comes_to_a_wrong_address_finds_a_page_and_a_program_the_problem() {
    let rig = rig(Limits::off()).await;
    let get = |path: &str, accept: &str| {
        rig.send(Request::get(path).header("accept", accept).body(Body::empty()).unwrap())
    };
    let page = get("/nowhere?lang=en", "text/html,application/xhtml+xml,*/*;q=0.8").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("No such page") && page.body.contains(r#"href="/?lang=en""#), "{}", page.body);
    let problem = get("/nowhere", "*/*").await;
    assert_eq!((problem.status, problem.media.as_str()), (StatusCode::NOT_FOUND, "application/problem+json"));
}

#[tokio::test]
async fn fields_that_the_form_does_not_have_or_has_once_get_no_receipt_and_lose_nobody_their_words() {
    let rig = rig(Limits::off()).await;
    let form = rig.send(Request::get("/").body(Body::empty()).unwrap()).await;
    let once = once(&form);
    let strange = rig.post("/?lang=en", PLAIN, &[], format!("text=words&title=headline&once={once}")).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        strange.body.contains("words</textarea>") && strange.body.contains("headline"),
        "{}",
        strange.body
    );
    assert!(strange.body.contains("Fields came along"), "{}", strange.body);
    assert_eq!(self::once(&strange), once, "put right, it is the same form");
    let doubled = rig.post("/?lang=en", PLAIN, &[], "text=one&text=two&subject_name=a&subject_name=b").await;
    assert_eq!(doubled.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(doubled.body.contains("one\ntwo</textarea>") && doubled.body.contains(r#"value="a / b""#));
    assert!(
        doubled.body.contains(r#"id="wrong_text""#) && doubled.body.contains(r#"id="wrong_subject_name""#)
    );
    let (media, body) = multipart(&[("text", None, b"x"), ("evidence", None, b"stray words")]);
    let strange = rig.post("/", &media, &[], body).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(strange.body.contains("stray words"), "{}", strange.body);
    let named_twice = rig.post("/", PLAIN, &[], format!("text=x&once={once}&once=other")).await;
    assert_eq!(named_twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rig.waiting().await, 0);
    let right = rig.post("/", PLAIN, &[], format!("text=words&once={once}")).await;
    assert_eq!(right.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_message_with_fields_that_are_not_of_its_form_is_shown_again() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    rig.register(&tip);
    let receipt = tip.json()["receipt"].as_str().unwrap().replace(' ', "");
    for fields in ["text=one&text=two", "text=one&more=two"] {
        let form = format!("receipt={receipt}&{fields}");
        let refused = rig.post("/receipt/message", PLAIN, &[], form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}");
        assert!(refused.body.contains("one\ntwo</textarea>"), "{}", refused.body);
    }
}

/// Old browsers send what they take for the page's encoding. Signs of the parser's own would stand in the words.
#[tokio::test]
async fn words_that_are_not_utf8_get_no_receipt() {
    let rig = rig(Limits::off()).await;
    // 举报 in GBK, and no encoding at all; in the value, and in a name.
    for form in ["text=%BE%D9%B1%A8", "subject_name=%E6%9F%90&text=%ff%fe", "text=x&%ff=1"] {
        let answer = rig.post("/", PLAIN, &[], form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
    }
    let raw = [&b"text="[..], &[0xBE, 0xD9]].concat();
    assert_eq!(rig.post("/", PLAIN, &[], raw).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn the_form_asks_all_that_the_interface_takes() {
    let rig = rig(Limits::off()).await;
    let form = rig.send(Request::get("/?lang=en").body(Body::empty()).unwrap()).await;
    let asked = ["subject_region_code", "subject_gender", "subject_political_status", "reporter_unit"];
    for field in asked {
        assert!(
            form.body.contains(&format!("name=\"{field}\""))
                && form.body.contains(&format!("for=\"{field}\""))
        );
    }
    assert!(form.body.contains("member of the Communist Youth League"), "{}", form.body);
    let sent = "text=x&subject_region_code=110105&subject_gender=2&subject_political_status=03&reporter_unit=%E6%9F%90%E5%B1%80";
    assert_eq!(rig.post("/", PLAIN, &[], sent).await.status, StatusCode::CREATED);
    let taken = rig.taken(1).await;
    let subject = &taken[0].subject;
    let told = [&subject.region_code, &subject.gender, &subject.political_status];
    assert_eq!(told.map(|code| code.as_deref().unwrap()), ["110105", "2", "03"]);
    // What is wrong with one of them is told at its field, with what was typed, in sight.
    let wrong = "text=x&subject_region_code=160000&subject_gender=x&subject_political_status=03";
    let page = rig.post("/?lang=en", PLAIN, &[], wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["subject_region_code", "subject_gender"] {
        assert!(page.body.contains(&format!("id=\"wrong_{field}\"")), "{}", page.body);
    }
    assert!(page.body.contains(r#"value="160000""#) && page.body.contains(r#"<option value="03" selected"#));
    let more = page.body.split("<details").nth(2).unwrap();
    assert!(more.starts_with(" open"), "{more}");
}

#[tokio::test]
async fn what_the_form_cannot_send_is_refused_and_given_back() {
    let rig = rig(Limits::off()).await;
    let page = rig.post("/?lang=en", PLAIN, &[], "text=words&form_kind=zzz&reporter_email=no").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.body.contains(r#"id="wrong_form_kind""#) && page.body.contains(r#"id="wrong_reporter_email""#)
    );
    assert!(page.body.contains("words</textarea>"));
    for part in ["evidence", "text"] {
        let (media, body) =
            multipart(&[("when", None, b"2026"), ("text", None, b"words"), (part, Some("a.txt"), b"x")]);
        let page = rig.post("/?lang=en", &media, &[], body).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
        assert!(page.body.contains("words</textarea>"), "{}", page.body);
        let (media, body) = multipart(&[("tip", None, br#"{"text":"x"}"#), (part, Some("a.txt"), b"x")]);
        let answer = rig.post("/api/v1/tips", &media, &[], body).await;
        assert_eq!(answer.json()["errors"][0]["field"], part);
    }
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn the_receipt_page_takes_a_receipt_and_nothing_else() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    rig.register(&tip);
    let receipt = tip.json()["receipt"].as_str().unwrap().replace(' ', "");
    for form in [format!("receipt={receipt}&text=words"), format!("receipt={receipt}&receipt=1")] {
        let refused = rig.post("/receipt?lang=en", PLAIN, &[], form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.body.contains(&receipt) && refused.body.contains("Fields came along"),
            "{}",
            refused.body
        );
    }
    let unknown = rig.post("/receipt", PLAIN, &[], "receipt=1234").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.body.contains(r#"value="1234""#), "a digit is put right, not all typed again");
    assert_eq!(rig.post("/receipt", PLAIN, &[], format!("receipt={receipt}")).await.status, StatusCode::OK);
}
