//! The words with which people stop replies. Only a message that is nothing but such a word counts: a
//! longer text that holds one is a tip.

use unicode_normalization::UnicodeNormalization;

use crate::gateway::{Settings, SettingsError};

/// Twilio's default list, which American operators require (CTIA Messaging Principles 5.1.3), and the words
/// that Chinese operators tell people to send to anyone.
const EVERYWHERE: &[&str] =
    &["stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel", "td", "退订"];
/// Replies that Chinese platforms ask for at the end of their messages (回T退订, 拒收请回复R).
const CHINA: &[&str] = &["t", "r", "n", "qx", "tt", "取消", "退訂"];

/// A gateway's list.
#[derive(Debug, Clone)]
pub struct OptOutWords(Vec<String>);

impl OptOutWords {
    /// The default list for the kind, unless `opt_out_words` gives another.
    pub(crate) fn open(chinese: bool, settings: &mut Settings) -> Result<Self, SettingsError> {
        if let Some(words) = settings.list("opt_out_words")? {
            return Ok(Self(words.iter().map(|word| fold(word)).collect()));
        }
        let china = if chinese { CHINA } else { &[] };
        Ok(Self(EVERYWHERE.iter().chain(china).map(|word| (*word).to_owned()).collect()))
    }

    /// Whether the text is such a word and nothing else, in any width and case.
    pub fn contains(&self, text: &str) -> bool {
        // The longest word is short; a long text need not be folded to see that.
        text.len() <= 64 && self.0.contains(&fold(text))
    }
}

fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bare_word_counts() {
        let words = OptOutWords::open(true, &mut Settings::default()).unwrap();
        for word in ["退订", " TD ", "ＴＤ", "td", "R", "Stop", "STOP\n", "ｔ"] {
            assert!(words.contains(word), "{word}");
        }
        for tip in ["Stop the dumping at pier 4", "退订后仍收费", "TDD", "", "回T退订"] {
            assert!(!words.contains(tip), "{tip}");
        }
        let words = OptOutWords::open(false, &mut Settings::default()).unwrap();
        assert!(!words.contains("R"));
    }

    #[test]
    fn the_operator_may_set_the_list() {
        let mut settings = Settings::from_pairs([("opt_out_words", "不再接收")]);
        let words = OptOutWords::open(true, &mut settings).unwrap();
        assert!(words.contains("不再接收") && !words.contains("TD"));
    }
}
