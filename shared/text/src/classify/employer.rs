//! Where somebody works tells nothing of what was done: 法院副院长的学历 is a matter of files as any other head's, and no
//! complaint about a judgment. Left out are courts and procuratorates named as an employer, with the post; the bodies
//! alone (法院判我输) stay. The police stay too: what a policeman does to people is a kind of wrong of its own (X03).

use std::ops::Range;

use crate::extract::place::han;
use crate::sign::{Sign, Signs};

/// Characters between the body and the post: 法院[民一庭副]庭长, 检察院[去年提的那个]主任.
const BETWEEN: usize = 7;

/// What stands there where the body did something to somebody: 法院判了局长三年, 检察院找我们科长.
const DID: &str = "判把被对说给让抓收告诉问找查我你他她它";

/// Ranges that tell where somebody works and as what.
pub(crate) fn employers(chars: &[char], signs: &Signs) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = signs.within(0..chars.len(), Sign::LawHead).collect();
    if !signs.has(Sign::LawPost) {
        return found;
    }
    for body in signs.within(0..chars.len(), Sign::LawBody) {
        let open = (body.end..chars.len()).take(BETWEEN + 4).take_while(|&at| han(chars[at])).count();
        let posts = signs.within(body.end..body.end + open, Sign::LawPost);
        let belongs = |post: &Range<usize>| {
            post.start <= body.end + BETWEEN && !chars[body.end..post.start].iter().any(|c| DID.contains(*c))
        };
        if let Some(post) = posts.take_while(belongs).last() {
            found.push(body.start..post.end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignLists;
    use crate::{Normal, Script};

    fn left(text: &str) -> String {
        let text = Normal::new(text, &Script::shipped());
        let out = employers(&text.chars, &SignLists::shipped().unwrap().scan(&text));
        let kept = |at: &usize| !out.iter().any(|range| range.contains(at));
        (0..text.len()).filter(kept).map(|at| text.chars[at]).collect()
    }

    #[test]
    fn the_employer_is_left_out_and_what_a_body_did_stays() {
        assert_eq!(left("县检察院办公室副主任文凭是买的"), "县文凭是买的");
        assert_eq!(left("法院民一庭的庭长挪了年龄"), "挪了年龄");
        assert_eq!(left("检察长把女婿弄进来当书记员"), "把女婿弄进来当");
        for text in ["法院判我输,检察院不抗诉", "法院判了局长三年", "检察院找我们科长谈话"]
        {
            assert_eq!(left(text), text);
        }
        assert_eq!(left("公安局政委,派出所所长"), "公安局政委,派出所所长");
    }
}
