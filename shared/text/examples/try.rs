//! `try classify` and `try link` over standard input, with the sample organisation.
#![allow(clippy::print_stdout, clippy::expect_used, missing_docs, reason = "a tool for developers")]

use std::io::BufRead;
use std::sync::Arc;

use dengwen_rules::{Rules, Units};
use dengwen_text::link::LinkKey;
use dengwen_text::{Reader, TryLink, try_classify_line};

fn main() {
    let units = Arc::new(Units::sample().expect("the sample"));
    let reader = Reader::new(units, LinkKey::new([7; 32])).expect("a reader");
    let rules = Rules::built_in().expect("the rules");
    let link = std::env::args().nth(1).as_deref() == Some("link");
    let mut known = TryLink::new(&reader);
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        println!("{}", if link { known.line(&line) } else { try_classify_line(&reader, &rules, &line) });
    }
}
