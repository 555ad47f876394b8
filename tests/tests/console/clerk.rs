//! A clerk's day at the phone desk, in a Chromium with JavaScript: a call that is broken off, a closed
//! browser, the call taken up again, the receipt that the caller looks up, and somebody to be called back.

use dengwen_model::{Clock, SystemClock};
use dengwen_testkit::{Backends, Service, Setup, System};
use jiff::tz::{TimeZone, offset};

use crate::browser::Browser;
use crate::{PASSWORD, account};

const WORDS: &str = "反映清岚县水利局局长丁戊己在公示前收受礼金，提拔其司机任副股长。";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_survives_a_closed_browser_and_its_receipt_is_read_out() {
    let setup = Setup::default().variable("DENGWEN_DANGEROUS_LIMITS_OFF", "1");
    let system = System::in_one(Backends::embedded(), setup).await;
    let base = system.url(Service::Web, "");
    let given = account(&system, "intake", None).await;

    let browser = Browser::start_with_scripts(base.clone()).await;
    browser.first_sign_in("intake", &given, PASSWORD, "/desk/phone").await;
    // The browser asks for English; the clerk chooses.
    browser.open("/desk/language?to=zh&back=/desk/phone").await;
    browser.write("[name='subject.name']", "丁戊己").await;
    browser.write("[name=text]", WORDS).await;
    let hour = || SystemClock.now().to_zoned(TimeZone::fixed(offset(8))).strftime(" %H:").to_string();
    let before = hour();
    browser.says("#saved", "草稿已保存").await;
    let saved = browser.text("#saved").await;
    assert!(saved.contains(&before) || saved.contains(&hour()), "by Beijing's clock: {saved}");
    // The page has become the draft: loaded again it is there, and in the other language too.
    browser.arrives("/desk/phone/drafts/").await;
    browser.keeps("[name=text]", WORDS).await;
    browser.write("[name=demand]", "他说要跳楼").await;
    browser.says("#danger", "110").await;
    browser.says("#hints", "未发现").await;
    browser.picture("phone-desk").await;
    browser.quit().await;

    let browser = Browser::start_with_scripts(base).await;
    browser.sign_in("intake", PASSWORD, "/desk/phone").await;
    browser.click("details.drafts a").await;
    browser.arrives("/desk/phone/drafts/").await;
    assert_eq!(browser.value("[name=text]").await, WORDS);
    browser.write("[name=demand]", "请依规查处").await;
    browser.click("[name=readback_confirmed]").await;
    browser.click("button[value=register]").await;
    let receipt = browser.text("ol.groups").await;
    let digits: String = receipt.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 20);
    browser.picture("receipt").await;
    import(&browser).await;
    call_back(&browser).await;
    browser.open("/desk/language?to=en&back=/desk/phone").await;
    browser.write("[name='subject.name']", "丁戊己").await;
    browser.write("[name=text]", "The caller says that he sold a post.").await;
    browser.says("#saved", "saved").await;
    browser.picture("phone-desk-en").await;
    browser.leave().await;
    browser.open("/desk/phone").await;
    browser.arrives("/desk/sign-in").await;

    browser.open("/receipt?lang=zh").await;
    browser.write("input[name=receipt]", &digits).await;
    browser.enter("input[name=receipt]").await;
    browser.says("main", "办理情况").await;
    browser.quit().await;
}

/// A call log of several pages: each row's fate, ticks that are kept from page to page, by the keyboard alone.
async fn import(browser: &Browser) {
    let row = |row: usize| format!("{row},乙某{row},第{row}号来电，反映某镇第{row}件用人问题,\n");
    let rows: String = (4..130).map(row).collect();
    let first: String = (0..4).map(row).collect();
    // One with a cell too many, one without its facts, a blank one, and one that was there.
    let wrong = "9001,丙某,反映某镇未经集体讨论任用干部,已转,多一格\n9002,丁某,,\n,,,\n";
    let again = row(0);
    let table = tempfile::Builder::new().suffix(".csv").tempfile().expect("a file");
    std::fs::write(table.path(), format!("编号,被举报人,反映内容,备注\n{first}{wrong}{again}{rows}{again}"))
        .expect("written");
    browser.open("/desk/language?to=zh&back=/desk/phone/import").await;
    browser.picture("import").await;
    browser.choose_file("#file", table.path()).await;
    browser.enter("main form button").await;
    browser.says("main", "反映内容").await;
    browser.enter("main form button[accesskey=r]").await;
    browser.says("main .figures", "将登记").await;
    browser.says("tr.row-wrong small", "单元格多于首行的列名").await;
    browser.says("main .note", "不导入： 备注").await;
    browser.picture("import-fates").await;
    browser.space("[name=row_3]").await;
    browser.enter("button[name=go][value='2']").await;
    browser.says("main", "2 / 2").await;
    browser.says("main tbody", "与前面的行相同").await;
    browser.space("[name=row_110]").await;
    browser.enter("button[name=go][value='1']").await;
    browser.says("main", "已勾选： 2").await;
    browser.resize(320, 800).await;
    assert!(browser.fits().await, "nothing but the table is moved sideways");
    browser.picture("import-fates-narrow").await;
    browser.enter("header a[lang=en]").await;
    browser.says("main .figures", "Will be registered").await;
    assert!(browser.fits().await, "nor in English");
    browser.enter("header a[lang=zh-Hans]").await;
    browser.says("main .figures", "将登记").await;
    browser.resize(1120, 1400).await;
    browser.enter("button[name=do][value=only]").await;
    browser.says("main", "已登记 2").await;
    browser.enter("button[name=do][value=again]").await;
    browser.says("main tbody", "此前已登记").await;
}

/// A call that nobody took, from the exchange's table to the number that was shown.
async fn call_back(browser: &Browser) {
    let began = SystemClock.now().to_zoned(TimeZone::fixed(offset(8))).strftime("%Y-%m-%d %H:%M:%S");
    let row = format!(
        r#""","01055550123","12380","line","","PJSIP/trunk-01","","Dial","","{began}",,"{began}",30,0,"NO ANSWER","DOCUMENTATION","1793581200.1","""#
    );
    let table = tempfile::Builder::new().suffix(".csv").tempfile().expect("a file");
    std::fs::write(table.path(), row).expect("written");
    browser.open("/desk/language?to=zh&back=/desk/phone/recordings").await;
    browser.click("main > details > summary").await;
    browser.choose_file("#file", table.path()).await;
    browser.click("main form.narrow button").await;
    browser.says("main table", "未接通").await;
    browser.picture("calls").await;
    browser.click("main table a").await;
    browser.says("main", "01055550123").await;
    browser.picture("call-back").await;
}
