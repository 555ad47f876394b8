//! The narrow way from the doors to casework. For the receipt page: a keyed hash in; coarse state and
//! messages out.

use async_trait::async_trait;
use dengwen_messages::MessageReceived;
use dengwen_model::{CoarseState, Message};
use dengwen_seal::ReceiptHash;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::notices::{NOTICES_PATH, NoticeDesk, Notices};

/// What a receipt opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxView {
    /// The coarse state.
    pub state: CoarseState,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Messages, oldest first.
    pub messages: Vec<Message>,
}

/// Casework does not answer at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("casework does not answer at the moment")]
pub struct DeskAway;

/// Casework as the doors see it.
#[async_trait]
pub trait ReceiptDesk: Send + Sync + std::fmt::Debug {
    /// What this receipt opens; `None` where the ledger knows no such receipt.
    async fn look(&self, receipt: &ReceiptHash) -> Result<Option<MailboxView>, DeskAway>;

    /// Adds a message of the reporter, once however often it is sent; `false` where the ledger knows no
    /// such receipt.
    async fn write(&self, message: &MessageReceived) -> Result<bool, DeskAway>;
}

/// Path of the internal interface that [`HttpDesk`] calls and casework serves.
pub const LOOK_PATH: &str = "/internal/v1/receipts";
/// As [`LOOK_PATH`], for messages of the reporter; the body is a [`MessageReceived`].
pub const WRITE_PATH: &str = "/internal/v1/receipts/messages";

/// Body of a look-up.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The receipt's keyed hash, base64.
    pub receipt_hash: ReceiptHash,
}

/// Casework in another process.
#[derive(Debug, Clone)]
pub struct HttpDesk {
    client: reqwest::Client,
    base: String,
    secret: String,
}

impl HttpDesk {
    /// Casework at `base` (as `http://casework:8380`), authenticated by the secret that doors and
    /// casework derive from the receipt key.
    pub fn new(client: reqwest::Client, base: &str, secret: String) -> Self {
        Self { client, base: base.trim_end_matches('/').to_owned(), secret }
    }

    async fn post<B: Serialize + Sync>(&self, path: &str, body: &B) -> Result<reqwest::Response, DeskAway> {
        self.send(self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    /// Asks in the name of whoever has this token, not as a door.
    pub(crate) async fn ask_as<B: Serialize + Sync>(
        &self,
        token: &str,
        path: &str,
        body: &B,
    ) -> Result<reqwest::Response, DeskAway> {
        answer(self.client.post(format!("{}{path}", self.base)).json(body).bearer_auth(token)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, DeskAway> {
        answer(request.bearer_auth(&self.secret)).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<reqwest::Response, DeskAway> {
    request.send().await.map_err(|error| {
        tracing::warn!(
            timeout = error.is_timeout(),
            connect = error.is_connect(),
            "casework does not answer"
        );
        DeskAway
    })
}

#[async_trait]
impl ReceiptDesk for HttpDesk {
    async fn look(&self, receipt: &ReceiptHash) -> Result<Option<MailboxView>, DeskAway> {
        let answer = self.post(LOOK_PATH, &Look { receipt_hash: *receipt }).await?;
        match answer.status().as_u16() {
            200 => answer.json().await.map(Some).map_err(|_| DeskAway),
            404 => Ok(None),
            _ => Err(DeskAway),
        }
    }

    async fn write(&self, message: &MessageReceived) -> Result<bool, DeskAway> {
        match self.post(WRITE_PATH, message).await?.status().as_u16() {
            200 | 201 | 204 => Ok(true),
            404 => Ok(false),
            _ => Err(DeskAway),
        }
    }
}

/// Longest list of notices, in bytes: some hundred thousand withdrawn tokens.
const MAX_NOTICES: usize = 8 << 20;

#[async_trait]
impl NoticeDesk for HttpDesk {
    async fn notices(&self) -> Result<Notices, DeskAway> {
        let answer = self.send(self.client.get(format!("{}{NOTICES_PATH}", self.base))).await?;
        if answer.status() != reqwest::StatusCode::OK {
            tracing::warn!(status = answer.status().as_u16(), "casework gives this door no notices");
            return Err(DeskAway);
        }
        let body = dengwen_http::read_body(answer, MAX_NOTICES).await.map_err(|_| DeskAway)?;
        serde_json::from_slice(&body).map_err(|_| DeskAway)
    }
}
