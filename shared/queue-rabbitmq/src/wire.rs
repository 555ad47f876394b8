//! Messages as AMQP properties and headers, and back. What comes from the broker is not trusted
//! to be ours.

use bytes::Bytes;
use dengwen_model::MessageId;
use dengwen_queue::{Outgoing, QueueName, ReasonCode, Received, Topic};
use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

const TOPIC: &str = "dengwen-topic";
const TRACEPARENT: &str = "traceparent";
const PUBLISHED: &str = "dengwen-published-us";
/// Deliveries that ended in a retry. Counted here because 4.x no longer reads `x-death` of what a
/// client publishes.
const ATTEMPTS: &str = "dengwen-attempts";
const QUEUE: &str = "dengwen-queue";
const REASON: &str = "dengwen-reason";
const PARKED: &str = "dengwen-parked-us";
/// The broker's own count of returns to a quorum queue.
const DELIVERY_COUNT: &str = "x-delivery-count";
/// The queue that the broker dead-lettered a message from.
const FIRST_DEATH_QUEUE: &str = "x-first-death-queue";

/// To disk, in quorum queues always and everywhere else too.
const PERSISTENT: u8 = 2;

/// One publish.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) exchange: ShortString,
    pub(crate) key: ShortString,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Bytes,
}

/// The headers of one of our messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) message_id: MessageId,
    pub(crate) topic: Topic,
    pub(crate) traceparent: Option<String>,
    pub(crate) published_at: Timestamp,
    /// Retries so far; the broker's count of returns is not in it.
    pub(crate) retries: u32,
}

impl Head {
    pub(crate) fn of(message: &Outgoing, now: Timestamp) -> Self {
        Self {
            message_id: message.message_id,
            topic: message.topic.clone(),
            traceparent: message.traceparent.clone(),
            published_at: now,
            retries: 0,
        }
    }

    /// Reads the headers; `None` where somebody else's message came. The topic is the routing key
    /// until the message is sent back to one queue.
    pub(crate) fn read(properties: &BasicProperties, key: &ShortString) -> Option<Self> {
        let headers = properties.headers().as_ref()?;
        Some(Self {
            message_id: properties.message_id().as_ref()?.as_str().parse().ok()?,
            topic: text(headers, TOPIC).unwrap_or(key.as_str()).parse().ok()?,
            traceparent: text(headers, TRACEPARENT).map(str::to_owned),
            published_at: Timestamp::from_microsecond(number(headers, PUBLISHED)?).ok()?,
            retries: number(headers, ATTEMPTS).and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        })
    }

    /// For a message that is not ours: enough to park it by.
    #[expect(clippy::expect_used, reason = "a plain word is a topic")]
    pub(crate) fn foreign(message_id: MessageId, now: Timestamp) -> Self {
        let topic = "foreign".parse().expect("a plain word is a topic");
        Self { message_id, topic, traceparent: None, published_at: now, retries: 0 }
    }

    pub(crate) fn received(&self, body: Bytes) -> Received {
        Received {
            message_id: self.message_id,
            topic: self.topic.clone(),
            traceparent: self.traceparent.clone(),
            published_at: self.published_at,
            body,
        }
    }

    fn headers(&self, key: &ShortString) -> FieldTable {
        let mut headers = FieldTable::default();
        if key.as_str() != self.topic.as_str() {
            put_text(&mut headers, TOPIC, self.topic.as_str());
        }
        if let Some(traceparent) = &self.traceparent {
            put_text(&mut headers, TRACEPARENT, traceparent);
        }
        headers.insert(PUBLISHED.into(), AMQPValue::LongLongInt(self.published_at.as_microsecond()));
        if self.retries > 0 {
            headers.insert(ATTEMPTS.into(), AMQPValue::LongLongInt(self.retries.into()));
        }
        headers
    }

    fn properties(&self, headers: FieldTable) -> BasicProperties {
        BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_message_id(self.message_id.to_string().into())
            .with_headers(headers)
    }

    /// The message, to be published.
    pub(crate) fn frame(&self, exchange: ShortString, key: ShortString, body: Bytes) -> Frame {
        Frame { exchange, properties: self.properties(self.headers(&key)), key, body }
    }

    /// The message with why and where from, for the parked queue.
    pub(crate) fn parked_frame(
        &self,
        exchange: ShortString,
        queue: &QueueName,
        reason: &ReasonCode,
        now: Timestamp,
        body: Bytes,
    ) -> Frame {
        let key = queue.as_str().into();
        let mut headers = self.headers(&key);
        put_text(&mut headers, QUEUE, queue.as_str());
        put_text(&mut headers, REASON, reason.as_str());
        headers.insert(PARKED.into(), AMQPValue::LongLongInt(now.as_microsecond()));
        Frame { exchange, key, properties: self.properties(headers), body }
    }
}

/// Why and where from a message was parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParkedHead {
    /// The work queue; `None` where the headers do not tell.
    pub(crate) queue: Option<QueueName>,
    /// `None` where the broker gave the message up.
    pub(crate) reason: Option<ReasonCode>,
    pub(crate) parked_at: Option<Timestamp>,
    /// The broker's name of the queue that it took the message from.
    pub(crate) death_queue: Option<String>,
}

impl ParkedHead {
    pub(crate) fn read(properties: &BasicProperties) -> Self {
        let none = FieldTable::default();
        let headers = properties.headers().as_ref().unwrap_or(&none);
        Self {
            queue: text(headers, QUEUE).and_then(|name| name.parse().ok()),
            reason: text(headers, REASON).and_then(|code| code.parse().ok()),
            parked_at: number(headers, PARKED).and_then(|us| Timestamp::from_microsecond(us).ok()),
            death_queue: text(headers, FIRST_DEATH_QUEUE).map(str::to_owned),
        }
    }
}

/// How often the broker gave this message out before and got it back.
pub(crate) fn returns(properties: &BasicProperties) -> u32 {
    let headers = properties.headers().as_ref();
    let count = headers.and_then(|headers| number(headers, DELIVERY_COUNT)).unwrap_or(0);
    u32::try_from(count).unwrap_or(0)
}

fn put_text(headers: &mut FieldTable, key: &str, value: &str) {
    headers.insert(key.into(), AMQPValue::LongString(value.into()));
}

fn text<'a>(headers: &'a FieldTable, key: &str) -> Option<&'a str> {
    match headers.inner().get(key)? {
        AMQPValue::LongString(value) => std::str::from_utf8(value.as_bytes()).ok(),
        AMQPValue::ShortString(value) => Some(value.as_str()),
        _ => None,
    }
}

fn number(headers: &FieldTable, key: &str) -> Option<i64> {
    match *headers.inner().get(key)? {
        AMQPValue::ShortShortInt(value) => Some(value.into()),
        AMQPValue::ShortShortUInt(value) => Some(value.into()),
        AMQPValue::ShortInt(value) => Some(value.into()),
        AMQPValue::ShortUInt(value) => Some(value.into()),
        AMQPValue::LongInt(value) => Some(value.into()),
        AMQPValue::LongUInt(value) => Some(value.into()),
        AMQPValue::LongLongInt(value) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dengwen_model::{ManualClock, SeededEntropy};

    fn head() -> Head {
        let now = Timestamp::from_second(1_770_000_000).unwrap();
        let id = MessageId::new(&ManualClock::at(now), &SeededEntropy::new(1));
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let message = Outgoing::new(id, "tips.received".parse().unwrap(), "b").with_traceparent(traceparent);
        Head { retries: 3, ..Head::of(&message, now) }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for key in ["tips.received", "triage"] {
            let frame = head().frame("x".into(), key.into(), Bytes::new());
            assert_eq!(Head::read(&frame.properties, &frame.key), Some(head()));
            assert_eq!(frame.properties.delivery_mode(), &Some(PERSISTENT));
        }
    }

    #[test]
    fn parking_keeps_the_head_and_adds_why() {
        let (queue, reason): (QueueName, _) = ("triage".parse().unwrap(), ReasonCode::new("not-an-envelope"));
        let now = Timestamp::from_second(1_770_000_100).unwrap();
        let frame = head().parked_frame("x".into(), &queue, &reason, now, Bytes::new());
        assert_eq!(Head::read(&frame.properties, &frame.key), Some(head()));
        let parked = ParkedHead::read(&frame.properties);
        assert_eq!((parked.queue, parked.reason, parked.parked_at), (Some(queue), Some(reason), Some(now)));
    }

    #[test]
    fn what_somebody_else_published_is_not_taken_for_ours() {
        let key: ShortString = "tips.received".into();
        let ours = head().frame("x".into(), key.clone(), Bytes::new()).properties;
        let mut headers = ours.headers().clone().unwrap();
        assert_eq!(Head::read(&BasicProperties::default(), &key), None);
        assert_eq!(Head::read(&ours.clone().with_message_id("tip_0".into()), &key), None);
        assert_eq!(Head::read(&ours, &"with spaces and 汉字".into()), None);
        put_text(&mut headers, TOPIC, "with spaces and 汉字");
        assert_eq!(Head::read(&ours.clone().with_headers(headers.clone()), &key), None);
        put_text(&mut headers, TOPIC, "fine");
        put_text(&mut headers, PUBLISHED, "not a number");
        assert_eq!(Head::read(&ours.clone().with_headers(headers.clone()), &key), None);
        headers.insert(PUBLISHED.into(), AMQPValue::LongLongInt(i64::MAX));
        assert_eq!(Head::read(&ours.with_headers(headers), &key), None, "no instant is so late");
    }
}
