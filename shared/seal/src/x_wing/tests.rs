//! Byte for byte the reference, in both directions.

use dengwen_model::{Entropy, SeededEntropy, SystemEntropy};

use super::*;
use crate::rng::EntropyRng;

fn seed(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    SeededEntropy::new(number).fill(&mut seed);
    seed
}

#[test]
fn public_keys_equal_the_reference() {
    for number in 0..8 {
        let ours = PrivateKey::from_bytes(&seed(number)).unwrap();
        let reference = <Reference as Kem>::PrivateKey::from_bytes(&seed(number)).unwrap();
        assert_eq!(XWing::sk_to_pk(&ours).to_bytes(), Reference::sk_to_pk(&reference).to_bytes());
        assert_eq!(ours.to_bytes(), reference.to_bytes());
    }
}

#[test]
fn the_reference_opens_what_we_encapsulate() {
    for number in 0..8 {
        let reference = <Reference as Kem>::PrivateKey::from_bytes(&seed(number)).unwrap();
        let public = PublicKey::from_bytes(&Reference::sk_to_pk(&reference).to_bytes()).unwrap();
        let (ours, encapped) = XWing::encap_with_rng(&public, None, &mut EntropyRng(&SystemEntropy)).unwrap();
        let encapped = <Reference as Kem>::EncappedKey::from_bytes(&encapped.to_bytes()).unwrap();
        assert_eq!(Reference::decap(&reference, None, &encapped).unwrap().0, ours.0);
    }
}

#[test]
fn we_open_what_the_reference_encapsulates() {
    for number in 0..8 {
        let ours = PrivateKey::from_bytes(&seed(number)).unwrap();
        let public = <Reference as Kem>::PublicKey::from_bytes(&XWing::sk_to_pk(&ours).to_bytes()).unwrap();
        let (theirs, encapped) =
            Reference::encap_with_rng(&public, None, &mut EntropyRng(&SystemEntropy)).unwrap();
        let encapped = EncappedKey::from_bytes(&encapped.to_bytes()).unwrap();
        assert_eq!(XWing::decap(&ours, None, &encapped).unwrap().0, theirs.0);
    }
}

#[test]
fn every_encapsulation_is_another() {
    let ours = PrivateKey::from_bytes(&seed(1)).unwrap();
    // Even where the injected entropy repeats itself.
    let encap = || {
        let rng = &mut EntropyRng(&SeededEntropy::new(5));
        XWing::encap_with_rng(&XWing::sk_to_pk(&ours), None, rng).unwrap().1.0
    };
    assert_ne!(encap(), encap());
}

#[test]
fn keys_that_are_none_are_refused() {
    assert!(PublicKey::from_bytes(&[0xFF; 1216]).is_err());
    assert!(PublicKey::from_bytes(&[0; 1215]).is_err());
    assert!(PrivateKey::from_bytes(&[0; 31]).is_err());
    let ours = PrivateKey::from_bytes(&seed(1)).unwrap();
    assert!(XWing::decap(&ours, None, &EncappedKey([0; 1120])).is_err());
}
