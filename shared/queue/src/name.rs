//! Names: queues, topics, the patterns that bind them, and the short codes of parking.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The text cannot be a name of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: {rule}")]
pub struct NameError {
    kind: &'static str,
    rule: &'static str,
}

/// AMQP 0-9-1 allows 255 bytes of routing key or name; our prefix takes some.
const MAX_BYTES: usize = 200;

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn dotted(text: &str, word: impl Fn(&str) -> bool) -> bool {
    text.len() <= MAX_BYTES && text.split('.').all(word)
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> bool = $check;
                check(text).then(|| Self(text.to_owned())).ok_or(NameError { kind: $kind, rule: $rule })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a queue, as `triage` or `casework.990121-ZZB`.
    QueueName, "queue name", "dotted words of ASCII letters, digits, '-' or '_', at most 200 bytes",
    |text| dotted(text, is_word));
name!(
    /// What a message is about, as `tips.received`: dotted words, an AMQP routing key.
    Topic, "topic", "dotted words of ASCII letters, digits, '-' or '_', at most 200 bytes",
    |text| dotted(text, is_word));
name!(
    /// A pattern over topics in the manner of AMQP topic exchanges: `*` stands for one word, `#` for
    /// any number of words, none included.
    Binding, "binding", "a topic in which a word may be '*' or '#'",
    |text| dotted(text, |word| is_word(word) || word == "*" || word == "#"));

impl QueueName {
    /// Where messages wait that no binding matched.
    pub fn unrouted() -> Self {
        Self("unrouted".to_owned())
    }

    /// Whether this is the place of messages that no binding matched.
    pub fn is_unrouted(&self) -> bool {
        self.0 == "unrouted"
    }
}

impl Binding {
    /// Whether `topic` falls under this pattern.
    pub fn matches(&self, topic: &Topic) -> bool {
        let pattern: Vec<&str> = self.0.split('.').collect();
        let words: Vec<&str> = topic.0.split('.').collect();
        // `reached[i]`: the words so far can be consumed by the first `i` parts of the pattern.
        let mut reached = vec![false; pattern.len() + 1];
        reached[0] = true;
        skip_hashes(&pattern, &mut reached);
        for word in words {
            let mut next = vec![false; pattern.len() + 1];
            for (i, part) in pattern.iter().enumerate() {
                match *part {
                    "#" => next[i + 1] |= reached[i + 1] || reached[i],
                    "*" => next[i + 1] |= reached[i],
                    literal => next[i + 1] |= reached[i] && literal == word,
                }
            }
            skip_hashes(&pattern, &mut next);
            reached = next;
        }
        reached[pattern.len()]
    }
}

/// A `#` may stand for no word at all.
fn skip_hashes(pattern: &[&str], reached: &mut [bool]) {
    for (i, part) in pattern.iter().enumerate() {
        if *part == "#" && reached[i] {
            reached[i + 1] = true;
        }
    }
}

/// Why a message was parked: a short code, never anything that was in the message.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReasonCode(Cow<'static, str>);

impl ReasonCode {
    /// The message was tried as often as its queue allows.
    pub const ATTEMPTS: Self = Self::new("attempts");
    /// No binding matched the message's topic.
    pub const UNROUTED: Self = Self::new("unrouted");

    /// A reason of the program, as `not-an-envelope`: lower-case letters, digits, `-` and `_`.
    ///
    /// # Panics
    /// Where `code` is not such a word of 1 to 48 bytes; in a `const`, at compile time.
    pub const fn new(code: &'static str) -> Self {
        assert!(is_reason(code), "a reason is a short code");
        Self(Cow::Borrowed(code))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_reason(code: &str) -> bool {
    let bytes = code.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !matches!(bytes[i], b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty() && bytes.len() <= 48
}

impl FromStr for ReasonCode {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = NameError { kind: "reason", rule: "1 to 48 lower-case letters, digits, '-' or '_'" };
        is_reason(text).then(|| Self(Cow::Owned(text.to_owned()))).ok_or(error)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, topic: &str) -> bool {
        pattern.parse::<Binding>().unwrap().matches(&topic.parse().unwrap())
    }

    #[test]
    fn bindings_match_as_amqp_topic_exchanges_do() {
        for (pattern, topic, expected) in [
            ("tips.received", "tips.received", true),
            ("tips.received", "tips.received.web", false),
            ("tips.*", "tips.received", true),
            ("tips.*", "tips", false),
            ("tips.*", "tips.registered.web-1", false),
            ("tips.#", "tips", true),
            ("tips.#", "tips.registered.web-1", true),
            ("#", "anything.at.all", true),
            ("#.web-1", "tips.registered.web-1", true),
            ("#.web-1", "web-1", true),
            ("*.registered.*", "tips.registered.web-1", true),
            ("a.#.b.#", "a.b", true),
            ("a.#.b.#", "a.x.b.y.z", true),
            ("a.#.b", "a.b.c", false),
            ("#.#", "a", true),
        ] {
            assert_eq!(matches(pattern, topic), expected, "{pattern} on {topic}");
        }
    }

    #[test]
    fn a_long_hostile_pattern_is_matched_in_bounded_time() {
        let pattern = vec!["#"; 99].join(".") + ".b";
        let topic = vec!["a"; 100].join(".");
        assert!(!matches(&pattern, &topic));
    }

    #[test]
    fn names_that_amqp_or_a_log_could_not_carry_are_refused() {
        for text in ["", ".", "a..b", "a b", "路", "a.*", "a/b", &"x".repeat(201)] {
            assert!(text.parse::<Topic>().is_err());
            assert!(text.parse::<QueueName>().is_err());
        }
        assert!("a*".parse::<Binding>().is_err());
        assert!("Not A Code".parse::<ReasonCode>().is_err());
    }
}
