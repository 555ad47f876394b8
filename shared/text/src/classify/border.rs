//! The border rules of the taxonomy (`distinguish`): what settles a border, as features of its own.
//!
//! Only a candidate or already in the post (A17/A07); a village election (C03) or a term change
//! (C01, C02); the consequence of a report (E01) or one's own case (X11); paid for a post (A02) or for
//! something else (X01). How much each sign counts is learned with the rest.

use crate::sign::{Sign, Signs};

/// The signs that hold, by number: what is there, and what is not there where that tells as much.
pub(crate) fn signs(signs: &Signs) -> Vec<u64> {
    let has = |sign| signs.has(sign);
    let candidate = has(Sign::Candidate) && !has(Sign::Unpublished);
    let (appointed, post, money) = (has(Sign::Appointed), has(Sign::Post), has(Sign::Money));
    let (village, term_change) = (has(Sign::Village), has(Sign::TermChange));
    let (reported, own_case) = (has(Sign::Reported), has(Sign::OwnCase));
    let rows = [
        candidate,
        appointed,
        candidate && !appointed,
        !candidate && appointed,
        post,
        !post,
        village,
        term_change,
        village && term_change,
        !village && term_change,
        reported,
        own_case,
        own_case && !reported,
        own_case && reported,
        money,
        money && post,
        money && !post,
    ];
    (0..).zip(rows).filter(|(_, holds)| *holds).map(|(number, _)| number).collect()
}
