//! The servers that `tests/run` started for all tests together.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

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

/// The address of an empty database of the test's own on the shared PostgreSQL.
///
/// # Panics
/// Outside `tests/run`.
#[must_use]
pub fn postgres_database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = postgres_url();
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        let made = Command::new("psql").args([&server, "-qc", &format!("{statement} {name}")]).status();
        assert!(made.is_ok_and(|status| status.success()), "{statement}");
    }
    let (before, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{before}/{name}")
}
