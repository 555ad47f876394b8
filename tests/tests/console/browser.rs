//! A real Chromium, with or without JavaScript, driven over WebDriver.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use dengwen_testkit::{client, free_port, holds};
use thirtyfour::common::capabilities::chrome::ChromeCapabilities;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::prelude::*;
use tokio::process::{Child, Command};

/// How long a page may take on a busy machine.
const LONG: Duration = Duration::from_secs(120);

/// A browser; closed with this value.
pub(crate) struct Browser {
    driver: WebDriver,
    base: String,
    _service: Child,
}

impl Browser {
    /// Starts one without JavaScript for the pages at `base`.
    pub(crate) async fn start(base: String) -> Self {
        Self::start_as(base, capabilities(false)).await
    }

    /// Starts one with JavaScript.
    pub(crate) async fn start_with_scripts(base: String) -> Self {
        Self::start_as(base, capabilities(true)).await
    }

    async fn start_as(base: String, capabilities: ChromeCapabilities) -> Self {
        let port = free_port();
        let service = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            // A clerk's computer may be set to any zone; the line's time is shown all the same.
            .env("TZ", "America/New_York")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver is installed: run ./tests/run");
        let url = format!("http://127.0.0.1:{port}");
        let status = format!("{url}/status");
        holds("chromedriver", LONG, || async { client().get(&status).send().await.is_ok() }).await;
        let driver = WebDriver::new(&url, capabilities).await.expect("a session");
        Self { driver, base, _service: service }
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.expect("opened");
    }

    /// Loads the page again and again until this stands in a field.
    pub(crate) async fn keeps(&self, css: &str, words: &str) {
        holds(&format!("{css} after loading the page again"), LONG, || async {
            self.driver.refresh().await.expect("loaded again");
            self.value(css).await == words
        })
        .await;
    }

    /// The first element, once it is there.
    async fn element(&self, css: &str) -> WebElement {
        let poller = self.driver.query(By::Css(css)).wait(LONG, Duration::from_millis(100));
        poller.first().await.unwrap_or_else(|_| panic!("no {css}"))
    }

    /// Types into a field.
    pub(crate) async fn write(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        field.clear().await.expect("cleared");
        field.send_keys(text).await.expect("typed");
    }

    /// Chooses a file to be sent.
    pub(crate) async fn choose_file(&self, css: &str, file: &Path) {
        let file = file.canonicalize().expect("the file is there");
        self.element(css).await.send_keys(file.to_string_lossy()).await.expect("chosen");
    }

    /// Opens a page again and again until an element says these words.
    pub(crate) async fn reads(&self, path: &str, css: &str, words: &str) {
        holds(&format!("{path}: {words}"), LONG, || async {
            self.open(path).await;
            let element = self.driver.find(By::Css(css)).await;
            match element {
                Ok(element) => element.text().await.is_ok_and(|text| text.contains(words)),
                Err(_) => false,
            }
        })
        .await;
    }

    /// Clicks, by mouse.
    pub(crate) async fn click(&self, css: &str) {
        self.element(css).await.click().await.expect("clicked");
    }

    /// Presses Enter on an element, as somebody without a mouse does.
    pub(crate) async fn enter(&self, css: &str) {
        self.element(css).await.send_keys(Key::Enter + "").await.expect("pressed");
    }

    /// Presses the space bar on an element, as somebody without a mouse ticks a box.
    pub(crate) async fn space(&self, css: &str) {
        self.element(css).await.send_keys(" ").await.expect("pressed");
    }

    /// Makes the window so wide and high.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.driver.set_window_rect(0, 0, width, height).await.expect("resized");
    }

    /// Whether the page is no wider than its window.
    pub(crate) async fn fits(&self) -> bool {
        let script = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        self.driver.execute(script, Vec::new()).await.expect("asked").json() == &serde_json::json!(true)
    }

    /// The text of an element, once it is there.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.element(css).await.text().await.expect("read")
    }

    /// Waits until a page with this path is there.
    pub(crate) async fn arrives(&self, path: &str) {
        let wanted = format!("{}{path}", self.base);
        holds(&format!("the page {path}"), LONG, || async {
            self.driver.current_url().await.is_ok_and(|url| url.as_str().starts_with(&wanted))
        })
        .await;
    }

    /// Signs in for the first time, changes the password that was given, and waits for the first desk.
    pub(crate) async fn first_sign_in(&self, name: &str, given: &str, new: &str, desk: &str) {
        self.open("/desk/sign-in").await;
        self.write("#name", name).await;
        self.write("#password", given).await;
        self.enter("#password").await;
        self.arrives("/desk/password").await;
        self.write("#old", given).await;
        self.write("#new", new).await;
        self.click("main button").await;
        self.arrives(desk).await;
    }

    /// Signs in again.
    pub(crate) async fn sign_in(&self, name: &str, password: &str, desk: &str) {
        self.open("/desk/sign-in").await;
        self.write("#name", name).await;
        self.write("#password", password).await;
        self.enter("#password").await;
        self.arrives(desk).await;
    }

    /// Waits until an element says these words.
    pub(crate) async fn says(&self, css: &str, words: &str) {
        holds(&format!("{css}: {words}"), LONG, || async {
            let element = self.driver.find(By::Css(css)).await;
            match element {
                Ok(element) => element.text().await.is_ok_and(|text| text.contains(words)),
                Err(_) => false,
            }
        })
        .await;
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, css: &str) -> String {
        self.element(css).await.prop("value").await.expect("read").unwrap_or_default()
    }

    /// Keeps a picture of the page where `DENGWEN_TEST_SCREENSHOTS` names a folder; see docs/screenshots.
    pub(crate) async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("DENGWEN_TEST_SCREENSHOTS") {
            let file = Path::new(&folder).join(format!("{name}.png"));
            self.driver.screenshot(&file).await.expect("a picture");
        }
    }

    /// Signs out.
    pub(crate) async fn leave(&self) {
        self.click("form.who button").await;
        self.arrives("/desk/sign-in").await;
    }

    /// Ends the session.
    pub(crate) async fn quit(self) {
        self.driver.quit().await.expect("closed");
    }
}

fn capabilities(scripts: bool) -> ChromeCapabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    // Without a sandbox because tests may run as root in a container; the pages are our own.
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1120,1400",
    ] {
        capabilities.add_arg(argument).expect("an argument");
    }
    if scripts {
        return capabilities;
    }
    let no_scripts = serde_json::json!({"profile.managed_default_content_settings.javascript": 2});
    capabilities.add_experimental_option("prefs", no_scripts).expect("an option");
    capabilities
}
