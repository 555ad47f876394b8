//! Boxes, fields and files open for whom and where they were sealed, and nowhere else.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use dengwen_model::{SeededEntropy, SystemEntropy};
use dengwen_seal::purpose::{Custodian, Identity, Line, MailboxText, TipContent};
use dengwen_seal::{
    AnswerKey, Field, FieldKeys, FileKey, KeyRing, MAX_PLAINTEXT, OpenError, PublicKey, SealError, SealedBox,
    SealedBoxError, SecretKey,
};
use proptest::prelude::*;

fn line(seed: u64) -> KeyRing<Line> {
    KeyRing::generate(&SeededEntropy::new(seed))
}

fn seal(ring: &KeyRing<Line>, context: &[u8], plaintext: &[u8]) -> SealedBox {
    ring.public().seal(TipContent, context, plaintext, &SystemEntropy).unwrap()
}

#[test]
fn only_the_named_purpose_and_tip_open_a_box() {
    let ring = line(1);
    let sealed = seal(&ring, b"tip-1", b"words");
    assert_eq!(ring.open(TipContent, b"tip-1", &sealed).unwrap().as_slice(), b"words");
    assert_eq!(ring.open(TipContent, b"tip-2", &sealed), Err(OpenError::Refused));
    assert_eq!(ring.open(MailboxText, b"tip-1", &sealed), Err(OpenError::Refused));
}

#[test]
fn another_key_does_not_open_a_box() {
    let sealed = seal(&line(1), b"tip", b"words");
    assert_eq!(line(2).open(TipContent, b"tip", &sealed), Err(OpenError::UnknownKey(sealed.key_id())));
    // The custodian's key with the same bytes is another holder's key.
    let custodian =
        SecretKey::<Custodian>::from_bytes(&line(1).secrets().next().unwrap().to_bytes()).unwrap();
    assert_eq!(custodian.open(Identity, b"tip", &sealed), Err(OpenError::Refused));
}

#[test]
fn earlier_keys_still_open_and_the_newest_seals() {
    let mut ring = line(1);
    let before = seal(&ring, b"tip", b"before");
    ring.rotate(SecretKey::generate(&SeededEntropy::new(2)));
    let after = seal(&ring, b"tip", b"after");
    assert_ne!(before.key_id(), after.key_id());
    assert_eq!(ring.open(TipContent, b"tip", &before).unwrap().as_slice(), b"before");
    assert_eq!(ring.open(TipContent, b"tip", &after).unwrap().as_slice(), b"after");
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let ring = line(1);
    let sealed = seal(&ring, b"tip", b"words");
    let length = sealed.as_bytes().len();
    for at in [2, 9, 10, 600, 1097, 1098, 1129, 1130, 1400, length - 17, length - 1] {
        let mut bytes = sealed.as_bytes().to_vec();
        bytes[at] ^= 1;
        let changed = SealedBox::from_bytes(bytes).unwrap();
        assert!(ring.open(TipContent, b"tip", &changed).is_err(), "byte {at}");
    }
}

#[test]
fn equal_plaintexts_give_unequal_boxes() {
    let ring = line(1);
    assert_ne!(seal(&ring, b"tip", b"words"), seal(&ring, b"tip", b"words"));
}

#[test]
fn the_length_tells_only_the_class() {
    let ring = line(1);
    let length = |plaintext: usize| seal(&ring, b"tip", &vec![b'x'; plaintext]).as_bytes().len();
    assert_eq!(length(0), length(508));
    assert!(length(508) < length(509));
    assert_eq!(length(2100), length(4000));
}

#[test]
fn too_long_is_an_error() {
    let sealed = line(1).public().seal(TipContent, b"", &vec![0; MAX_PLAINTEXT + 1], &SystemEntropy);
    assert_eq!(sealed.unwrap_err(), SealError::TooLong);
}

#[test]
fn hostile_bytes_are_no_box() {
    assert_eq!(SealedBox::from_bytes(vec![]), Err(SealedBoxError::Length));
    assert_eq!(SealedBox::from_bytes(vec![1; 1145]), Err(SealedBoxError::Length));
    assert_eq!(SealedBox::from_bytes(vec![2; 2000]), Err(SealedBoxError::Unknown));
    assert_eq!("???".parse::<SealedBox>(), Err(SealedBoxError::NotBase64));
    assert_eq!("A".repeat(40 << 20).parse::<SealedBox>(), Err(SealedBoxError::Length));
    assert!(serde_json::from_str::<SealedBox>("\"AAAA\"").is_err());
    assert!(PublicKey::<Line>::from_bytes(&[0xFF; 1216]).is_none());
}

#[test]
fn boxes_travel_as_base64() {
    let ring = line(1);
    let sealed = seal(&ring, b"tip", b"words");
    let json = serde_json::to_string(&sealed).unwrap();
    assert_eq!(json, format!("\"{}\"", sealed.to_base64()));
    let back: SealedBox = serde_json::from_str(&json).unwrap();
    assert_eq!(ring.open(TipContent, b"tip", &back).unwrap().as_slice(), b"words");
}

#[test]
fn nothing_secret_is_shown() {
    let ring = line(1);
    let secret = ring.secrets().next().unwrap().to_bytes();
    let shown = format!("{ring:?} {:?} {:?}", FieldKeys::of(&ring), FileKey::generate(&SystemEntropy));
    assert!(shown.contains("hidden"));
    assert!(!shown.contains(&hex::encode(&*secret)));
    assert!(!shown.contains(&format!("{:?}", &secret[..8]).replace(['[', ']'], "")));
}

const PLACE: Field<'static> = Field { table: "tips", column: "content", row: b"row-1" };

#[test]
fn a_field_opens_only_in_its_place() {
    let mut ring = line(1);
    let sealed = FieldKeys::of(&ring).seal(PLACE, b"words", &SystemEntropy).unwrap();
    ring.rotate(SecretKey::generate(&SeededEntropy::new(2)));
    let keys = FieldKeys::of(&ring);
    assert_eq!(keys.open(PLACE, &sealed).unwrap().as_slice(), b"words");
    for elsewhere in [
        Field { table: "cases", ..PLACE },
        Field { column: "summary", ..PLACE },
        Field { row: b"row-2", ..PLACE },
        // The same letters, cut in another place.
        Field { table: "tipsc", column: "ontent", ..PLACE },
    ] {
        assert_eq!(keys.open(elsewhere, &sealed), Err(OpenError::Refused));
    }
    let strangers = FieldKeys::of(&line(3));
    assert!(matches!(strangers.open(PLACE, &sealed), Err(OpenError::UnknownKey(_))));
}

#[test]
fn a_repeated_nonce_does_not_reveal_more_than_equality() {
    let keys = FieldKeys::of(&line(1));
    let seal = |plaintext: &[u8]| keys.seal(PLACE, plaintext, &SeededEntropy::new(9)).unwrap();
    let (one, two) = (seal(b"aaaaaaaa"), seal(b"aaaaaaab"));
    // With a stream cipher under one nonce all but the last byte would be equal.
    assert_ne!(one[21..28], two[21..28]);
}

#[test]
fn a_file_opens_with_its_key_and_name() {
    let key = FileKey::generate(&SystemEntropy);
    let sealed = key.seal("object-1", b"bytes", &SystemEntropy).unwrap();
    let carried = FileKey::from_hex(&key.to_hex()).unwrap();
    assert_eq!(carried.open("object-1", &sealed).unwrap().as_slice(), b"bytes");
    assert_eq!(FileKey::sealed_length(5), sealed.len() as u64);
    assert_eq!(carried.open("object-2", &sealed), Err(OpenError::Refused));
    assert_eq!(carried.open("object-1", &sealed[..10]), Err(OpenError::Malformed));
    assert_eq!(carried.open("object-1", &[]), Err(OpenError::Malformed));
    for no_key in ["", "00", &"0".repeat(63), &"g".repeat(64), &"00".repeat(33)] {
        assert!(FileKey::from_hex(no_key).is_none());
    }
}

#[test]
fn a_first_answer_opens_with_the_clients_key_alone() {
    let key = AnswerKey::generate(&SystemEntropy);
    let sealed = key.seal("web", "client-key", b"receipt", &SystemEntropy).unwrap();
    assert_eq!(key.open("web", "client-key", &sealed).unwrap().as_slice(), b"receipt");
    assert_eq!(key.open("web", "other-key", &sealed), Err(OpenError::Refused));
    assert_eq!(key.open("phone", "client-key", &sealed), Err(OpenError::Refused));
    assert_eq!(
        AnswerKey::generate(&SystemEntropy).open("web", "client-key", &sealed),
        Err(OpenError::Refused)
    );
    assert_ne!(key.locate("web", "client-key"), key.locate("phone", "client-key"));
    assert_ne!(key.locate("web", "client-key"), key.fingerprint("web", "client-key", b""));
    assert_ne!(key.fingerprint("web", "k", b"one"), key.fingerprint("web", "k", b"two"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_sealed_opens(plaintext in prop::collection::vec(any::<u8>(), 0..5000), context: [u8; 16]) {
        let ring = line(7);
        let sealed = seal(&ring, &context, &plaintext);
        let opened = ring.open(TipContent, &context, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
        let fields = FieldKeys::of(&ring);
        let field = fields.seal(Field { row: &context, ..PLACE }, &plaintext, &SystemEntropy).unwrap();
        let opened = fields.open(Field { row: &context, ..PLACE }, &field).unwrap();
        prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
    }

    #[test]
    fn no_bytes_break_the_readers(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let ring = line(7);
        let mut boxed = bytes.clone();
        boxed.splice(0..0, [1, 1]);
        if let Ok(sealed) = SealedBox::from_bytes(boxed) {
            prop_assert!(ring.open(TipContent, b"", &sealed).is_err());
        }
        prop_assert!(FieldKeys::of(&ring).open(PLACE, &bytes).is_err());
        prop_assert!(FileKey::generate(&SystemEntropy).open("object", &bytes).is_err());
    }
}
