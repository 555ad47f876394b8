//! Whatever a tip's text is: it is read, its spans are true, and both dry runs answer with one line of JSON.
#![no_main]

use std::sync::{Arc, LazyLock};

use dengwen_rules::{Rules, Units};
use dengwen_text::link::LinkKey;
use dengwen_text::{Reader, TipForm, TipText, TryLink, try_classify_line};
use libfuzzer_sys::fuzz_target;

static READER: LazyLock<Reader> = LazyLock::new(|| {
    Reader::new(Arc::new(Units::sample().expect("the sample")), LinkKey::new([3; 32])).expect("a reader")
});
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().expect("the rules"));

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let reading = READER.read(&TipText {
        text: &text,
        form: TipForm::default(),
        channel: dengwen_model::Channel::Web,
        received_at: Default::default(),
        received_by: None,
        source_kind: None,
    });
    let chars: Vec<char> = text.chars().collect();
    for evidence in &reading.evidence {
        let shown: String = chars[evidence.start..evidence.end].iter().collect();
        assert_eq!(shown, evidence.text);
    }
    // The text as a line of its own, and as the text of a tip that is told twice.
    assert!(!try_classify_line(&READER, &RULES, &text).contains('\n'));
    let quoted: String = chars.iter().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect();
    let mut link = TryLink::new(&READER);
    for id in ["1", "2"] {
        let answer = link.line(&format!(r#"{{"id":"{id}","text":"{quoted}"}}"#));
        assert!(!answer.contains('\n') && !answer.contains("error"), "a tip is answered");
    }
});
