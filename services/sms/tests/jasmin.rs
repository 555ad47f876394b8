//! A real Jasmin between our door and a message centre: a long message in, our webhook, the receipt out, seen at the
//! centre. The centre is played here, in SMPP 3.4: Jasmin brings none. Delivery reports are not asked for: Jasmin
//! 0.11.1 fails over each answer to what it submits ("'SubmitSM' object has no attribute 'response'" in its log)
//! and knows none of its messages again; `sending` holds us to the reports that it documents.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "support/peer.rs"]
mod peer;
#[path = "support/smpp.rs"]
mod smpp;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dengwen_testkit::{free_port, until};
use peer::{LONG, Running, tip_text};
use smpp::Centre;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MISSING: &str =
    "Jasmin is not installed: run ./tests/run, which installs it from PyPI into target/jasmin";
const TIP: &str = "县长在任前公示期间收钱，群众很有意见";

/// Starts Jasmin with a lock file of its own: its usual one is of the whole machine, and outlives a kill.
const START: &str = "import lockfile, runpy, sys
lock, sys.argv = sys.argv[1], sys.argv[2:]
usual = lockfile.FileLock
lockfile.FileLock = lambda _: usual(lock)
runpy.run_path(sys.argv[0], run_name='__main__')";

/// Where `tests/run` puts Jasmin.
fn installed() -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/jasmin");
    let folder = std::env::var_os("DENGWEN_TEST_JASMIN").map_or_else(usual, PathBuf::from);
    assert!(folder.join("installed").exists(), "{MISSING}");
    folder
}

fn port_of(url: &str) -> u16 {
    url::Url::parse(url).unwrap().port().unwrap()
}

struct Ports {
    console: u16,
    api: u16,
}

/// As Jasmin's configuration file documents it, on ports of its own; the PyPI package lacks the AMQP specification
/// that its Debian package brings, and its AMQP library has it.
fn configuration(folder: &Path, jasmin: &Path, virtual_host: &str, ports: &Ports) -> String {
    let specification = glob(jasmin, "txamqp/specs/standard/amqp0-9-1.stripped.xml");
    let broker = port_of(&dengwen_testkit::rabbitmq_url());
    let redis = port_of(&dengwen_testkit::redis_url());
    let Ports { console, api } = ports;
    let (router, clients, server, server_pb) = (free_port(), free_port(), free_port(), free_port());
    let store = folder.display();
    format!(
        "[jcli]\nport = {console}\nauthentication = False\n\
         [http-api]\nbind = 127.0.0.1\nport = {api}\n\
         [amqp-broker]\nport = {broker}\nvhost = {virtual_host}\nspec = {spec}\n\
         [redis-client]\nport = {redis}\n\
         [router]\nbind = 127.0.0.1\nport = {router}\nstore_path = {store}\nauthentication = False\n\
         [client-management]\nbind = 127.0.0.1\nport = {clients}\nstore_path = {store}\nauthentication = False\n\
         [smpp-server]\nbind = 127.0.0.1\nport = {server}\n\
         [smpp-server-pb]\nbind = 127.0.0.1\nport = {server_pb}\nauthentication = False\n\
         [deliversm-thrower]\nretry_delay = 1\n[dlr-thrower]\nretry_delay = 1\n",
        spec = specification.display()
    )
}

/// A file of an installed Python package.
fn glob(jasmin: &Path, file: &str) -> PathBuf {
    let versions = std::fs::read_dir(jasmin.join("lib")).expect(MISSING);
    let found = versions.map(|entry| entry.unwrap().path().join("site-packages").join(file));
    found.into_iter().find(|path| path.exists()).expect(MISSING)
}

/// A virtual host of the shared broker that was not there before.
async fn virtual_host() -> String {
    let name = format!("jasmin-{}", std::process::id());
    let all = r#"{"configure":".*","write":".*","read":".*"}"#;
    for (path, body) in [(format!("vhosts/{name}"), "{}"), (format!("permissions/{name}/guest"), all)] {
        let url = format!("{}/api/{path}", dengwen_testkit::rabbitmq_management_url());
        let request = dengwen_testkit::client().put(url).basic_auth("guest", Some("guest"));
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }
    name
}

/// Types these lines into Jasmin's console, and waits for its prompt after each.
async fn console(port: u16, lines: &[&str]) {
    let connect = || async { TcpStream::connect(("127.0.0.1", port)).await.ok() };
    let mut console = until("Jasmin's console", LONG, connect).await;
    for line in lines {
        console.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        let mut shown = Vec::new();
        let prompt = async {
            // What was typed comes back, then what it did, then a prompt.
            while !(contains(&shown, line) && (shown.ends_with(b"> ") || shown.ends_with(b"jcli : "))) {
                let mut more = [0; 512];
                let read = console.read(&mut more).await.unwrap();
                assert!(read > 0, "the console closed");
                shown.extend_from_slice(&more[..read]);
            }
        };
        tokio::time::timeout(LONG, prompt).await.unwrap_or_else(|_| panic!("no prompt after {line}"));
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert!(!shown.contains("Error") && !shown.contains("Unknown"), "{line}: {shown}");
    }
}

fn contains(shown: &[u8], line: &str) -> bool {
    shown.windows(line.len()).any(|window| window == line.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_through_jasmin_comes_back_as_a_receipt() {
    let jasmin = installed();
    let folder = tempfile::tempdir().unwrap();
    let ports = Ports { console: free_port(), api: free_port() };
    let centre = Centre::open().await;

    // Our door.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let door = format!("http://{}", listener.local_addr().unwrap());
    let table = format!(
        "public_url = \"{door}\"\n[gateways.main]\nkind = \"jasmin\"\npath_secret = \"s3cret\"\n\
         username = \"u\"\npassword = \"p\"\nfrom = \"12380\"\napi_url = \"http://127.0.0.1:{}\"",
        ports.api
    );
    let runtime = peer::door(folder.path(), &table, listener).await;

    // Jasmin, set up over its console as its documentation shows.
    let store = folder.path().join("jasmin");
    std::fs::create_dir(&store).unwrap();
    let file = store.join("jasmin.cfg");
    std::fs::write(&file, configuration(&store, &jasmin, &virtual_host().await, &ports)).unwrap();
    let log = std::fs::File::create(store.join("log")).unwrap();
    let mut command = Command::new(jasmin.join("bin/python3"));
    command
        .args(["-c", START])
        .arg(store.join("lock"))
        .arg(jasmin.join("bin/jasmind.py"))
        .arg("-c")
        .arg(&file);
    command.args(["--enable-deliver-thrower", "--enable-dlr-thrower", "--enable-dlr-lookup"]);
    command.env("ROOT_PATH", &store).env("LOG_PATH", &store);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let _jasmin = Running(command.spawn().expect(MISSING));
    let (host, inbound) = (format!("port {}", centre.port()), format!("url {door}/sms/main/inbound/s3cret"));
    console(
        ports.console,
        &[
            "httpccm -a",
            "cid door",
            &inbound,
            "method POST",
            "ok",
            "morouter -a",
            "type DefaultRoute",
            "connector http(door)",
            "ok",
            "group -a",
            "gid g",
            "ok",
            "user -a",
            "username u",
            "password p",
            "gid g",
            "uid u",
            "ok",
            "smppccm -a",
            "cid centre",
            "host 127.0.0.1",
            &host,
            "username u",
            "password p",
            "bind transceiver",
            "con_fail_delay 1",
            "ok",
            "mtrouter -a",
            "type DefaultRoute",
            "connector smppc(centre)",
            "rate 0.0",
            "ok",
            "smppccm -1 centre",
        ],
    )
    .await;

    // A long message in three parts in UCS-2, the last part last, as Jasmin's own joining wants it.
    let mut centre = centre.bound(LONG).await;
    centre.deliver_parts("8613900000001", "12380", TIP, 3).await;
    let receipt = centre.submitted(LONG).await;
    assert_eq!(receipt.to, "8613900000001", "to whoever wrote");
    assert!(receipt.text.starts_with("已收到"), "the bland words, and none of the tip's");
    assert_eq!(receipt.text.chars().filter(char::is_ascii_digit).count(), 20, "and a receipt");
    assert_eq!(tip_text(&runtime).await, TIP);
}
