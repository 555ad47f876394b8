//! Tokens: equal for what is equal today, and saying nothing to whom lacks the key.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use dengwen_model::SeededEntropy;
use dengwen_seal::{ExternalIdKey, IndexKey, KeyedHash, LimitSalt};

fn salt() -> LimitSalt {
    LimitSalt::generate(&SeededEntropy::new(1))
}

#[test]
fn quota_tokens_change_at_midnight_in_shanghai() {
    let address = "203.0.113.7".parse().unwrap();
    let token = |instant: &str| salt().address(instant.parse().unwrap(), address);
    assert_eq!(token("2026-03-01T00:00:00+08:00"), token("2026-03-01T23:59:59+08:00"));
    assert_ne!(token("2026-03-01T23:59:59+08:00"), token("2026-03-02T00:00:00+08:00"));
    assert_eq!(token("2026-03-01T16:00:00Z"), token("2026-03-02T15:59:59Z"));
}

#[test]
fn an_ipv6_client_is_its_network() {
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let token = |address: &str| salt().address(now, address.parse().unwrap());
    assert_eq!(token("2001:db8:1:2::1"), token("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    assert_ne!(token("2001:db8:1:2::1"), token("2001:db8:1:3::1"));
    assert_eq!(token("::ffff:203.0.113.7"), token("203.0.113.7"));
    assert_ne!(token("203.0.113.7"), token("203.0.113.8"));
}

#[test]
fn kinds_and_keys_are_apart() {
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    assert_ne!(salt().sender(now, "203.0.113.7"), salt().address(now, "203.0.113.7".parse().unwrap()));
    assert_ne!(salt().sender(now, "a"), LimitSalt::generate(&SeededEntropy::new(2)).sender(now, "a"));

    let index = IndexKey::generate(&SeededEntropy::new(1));
    assert_eq!(index.hash("name", b"x"), index.hash("name", b"x"));
    assert_ne!(index.hash("name", b"x"), index.hash("phone", b"x"));
    assert_ne!(index.hash("ab", b"c"), index.hash("a", b"bc"));

    let external = ExternalIdKey::generate(&SeededEntropy::new(1));
    assert_ne!(external.hash("gateway-1", "7"), external.hash("gateway-2", "7"));
    assert_ne!(external.hash("gateway", "17"), external.hash("gateway1", "7"));
    // From the same secret, and yet nothing in common.
    assert_ne!(external.hash("name", "x"), index.hash("name", b"x"));
}

#[test]
fn tokens_travel_as_base64_and_are_not_shown() {
    let token = IndexKey::generate(&SeededEntropy::new(1)).hash("name", b"x");
    let json = serde_json::to_string(&token).unwrap();
    assert_eq!(serde_json::from_str::<KeyedHash>(&json).unwrap(), token);
    assert_eq!(format!("{token:?}"), "KeyedHash(hidden)");
    assert!(serde_json::from_str::<KeyedHash>("\"x\"").is_err());
}
