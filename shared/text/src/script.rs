//! Traditional to simplified, and the commonest dialect characters to their standard ones.
//!
//! One character at a time, which is what matching needs; `data/t2s.txt` is the character table of
//! OpenCC (Apache-2.0) as pairs. The few dialect characters are our own list.

/// The character table.
#[derive(Debug)]
pub struct Script {
    /// For U+3400..U+A000: the simplified character, or the same one.
    table: Vec<char>,
}

const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;

/// Cantonese and other everyday writing of common function words, and number capitals that the
/// table leaves alone: written, meant.
const DIALECT: &str = "佢他喺在嘅的咗了啲些唔不冇没哋们咁这嗰那乜什俺我咧了吖啊嚟来睇看俾给畀给攞拿揾找";

impl Script {
    /// The table shipped with this crate.
    pub fn shipped() -> Self {
        let mut table: Vec<char> = (FIRST..=LAST).map(|c| char::from_u32(c).unwrap_or(' ')).collect();
        for pairs in [include_str!("../data/t2s.txt"), DIALECT] {
            let mut chars = pairs.chars().filter(|c| !c.is_whitespace());
            while let (Some(from), Some(to)) = (chars.next(), chars.next()) {
                if let Some(slot) = slot(from).and_then(|at| table.get_mut(at)) {
                    *slot = to;
                }
            }
        }
        Self { table }
    }

    /// The simplified form of one character.
    pub fn simplified(&self, c: char) -> char {
        slot(c).and_then(|at| self.table.get(at)).copied().unwrap_or(c)
    }
}

fn slot(c: char) -> Option<usize> {
    let code = c as u32;
    (FIRST..=LAST).contains(&code).then(|| (code - FIRST) as usize)
}
