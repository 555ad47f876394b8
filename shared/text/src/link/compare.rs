//! How strongly two tips speak of one matter: a sum of bits, each part readable by an officer.
//!
//! Record linkage after Fellegi and Sunter (1969): every field that both tips have comes out one way of a few,
//! and each way adds the bits by which it is likelier for one matter than for two; a field that one of them
//! lacks adds nothing. The bits stand in [`super::weights`].

use serde::Serialize;

use super::fields::{
    Agreement, FINE_PLACE, LIKELY_LEAF, Leaf, MENTIONED, NAMED, OTHER_AMOUNTS, Org, PERHAPS_LEAF, Person,
    Place, RARE_SURNAME, SAME_BESIDE, SAME_BODY, SAME_LEAF, SAME_LISTED, SURNAME, SURNAME_BESIDE, Year,
    agreement, amount, count, date, leaf, org, others, others_apart, person, place, received, shared, year,
};
use super::signature::Signature;
use super::weights::{self, Level};
use super::wording::{Altered, COPY, SHORT, altered, everyday, rare, wording};
use super::words::{Shared, WordSet, held};

/// What is said where the texts are the very same.
pub(super) const IDENTICAL: &str = "全文相同";

/// Which part of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PartKind {
    /// 文字: share of the wording.
    Wording,
    /// 用语: words shared that stand in many texts.
    Words,
    /// 罕见用语: words shared that stand in hardly any.
    Rare,
    /// 对象: the main subject's name.
    Person,
    /// 旁人: others who are named.
    Others,
    /// 地点: county, town or village.
    Place,
    /// 单位.
    Org,
    /// 职务.
    Role,
    /// 日期 named in the texts.
    Date,
    /// 年份 named in the texts.
    Year,
    /// 金额.
    Amount,
    /// 数目: other numbers.
    Count,
    /// 问题类别.
    Leaf,
    /// 收件时间: days between the two receipts.
    Received,
    /// 改动: the same words about another year, place, post or sum.
    Altered,
}

pub(crate) const PARTS: usize = 15;

/// All parts, in the order they are shown.
pub const ALL_PARTS: [PartKind; PARTS] = [
    PartKind::Wording,
    PartKind::Words,
    PartKind::Rare,
    PartKind::Person,
    PartKind::Others,
    PartKind::Place,
    PartKind::Org,
    PartKind::Role,
    PartKind::Date,
    PartKind::Year,
    PartKind::Amount,
    PartKind::Count,
    PartKind::Leaf,
    PartKind::Received,
    PartKind::Altered,
];

/// Two tips compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// How each part came out, by [`ALL_PARTS`]: a row of [`weights::levels`].
    levels: [u8; PARTS],
    /// The sum of their bits.
    total: f32,
    /// Share of the shorter text's wording found in the other, 0 to 1.
    pub(crate) contained: f32,
    /// The bare texts are equal.
    identical: bool,
    /// There is enough in the shorter one, or in what is told beside it, to be somebody's alone: not 我要举报.
    enough: bool,
    /// A contradiction that forbids joining without a person (other name, place, body; the same words about
    /// another year).
    conflict: bool,
    /// The same few words, with little more in either and no other figures: a short message sent on.
    resent: bool,
    /// Each has words in place of the other's, more than slips of the pen.
    exchanged: bool,
    /// Both complain of the head of one body in one place, and not both say who it is.
    same_head: bool,
    /// Something of what happened stands in both.
    told: bool,
}

impl Comparison {
    /// Compares two signatures made under one key. Symmetric.
    pub fn of(a: &Signature, b: &Signature) -> Self {
        Self::with(a, &WordSet::of(&a.words), b)
    }

    /// The same, with the words of `a` laid out once for many comparisons.
    pub(crate) fn with(a: &Signature, words: &WordSet, b: &Signature) -> Self {
        let told = words.shared(&b.words);
        let contained = told.contained;
        let (person, others) = (person(a, words, b), others(a, b));
        let (place, org) = (place(a, words, b), org(a, b));
        let (leaf, year, amount) = (leaf(a, b), year(a, b), amount(a, b));
        let (roles, surnames) = (agreement(&a.roles, &b.roles), agreement(&a.surnames, &b.surnames));
        let named = matches!(person, Person::Same | Person::Mentioned);
        let known = named || others == weights::OTHERS_NAMED;
        // 邹大队长 and 邹队长: whom few share a surname with is no other person for his post.
        let altered = altered(a, b, told, place, org, known || person == Person::RareSurname);
        let levels = [
            wording(told),
            everyday(told),
            rare(told),
            person as u8,
            others,
            place as u8,
            org as u8,
            roles as u8,
            date(a, b),
            year as u8,
            amount,
            count(a, b),
            leaf as u8,
            received(a, b),
            altered as u8,
        ];
        let body = matches!(org, Org::SameListed | Org::Same) && roles == Agreement::Same;
        let placed = matches!(place, Place::County | Place::Township | Place::Village | Place::Mentioned);
        let same_head = a.heads && b.heads && body && placed && person == Person::Unknown;
        let figures = year == Year::Other || amount == OTHER_AMOUNTS;
        let more = words.held().max(held(&b.words));
        // A few words are said of many: who or where has to be the same, and nothing of it another.
        let other = |agreement: Agreement| agreement == Agreement::Other;
        let whose = placed
            || matches!(org, Org::SameListed | Org::Same)
            || [roles, surnames].contains(&Agreement::Same)
            || told.fewer == more;
        let elsewhere = matches!(place, Place::Apart | Place::Elsewhere);
        let another =
            elsewhere || other(roles) || other(surnames) || matches!(org, Org::OtherListed | Org::Other);
        let alike = told.contained >= RESENT && told.fewer * 4 >= more * 3;
        let resent = alike && !figures && (told.fewer >= SHORT || (whose && !another));
        let enough = told.fewer >= SHORT
            || placed
            || named
            || matches!(org, Org::SameListed | Org::Same)
            || surnames == Agreement::Same;
        // Words exchanged for others, and not only left out or put before: 二小 for 三小.
        let exchanged = told.lacking == [true, true] && (contained < SLIPS || told.fewer < LONG);
        // 竺立新 and 竺立群 are a slip of the pen or two people: somebody has to look.
        let stranger = matches!(person, Person::Apart | Person::Namesake | Person::Near);
        let elsewhere = elsewhere || org == Org::OtherListed;
        // 书记 and 镇长 of one township are two people.
        let (mine, theirs) = (a.roles[0], b.roles[0]);
        let other_posts = mine != 0 && theirs != 0 && !a.roles.contains(&theirs) && !b.roles.contains(&mine);
        let colleague = a.heads && b.heads && other_posts && person == Person::Unknown;
        // A name is known by its sound: 甘有财 of one village and 甘友才 of another are two people.
        let villages = place == Place::Elsewhere && a.places[2] != 0 && b.places[2] != 0;
        // The same person, another kind of wrong, both readings being sure.
        let other_matter = leaf == Leaf::Other && contained < 0.25 && told.rare < 4;
        // Who promotes a nephew in one year promotes a niece in the next: of another year more has to be told.
        let described = in_words(told, leaf) && (year != Year::Other || told.known + told.rare > 1);
        // 收黄某两万 and 收马某三万: one person, and each time another sum, or another who gave it.
        let sums = amount == OTHER_AMOUNTS && told.contained < COPY;
        let other_deal = named && (sums || (amount > 0 && others_apart(a, b)));
        Self {
            levels,
            total: weights::PRIOR + sum(&levels, &ALL_PARTS),
            contained,
            identical: a.exact == b.exact && a.exact != 0,
            enough,
            conflict: other_matter
                || (a.another != b.another && contained < COPY)
                || other_deal
                || stranger
                || colleague
                || (elsewhere && (!named || villages))
                || altered == Altered::Other,
            resent,
            exchanged,
            same_head,
            told: described
                || org == Org::SameBeside
                || shared(&a.orgs, &b.orgs) > 1
                || others == weights::OTHERS_NAMED
                || matches!(levels[PartKind::Date as usize], 1 | 2)
                || (1..OTHER_AMOUNTS).contains(&amount)
                || levels[PartKind::Count as usize] > 0,
        }
    }

    /// Whether something contradicts, so that a person has to look: another name, place, body or kind of wrong.
    pub fn conflict(&self) -> bool {
        self.conflict
    }

    /// The sum, in bits; 0 is even odds.
    pub fn total(&self) -> f32 {
        self.total
    }

    /// The probability that the two are one matter, by the sum.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-f64::from(self.total())).exp2())
    }

    /// Bits of the parts that tell what happened.
    pub fn what(&self) -> f32 {
        const WHAT: [PartKind; 10] = [
            PartKind::Wording,
            PartKind::Words,
            PartKind::Rare,
            PartKind::Others,
            PartKind::Date,
            PartKind::Year,
            PartKind::Amount,
            PartKind::Count,
            PartKind::Leaf,
            PartKind::Altered,
        ];
        sum(&self.levels, &WHAT)
    }

    /// What the two have in common of who and where; a post and a surname alone are in every county.
    pub(crate) fn located(&self) -> Located {
        let named = matches!(self.row(PartKind::Person), NAMED | MENTIONED);
        let finely = FINE_PLACE.contains(&self.row(PartKind::Place));
        let placed = self.part(PartKind::Place) > 0.0;
        let surname = self.part(PartKind::Person) > 0.0;
        let body = matches!(self.row(PartKind::Org), SAME_LISTED | SAME_BODY);
        // 阎局长 of one bureau: few share the surname, the post and the body or the county.
        let rarely = self.row(PartKind::Person) == RARE_SURNAME && self.part(PartKind::Role) > 0.0;
        let figured = self.row(PartKind::Count) > 0 || self.row(PartKind::Date) == SAME_DAY;
        let rarely = rarely && (body || placed);
        if named || (finely && surname) || (rarely && figured) {
            Located::Found
        } else if rarely {
            Located::Rarely
        } else if finely || surname || (body && placed) {
            Located::Loosely
        } else if body || placed {
            Located::Barely
        } else {
            Located::Not
        }
    }

    /// Whether the two mean one person, as far as both tell: by the name, by the surname with the body or the
    /// place, or as the head of one body. A surname that many bear asks for both, since every county has a 王局长 of the same bureau.
    pub(crate) fn same_person(&self) -> bool {
        let body = matches!(self.row(PartKind::Org), SAME_LISTED | SAME_BODY | SAME_BESIDE);
        let placed = self.part(PartKind::Place) > 0.0;
        let finely = FINE_PLACE.contains(&self.row(PartKind::Place));
        match self.row(PartKind::Person) {
            NAMED | MENTIONED => true,
            RARE_SURNAME => body || placed,
            SURNAME | SURNAME_BESIDE => finely || (body && placed),
            _ => self.same_head,
        }
    }

    /// Whether something of what happened stands in both: words, a figure, a day, somebody or some body beside the
    /// subject. Who does one wrong does another, also of its kind.
    pub(crate) fn tells_the_same(&self) -> bool {
        self.told
    }

    /// Whether it may be one matter however long ago it was told first: one person, one kind of wrong as far as the
    /// readings tell, and something of what happened in both. Of whom both name the readings may be in doubt.
    pub(crate) fn same_act(&self) -> bool {
        let named = matches!(self.row(PartKind::Person), NAMED | MENTIONED);
        let alike = match self.row(PartKind::Leaf) {
            SAME_LEAF | LIKELY_LEAF => true,
            PERHAPS_LEAF => named,
            _ => false,
        };
        alike && self.told && !self.conflict && self.same_person()
    }

    /// Whether both surely tell one kind of wrong.
    pub(crate) fn same_kind(&self) -> bool {
        self.row(PartKind::Leaf) == SAME_LEAF
    }

    /// The shorter text's wording stands in the other, and nothing that tells one matter from another was changed.
    pub(crate) fn same_text(&self) -> bool {
        let compared = self.row(PartKind::Wording) > 0;
        self.identical || (compared && self.contained >= COPY && self.row(PartKind::Altered) == 0)
    }

    /// Whether it is the very same report: the same text about the same, and not a text that anybody may send.
    pub(crate) fn identical(&self) -> bool {
        self.identical && self.enough && !self.conflict
    }

    /// Whether it is the same text again, or a short message sent on, so that no name is needed to tell.
    pub(crate) fn again(&self) -> bool {
        self.enough
            && (self.identical
                || (!self.exchanged
                    && (self.same_text() || (self.resent && self.row(PartKind::Altered) == 0))))
    }

    /// The probability that the two are one matter. The same text again is that however long ago it was first sent:
    /// whoever got no answer writes the same letter after half a year.
    pub(crate) fn chance(&self) -> f64 {
        let late = if self.again() { self.part(PartKind::Received).min(0.0) } else { 0.0 };
        1.0 / (1.0 + (-f64::from(self.total() - late)).exp2())
    }

    /// Whether it may be one template for two bodies: much wording in common, and another body.
    pub(crate) fn template(&self) -> bool {
        self.contained >= 0.4 || self.part(PartKind::Org) < -1.0
    }

    /// The bits of one part.
    pub fn part(&self, kind: PartKind) -> f32 {
        self.level(kind).bits
    }

    /// How one part came out: a row of its table, 0 where one of the tips lacks the field.
    pub fn row(&self, kind: PartKind) -> u8 {
        self.levels[kind as usize]
    }

    pub(crate) fn level(&self, kind: PartKind) -> Level {
        weights::levels(kind)[usize::from(self.row(kind))]
    }

    /// What spoke for and against, strongest first, as an officer reads it: `姓名相同 +6.1`.
    pub fn reasons(&self) -> Vec<String> {
        let mut parts: Vec<Level> =
            ALL_PARTS.iter().map(|&kind| self.level(kind)).filter(|level| level.bits.abs() >= 0.3).collect();
        parts.sort_by(|a, b| b.bits.abs().total_cmp(&a.bits.abs()));
        let identical = self.identical.then(|| IDENTICAL.to_owned());
        identical
            .into_iter()
            .chain(parts.iter().map(|level| format!("{} {:+.1}", level.said, level.bits)))
            .collect()
    }

    /// The reasons in one line.
    pub fn why(&self) -> String {
        self.reasons().join("; ")
    }
}

/// Whether the words in common are enough to be of one thing that happened: the more, the less alike the kinds of
/// wrong are. 自己 alone stands in every other text.
fn in_words(told: Shared, leaf: Leaf) -> bool {
    match leaf {
        Leaf::Same => told.known + told.rare > 0,
        Leaf::Unknown | Leaf::Likely | Leaf::Perhaps => told.known > 1 || told.seldom + told.rare > 0,
        // All that a few words tell stands in the other: of the beginning of a text the reading is unsure.
        Leaf::Hardly if told.contained >= RESENT => told.known + told.rare > 0,
        Leaf::Hardly | Leaf::PerhapsOther | Leaf::Other => {
            told.rare > 2 || (told.contained >= PARTLY && told.known + told.rare > 1)
        }
    }
}

/// The bits of these parts.
fn sum(levels: &[u8; PARTS], parts: &[PartKind]) -> f32 {
    parts.iter().map(|&kind| weights::levels(kind)[usize::from(levels[kind as usize])].bits).sum()
}

/// Share of the shorter text's wording from which it is said in part of the same thing.
const PARTLY: f32 = 0.15;
/// The row of one day named in both.
const SAME_DAY: u8 = 1;
/// Share of the wording from which a short message is one sent on.
const RESENT: f32 = 0.75;
/// The same of a long one in which some characters were mistyped, and the words that make it long.
const SLIPS: f32 = 0.85;
const LONG: usize = 20;

/// What two tips have in common of who and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Located {
    /// A person: by the full name, by the surname in one township or village, or by a rare surname and the post
    /// beside one figure.
    Found,
    /// A rare surname and the post, in one body or county.
    Rarely,
    /// A township or village, a surname, or a body of everyday name in one county.
    Loosely,
    /// Such a body, or the county.
    Barely,
    Not,
}

#[cfg(test)]
mod tests {
    use super::super::fields::Agreement;
    use super::*;

    #[test]
    fn a_missing_field_neither_helps_nor_harms() {
        assert_eq!(agreement(&[0u32, 0], &[3, 0]), Agreement::Unknown);
        assert_eq!(agreement(&[3u32, 0], &[0, 3]), Agreement::Same);
        assert_eq!(agreement(&[4u32, 0], &[0, 3]), Agreement::Other);
        let nothing = Comparison::of(&Signature::default(), &Signature::default());
        assert_eq!(nothing.total(), weights::PRIOR);
    }

    #[test]
    fn another_name_in_the_same_post_is_a_conflict() {
        let named = |name: u32| Signature {
            persons: [name << 20 | name << 10 | name, 0, 0],
            surnames: [name as u16, 0, 0],
            orgs: [5, 0],
            sure: true,
            ..Signature::default()
        };
        let (one, two) = (named(1), named(2));
        assert!(Comparison::of(&one, &two).conflict);
        assert!(!Comparison::of(&one, &one).conflict);
    }
}
