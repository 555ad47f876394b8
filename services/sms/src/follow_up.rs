//! Adding to a tip by SMS: a message that begins with a receipt belongs to that receipt's tip.

use std::sync::Arc;

use dengwen_door::{Addition, Door, ReceiptDesk};
use dengwen_messages::MessageReceived;
use dengwen_model::{CoarseState, MessageContent};
use dengwen_seal::{Receipt, ReceiptHash};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::assembly::{Whole, after};
use crate::reply::QueuedReply;
use crate::store::{DurableStore, Effects, StoreError};
use crate::taking::{Taking, external};

/// Words that people put before a receipt.
const LEAD_INS: [&str; 6] = ["查询码", "查询", "回执编号", "回执", "编号", "receipt"];
/// Follow-ups that one round looks at.
const MOST: usize = 64;
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// A message for a tip that is known by its receipt. Sealed wherever it is kept, never shown by `Debug`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The gateway it came through.
    pub gateway: String,
    /// The receipt's keyed hash.
    pub receipt_hash: ReceiptHash,
    /// What it says besides the receipt; nothing means "how does it stand?".
    pub text: String,
    /// The message as it came, in case no tip has that receipt.
    pub whole: Whole,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried.
    pub due: Timestamp,
}

impl std::fmt::Debug for FollowUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowUp").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// The receipt at the beginning of a text, and what follows it.
pub fn split_receipt(text: &str) -> Option<(Receipt, &str)> {
    let mut rest = text.trim_start();
    for lead_in in LEAD_INS {
        if let Some(after) = rest.get(..lead_in.len()).filter(|start| start.eq_ignore_ascii_case(lead_in)) {
            rest = rest[after.len()..].trim_start_matches([':', '：', ' ', '\u{3000}']);
            break;
        }
    }
    let mut digits = 0;
    let mut end = rest.len();
    for (index, letter) in rest.char_indices() {
        match letter {
            '0'..='9' | '０'..='９' if digits == 20 => return None,
            '0'..='9' | '０'..='９' => digits += 1,
            ' ' | '-' | '－' | '—' | '\u{3000}' if digits < 20 => continue,
            _ => {
                end = index;
                break;
            }
        }
        end = index + letter.len_utf8();
    }
    let receipt = rest.get(..end)?.parse().ok().filter(|_| digits == 20)?;
    let said = rest[end..]
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | ':' | '：' | '。' | '-'));
    Some((receipt, said))
}

/// Brings follow-ups to casework.
#[derive(Clone)]
pub struct FollowUps {
    /// Where they wait.
    pub store: DurableStore,
    /// Casework.
    pub desk: Arc<dyn ReceiptDesk>,
    /// Takes a message whose receipt is no tip's.
    pub taking: Arc<Taking>,
    /// The door.
    pub door: Arc<Door>,
}

impl std::fmt::Debug for FollowUps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FollowUps")
    }
}

impl FollowUps {
    /// Does what is due; how many there were.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub async fn round(&self) -> Result<usize, StoreError> {
        let due = self.store.due_follow_ups(self.door.clock().now(), MOST).await?;
        let found = due.len();
        for follow_up in due {
            self.bring(follow_up).await?;
        }
        Ok(found)
    }

    async fn bring(&self, mut follow_up: FollowUp) -> Result<(), StoreError> {
        let found = if follow_up.text.is_empty() {
            let view = self.desk.look(&follow_up.receipt_hash).await;
            view.map(|view| view.map(|view| self.state_reply(&follow_up, view.state)))
        } else {
            let written = self.desk.write(&self.sealed(&follow_up)?).await;
            written.map(|known| known.then(Effects::default))
        };
        match found {
            Ok(Some(effects)) => self.store.follow_up_done(&follow_up, effects).await,
            // Casework does not know it: it may be on its way there.
            Ok(None) if !self.is_under_way(&follow_up).await => self.take_as_tip(follow_up).await,
            Ok(None) | Err(_) => {
                let now = self.door.clock().now();
                let patience = FIRST_WAIT.saturating_mul(1 << follow_up.attempts.min(10));
                follow_up.attempts = follow_up.attempts.saturating_add(1);
                follow_up.due = after(now, patience.min(LONGEST_WAIT));
                self.store.keep_follow_up(&follow_up).await
            }
        }
    }

    /// The message as casework takes it: tried again, it is still one message.
    fn sealed(&self, follow_up: &FollowUp) -> Result<MessageReceived, StoreError> {
        let addition = Addition {
            receipt: follow_up.receipt_hash,
            receipt_known: false,
            content: MessageContent::words(follow_up.text.as_str()),
            received_at: follow_up.whole.arrived_at,
            external: Some(external(&follow_up.gateway, &follow_up.whole)),
        };
        self.door.seal_message(&addition).map_err(|_| StoreError)
    }

    async fn is_under_way(&self, follow_up: &FollowUp) -> bool {
        // Where the outlet does not answer, patience costs nothing.
        !matches!(self.door.outlet().find(follow_up.receipt_hash.as_bytes()).await, Ok(None))
    }

    /// No tip has that receipt, so the message is taken as it came: nothing that a person sent is dropped.
    async fn take_as_tip(&self, follow_up: FollowUp) -> Result<(), StoreError> {
        let effects =
            self.taking.take_tip(&follow_up.gateway, &follow_up.whole).await.map_err(|_| StoreError)?;
        self.store.follow_up_done(&follow_up, effects).await
    }

    fn state_reply(&self, follow_up: &FollowUp, state: CoarseState) -> Effects {
        let words = match state {
            CoarseState::Received => "已接收",
            CoarseState::InProgress => "办理中",
            CoarseState::PassedOn => "已转有关部门",
            CoarseState::Concluded => "已办结",
        };
        let Some(number) = follow_up.whole.from.number().filter(|_| self.taking.answers(&follow_up.gateway))
        else {
            return Effects::default();
        };
        let key = format!("state/{}", follow_up.whole.identity);
        let now = self.door.clock().now();
        let reference = self.store.reference(&key);
        let reply = QueuedReply::new(key, &follow_up.gateway, number, words.to_owned(), reference, now);
        Effects { reply: Some(reply), ..Effects::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<(String, &str)> {
        split_receipt(text).map(|(receipt, said)| (receipt.digits(), said))
    }

    #[test]
    fn a_receipt_at_the_beginning_is_found_however_it_is_written() {
        let digits = "12345678901234567890".to_owned();
        for text in [
            "12345678901234567890 补充",
            "1234 5678 9012 3456 7890，补充",
            "查询码：1234-5678-9012-3456-7890 补充",
            "回执编号１２３４５６７８９０１２３４５６７８９０补充",
        ] {
            assert_eq!(split(text), Some((digits.clone(), "补充")), "{text}");
        }
        // What follows may begin with a digit.
        for text in ["1234 5678 9012 3456 7890 3月5日又收了5万", "12345678901234567890-3月5日又收了5万"]
        {
            assert_eq!(split(text), Some((digits.clone(), "3月5日又收了5万")), "{text}");
        }
        assert_eq!(split(" 1234 5678 9012 3456 7890 "), Some((digits, "")));
    }

    #[test]
    fn other_numbers_are_no_receipt() {
        for text in [
            "",
            "补充 12345678901234567890",
            "13800000001 举报",
            "123456789012345678901",
            "1234 5678 9012 3456",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
