//! One golden file a type: what an old process wrote, this version reads; what it writes is the same
//! byte for byte.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dengwen_messages::{
    AssignmentMade, CaseJoined, CaseObjected, CaseOpened, ClerkActed, Envelope, EnvelopeError, Event,
    LimitSet, MAX_MESSAGE_BYTES, MessageReceived, MessageSettled, ReplyWanted, TipReceived, TipRegistered,
    TraceParent,
};
use dengwen_model::{
    AssignmentId, AssignmentTask, CaseId, Channel, DeadlineId, HandlingForm, ManualClock, MessageId,
    Priority, SeededEntropy, TipId,
};
use jiff::Timestamp;

fn instant() -> Timestamp {
    "2026-10-10T13:14:00Z".parse().unwrap()
}

fn events() -> Vec<(&'static str, Event)> {
    let clock = ManualClock::at(instant());
    let entropy = SeededEntropy::new(12380);
    let tip = TipId::new(&clock, &entropy);
    let case = CaseId::new(&clock, &entropy);
    let assignment = AssignmentId::new(&clock, &entropy);
    let received = TipReceived {
        tip,
        door: "web-1a2b3c4d".parse().unwrap(),
        channel: Channel::Web,
        received_at: instant(),
        received_by: "990000-ZZB".parse().unwrap(),
        receipt_hash: "cmVjZWlwdA==".to_owned(),
        external_key: Some("a2V5".to_owned()),
        content: "c2VhbGVk".to_owned(),
        identity: None,
        reply_to: Some("c2VhbGVk".to_owned()),
    };
    let made = AssignmentMade {
        assignment,
        case,
        unit: "990121-ZZB".parse().unwrap(),
        task: AssignmentTask::Verify,
        category: "A02".parse().unwrap(),
        handling: HandlingForm::H1,
        must_investigate: vec!["M1".to_owned()],
        priority: Priority::MOST_URGENT,
        assigned_at: instant(),
        path: vec!["990121-ZZB：管理层级".to_owned()],
        deadlines: vec![LimitSet {
            deadline: DeadlineId::new(&clock, &entropy),
            rule: "DL-UNITACC".parse().unwrap(),
            due: "2026-10-16".parse().unwrap(),
            provisional: false,
        }],
    };
    let reply = ReplyWanted {
        reply: MessageId::new(&clock, &entropy),
        tip,
        reply_to: "c2VhbGVk".to_owned(),
        text: "c2VhbGVk".to_owned(),
    };
    let message = MessageId::new(&clock, &entropy);
    let added = MessageReceived {
        message,
        door: "web-1a2b3c4d".parse().unwrap(),
        received_at: instant(),
        receipt_hash: "cmVjZWlwdA==".to_owned(),
        receipt_known: true,
        content: "c2VhbGVk".to_owned(),
    };
    let act = ClerkActed {
        act: message,
        door: "phone-1a2b3c4d".parse().unwrap(),
        at: instant(),
        actor: "clerk".to_owned(),
        action: "recording.opened".to_owned(),
        object: "recording 5f00".to_owned(),
        reason: String::new(),
    };
    vec![
        ("clerk.acted.v1", Event::ClerkActed(Box::new(act))),
        ("message.received.v1", Event::MessageReceived(Box::new(added))),
        ("message.settled.v1", Event::MessageSettled(MessageSettled { message })),
        ("tip.received.v1", Event::TipReceived(Box::new(received))),
        ("tip.registered.v1", Event::TipRegistered(TipRegistered { tip })),
        ("case.opened.v1", Event::CaseOpened(CaseOpened { case })),
        ("case.joined.v1", Event::CaseJoined(CaseJoined { case })),
        ("case.objected.v1", Event::CaseObjected(CaseObjected { case, assignment })),
        ("assignment.made.v1", Event::AssignmentMade(Box::new(made))),
        ("reply.wanted.v1", Event::ReplyWanted(reply)),
    ]
}

fn envelope(event: Event) -> Envelope {
    let entropy = SeededEntropy::new(4);
    let trace = TraceParent::new(&entropy);
    Envelope::new(event, "/golden", trace, &ManualClock::at(instant()), &entropy)
}

#[test]
fn every_type_reads_and_writes_its_golden_file() {
    for (name, event) in events() {
        let path = format!("{}/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let envelope = envelope(event);
        if std::env::var("DENGWEN_TEST_WRITE_GOLDEN").is_ok() {
            std::fs::write(&path, envelope.to_bytes()).unwrap();
        }
        let golden = std::fs::read(&path).unwrap();
        assert_eq!(String::from_utf8_lossy(&envelope.to_bytes()), String::from_utf8_lossy(&golden), "{name}");
        assert_eq!(Envelope::from_bytes(&golden).unwrap(), envelope, "{name}");
    }
}

#[test]
fn golden_files_and_types_match_one_to_one() {
    let mut files: Vec<String> = std::fs::read_dir(format!("{}/golden", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut names: Vec<String> = events().iter().map(|(name, _)| format!("{name}.json")).collect();
    names.sort();
    assert_eq!(files, names);
}

#[test]
fn messages_have_the_members_that_cloudevents_asks_for() {
    for (name, event) in events() {
        let json: serde_json::Value = serde_json::from_slice(&envelope(event).to_bytes()).unwrap();
        assert_eq!(json["specversion"], "1.0", "{name}");
        for member in ["id", "source", "type", "time", "datacontenttype", "traceparent"] {
            assert!(json[member].as_str().is_some_and(|text| !text.is_empty()), "{name}.{member}");
        }
        assert!(json["data"].is_object(), "{name}");
        assert_eq!(json["type"], format!("dengwen.{name}"));
    }
}

#[test]
fn hostile_bytes_are_refused_without_being_quoted() {
    let secret = "secret words";
    for bytes in [
        Vec::new(),
        b"null".to_vec(),
        format!("{{\"type\":\"{secret}\"}}").into_bytes(),
        vec![b'['; 100_000],
        vec![0xff; 100],
        format!("{{\"specversion\":\"1.0\",\"id\":\"{secret}\"}}").into_bytes(),
    ] {
        let error = Envelope::from_bytes(&bytes).unwrap_err();
        assert!(!error.to_string().contains(secret));
    }
    assert_eq!(Envelope::from_bytes(&vec![b' '; MAX_MESSAGE_BYTES + 1]), Err(EnvelopeError::TooLarge));
}

#[test]
fn a_traceparent_survives_the_way_and_others_are_refused() {
    let entropy = SeededEntropy::new(9);
    let trace = TraceParent::new(&entropy);
    assert_eq!(trace.to_string().parse::<TraceParent>().unwrap(), trace);
    let child = trace.child(&entropy);
    assert_eq!(child.trace_id(), trace.trace_id());
    assert_ne!(child, trace);
    let zeros = format!("00-{}-{}-01", "0".repeat(32), "1".repeat(16));
    for text in ["", "00", &zeros, &trace.to_string().to_uppercase(), &format!("{trace}-")] {
        assert!(text.parse::<TraceParent>().is_err(), "{text}");
    }
}
