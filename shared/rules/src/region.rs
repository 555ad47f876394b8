//! Administrative divisions by the shape of their codes (GB/T 2260 and the longer statistical codes):
//! two digits a province, four a city, six a county, nine a township, twelve a village; zeros fill up.
//! What the register says about a unit's level goes before what a code looks like.

use dengwen_model::RegionCode;

use crate::units::Level;

/// The digits that carry meaning: `990100` → `9901`, `000000` → nothing.
fn significant(code: &str) -> &str {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return code;
    }
    let used = code.trim_end_matches('0').len();
    let whole = match used {
        0 => 0,
        1..=2 => 2,
        3..=4 => 4,
        5..=6 => 6,
        7..=9 => 9,
        _ => code.len(),
    };
    code.get(..whole.min(code.len())).unwrap_or(code)
}

/// The level that a code looks like; `None` for a code that is not of digits.
pub fn level_of(region: &RegionCode) -> Option<Level> {
    let code = region.as_str();
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match significant(code).len() {
        0 => Level::Central,
        1..=2 => Level::Province,
        3..=4 => Level::City,
        5..=6 => Level::County,
        _ => Level::Township,
    })
}

/// Whether `outer` is `inner` or holds it.
pub fn contains(outer: &RegionCode, inner: &RegionCode) -> bool {
    significant(inner.as_str()).starts_with(significant(outer.as_str()))
}

/// Whether one of the two holds the other.
pub fn nested(one: &RegionCode, other: &RegionCode) -> bool {
    contains(one, other) || contains(other, one)
}

/// How deep a division lies; a county is deeper than its city.
pub fn depth(region: &RegionCode) -> usize {
    significant(region.as_str()).len()
}

/// The division itself and the ones around it, from the inside out: `990121101`, `990121`, `990100`,
/// `990000`, `000000`.
pub fn outward(region: &RegionCode) -> impl Iterator<Item = RegionCode> + use<> {
    let code = region.as_str().to_owned();
    let own = significant(&code).to_owned();
    let digits = code.bytes().all(|byte| byte.is_ascii_digit());
    let padded = move |length: usize| -> Option<RegionCode> {
        // The code's own digits up to the level, filled up with zeros to six.
        let kept = own.get(..length)?;
        format!("{kept:0<6}").parse().ok()
    };
    let lengths = [9, 6, 4, 2, 0];
    let first = region.clone();
    let rest = lengths.into_iter().filter(move |_| digits).filter_map(padded);
    let mut last: Option<RegionCode> = None;
    std::iter::once(first).chain(rest).filter(move |code| {
        let fresh = last.as_ref() != Some(code);
        last = Some(code.clone());
        fresh
    })
}
