//! A real Kannel with its fake message centre: a message in, our webhook, the receipt out, seen at the centre.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_door::{DeskAway, MailboxView, ReceiptDesk};
use dengwen_messages::{Envelope, Event, MessageReceived, Queues};
use dengwen_model::TipContent;
use dengwen_queue::Subscription;
use dengwen_seal::{ReceiptHash, SealedBox, purpose};
use dengwen_service::{DoorRuntime, Process, Settings};

const FAKE_CENTRE: &str = "/usr/lib/kannel/test/fakesmsc";
const MISSING: &str = "Kannel is not installed: run ./tests/run, which installs kannel and kannel-extras";

const TIP: &str = "县长在任前公示期间收钱";

#[derive(Debug)]
struct NoDesk;

#[async_trait]
impl ReceiptDesk for NoDesk {
    async fn look(&self, _: &ReceiptHash) -> Result<Option<MailboxView>, DeskAway> {
        Err(DeskAway)
    }

    async fn write(&self, _: &MessageReceived) -> Result<bool, DeskAway> {
        Err(DeskAway)
    }
}

/// Ends its process when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Ports {
    admin: u16,
    smsbox: u16,
    centre: u16,
    sendsms: u16,
    door: u16,
}

/// As the Kannel user guide says, with the URL that docs/ recommends and every default answer emptied.
fn configuration(folder: &Path, ports: &Ports) -> String {
    let Ports { admin, smsbox, centre, sendsms, door } = ports;
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
get-url = "http://127.0.0.1:{door}/sms/main/inbound/s3cret?from=%p&to=%P&ts=%T&id=%I&coding=%c&charset=%C&udh=%u&text=%b"
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

/// What the tip that came out says.
async fn tip_text(runtime: &DoorRuntime) -> String {
    use base64::Engine;
    let subscription = Subscription::new(Queues::TRIAGE.0, Queues::TRIAGE.1).unwrap();
    let mut tips = runtime.process().queue().consume(&subscription, 1).await.unwrap();
    let batch = tips.next_batch(1).await.unwrap();
    let envelope = Envelope::from_bytes(&batch[0].message().body).unwrap();
    let Event::TipReceived(tip) = envelope.event else { panic!("not a tip") };
    let sealed = base64::prelude::BASE64_STANDARD.decode(tip.content).unwrap();
    let sealed = SealedBox::from_bytes(sealed).unwrap();
    let keys = runtime.keys().inner().unwrap();
    let opened = keys.line.open(purpose::TipContent, tip.tip.as_uuid().as_bytes(), &sealed).unwrap();
    serde_json::from_slice::<TipContent>(&opened).unwrap().text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_through_kannel_comes_back_as_a_receipt() {
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
    std::fs::write(&file, configuration(folder.path(), &ports)).unwrap();
    let file = file.to_str().unwrap();

    // Our door.
    let data = folder.path().join("data");
    let table = format!(
        "public_url = \"http://127.0.0.1:{}\"\n[gateways.main]\nkind = \"kannel\"\npath_secret = \"s3cret\"\n\
         default_region = \"CN\"\nusername = \"u\"\npassword = \"p\"\nfrom = \"12380\"\napi_url = \"http://127.0.0.1:{}\"",
        ports.door, ports.sendsms
    );
    let settings = Settings { data, sms: table.parse().unwrap(), ..Settings::default() };
    let process = Process::open(settings).await.unwrap();
    let runtime = DoorRuntime::open(process, "sms").await.unwrap();
    let router = dengwen_sms::start(&runtime, Arc::new(NoDesk)).await.unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", ports.door)).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

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
