//! Looks into the mailbox again and again. A message is marked (or moved) only once its tip is durable; whatever
//! fails before leaves it as it was, and the next look takes it once more: its id makes one tip of both.

use std::collections::HashSet;

use anyhow::{Context, anyhow};
use dengwen_door::{FileError, Files};
use dengwen_model::Attachment;
use dengwen_service::DoorRuntime;
use futures::TryStreamExt;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::connect::{ANSWER, ImapSession, connect};
use super::message::{Email, EmailFile};
use crate::settings::MailboxSettings;

/// Largest message, in bytes: with more it stays in the mailbox for a person.
const MAX_MESSAGE: u32 = 64 << 20;
/// Most messages of one look: the connection is not to be held for hours.
const AT_ONCE: usize = 200;

/// Collects e-mails.
pub(crate) struct Collector {
    settings: MailboxSettings,
    runtime: DoorRuntime,
    max_files: usize,
    max_text: usize,
    /// Messages that were not taken, or at which a look broke off: they come last, and keep no other waiting.
    last: HashSet<u32>,
}

impl Collector {
    pub(crate) fn new(settings: MailboxSettings, runtime: &DoorRuntime) -> Self {
        let door = &runtime.process().settings().door;
        Self {
            settings,
            runtime: runtime.clone(),
            max_files: door.max_files,
            max_text: door.max_text_chars,
            last: HashSet::new(),
        }
    }

    /// Until `stop`.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut well = true;
        let mut pace = tokio::time::interval(self.settings.pace());
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = pace.tick() => {}
            }
            let looked = tokio::select! {
                () = stop.cancelled() => return,
                looked = self.look() => looked,
            };
            metrics::gauge!("dengwen_letters_mailbox_answers").set(if looked.is_ok() { 1.0 } else { 0.0 });
            match looked {
                Ok(()) if !well => tracing::info!("the mailbox can be read again"),
                // The cause may repeat what a server said; what we say ourselves is enough. Said once: a server that
                // is away would say it at every look.
                Err(ref error) if well => tracing::warn!(error = %error, "the mailbox could not be read"),
                _ => {}
            }
            well = looked.is_ok();
        }
    }

    async fn look(&mut self) -> anyhow::Result<()> {
        let mut session = connect(&self.settings).await?;
        let looked = self.take_all(&mut session).await;
        let _ = tokio::time::timeout(ANSWER, session.logout()).await;
        looked
    }

    async fn take_all(&mut self, session: &mut ImapSession) -> anyhow::Result<()> {
        answered(session.select(&self.settings.mailbox)).await.context("the mailbox cannot be opened")?;
        // Where messages are moved away, whatever is there was not taken, read by somebody or not.
        let wanted = if self.settings.move_to.is_some() { "UNDELETED" } else { "UNSEEN UNDELETED" };
        let found = answered(session.uid_search(wanted)).await?;
        let mut found: Vec<_> = found.into_iter().collect();
        self.last.retain(|uid| found.contains(uid));
        found.sort_unstable_by_key(|uid| (self.last.contains(uid), *uid));
        let mut left = 0_u32;
        for uid in found.into_iter().take(AT_ONCE) {
            self.last.insert(uid);
            if self.take(session, uid).await? {
                self.put_away(session, uid).await?;
                self.last.remove(&uid);
                metrics::counter!("dengwen_letters_mails_taken").increment(1);
            } else {
                left += 1;
            }
        }
        metrics::gauge!("dengwen_letters_mails_left").set(left);
        if left > 0 {
            tracing::warn!(left, "messages stay in the mailbox that a person has to look at");
        }
        Ok(())
    }

    /// Whether it was taken; else it is for a person. Peeks, so that nothing marks it as seen.
    async fn take(&self, session: &mut ImapSession, uid: u32) -> anyhow::Result<bool> {
        let uid = uid.to_string();
        let about = one(session, &uid, "(RFC822.SIZE INTERNALDATE)").await?;
        // One that somebody moved away meanwhile is nobody's to take.
        let Some(about) = about else { return Ok(false) };
        if about.size.unwrap_or_default() > MAX_MESSAGE {
            return Ok(false);
        }
        let came = about.internal_date().and_then(|date| Timestamp::from_second(date.timestamp()).ok());
        let Some(fetched) = one(session, &uid, "BODY.PEEK[]").await? else { return Ok(false) };
        let Some(email) = fetched.body().and_then(Email::read) else { return Ok(false) };
        self.register(email, came).await?;
        Ok(true)
    }

    async fn register(&self, mut email: Email, came: Option<Timestamp>) -> anyhow::Result<()> {
        let door = self.runtime.door();
        if email.text.chars().count() > self.max_text {
            // The whole goes along as a file; it counts before the files that were sent.
            let whole = EmailFile { name: "全文.txt".to_owned(), bytes: email.text.clone().into_bytes() };
            email.files.insert(0, whole);
            email.text = email.text.chars().take(self.max_text).collect();
        }
        let (attachments, refused) = self.keep(std::mem::take(&mut email.files)).await?;
        if refused > 0 {
            let note = format!(
                "\n\n〔受理系统注：另有 {refused} 个附件因类型、大小或数量未能接收，原邮件仍在邮箱中〕"
            );
            email.text =
                email.text.chars().take(self.max_text.saturating_sub(note.chars().count())).collect();
            email.text.push_str(&note);
            metrics::counter!("dengwen_letters_mail_files_refused").increment(refused);
        }
        if email.text.is_empty() && attachments.is_empty() {
            email.text = "（空白邮件）".to_owned();
        } else if email.text.is_empty() {
            email.text = "（邮件无正文，见附件）".to_owned();
        }
        door.take(email.into_submission(attachments, came)).await.context("the door does not take it now")?;
        Ok(())
    }

    /// The files that the line takes, kept; and how many it does not take.
    async fn keep(&self, files: Vec<EmailFile>) -> anyhow::Result<(Vec<Attachment>, u64)> {
        let (store, door): (&Files, _) = (self.runtime.files(), self.runtime.door());
        let (mut kept, mut refused) = (Vec::new(), 0);
        for file in files {
            if kept.len() == self.max_files {
                refused += 1;
                continue;
            }
            match store.keep(&file.name, &file.bytes, door.entropy()).await {
                Ok(attachment) => kept.push(attachment),
                Err(FileError::Store) => return Err(anyhow!("files cannot be kept now")),
                Err(_) => refused += 1,
            }
        }
        Ok((kept, refused))
    }

    async fn put_away(&self, session: &mut ImapSession, uid: u32) -> anyhow::Result<()> {
        let uid = uid.to_string();
        let seen =
            async { session.uid_store(&uid, "+FLAGS.SILENT (\\Seen)").await?.try_collect::<Vec<_>>().await };
        answered(seen).await?;
        if let Some(to) = &self.settings.move_to {
            answered(session.uid_mv(&uid, to)).await.context("messages cannot be moved")?;
        }
        Ok(())
    }
}

/// What the server says of one message.
async fn one(
    session: &mut ImapSession,
    uid: &str,
    what: &str,
) -> anyhow::Result<Option<async_imap::types::Fetch>> {
    let fetched = async { session.uid_fetch(uid, what).await?.try_collect::<Vec<_>>().await };
    Ok(answered(fetched).await?.into_iter().next())
}

/// An answer in time. What the server said is left out: it may repeat what was sent.
async fn answered<T>(asked: impl Future<Output = async_imap::error::Result<T>>) -> anyhow::Result<T> {
    let answer = tokio::time::timeout(ANSWER, asked).await.context("the server does not answer")?;
    answer.map_err(|error| match error {
        async_imap::error::Error::No(_) => anyhow!("the server refuses"),
        async_imap::error::Error::Io(error) => anyhow!("the connection broke ({})", error.kind()),
        _ => anyhow!("the server does not speak as it should"),
    })
}
