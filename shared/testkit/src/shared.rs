//! The servers that `tests/run` started for all tests together.

/// `postgres://…` of a PostgreSQL where tests may create databases.
///
/// # Panics
/// Outside `tests/run`.
#[must_use]
pub fn postgres_url() -> String {
    address("POSTGRES")
}

/// `amqp://…` of a RabbitMQ where tests may create virtual hosts.
///
/// # Panics
/// Outside `tests/run`.
#[must_use]
pub fn rabbitmq_url() -> String {
    address("RABBITMQ")
}

/// `http://…` of the same RabbitMQ's management API; `guest` may do everything.
///
/// # Panics
/// Outside `tests/run`.
#[must_use]
pub fn rabbitmq_management_url() -> String {
    address("RABBITMQ_MANAGEMENT")
}

/// `redis://…` of a Redis. All tests share it: prefix your keys.
///
/// # Panics
/// Outside `tests/run`.
#[must_use]
pub fn redis_url() -> String {
    address("REDIS")
}

fn address(of: &str) -> String {
    let name = format!("DENGWEN_TEST_{of}");
    std::env::var(&name)
        .unwrap_or_else(|_| panic!("{name} is not set: run ./tests/run, which starts the servers"))
}
