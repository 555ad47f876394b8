//! A signed-in IMAP session over TLS.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use async_imap::Session;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::settings::MailboxSettings;

/// Longest wait for one answer of the server.
pub(super) const ANSWER: Duration = Duration::from_secs(60);

pub(super) type ImapSession = Session<TlsStream<TcpStream>>;

/// Signs in. No error names the account.
pub(super) async fn connect(settings: &MailboxSettings) -> anyhow::Result<ImapSession> {
    let tls = tls(settings)?;
    let name =
        ServerName::try_from(settings.host.clone()).context("letters.mailbox.host is no name of a server")?;
    let work = async {
        let socket = TcpStream::connect((settings.host.as_str(), settings.port)).await?;
        let stream = tls.connect(name, socket).await?;
        let mut client = async_imap::Client::new(stream);
        client.read_response().await?.ok_or_else(|| anyhow!("the server says nothing"))?;
        let password = settings.password()?;
        client
            .login(&settings.user, &password)
            .await
            .map_err(|_| anyhow!("the server does not let the account in"))
    };
    tokio::time::timeout(ANSWER, work).await.context("the server does not answer")?
}

fn tls(settings: &MailboxSettings) -> anyhow::Result<TlsConnector> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = match &settings.ca_file {
        None => builder.with_platform_verifier()?.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            let certificates =
                CertificateDer::pem_file_iter(path).context("letters.mailbox.ca_file cannot be read")?;
            for certificate in certificates {
                roots.add(certificate.context("letters.mailbox.ca_file is no list of certificates")?)?;
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}
