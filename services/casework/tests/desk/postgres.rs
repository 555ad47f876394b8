//! A PostgreSQL database for one test, on the server that `./tests/run` started.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Makes a database and returns its address.
pub(crate) fn fresh_database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("DENGWEN_TEST_POSTGRES")
        .unwrap_or_else(|_| panic!("DENGWEN_TEST_POSTGRES names no PostgreSQL server: run ./tests/run"));
    let name = format!("desk_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        let made = Command::new("psql").args([&server, "-qc", &format!("{statement} {name}")]).status();
        assert!(made.unwrap().success(), "{statement}");
    }
    let (before, _) = server.rsplit_once('/').unwrap();
    format!("{before}/{name}")
}
