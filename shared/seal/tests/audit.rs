//! The audit chain shows the first record that was changed, taken out, put in or cut off.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use dengwen_model::SeededEntropy;
use dengwen_seal::SigningSecret;
use dengwen_seal::audit::{
    AuditRecord, BrokenLink, ChainHash, ChainHead, ChainVerifier, Checkpoint, Evidence, LinkFault,
};
use jiff::Timestamp;

#[derive(Clone)]
struct Row {
    seq: u64,
    at: Timestamp,
    actor: String,
    reason: String,
    prev: ChainHash,
    hash: ChainHash,
}

impl Row {
    fn record(&self) -> AuditRecord<'_> {
        AuditRecord {
            seq: self.seq,
            at: self.at,
            actor: &self.actor,
            role: "officer",
            action: "open",
            object: "case",
            reason: &self.reason,
            prev: self.prev,
        }
    }

    fn rehash(&mut self) {
        self.hash = self.record().hash();
    }
}

fn chain(length: u64) -> Vec<Row> {
    let mut prev = ChainHash::GENESIS;
    let row = |seq| {
        let at = Timestamp::from_second(1_800_000_000 + seq as i64).unwrap();
        let mut row = Row { seq, at, actor: format!("a{seq}"), reason: "duty".into(), prev, hash: prev };
        row.rehash();
        prev = row.hash;
        row
    };
    (1..=length).map(row).collect()
}

fn secret() -> SigningSecret {
    SigningSecret::generate(&SeededEntropy::new(1))
}

fn checkpoint(row: &Row) -> Checkpoint {
    Checkpoint::sign(ChainHead { seq: row.seq, hash: row.hash }, row.at, &secret())
}

fn verify(rows: &[Row], checkpoints: Vec<Checkpoint>) -> Result<ChainHead, BrokenLink> {
    let mut verifier = ChainVerifier::new(checkpoints, &secret().verifying())?;
    for row in rows {
        verifier.check(&row.record(), row.hash)?;
    }
    verifier.finish()
}

fn fault(seq: u64, fault: LinkFault) -> Result<ChainHead, BrokenLink> {
    Err(BrokenLink { seq, fault })
}

#[test]
fn a_whole_chain_holds() {
    let rows = chain(10);
    let checkpoints = vec![checkpoint(&rows[9]), checkpoint(&rows[3]), checkpoint(&rows[3])];
    assert_eq!(verify(&rows, checkpoints), Ok(ChainHead { seq: 10, hash: rows[9].hash }));
    assert_eq!(verify(&[], vec![]), Ok(ChainHead::default()));
}

#[test]
fn a_changed_record_is_found() {
    let mut rows = chain(10);
    rows[4].reason = "curiosity".into();
    assert_eq!(verify(&rows, vec![]), fault(5, LinkFault::Content));
    // With its hash made to fit, the next record no longer joins.
    rows[4].rehash();
    assert_eq!(verify(&rows, vec![]), fault(6, LinkFault::Previous));
}

#[test]
fn letters_moved_between_fields_are_a_change() {
    let mut rows = chain(3);
    rows[1].actor = "a2d".into();
    rows[1].reason = "uty".into();
    assert_eq!(verify(&rows, vec![]), fault(2, LinkFault::Content));
}

#[test]
fn a_missing_or_swapped_record_is_found() {
    let mut rows = chain(10);
    rows.remove(6);
    assert_eq!(verify(&rows, vec![]), fault(7, LinkFault::Sequence));
    let mut rows = chain(10);
    rows.swap(2, 3);
    assert_eq!(verify(&rows, vec![]), fault(3, LinkFault::Sequence));
    let mut rows = chain(10);
    rows.remove(0);
    assert_eq!(verify(&rows, vec![]), fault(1, LinkFault::Sequence));
}

#[test]
fn a_chain_rewritten_from_some_record_on_differs_from_its_checkpoint() {
    let kept = checkpoint(&chain(10)[7]);
    let mut rows = chain(10);
    rows[5].reason = "another".into();
    for index in 5..10 {
        rows[index].prev = rows[index - 1].hash;
        rows[index].rehash();
    }
    assert!(verify(&rows, vec![]).is_ok());
    assert_eq!(verify(&rows, vec![kept]), fault(8, LinkFault::Checkpoint));
}

#[test]
fn a_chain_cut_off_before_its_checkpoint_is_found() {
    let rows = chain(10);
    assert_eq!(verify(&rows[..6], vec![checkpoint(&rows[7])]), fault(8, LinkFault::CutOff));
}

#[test]
fn a_checkpoint_that_is_not_ours_is_found() {
    let rows = chain(3);
    let mut forged = checkpoint(&rows[1]);
    forged.hash = rows[2].hash;
    assert_eq!(verify(&rows, vec![forged]), fault(2, LinkFault::Checkpoint));
    let stranger = SigningSecret::generate(&SeededEntropy::new(2));
    let head = ChainHead { seq: 2, hash: rows[1].hash };
    let stranger = Checkpoint::sign(head, rows[1].at, &stranger);
    assert_eq!(verify(&rows, vec![stranger]), fault(2, LinkFault::Checkpoint));
}

#[test]
fn a_chain_is_checked_on_from_a_head_that_was_checked_before() {
    let rows = chain(10);
    let mut verifier = ChainVerifier::after(checkpoint(&rows[5]).head());
    for row in &rows[6..] {
        verifier.check(&row.record(), row.hash).unwrap();
    }
    assert_eq!(verifier.finish(), Ok(ChainHead { seq: 10, hash: rows[9].hash }));
    let mut verifier = ChainVerifier::after(checkpoint(&rows[4]).head());
    let skipped = verifier.check(&rows[6].record(), rows[6].hash);
    assert_eq!(skipped, Err(BrokenLink { seq: 6, fault: LinkFault::Sequence }));
}

#[test]
fn evidence_tells_every_change_of_a_row() {
    let row = Evidence::of("tip", &[Some(b"content"), None, Some(b"hash")]);
    let others: [(&str, &[Option<&[u8]>]); 6] = [
        ("message", &[Some(b"content"), None, Some(b"hash")]),
        ("tip", &[Some(b""), None, Some(b"hash")]),
        ("tip", &[Some(b"content"), Some(b""), Some(b"hash")]),
        ("tip", &[Some(b"contenth"), None, Some(b"ash")]),
        ("tip", &[Some(b"content"), Some(b"hash"), None]),
        ("tip", &[Some(b"content"), None]),
    ];
    for (kind, parts) in others {
        assert!(Evidence::of(kind, parts) != row, "{kind}");
    }
}

#[test]
fn evidence_is_found_again_at_the_end_of_a_reason() {
    let row = Evidence::of("tip", &[Some(b"content")]);
    for reason in ["", "new 3+model 7"] {
        assert!(Evidence::in_reason(&row.after(reason)) == Some(row));
    }
    assert_eq!(row.after("new"), "new sha256:JWRacqR9PJ5s5lK3L8EQNkFt/yES/2i7i7OVIjIH74o=");
    for reason in ["", "new 3", "sha256:", "sha256:AAAA", &row.to_string(), &(row.after("new") + " more")] {
        assert!(Evidence::in_reason(reason).is_none(), "{reason}");
    }
}

#[test]
fn checkpoints_travel_as_json() {
    let kept = checkpoint(&chain(2)[1]);
    let json = serde_json::to_string(&kept).unwrap();
    let back: Checkpoint = serde_json::from_str(&json).unwrap();
    assert!(back.is_signed_by(&secret().verifying()));
    assert!(serde_json::from_str::<Checkpoint>(&json.replace("\"seq\":2", "\"seq\":2,\"x\":1")).is_err());
}

/// Stored hashes must stay valid: a change of these bytes breaks every chain there is.
#[test]
fn the_hash_of_a_record_never_changes() {
    assert_eq!(chain(1)[0].hash.to_string(), "gNRISm8EHAKsAcHBVPrLgx9cb+BJ9/rQC6BcrYBy9/c=");
}
