//! Names of organisations and people in one form, so that 中共清岚县委员会 and 清岚县委 meet.

/// The short form of an organisation's name: no spaces, no 中共, 委员会 as 委, 人民政府 as 政府.
pub(crate) fn normal(name: &str) -> String {
    let mut text: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    for prefix in ["中国共产党", "中共"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            text = rest.to_owned();
        }
    }
    for (long, short) in [
        ("党工委", "工委"),
        ("工作委员会", "工委"),
        ("纪律检查委员会", "纪委"),
        ("监察委员会", "监委"),
        ("人民政府", "政府"),
    ] {
        if text.contains(long) {
            text = text.replace(long, short);
        }
    }
    for division in ["省", "市", "县", "区", "旗", "州", "盟", "镇", "乡"] {
        let long = format!("{division}委员会");
        if text.contains(&long) {
            text = text.replace(&long, &format!("{division}委"));
        }
    }
    text
}

/// A person's name without spaces.
pub(crate) fn person(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The division that a unit's name starts with: 清岚县 of 清岚县委组织部, 清岚县政府, 清岚县委.
pub(super) fn division(normal_name: &str) -> Option<&str> {
    ["工委组织部", "委组织部", "政府", "工委", "委"]
        .iter()
        .find_map(|tail| normal_name.strip_suffix(tail))
        .filter(|rest| rest.chars().count() >= 2)
}
