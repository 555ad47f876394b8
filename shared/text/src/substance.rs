//! Whether a text tells enough for a machine to decide on it.
//!
//! A report that only points to its files, a name alone, charges without an act (买官卖官, 任人唯亲), a language
//! that the model was not made for, characters at random, press and rules, one phrase again and again, a list of words, orders to a
//! machine: whatever the model makes of the few words, a person decides.

use std::ops::Range;

use crate::Normal;
use crate::extract::Extract;
use crate::extract::place::han;
use crate::rarity::Rarity;
use crate::sign::{Sign, Signs};

/// So many different characters must be left that tell something: all shipped examples with a matter have them.
const LEAST: usize = 3;
/// Of pairs of neighbouring characters at least so many in a hundred must be known: of characters at random next
/// to none is, of the examples in classical Chinese as a rule more.
const KNOWN_PERCENT: usize = 10;
/// Up to so many different characters a text is of few words.
const SHORT: usize = 6;
/// With fewer pairs nothing is concluded from them.
const PAIRS: usize = 4;
/// Where a heading stands (新华社讯, 第四十二条).
const FRAME: usize = 10;
/// A list of charges; what connects them is no act yet.
const LIST: usize = 4;
const CONNECTING: usize = 8;

/// Whether enough is told. `said` are the set phrases found in it, which tell nothing; `looks_named` tells
/// whether characters look like a person's name.
pub(crate) fn tells_enough(
    text: &Normal,
    signs: &Signs,
    said: impl Iterator<Item = Range<usize>>,
    extract: &Extract,
    rarity: &Rarity,
    looks_named: impl Fn(&[char]) -> bool,
) -> bool {
    let chars = &text.chars;
    let for_others = signs.stands(0..FRAME.min(text.len()), Sign::ForOthers);
    let said_by_nobody = for_others || foreign(chars) || random(chars, rarity);
    if signs.has(Sign::Prompt) || said_by_nobody || repeated(chars) || listed(text) {
        return false;
    }
    let mut open: Vec<bool> = text.chars.iter().map(|&c| han(c) && !FUNCTION.contains(c)).collect();
    let whole = 0..text.len();
    let named = extract.named();
    let empty = signs.within(whole.clone(), Sign::Empty);
    for range in said.chain(named).chain(empty) {
        open[range].fill(false);
    }
    let mut charges = 0;
    for range in signs.within(whole, Sign::Charge) {
        charges += usize::from(open[range.clone()].iter().any(|open| *open));
        open[range].fill(false);
    }
    if different(&text.chars, &open) <= SHORT {
        leave_out_names(&text.chars, &mut open, looks_named);
    }
    // 三年没上班: the characters by themselves say nothing.
    let act = if signs.has(Sign::ShortAct) { LEAST - 1 } else { 0 };
    let told = different(&text.chars, &open) + act;
    // 违规提拔外甥刘某: who gained by it makes an act of a charge.
    let for_kin = charges > 0 && signs.has(Sign::Kin);
    match charges {
        LIST.. => told >= CONNECTING,
        _ if for_kin => true,
        _ if told == 0 => charges > 0 && !extract.amounts.is_empty(),
        // 镇长儿子吃空饷; 股长五万, 副科十五万; 书记和镇长互不来往: with a charge, a price or a post less is enough.
        _ => {
            let more = charges > 0 || !extract.amounts.is_empty() || !extract.posts.is_empty();
            told + usize::from(more) >= LEAST
        }
    }
}

/// Characters that carry no matter.
pub(crate) const FUNCTION: &str = "的了是在我他她它你们这那有和与就都也不没一个人说上下去来到要把被给对为以及或而其之所等着过很还又再才会能可么呢吗啊吧叫让从向跟同几多少年月日号天里外前后时候";

/// In a text of few words a name may stand where nothing shows that it is one.
fn leave_out_names(chars: &[char], open: &mut [bool], looks_named: impl Fn(&[char]) -> bool) {
    for length in [3, 2] {
        for at in 0..(chars.len() + 1).saturating_sub(length) {
            let range = at..at + length;
            if open[range.clone()].iter().all(|open| *open) && looks_named(&chars[range.clone()]) {
                open[range].fill(false);
            }
        }
    }
}

fn different(chars: &[char], open: &[bool]) -> usize {
    let mut left: Vec<char> = chars.iter().zip(open).filter(|(_, open)| **open).map(|(c, _)| *c).collect();
    left.sort_unstable();
    left.dedup();
    left.len()
}

/// More of it is in other letters than in Chinese characters. Three Latin letters count as one of them, an
/// address or whatever else runs on without a break as eight at most.
fn foreign(chars: &[char]) -> bool {
    let chinese = chars.iter().filter(|c| han(**c)).count();
    let other = chars.iter().filter(|c| !c.is_ascii() && !han(**c) && c.is_alphabetic()).count();
    let runs = chars.split(|c| !c.is_ascii());
    let letters = runs.map(|run| run.iter().filter(|c| c.is_ascii_alphabetic()).count());
    let latin: usize = letters.map(|letters| letters.min(24).div_ceil(3)).sum();
    other + latin > chinese
}

/// One phrase again and again: of its pairs of characters more than two in three are there already. Letters that
/// repeat themselves stay far below that.
fn repeated(chars: &[char]) -> bool {
    /// As much is looked at; longer texts use the same pairs again.
    const HEAD: usize = 400;
    /// A shorter text may say a thing three times.
    const LEAST: usize = 24;
    let mut pairs: Vec<&[char]> = chars[..chars.len().min(HEAD)].windows(2).collect();
    let all = pairs.len();
    pairs.sort_unstable();
    pairs.dedup();
    all >= LEAST && pairs.len() * 3 < all
}

/// Words one after another between spaces or 、, with next to nothing that connects them: no act is told.
fn listed(text: &Normal) -> bool {
    const CONNECTING: &str = "的了是在我他她它你们这那就都也还把被给说去来之其所再先";
    /// So many words make a list,
    const WORDS: usize = 6;
    /// at so many characters a word at most (in tenths),
    const TENTHS: usize = 53;
    /// none longer than this;
    const LONGEST: usize = 10;
    /// of a hundred characters at most so many connect: in a report as a rule more.
    const CONNECT_PERCENT: usize = 10;
    let (mut words, mut all, mut connecting, mut loose) = (0, 0, 0, 0);
    let mut run = 0;
    for (at, &c) in text.chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            run = 0;
            continue;
        }
        let spaced = text.gap_before(at) || at > 0 && text.chars[at - 1] == '、';
        if run == 0 || spaced {
            words += 1;
            loose += usize::from(spaced);
            run = 0;
        }
        run += 1;
        all += 1;
        connecting += usize::from(CONNECTING.contains(c));
        if run > LONGEST {
            return false;
        }
    }
    let terse = all * 10 <= words * TENTHS && connecting * 100 <= all * CONNECT_PERCENT;
    words >= WORDS && terse && loose * 3 >= (words - 1) * 2
}

/// Its pairs of characters are of no text.
fn random(chars: &[char], rarity: &Rarity) -> bool {
    let pairs = || chars.windows(2).filter(|pair| han(pair[0]) && han(pair[1]));
    let all = pairs().count();
    let known = pairs().filter(|pair| rarity.known(pair[0], pair[1])).count();
    all >= PAIRS && known * 100 < all * KNOWN_PERCENT
}
