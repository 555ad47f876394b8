//! What an e-mail says: words in whatever character set, and files.

use std::borrow::Cow;

use dengwen_door::{ExternalId, ReporterIn, Submission};
use dengwen_model::{
    Attachment, Channel, ChannelDetails, FormKind, IdentityKind, SourceKind, SubjectForm, TipContent,
    is_blank,
};
use encoding_rs::GB18030;
use jiff::Timestamp;
use mail_parser::{Encoding, HeaderName, Message, MessageParser, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

/// Longest name or address that is kept, in characters.
const MAX_NAME: usize = 50;
const MAX_ADDRESS: usize = 254;
/// Longest subject line, in characters.
const MAX_SUBJECT: usize = 300;

/// An e-mail as it was read.
pub(super) struct Email {
    /// Subject and words.
    pub(super) text: String,
    pub(super) files: Vec<EmailFile>,
    sender_name: Option<String>,
    sender_address: Option<String>,
    /// The same message again is the same tip, and another that bears its id is another.
    id: String,
}

/// A file of an e-mail.
pub(super) struct EmailFile {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Email {
    /// Reads the bytes of a message; `None` where they are none.
    pub(super) fn read(raw: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(raw)?;
        let subject = subject(&message);
        let words: Vec<_> = (0..message.text_body_count()).filter_map(|at| words(&message, at)).collect();
        let text = clean(&format!("{}\n\n{}", bounded(&subject, MAX_SUBJECT), words.join("\n\n")));
        let files: Vec<_> = message.attachments().filter_map(file).collect();
        let sender = message.from().and_then(|from| from.first());
        let mut digest = Sha256::new();
        let id = message.message_id().unwrap_or_default();
        for part in
            [id.as_bytes(), text.as_bytes()].into_iter().chain(files.iter().map(|f| f.bytes.as_slice()))
        {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Some(Self {
            sender_name: sender.and_then(|s| s.name()).map(|name| bounded(name, MAX_NAME)),
            sender_address: sender.and_then(|s| s.address()).map(|address| bounded(address, MAX_ADDRESS)),
            id: hex(&digest.finalize()),
            text,
            files,
        })
    }

    /// The submission. The sender's address stands on every e-mail, like the one on an envelope: it is sealed
    /// to the custodian, and is no contact that was offered.
    pub(super) fn into_submission(self, attachments: Vec<Attachment>, came: Option<Timestamp>) -> Submission {
        let sender =
            ReporterIn { name: self.sender_name, email: self.sender_address, ..ReporterIn::default() };
        Submission {
            content: TipContent {
                channel: Channel::Letter,
                form_kind: FormKind::default(),
                text: self.text,
                subject: SubjectForm::default(),
                when: None,
                place: None,
                source_kind: SourceKind::default(),
                identity: IdentityKind::Anonymous,
                attachments,
                details: ChannelDetails::Letter {
                    letter_type: "email".to_owned(),
                    postmark: None,
                    pages: None,
                    handwritten: None,
                    signers: None,
                    register_no: None,
                },
                reporter_spans: Vec::new(),
            },
            identity: sender.into_identity(),
            reply_to: None,
            received_at: came,
            external: Some(ExternalId {
                source: "letters/email".to_owned(),
                id: self.id,
                same_receipt: true,
            }),
        }
    }
}

/// The subject line, also where a program wrote it without saying in which character set.
fn subject<'a>(message: &'a Message<'_>) -> Cow<'a, str> {
    let read = message.subject().unwrap_or_default();
    let header = message.headers().iter().rfind(|header| header.name == HeaderName::Subject);
    let raw = header.and_then(|header| part(message, header.offset_start, header.offset_end));
    guessed(read.into(), raw)
}

/// The words of a part, as in [`subject`].
fn words<'a>(message: &'a Message<'_>, at: usize) -> Option<Cow<'a, str>> {
    let read = message.body_text(at)?;
    let body = message.text_part(u32::try_from(at).ok()?)?;
    let is_plain = matches!(body.body, PartType::Text(_)) && body.encoding == Encoding::None;
    let raw = part(message, body.offset_body, body.offset_end).filter(|_| is_plain);
    Some(guessed(read, raw))
}

fn part<'a>(message: &'a Message<'_>, from: u32, to: u32) -> Option<&'a [u8]> {
    message.raw_message().get(from as usize..to as usize)
}

/// What was read; where a sign could not be, what the bytes say in UTF-8, or in GB18030, as Chinese programs write
/// without saying so.
fn guessed<'a>(read: Cow<'a, str>, raw: Option<&'a [u8]>) -> Cow<'a, str> {
    if !read.contains(char::REPLACEMENT_CHARACTER) {
        return read;
    }
    let whole = |raw: &'a [u8]| match std::str::from_utf8(raw) {
        Ok(text) => Some(text.into()),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(raw),
    };
    raw.and_then(whole).unwrap_or(read)
}

fn file(part: &mail_parser::MessagePart<'_>) -> Option<EmailFile> {
    let bytes = match &part.body {
        // The bytes of a text file as words: its character set is known here and lost later.
        PartType::Text(text) | PartType::Html(text) => text.as_bytes().to_vec(),
        _ => part.contents().to_vec(),
    };
    (!bytes.is_empty())
        .then(|| EmailFile { name: part.attachment_name().unwrap_or("file").to_owned(), bytes })
}

/// Lines as they were, without control characters and the white space around.
fn clean(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = lines.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    // A message that only holds a file often has a blank of some kind for its text.
    if is_blank(&kept) { String::new() } else { kept.trim().to_owned() }
}

fn bounded(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_their_character_set() {
        let (gbk, _, _) = encoding_rs::GBK.encode("某局长带病提拔");
        let mut raw = b"From: =?gb2312?B?xLPIyw==?= <someone@example.org>\r\nSubject: =?GBK?B?vtmxqA==?=\r\n\
            Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            .to_vec();
        raw.extend_from_slice(&gbk);
        let email = Email::read(&raw).unwrap();
        assert_eq!(email.text, "举报\n\n某局长带病提拔");
        assert_eq!(email.sender_name.as_deref(), Some("某人"));
        let submission = email.into_submission(Vec::new(), None);
        assert_eq!(submission.content.identity, IdentityKind::Anonymous);
        assert!(!serde_json::to_string(&submission.content).unwrap().contains("someone"));
    }

    #[test]
    fn words_without_a_character_set_are_read_as_chinese_programs_write_them() {
        for charset in ["", "; charset=us-ascii", "; charset=utf-8"] {
            let head = "From: someone@example.org\r\nSubject: 举报某局长\r\n";
            let raw = format!("{head}Content-Type: text/plain{charset}\r\n\r\n某局长㐂带病提拔");
            let (gb18030, _, _) = encoding_rs::GB18030.encode(&raw);
            for raw in [gb18030.as_ref(), raw.as_bytes()] {
                let email = Email::read(raw).unwrap();
                assert_eq!(email.text, "举报某局长\n\n某局长㐂带病提拔", "{charset}");
            }
        }
        let encoded = b"Subject: =?GB18030?B?vtmxqIEw/TA=?=\r\nContent-Type: text/plain\r\n\r\nx\xff";
        assert!(Email::read(encoded).unwrap().text.starts_with("举报"));
        let neither = [b"Subject: x\r\n\r\n\xff\xff".as_slice(), "举".as_bytes()].concat();
        assert!(Email::read(&neither).unwrap().text.ends_with('举'), "what can be read is");
    }

    #[test]
    fn a_page_of_markup_is_read_as_words() {
        let raw = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>某局长<b>卖官</b></p><script>x</script>";
        let email = Email::read(raw.as_bytes()).unwrap();
        assert!(email.text.contains("卖官") && !email.text.contains('<'), "{}", email.text);
    }

    #[test]
    fn the_same_message_has_one_id_and_a_borrowed_id_is_another() {
        let of = |header: &str, words: &str| {
            let raw = format!("Received: {header}\r\nMessage-ID: <1@example.org>\r\n\r\n{words}");
            Email::read(raw.as_bytes()).unwrap().id
        };
        assert_eq!(of("by one", "甲"), of("by another", "甲"));
        assert_ne!(of("by one", "甲"), of("by one", "乙"));
    }
}
