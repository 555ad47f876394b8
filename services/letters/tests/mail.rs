//! E-mails from a real IMAP server, Dovecot, over TLS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_imap::Session;
use dengwen_model::{ChannelDetails, IdentityKind};
use dengwen_service::Settings;
use dengwen_testkit::{DeskRig, Kind, Server, holds};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const LONG: Duration = Duration::from_secs(120);

/// A mailbox as a person looks into it.
struct Mailbox {
    server: Server,
    account: &'static str,
    secrets: TempDir,
}

impl Mailbox {
    async fn open(account: &'static str) -> Self {
        let secrets = tempfile::tempdir().unwrap();
        std::fs::write(secrets.path().join("password"), "secret\n").unwrap();
        Self { server: Server::start(Kind::Dovecot).await, account, secrets }
    }

    fn port(&self) -> u16 {
        self.server.url().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap()
    }

    fn password_file(&self) -> std::path::PathBuf {
        self.secrets.path().join("password")
    }

    /// What the server says that it did.
    fn log(&self) -> String {
        std::fs::read_to_string(self.server.certificate().with_file_name("log")).unwrap()
    }

    /// What a desk is told of it.
    fn settings(&self, move_to: Option<&str>) -> toml::Table {
        let quoted = |path: &Path| format!("{:?}", path.display().to_string());
        let moved = move_to.map(|to| format!("move_to = {to:?}\n")).unwrap_or_default();
        let text = format!(
            "[mailbox]\nhost = '127.0.0.1'\nport = {}\nuser = '{}'\npassword_file = {}\nca_file = {}\nseconds = 1\n{moved}",
            self.port(),
            self.account,
            quoted(&self.password_file()),
            quoted(self.server.certificate()),
        );
        text.parse().unwrap()
    }

    async fn session(&self) -> Session<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.server.certificate()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect(("127.0.0.1", self.port())).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap();
        let mut client = async_imap::Client::new(stream);
        client.read_response().await.unwrap();
        client.login(self.account, "secret").await.map_err(|(error, _)| error).unwrap()
    }

    async fn send(&self, message: &[u8]) {
        let mut session = self.session().await;
        session.append("INBOX", None, None, message).await.unwrap();
        session.logout().await.unwrap();
    }

    async fn count(&self, mailbox: &str, query: &str) -> usize {
        let mut session = self.session().await;
        session.select(mailbox).await.unwrap();
        let found = session.uid_search(query).await.unwrap().len();
        session.logout().await.unwrap();
        found
    }
}

async fn desk(letters: toml::Table) -> DeskRig {
    let set = |settings: &mut Settings| settings.letters = letters;
    DeskRig::open_with("letters", set, dengwen_letters::start).await
}

/// A message in GBK with a picture and a program.
fn message(id: &str) -> Vec<u8> {
    let (words, _, _) = encoding_rs::GBK.encode("某局长未经集体讨论提拔亲属");
    let mut raw = format!(
        "From: =?GBK?B?xLPIyw==?= <nobody@example.org>\r\nTo: desk@example.org\r\nMessage-ID: <{id}@example.org>\r\n\
         Subject: =?GBK?B?vtmxqA==?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain; charset=GBK\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    .into_bytes();
    raw.extend_from_slice(&words);
    raw.extend_from_slice(
        b"\r\n--b\r\nContent-Type: image/gif; name=\"a.gif\"\r\nContent-Disposition: attachment; filename=\"a.gif\"\r\n\
          Content-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=\r\n\
          --b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\
          Content-Transfer-Encoding: base64\r\n\r\nf0VMRgIBAQAAAAAAAAAAAA==\r\n--b--\r\n",
    );
    raw
}

#[tokio::test]
async fn a_message_is_taken_once_sealed_and_marked() {
    let mailbox = Mailbox::open("once").await;
    mailbox.send(&message("1")).await;
    let rig = desk(mailbox.settings(None)).await;
    let (received, content) = rig.next_received().await;
    assert!(content.text.starts_with("举报\n\n某局长未经集体讨论提拔亲属"), "{}", content.text);
    assert!(content.text.contains("1 个附件"), "what is not taken is said: {}", content.text);
    assert!(
        matches!(content.details, ChannelDetails::Letter { ref letter_type, .. } if letter_type == "email")
    );
    assert_eq!(content.identity, IdentityKind::Anonymous, "an address on the envelope is no contact offered");
    assert!(received.identity.is_some(), "it is sealed to the custodian");
    let file = &content.attachments[0];
    assert_eq!(
        (content.attachments.len(), file.media_type.as_str(), file.name.as_str()),
        (1, "image/gif", "a.gif")
    );
    assert!(rig.file(file).await.starts_with(b"GIF89a"));
    holds("it is marked as seen", LONG, || async { mailbox.count("INBOX", "SEEN").await == 1 }).await;

    // The same again, as after a crash before it was marked; and another.
    mailbox.send(&message("1")).await;
    let (again, _) = rig.next_received().await;
    assert_eq!(again.external_key, received.external_key, "the ledger makes one tip of both");
    assert_eq!(again.receipt_hash, received.receipt_hash);
    mailbox.send(&message("2")).await;
    assert_ne!(rig.next_received().await.0.external_key, received.external_key);
    holds("all are marked", LONG, || async { mailbox.count("INBOX", "UNSEEN").await == 0 }).await;
    assert_eq!(rig.waiting().await, 0, "nothing is taken twice by itself");
}

#[tokio::test]
async fn a_message_that_cannot_be_kept_stays_unread_until_it_can() {
    let mailbox = Mailbox::open("stays").await;
    let mut session = mailbox.session().await;
    session.create("Archive").await.unwrap();
    session.logout().await.unwrap();
    let store = tempfile::tempdir().unwrap();
    let objects = store.path().join("objects");
    let set = |settings: &mut Settings| {
        settings.letters = mailbox.settings(Some("Archive"));
        settings.objects_url = format!("file://{}", objects.display());
    };
    let rig = DeskRig::open_with("letters", set, dengwen_letters::start).await;
    // A store that takes nothing, for root neither.
    std::fs::remove_dir_all(&objects).ok();
    std::fs::write(&objects, "no folder").unwrap();
    mailbox.send(&message("1")).await;
    holds("the desk has read it", LONG, || async { mailbox.log().contains("body_count=1") }).await;
    assert_eq!(mailbox.count("INBOX", "UNSEEN").await, 1);
    assert_eq!(rig.waiting().await, 0);
    std::fs::remove_file(&objects).unwrap();
    std::fs::create_dir(&objects).unwrap();
    assert_eq!(rig.next_tip().await.attachments.len(), 1);
    holds("it was moved", LONG, || async { mailbox.count("Archive", "SEEN").await == 1 }).await;
    assert_eq!(mailbox.count("INBOX", "ALL").await, 0);
}
