//! Complaints of what the leadership of a body (领导班子) decided together.

use dengwen_model::{Subject, SubjectKind};

use crate::reading::FoundSubject;

/// Too many posts (A09) and grades given out (A15) are decided by a leadership: where the head of the body would be
/// the main subject, the leadership is, and the head stands second if named.
pub(crate) fn put_first(leaf: &str, subjects: &mut Vec<FoundSubject>) {
    let decided = matches!(leaf, "A09" | "A15");
    let Some(head) = subjects.first().filter(|found| decided && found.subject.is_top_leader) else { return };
    let body = FoundSubject {
        subject: Subject {
            kind: SubjectKind::Org,
            name: None,
            title: Some("领导班子".to_owned()),
            rank_code: None,
            is_top_leader: false,
            ..head.subject.clone()
        },
        ..head.clone()
    };
    match head.subject.name {
        Some(_) => subjects.insert(0, body),
        None => subjects[0] = body,
    }
}
