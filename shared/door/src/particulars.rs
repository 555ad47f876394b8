//! Where a reporter repeats in the words what they gave apart, to be sealed away from them.

use dengwen_model::{ReporterIdentity, TipContent};

/// Shorter names stand in words that are none.
const SHORTEST_NAME: usize = 2;
/// Shorter addresses and numbers do.
const SHORTEST_CONTACT: usize = 4;

/// The places in the text, in characters (start, end). The unit is not looked for: it is mostly the accused's too.
pub(crate) fn reporter_spans(content: &TipContent, identity: &ReporterIdentity) -> Vec<(usize, usize)> {
    let text: Vec<char> = content.text.chars().collect();
    let name = identity.name.as_ref().filter(|name| content.subject.name.as_ref() != Some(name));
    let contacts = [&identity.phone, &identity.email, &identity.address].into_iter().flatten();
    let given = name.map(|name| (name, SHORTEST_NAME)).into_iter();
    let given = given.chain(contacts.map(|contact| (contact, SHORTEST_CONTACT)));
    let mut spans = Vec::new();
    for (given, shortest) in given {
        let given: Vec<char> = given.trim().chars().collect();
        if given.len() >= shortest {
            let starts = (0..text.len()).filter(|&at| text[at..].starts_with(&given));
            spans.extend(starts.map(|at| (at, at + given.len())));
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use dengwen_model::{Channel, ChannelDetails, FormKind, IdentityKind, SourceKind, SubjectForm};

    use super::*;

    fn content(text: &str) -> TipContent {
        TipContent {
            channel: Channel::Web,
            form_kind: FormKind::Person,
            text: text.to_owned(),
            subject: SubjectForm { name: Some("甲乙丙".to_owned()), ..SubjectForm::default() },
            when: None,
            place: None,
            source_kind: SourceKind::default(),
            identity: IdentityKind::Named,
            attachments: Vec::new(),
            details: ChannelDetails::Web,
            reporter_spans: Vec::new(),
        }
    }

    #[test]
    fn what_was_given_apart_is_found_wherever_the_words_repeat_it() {
        let identity = ReporterIdentity {
            name: Some("丁戊己".to_owned()),
            address: Some("城关镇建设路8号".to_owned()),
            unit: Some("某局".to_owned()),
            ..ReporterIdentity::default()
        };
        let spans = reporter_spans(&content("丁戊己就是我，某局的，在城关镇建设路8号。丁戊己"), &identity);
        assert_eq!(spans, [(0, 3), (21, 24), (12, 20)]);
        assert_eq!(reporter_spans(&content("没有提到"), &identity), []);
    }

    #[test]
    fn the_accused_is_not_hidden_and_a_short_word_is_no_name() {
        let named =
            |name: &str| ReporterIdentity { name: Some(name.to_owned()), ..ReporterIdentity::default() };
        assert_eq!(reporter_spans(&content("甲乙丙收钱"), &named("甲乙丙")), []);
        assert_eq!(reporter_spans(&content("王局长收钱"), &named("王")), []);
        assert_eq!(reporter_spans(&content("收钱"), &named("一个比正文还长的名字")), []);
    }
}
