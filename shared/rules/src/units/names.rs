//! Names of organisations and people in one form, so that 中共清岚县委员会 and 清岚县委 meet.

/// What long forms become, and what has to stand in the text for any of a group to be looked for.
const SHORT_FORMS: [(&str, &[(&str, &str)]); 3] = [
    ("工委", &[("党工委", "工委")]),
    ("人民政府", &[("人民政府", "政府")]),
    (
        "委员会",
        &[
            ("工作委员会", "工委"),
            ("纪律检查委员会", "纪委"),
            ("监察委员会", "监委"),
            ("省委员会", "省委"),
            ("市委员会", "市委"),
            ("县委员会", "县委"),
            ("区委员会", "区委"),
            ("旗委员会", "旗委"),
            ("州委员会", "州委"),
            ("盟委员会", "盟委"),
            ("镇委员会", "镇委"),
            ("乡委员会", "乡委"),
        ],
    ),
];

/// The short form of an organisation's name: no spaces, no 中共, 委员会 as 委, 人民政府 as 政府. Every subject of a
/// case is asked for it many times while it is routed, so what is not there is not looked for one by one.
pub(crate) fn normal(name: &str) -> String {
    let mut text: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    for prefix in ["中国共产党", "中共"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            text = rest.to_owned();
        }
    }
    for (sign, forms) in SHORT_FORMS {
        if !text.contains(sign) {
            continue;
        }
        for (long, short) in forms {
            if text.contains(long) {
                text = text.replace(long, short);
            }
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
