//! What the tests with a real gateway share: our door in this process, and the gateway's processes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use dengwen_door::{DeskAway, MailboxView, ReceiptDesk};
use dengwen_messages::{Envelope, Event, MessageReceived, Queues};
use dengwen_model::TipContent;
use dengwen_queue::Subscription;
use dengwen_seal::{ReceiptHash, SealedBox, purpose};
use dengwen_service::{DoorRuntime, Process, Settings};
use tokio::net::TcpListener;

/// How long a start or an answer may take on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(90);

/// Casework is away.
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
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// Our door with this `[sms]` table, at this listener.
pub(crate) async fn door(folder: &Path, table: &str, listener: TcpListener) -> DoorRuntime {
    let settings = Settings { data: folder.join("data"), sms: table.parse().unwrap(), ..Settings::default() };
    let process = Process::open(settings).await.unwrap();
    let runtime = DoorRuntime::open(process, "sms").await.unwrap();
    let router = dengwen_sms::start(&runtime, Arc::new(NoDesk)).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    runtime
}

/// What the tip that came out says.
pub(crate) async fn tip_text(runtime: &DoorRuntime) -> String {
    let subscription = Subscription::new(Queues::TRIAGE.0, Queues::TRIAGE.1).unwrap();
    let mut tips = runtime.process().queue().consume(&subscription, 1).await.unwrap();
    let batch = tokio::time::timeout(LONG, tips.next_batch(1)).await.expect("a tip comes out").unwrap();
    let envelope = Envelope::from_bytes(&batch[0].message().body).unwrap();
    let Event::TipReceived(tip) = envelope.event else { panic!("not a tip") };
    let sealed = base64::prelude::BASE64_STANDARD.decode(tip.content).unwrap();
    let sealed = SealedBox::from_bytes(sealed).unwrap();
    let keys = runtime.keys().inner().unwrap();
    let opened = keys.line.open(purpose::TipContent, tip.tip.as_uuid().as_bytes(), &sealed).unwrap();
    serde_json::from_slice::<TipContent>(&opened).unwrap().text
}
