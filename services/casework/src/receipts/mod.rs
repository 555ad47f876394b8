//! The receipt desk: what the web door asks for whoever holds a receipt. A keyed hash in; coarse state
//! and messages out. Nobody here learns who asks, and no log says that somebody did.

pub(crate) mod door_key;
pub(crate) mod look;
mod mail;
pub(crate) mod write;

use async_trait::async_trait;
use dengwen_door::{DeskAway, MailboxView, ReceiptDesk};
use dengwen_messages::MessageReceived;
use dengwen_seal::ReceiptHash;
use dengwen_service::Chain;

use crate::LocalDesk;
use crate::refusal::DeskError;

pub use mail::Mail;
pub(crate) use mail::subscription;

/// Casework within this process answers the web door beside it.
#[async_trait]
impl ReceiptDesk for LocalDesk {
    async fn look(&self, receipt: &ReceiptHash) -> Result<Option<MailboxView>, DeskAway> {
        known(look::work(self.desk(), receipt).await)
    }

    async fn write(&self, message: &MessageReceived) -> Result<bool, DeskAway> {
        known(write::work(self.desk(), message).await).map(|written| written.is_some())
    }
}

fn known<T>(result: Result<T, DeskError>) -> Result<Option<T>, DeskAway> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(DeskError::NotFound) => Ok(None),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "the receipt desk cannot answer");
            Err(DeskAway)
        }
    }
}
