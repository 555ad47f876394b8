//! The broker's address, <https://www.rabbitmq.com/docs/uri-spec>.

use dengwen_queue::QueueError;
use lapin::uri::{AMQPScheme, AMQPUri};

use crate::RabbitOptions;

/// Reads `amqp://…` or `amqps://…`. Errors never hold the address: it holds a password.
pub(crate) fn parse(url: &str, options: &RabbitOptions) -> Result<AMQPUri, QueueError> {
    let mut uri: AMQPUri =
        url.parse().map_err(|_| QueueError::Address("wanted amqp://USER:PASSWORD@HOST:PORT/VHOST"))?;
    uri.query.heartbeat.get_or_insert(options.heartbeat_seconds);
    let limit = u64::try_from(options.connect_limit.as_millis()).unwrap_or(u64::MAX);
    uri.query.connection_timeout.get_or_insert(limit);
    Ok(uri)
}

pub(crate) fn is_encrypted(uri: &AMQPUri) -> bool {
    uri.scheme == AMQPScheme::AMQPS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_a_heartbeat() {
        let uri = parse("amqps://u:p@broker.example:5671/%2f", &RabbitOptions::default()).unwrap();
        assert!(is_encrypted(&uri));
        assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), ("/", Some(15)));
        let uri = parse("amqp://u:p@broker.example/line?heartbeat=30", &RabbitOptions::default()).unwrap();
        assert_eq!((uri.vhost.as_str(), uri.query.heartbeat), ("line", Some(30)));
    }

    #[test]
    fn a_bad_address_is_an_error_that_does_not_repeat_it() {
        for url in ["", "embedded:", "http://u:s3cret@h/", "amqp://u:s3cret@h:99999/", "amqp:u:s3cret"] {
            let error = parse(url, &RabbitOptions::default()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }
}
