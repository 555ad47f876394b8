//! Who is named and not complained of: wronged (打击报复某某, 某某的位子被抢), praised, cleared (与某某无关), or said not
//! to be meant (不是某某). The words are in `data/signs.txt`.

use std::ops::Range;

use super::place::han;
use crate::sign::{Sign, Signs};

/// Characters between the words before and the name (表扬一下某某).
const BEFORE: usize = 2;
/// Characters between the name and the words after it (某某人家已经查清没事).
const AFTER: usize = 5;
/// The same up to what was taken (某某的站长位子被).
const TAKEN: usize = 5;
/// The longest of the words.
const LONGEST: usize = 5;

/// Whether what is said right before and after `mention`, the name with body and post, shows that nothing is said
/// against it. `named` tells whether there is a name: 局长的位子被 says nothing of who is 局长.
pub(crate) fn spared(chars: &[char], signs: &Signs, mention: &Range<usize>, named: bool) -> bool {
    let Range { start, end } = *mention;
    let before = |sign| {
        let words = signs.within(start.saturating_sub(BEFORE + LONGEST)..start, sign);
        words.filter(|word| (word.end..start).all(|at| han(chars[at]))).last()
    };
    let after = |sign, gap: usize| {
        let stop = (end..chars.len()).find(|&at| !han(chars[at])).unwrap_or(chars.len());
        let words = signs.within(end..stop, sign).take_while(|word| word.start <= end + gap).next();
        words.is_some()
    };
    let near = |word: Range<usize>| word.end + BEFORE >= start;
    let denied = before(Sign::NotMeant).is_some_and(|word| {
        // 是不是某某 asks; 不是某某的司机 speaks of another.
        word.end == start
            && word.start.checked_sub(1).is_none_or(|at| chars[at] != '是')
            && (chars.get(end).is_none_or(|c| !han(*c)) || chars[end..].starts_with(&['的', '事']))
    });
    denied
        || before(Sign::SparedBefore).is_some_and(near)
        || after(Sign::SparedAfter, AFTER)
        || after(Sign::PraisedAfter, 0)
        || (named && after(Sign::PlaceTaken, TAKEN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignLists;
    use crate::{Normal, Script};

    fn holds(text: &str, who: &str) -> bool {
        let text = Normal::new(text, &Script::shipped());
        let signs = SignLists::shipped().unwrap().scan(&text);
        let who: Vec<char> = who.chars().collect();
        let at = text.chars.windows(who.len()).position(|part| part == who).unwrap();
        spared(&text.chars, &signs, &(at..at + who.len()), true)
    }

    #[test]
    fn the_wronged_the_praised_and_the_cleared_are_spared() {
        for (text, who) in [
            ("受害人卜玉梅哭了一夜", "卜玉梅"),
            ("局长打击报复覃有志", "覃有志"),
            ("我要表扬一下站长阮青禾", "站长阮青禾"),
            ("查过了,与阮青禾无关", "阮青禾"),
            ("阮青禾是被冤枉的", "阮青禾"),
            ("阮青禾的站长位子被人占了", "阮青禾"),
            ("收钱的不是阮青禾,是他舅子", "阮青禾"),
            ("这不关阮青禾的事", "阮青禾"),
            ("阮青禾很好", "阮青禾"),
        ] {
            assert!(holds(text, who), "{text}");
        }
    }

    #[test]
    fn whoever_does_wrong_is_not() {
        for (text, who) in [
            ("阮青禾打击报复覃有志", "阮青禾"),
            ("是不是阮青禾收的,你们查", "阮青禾"),
            ("不是阮青禾的司机就提不了", "阮青禾"),
            ("阮青禾收了钱,与别人无关", "阮青禾"),
            ("阮青禾被查了还提拔", "阮青禾"),
            ("感谢组织。阮青禾收钱", "阮青禾"),
            ("阮青禾与老板关系很好", "阮青禾"),
        ] {
            assert!(!holds(text, who), "{text}");
        }
    }
}
