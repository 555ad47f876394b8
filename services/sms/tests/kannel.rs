//! A real Kannel with its fake message centre: a message in, our webhook, the receipt out, seen at the centre.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "support/peer.rs"]
mod peer;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dengwen_testkit::free_port;
use peer::{Running, door, tip_text};

const FAKE_CENTRE: &str = "/usr/lib/kannel/test/fakesmsc";
const MISSING: &str = "Kannel is not installed: run ./tests/run, which installs kannel and kannel-extras";

const TIP: &str = "县长在任前公示期间收钱";

struct Ports {
    admin: u16,
    smsbox: u16,
    centre: u16,
    sendsms: u16,
    door: u16,
}

/// How Kannel calls us, as docs/ recommends.
const GET: &str = r#"get-url = "INBOUND?from=%p&to=%P&ts=%T&id=%I&coding=%c&charset=%C&udh=%u&text=%b""#;
const POST: &str = "send-sender = true\npost-url = \"INBOUND?id=%I&ts=%T\"";

/// As the Kannel user guide says, with every default answer emptied.
fn configuration(folder: &Path, ports: &Ports, call: &str) -> String {
    let Ports { admin, smsbox, centre, sendsms, door } = ports;
    let call = call.replace("INBOUND", &format!("http://127.0.0.1:{door}/sms/main/inbound/s3cret"));
    format!(
        r#"
group = core
admin-port = {admin}
admin-password = unused
smsbox-port = {smsbox}
log-file = "{log}/bearerbox.log"
store-type = spool
store-location = "{log}"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = "{log}/smsbox.log"
http-request-retry = 5
http-queue-delay = 1
reply-couldnotfetch = ""
reply-couldnotrepresent = ""
reply-requestfailed = ""
reply-emptymessage = ""

group = sendsms-user
username = u
password = p
max-messages = 10
concatenation = true

group = sms-service
keyword = default
max-messages = 0
concatenation = true
{call}
"#,
        log = folder.display()
    )
}

fn start(program: &str, arguments: &[&str]) -> Child {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect(MISSING)
}

async fn listening(port: u16) {
    let wait = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("Kannel starts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_through_kannel_comes_back_as_a_receipt() {
    through_kannel(GET).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_kannel_posts_comes_back_as_a_receipt() {
    through_kannel(POST).await;
}

async fn through_kannel(call: &str) {
    assert!(Path::new(FAKE_CENTRE).exists(), "{MISSING}");
    let folder = tempfile::tempdir().unwrap();
    let ports = Ports {
        admin: free_port(),
        smsbox: free_port(),
        centre: free_port(),
        sendsms: free_port(),
        door: free_port(),
    };
    let file = folder.path().join("kannel.conf");
    std::fs::write(&file, configuration(folder.path(), &ports, call)).unwrap();
    let file = file.to_str().unwrap();

    let table = format!(
        "public_url = \"http://127.0.0.1:{}\"\n[gateways.main]\nkind = \"kannel\"\npath_secret = \"s3cret\"\n\
         default_region = \"CN\"\nusername = \"u\"\npassword = \"p\"\nfrom = \"12380\"\napi_url = \"http://127.0.0.1:{}\"",
        ports.door, ports.sendsms
    );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", ports.door)).await.unwrap();
    let runtime = door(folder.path(), &table, listener).await;

    // Kannel: the bearer box, the message centre's side, then the box that calls us.
    let _bearerbox = Running(start("bearerbox", &["-v", "4", file]));
    listening(ports.admin).await;
    let _smsbox = Running(start("smsbox", &["-v", "4", file]));
    listening(ports.sendsms).await;
    let message = format!("13900000001 12380 text {TIP}");
    let centre = ports.centre.to_string();
    let mut fake = start(FAKE_CENTRE, &["-r", &centre, "-i", "1", "-m", "1", &message]);
    let seen = BufReader::new(fake.stderr.take().unwrap());
    let _fake = Running(fake);

    // What comes back to the handset.
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in seen.split(b'\n').map_while(Result::ok) {
            if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    let receipt = async {
        while let Some(line) = receive.recv().await {
            if line.contains("Got message") {
                return line;
            }
        }
        panic!("the fake message centre ended");
    };
    let line = tokio::time::timeout(Duration::from_secs(30), receipt).await.expect("a receipt arrives");
    assert!(line.contains("+8613900000001"), "to whoever wrote");
    // U+5DF2 U+6536 U+5230, as the centre shows them: the bland words, and none of the tip's.
    assert!(line.contains("%5D%F2e6R0"), "in UCS-2");
    assert_eq!(tip_text(&runtime).await, TIP);
}
