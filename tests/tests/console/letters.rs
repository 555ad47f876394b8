//! A clerk's day at the letter desk, in a Chromium with JavaScript: a scan is uploaded, read as a draft,
//! registered, its label printed, and the receipt opened by whoever wrote.

use std::path::Path;

use dengwen_testkit::{Backends, Service, Setup, System};

use crate::browser::Browser;
use crate::{PASSWORD, account};

/// An invented letter of two pages.
const LETTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/letters/tests/data/letter.pdf");

#[tokio::test(flavor = "multi_thread")]
async fn a_scanned_letter_is_read_registered_and_labelled() {
    let setup = Setup::default().variable("DENGWEN_DANGEROUS_LIMITS_OFF", "1");
    let system = System::in_one(Backends::embedded(), setup).await;
    let base = system.url(Service::Web, "");
    let given = account(&system, "intake", None).await;
    let browser = Browser::start_with_scripts(base).await;
    browser.first_sign_in("intake", &given, PASSWORD, "/desk/phone").await;
    browser.open("/desk/language?to=zh&back=/desk/letters/scans").await;
    browser.choose_file("input[name=file]", Path::new(LETTER)).await;
    browser.click("form.bar button").await;
    browser.arrives("/desk/letters/scans?done=uploaded").await;
    browser.reads("/desk/letters/scans", "table", "有文字草稿").await;
    browser.picture("letter-scans").await;

    browser.click("table a").await;
    browser.says("pre.words", "水务局").await;
    browser.picture("letter-scan").await;
    browser.click("form button[accesskey=r]").await;
    browser.arrives("/desk/letters/drafts/").await;
    let draft = browser.value("[name=text]").await;
    assert!(draft.contains("水务局"), "what was read is offered: {draft}");
    assert_eq!(browser.value("[name=pages]").await, "2");
    // A draft of a machine: the clerk writes what stands on the paper.
    browser.write("[name=text]", "来信反映清岚县水务局未经集体讨论任用干部。").await;
    browser.says("#saved", "草稿已保存").await;
    browser.says("#hints", "未发现").await;
    browser.picture("letter-desk").await;
    browser.click("button[value=register]").await;
    let receipt = browser.text("ol.groups").await;
    let digits: String = receipt.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 20);
    let number = browser.text("main p strong").await;
    assert!(number.starts_with('L'), "a register number: {number}");
    browser.picture("letter-receipt").await;

    browser.open(&format!("/desk/letters/labels/{number}")).await;
    browser.says(".label", &number).await;
    browser.picture("letter-label").await;
    browser.open("/desk/letters/scans").await;
    browser.says("main", "没有").await;
    browser.open("/receipt?lang=zh").await;
    browser.write("input[name=receipt]", &digits).await;
    browser.enter("input[name=receipt]").await;
    browser.says("main", "办理情况").await;
    browser.quit().await;
}
