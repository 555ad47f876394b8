//! What the reporter says it is *not* about: "不是告谁买官", "与他提拔无关", "问是否反映某某，答没有".
//!
//! Such clauses are full of the taxonomy's keywords and must not lead to a leaf. They are left out
//! of the features. An act told in the negative (没有民主推荐) is not a disclaimer: only the verbs of
//! reporting make one.

use std::ops::Range;

use crate::passages::clauses;

/// Anywhere in a clause: the clause is a disclaimer from here to its end.
const FROM_HERE: &[&str] = &[
    "不是告",
    "不是来告",
    "不是要告",
    "不是举报",
    "不是来举报",
    "不是要举报",
    "不是反映",
    "不是要反映",
    "不是来反映",
    "不是说他",
    "不是说谁",
    "不是说她",
    "不是说哪",
    "不是讲他",
    "不是讲哪",
    "不是讲谁",
    "并非举报",
    "并非反映",
    "不是投诉",
    "不是控告",
    "我没说",
    "我不说",
    "我不告",
    "我没告",
    "我不反映",
    "没有反映其他",
    "没有反映任何",
    "没有要反映",
    "没什么要反映",
    "不反映哪",
    "不反映谁",
    "不反映其",
    "没说他",
    "没说她",
    "没说谁",
    "没听说谁",
    "没听说他",
    "没听说她",
    "也没听说",
    "没有发现他",
    "没有发现其",
    "没有人说他",
    "没人说他",
    "不涉及",
    "谈不上",
    "算不上",
    "扯不上",
    "不存在",
    "不是哪个干部",
    "不是哪个领导",
    "不是哪位",
    "也不是不服",
    "不是不服气",
    "不是领导太多",
    "不是冲着",
    "不告谁",
    "不告人",
    "不告官",
    "没有买官",
    "没有卖官",
    "没有拉票",
    "没有跑官",
    "没有近亲",
    "不是买官",
    "不是卖官",
    "不是拉票",
    "不是跑官",
    "不是近亲",
    "不是吃空饷",
    "不是打击报复",
    "不是带病提拔",
    "有没有拉票",
    "有没有买官",
    "不是他贪",
    "不是贪",
];

/// Anywhere in a clause: the whole clause is a disclaimer.
const WHOLE: &[&str] = &[
    "与他无关",
    "与此无关",
    "跟我没关系",
    "提拔无关",
    "提拔没关系",
    "提拔没有关系",
    "提拔不相干",
    "升官没有关系",
    "升职没有关系",
    "我不关心",
    "一概不知",
    "并不附和",
    "毫无凭据",
    "没有凭据",
    "我不清楚",
    "不再追究",
    "我不追究",
    "我不想追究",
    "不追究谁",
    "提拔没提拔",
    "是不是反映",
    "是否反映",
    "是否举报",
    "是否涉及",
    "是不是举报",
    "有没有反映",
    "劝我写",
    "叫我写成",
    "没看见的事",
    "另当别论",
    "不归我说",
    "我管不着",
    "他提拔谁我不管",
    "提拔的事",
    "不是这个事",
];

/// Ranges of the text that are disclaimers.
pub(crate) fn disclaimers(chars: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for clause in clauses(chars) {
        // Every sign holds one of these; most clauses hold none.
        if !chars[clause.clone()].iter().any(|c| "不没非无否劝叫另拔".contains(*c)) {
            continue;
        }
        let text: String = chars[clause.clone()].iter().collect();
        if WHOLE.iter().any(|sign| text.contains(sign)) {
            found.push(clause);
            continue;
        }
        let from = FROM_HERE.iter().filter_map(|sign| text.find(sign)).min();
        if let Some(byte) = from {
            let before = text.get(..byte).unwrap_or_default().chars().count();
            found.push(clause.start + before..clause.end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let out = disclaimers(&chars);
        chars
            .iter()
            .enumerate()
            .filter(|(at, _)| !out.iter().any(|range| range.contains(at)))
            .map(|(_, c)| *c)
            .collect()
    }

    #[test]
    fn what_it_is_not_about_is_left_out_and_acts_stay() {
        assert_eq!(left("我不是告谁买官卖官,只问补偿款"), "我,只问补偿款");
        assert_eq!(left("没有民主推荐,没有公示就上任"), "没有民主推荐,没有公示就上任");
        assert_eq!(left("问是否反映带病提拔,答没有"), ",答没有");
    }
}
