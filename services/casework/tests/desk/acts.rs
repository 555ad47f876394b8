//! What clerks did at the doors.

use dengwen_messages::{ClerkActed, Envelope, Event, TraceParent};
use dengwen_model::MessageId;
use dengwen_queue::Settlement;
use dengwen_service::Handler;

use crate::bench::Bench;

impl Bench {
    fn acted(&self, action: &str) -> Envelope {
        let (clock, entropy) = (self.runtime.clock(), self.runtime.entropy());
        let act = ClerkActed {
            act: MessageId::new(clock, entropy),
            door: "phone-1".parse().unwrap(),
            at: clock.now(),
            actor: "clerk".to_owned(),
            action: action.to_owned(),
            object: "recording 5f00".to_owned(),
            reason: String::new(),
        };
        let trace = TraceParent::new(entropy);
        Envelope::new(Event::ClerkActed(Box::new(act)), "/door", trace, clock, entropy)
    }
}

#[tokio::test]
async fn an_act_is_one_entry_of_the_audit_log_however_often_it_comes() {
    let bench = Bench::new().await;
    let acts = dengwen_casework::Acts::new(dengwen_casework::Desk::new(bench.runtime.clone()));
    let opened = bench.acted("recording.opened");
    for batch in [vec![opened.clone(), opened.clone()], vec![opened]] {
        let settled = acts.handle(&batch).await.unwrap();
        assert!(settled.iter().all(|settled| matches!(settled, Settlement::Done)));
    }
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let entries = work.audit_of("recording 5f00").await.unwrap();
    assert_eq!(entries.len(), 1);
    let entry = &entries[0].entry;
    assert_eq!((entry.actor.as_str(), entry.role.as_str()), ("clerk", "intake"));
    assert_eq!(entry.action, "recording.opened");
}

#[tokio::test]
async fn nothing_else_gets_into_the_audit_log_by_a_door() {
    let bench = Bench::new().await;
    let acts = dengwen_casework::Acts::new(dengwen_casework::Desk::new(bench.runtime.clone()));
    let settled = acts.handle(&[bench.acted("case.concluded")]).await.unwrap();
    assert!(matches!(settled[..], [Settlement::Park { .. }]));
    let mut work = bench.runtime.ledger().read().await.unwrap();
    assert!(work.audit_of("recording 5f00").await.unwrap().is_empty());
}
