//! Divisions by the shape of their codes.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use dengwen_model::RegionCode;
use dengwen_rules::Level;
use dengwen_rules::region::{contains, level_of, nested, outward};

fn code(text: &str) -> RegionCode {
    text.parse().unwrap()
}

#[test]
fn a_code_shows_its_level() {
    for (text, level) in [
        ("000000", Some(Level::Central)),
        ("990000", Some(Level::Province)),
        ("100000", Some(Level::Province)),
        ("990100", Some(Level::City)),
        ("991000", Some(Level::City)),
        ("990121", Some(Level::County)),
        ("990210", Some(Level::County)),
        ("990121105", Some(Level::Township)),
        ("990121105201", Some(Level::Township)),
        ("x-1", None),
    ] {
        assert_eq!(level_of(&code(text)), level, "{text}");
    }
}

#[test]
fn a_division_holds_what_begins_with_its_digits() {
    assert!(contains(&code("990100"), &code("990121")));
    assert!(contains(&code("990121"), &code("990121")));
    assert!(contains(&code("000000"), &code("990121")));
    assert!(contains(&code("990121"), &code("990121105")));
    assert!(!contains(&code("990121"), &code("990100")));
    assert!(!contains(&code("990210"), &code("990211")), "a county code may end in a zero");
    assert!(!contains(&code("991000"), &code("991100")));
    assert!(nested(&code("990121"), &code("990100")));
    assert!(!nested(&code("990121"), &code("990122")));
}

#[test]
fn the_way_outward_names_each_division_once() {
    let around = |text: &str| outward(&code(text)).map(|code| code.to_string()).collect::<Vec<_>>();
    assert_eq!(around("990121105201"), ["990121105201", "990121105", "990121", "990100", "990000", "000000"]);
    assert_eq!(around("990210"), ["990210", "990200", "990000", "000000"]);
    assert_eq!(around("990000"), ["990000", "000000"]);
    assert_eq!(around("000000"), ["000000"]);
    assert_eq!(around("odd"), ["odd"]);
}
