//! A message on its way into and out of the queue. The body is opaque: the messages crate makes it.

use std::fmt;

use bytes::Bytes;
use dengwen_model::MessageId;
use jiff::Timestamp;

use crate::name::Topic;

/// The most bytes of a body that any driver takes. RabbitMQ 4 refuses messages over 16 MiB;
/// attachments belong in the object store.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// A keyed hash under which a door can ask whether a message is still under way.
pub type LookupKey = [u8; 32];

/// A message to be published.
#[derive(Clone)]
pub struct Outgoing {
    /// The same id each time the message is sent, by which receivers know a repetition.
    pub message_id: MessageId,
    /// What it is about; decides which queues get a copy.
    pub topic: Topic,
    /// W3C Trace Context of the span that made it.
    pub traceparent: Option<String>,
    /// See [`LookupKey`]. Stays in the embedded store, is not sent to a broker.
    pub lookup_key: Option<LookupKey>,
    /// The envelope.
    pub body: Bytes,
}

impl Outgoing {
    /// A message without trace context and lookup key.
    pub fn new(message_id: MessageId, topic: Topic, body: impl Into<Bytes>) -> Self {
        Self { message_id, topic, traceparent: None, lookup_key: None, body: body.into() }
    }

    /// With the trace context, where it is one; what is not is left out, since tracing must never
    /// stop a message.
    #[must_use]
    pub fn with_traceparent(mut self, traceparent: &str) -> Self {
        self.traceparent = is_traceparent(traceparent).then(|| traceparent.to_owned());
        self
    }

    /// With a key to be found by.
    #[must_use]
    pub fn with_lookup_key(mut self, key: LookupKey) -> Self {
        self.lookup_key = Some(key);
        self
    }
}

/// `version-traceid-parentid-flags`, <https://www.w3.org/TR/trace-context/#traceparent-header>.
fn is_traceparent(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [2, 32, 16, 2] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// A message as a consumer gets it.
#[derive(Clone)]
pub struct Received {
    /// The id given by its sender; the same on every repetition.
    pub message_id: MessageId,
    /// What it is about.
    pub topic: Topic,
    /// W3C Trace Context of the span that made it.
    pub traceparent: Option<String>,
    /// When the queue took it.
    pub published_at: Timestamp,
    /// The envelope.
    pub body: Bytes,
}

// By hand, so that a body never reaches a log by way of `{:?}`.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_without_body(f, "Outgoing", self.message_id, &self.topic, self.body.len())
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_without_body(f, "Received", self.message_id, &self.topic, self.body.len())
    }
}

fn debug_without_body(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    id: MessageId,
    topic: &Topic,
    size: usize,
) -> fmt::Result {
    f.debug_struct(name).field("id", &id).field("topic", topic).field("bytes", &size).finish_non_exhaustive()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_body_never_shows_in_debug_output() {
        let id = MessageId::from_uuid(Uuid::nil());
        let message = Outgoing::new(id, "tips.received".parse().unwrap(), "words of a tip");
        assert!(!format!("{message:?}").contains("words"));
    }

    #[test]
    fn only_a_w3c_traceparent_is_carried() {
        let id = MessageId::from_uuid(Uuid::nil());
        let message = Outgoing::new(id, "a".parse().unwrap(), "");
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(message.clone().with_traceparent(good).traceparent.as_deref(), Some(good));
        assert_eq!(message.with_traceparent("00-secret\r\n-00-01").traceparent, None);
    }
}
