//! Whether and how a gateway answers people.

use std::num::NonZeroU32;

use jiff::Timestamp;

use crate::gateway::{Reply, Settings, SettingsError, Signing, Vendor};

/// The words unless the operator gives others: they name neither line, matter nor subject, because the
/// telephone may be read by others (domain.md 3.8).
const BLAND: &str = "已收到。查询码 {receipt} ，请妥善保存，勿告诉他人。";
/// Told to whoever sent a picture, a recording or a card: what is not told is believed to have arrived.
const NO_FILES: &str = "短信不能接收图片、语音等文件，随附文件未收到，请改用文字说明";
/// Told to whoever sent nothing that can be read.
const NO_WORDS: &str = "收到的短信没有文字，请重新发送";
/// Where the receipt goes in the operator's words.
const PLACE: &str = "{receipt}";

/// A gateway's replies.
#[derive(Debug, Clone)]
pub struct ReplySettings {
    enabled: bool,
    text: String,
    /// Where the form is, for whoever has files.
    web_url: Option<String>,
    per_second: NonZeroU32,
}

impl ReplySettings {
    /// Reads `replies`, `reply_text`, `web_url` and `send_per_second`. A gateway that is not set up for sending sends none.
    pub(crate) fn open(vendor: &dyn Vendor, settings: &mut Settings) -> Result<Self, SettingsError> {
        let signing = Signing { now: Timestamp::UNIX_EPOCH, nonce: String::new() };
        let can_send = vendor.send(&Reply::probe(), &signing).is_ok();
        let enabled = settings.flag("replies", can_send)?;
        if enabled && !can_send {
            return Err(SettingsError::Wrong("replies", "possible: the settings for sending are missing"));
        }
        let text = settings.text("reply_text")?.unwrap_or_else(|| BLAND.to_owned());
        if !text.contains(PLACE) {
            return Err(SettingsError::Wrong("reply_text", "a text with {receipt} in it"));
        }
        let web_url = settings.text("web_url")?;
        if web_url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
            return Err(SettingsError::Wrong("web_url", "an address that begins with https://"));
        }
        let wrong = SettingsError::Wrong("send_per_second", "a whole number from 1 on");
        let per_second = settings.number("send_per_second")?.unwrap_or(1);
        let per_second = u32::try_from(per_second).ok().and_then(NonZeroU32::new).ok_or(wrong)?;
        Ok(Self { enabled, text, web_url, per_second })
    }

    /// Whether people are answered at all.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The words with this receipt in them.
    pub fn text(&self, receipt: &str) -> String {
        self.text.replace(PLACE, receipt)
    }

    /// That files cannot be taken here, and where they can.
    pub fn no_files(&self) -> String {
        match &self.web_url {
            Some(url) => format!("{NO_FILES}，或在 {url} 提交。"),
            None => format!("{NO_FILES}。"),
        }
    }

    /// That there were no words.
    pub fn no_words(&self) -> String {
        format!("{NO_WORDS}。")
    }

    /// Replies a second that the vendor takes.
    pub fn per_second(&self) -> NonZeroU32 {
        self.per_second
    }
}
