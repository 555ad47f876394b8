//! Access tokens: taken when ours and in time, refused for every change.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use dengwen_model::{ManualClock, Principal, Role, SeededEntropy, SystemEntropy, UserId};
use dengwen_seal::{AccessClaims, AccessError, SigningSecret, TokenIssuer};
use jiff::Timestamp;
use proptest::prelude::*;

fn issuer(seed: u64) -> TokenIssuer {
    TokenIssuer::new(SigningSecret::generate(&SeededEntropy::new(seed)))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn claims() -> AccessClaims {
    let clock = ManualClock::at(at("2026-03-01T00:00:00Z"));
    let principal = Principal {
        id: UserId::new(&clock, &SystemEntropy),
        role: Role::Intake,
        unit: Some("990121-ZZB".parse().unwrap()),
        name: "desk 3".to_owned(),
    };
    AccessClaims::new(principal, at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"))
}

#[test]
fn a_token_names_its_bearer_until_it_expires() {
    let token = issuer(1).issue(&claims()).unwrap();
    assert!(token.as_str().starts_with("dwt1."));
    let verify = |now: &str| issuer(1).verifier().verify(token.as_str(), at(now));
    let found = verify("2026-03-01T12:00:00Z").unwrap();
    assert_eq!((found.role, found.name.as_str()), (Role::Intake, "desk 3"));
    assert_eq!(found.clone().principal().unit, claims().unit);
    assert!(verify("2026-03-01T23:59:59Z").is_ok());
    assert_eq!(verify("2026-03-02T00:00:00Z"), Err(AccessError::Expired));
    // Hosts' clocks may differ by a minute.
    assert!(verify("2026-02-28T23:59:00Z").is_ok());
    assert_eq!(verify("2026-02-28T23:58:59Z"), Err(AccessError::NotYetValid));
}

#[test]
fn only_our_signature_counts() {
    let now = at("2026-03-01T12:00:00Z");
    let token = issuer(1).issue(&claims()).unwrap();
    assert_eq!(issuer(2).verifier().verify(token.as_str(), now), Err(AccessError::Signature));
    // Claims of one token under the signature of another.
    let mut other = claims();
    other.role = Role::Admin;
    let admin = issuer(2).issue(&other).unwrap();
    let (claims, _) = admin.as_str().rsplit_once('.').unwrap();
    let (_, signature) = token.as_str().rsplit_once('.').unwrap();
    let forged = format!("{claims}.{signature}");
    assert_eq!(issuer(1).verifier().verify(&forged, now), Err(AccessError::Signature));
}

#[test]
fn hostile_tokens_are_refused() {
    let verifier = issuer(1).verifier();
    let now = at("2026-03-01T12:00:00Z");
    let token = issuer(1).issue(&claims()).unwrap();
    let long = format!("{}{}", token.as_str(), "A".repeat(4000));
    let padded = format!("{}==", token.as_str());
    let other_version = token.as_str().replacen("dwt1", "dwt2", 1);
    for text in ["", ".", "dwt1.", "dwt1..", "dwt1.e30.", "a.b.c", &long, &padded, &other_version] {
        assert_eq!(verifier.verify(text, now), Err(AccessError::Malformed), "{}", text.len());
    }
}

#[test]
fn a_name_too_long_for_a_token_is_an_error() {
    let mut long = claims();
    long.name = "x".repeat(3000);
    assert_eq!(issuer(1).issue(&long).unwrap_err(), AccessError::Malformed);
}

#[test]
fn tokens_are_not_shown() {
    let token = issuer(1).issue(&claims()).unwrap();
    assert_eq!(format!("{token:?}"), "AccessToken(hidden)");
    assert_eq!(format!("{:?}", issuer(1)), "TokenIssuer(SigningSecret(hidden))");
}

proptest! {
    #[test]
    fn no_changed_character_is_taken(at_byte in 0usize..400, to in 0x21u8..0x7F) {
        let now = at("2026-03-01T12:00:00Z");
        let token = issuer(1).issue(&claims()).unwrap();
        let mut bytes = token.as_str().as_bytes().to_vec();
        let place = at_byte % bytes.len();
        prop_assume!(bytes[place] != to);
        bytes[place] = to;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(issuer(1).verifier().verify(&changed, now).is_err());
    }
}
