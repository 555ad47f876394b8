//! The parts of a comparison in English, as the console's English view shows them.

/// As an officer reads them, and in English.
const SAID: [(&str, &str); 70] = [
    (super::compare::IDENTICAL, "the very same text"),
    ("文字不同", "different wording"),
    ("文字少有相同", "little wording in common"),
    ("文字略有相同", "some wording in common"),
    ("文字部分相同", "part of the wording in common"),
    ("文字近半相同", "nearly half of the wording in common"),
    ("文字大半相同", "most of the wording in common"),
    ("文字几乎相同", "nearly the same wording"),
    ("无常用词相同", "no common words shared"),
    ("一个常用词相同", "one common word shared"),
    ("几个常用词相同", "a few common words shared"),
    ("一些常用词相同", "some common words shared"),
    ("不少常用词相同", "quite some common words shared"),
    ("许多常用词相同", "many common words shared"),
    ("无罕见用语相同", "no rare phrase shared"),
    ("一处罕见用语相同", "one rare phrase shared"),
    ("两处罕见用语相同", "two rare phrases shared"),
    ("三处罕见用语相同", "three rare phrases shared"),
    ("四五处罕见用语相同", "four or five rare phrases shared"),
    ("六处以上罕见用语相同", "six or more rare phrases shared"),
    ("十处以上罕见用语相同", "ten or more rare phrases shared"),
    ("姓名相同", "same name"),
    ("姓名一字之差", "names one character apart"),
    ("姓名在另一件中提到", "name mentioned in the other"),
    ("少见的姓氏相同", "same rare surname"),
    ("姓氏相同", "same surname"),
    ("姓氏在另一件中提到", "surname mentioned in the other"),
    ("同姓而名不同", "same surname, another given name"),
    ("姓氏不同", "different surnames"),
    ("提到的姓氏不同", "different surnames mentioned"),
    ("提到同一旁人", "same other person mentioned"),
    ("同一县区", "same county"),
    ("同一乡镇", "same township"),
    ("同一村社", "same village"),
    ("提到同一乡村", "same village or township mentioned"),
    ("乡镇村社不同", "different township or village"),
    ("县区不同", "different counties"),
    ("同一部门", "same department"),
    ("同一单位", "same organisation"),
    ("提到同一单位", "same organisation mentioned"),
    ("部门不同", "different departments"),
    ("单位不同", "different organisations"),
    ("职务相同", "same post"),
    ("职务不同", "different posts"),
    ("日期相同", "same day"),
    ("月份相同", "same month"),
    ("日期不合", "days do not agree"),
    ("月份不合", "months do not agree"),
    ("年份不同", "different years"),
    ("多个金额相同", "several amounts the same"),
    ("金额相同", "same amount"),
    ("金额相同(整数)", "same round amount"),
    ("金额不同", "different amounts"),
    ("多个数目相同", "several numbers the same"),
    ("问题相同", "same kind of problem"),
    ("问题多半相同", "most likely the same kind of problem"),
    ("问题可能相同", "perhaps the same kind of problem"),
    ("问题多半不同", "most likely another kind of problem"),
    ("问题可能不同", "perhaps another kind of problem"),
    ("问题不同", "another kind of problem"),
    ("三日内收到", "came within three days"),
    ("两周内收到", "came within two weeks"),
    ("一个半月内收到", "came within six weeks"),
    ("相隔数月收到", "came months apart"),
    ("相隔久收到", "came long apart"),
    ("文字相同而年份地点职务等不同", "same wording with another year, place or post"),
    ("年份相同", "same year"),
    ("年份部分相同", "some years the same"),
    ("数目相同", "same number"),
    ("文字相同而数目有改动", "same wording with numbers changed"),
];

/// A reason ([`super::Comparison::reasons`]) in English, as `same name +6.1`; none where it is no reason of ours.
pub fn reason_in_english(reason: &str) -> Option<String> {
    let (said, bits) = match reason.rsplit_once(' ') {
        Some((said, bits)) => (said, Some(bits)),
        None => (reason, None),
    };
    let english = SAID.iter().find(|(zh, _)| *zh == said).map(|(_, en)| *en)?;
    Some(bits.map_or_else(|| english.to_owned(), |bits| format!("{english} {bits}")))
}

#[cfg(test)]
mod tests {
    use super::super::compare::{ALL_PARTS, IDENTICAL};
    use super::super::weights::levels;
    use super::*;

    #[test]
    fn every_part_is_said_in_english_too() {
        for level in ALL_PARTS.iter().flat_map(|part| levels(*part)).filter(|level| !level.said.is_empty()) {
            let english = reason_in_english(&format!("{} +1.5", level.said));
            let english = english.unwrap_or_else(|| panic!("{}", level.said));
            assert!(english.is_ascii() && english.ends_with(" +1.5"), "{english}");
        }
        assert_eq!(reason_in_english(IDENTICAL).unwrap(), "the very same text");
        assert_eq!(reason_in_english("某人说 +1.0"), None);
    }
}
