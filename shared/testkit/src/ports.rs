//! Ports for processes that must come back under the same address after a restart.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the kernel's ephemeral range (32768-60999), so that no client's own end of a connection
/// sits on the port while its process is away.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of 127.0.0.1 that nobody listens on, and that this process has not given out before.
///
/// # Panics
/// When all of them are taken.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests run in many processes at once: each begins its search somewhere else.
    let start = u16::try_from(std::process::id() % 1_000).unwrap_or(0) * 12;
    (0..COUNT)
        .map(|_| FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .expect("no free port between 20000 and 31999")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_free_and_given_once() {
        let one = free_port();
        let two = free_port();
        assert_ne!(one, two);
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, one));
        assert!(held.is_ok());
    }
}
