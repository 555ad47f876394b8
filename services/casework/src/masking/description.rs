//! What people say they are before their names: 交通局的职工…, 某村村民….

/// What people are and where they belong to: the last words before their names.
const POSTS: [&str; 66] = [
    "的",
    "员",
    "职工",
    "员工",
    "工人",
    "民工",
    "洁工",
    "临时工",
    "合同工",
    "民",
    "师",
    "生",
    "者",
    "兵",
    "匠",
    "户",
    "属",
    "医",
    "警",
    "人",
    "大夫",
    "护士",
    "干部",
    "群众",
    "代表",
    "同志",
    "会计",
    "出纳",
    "司机",
    "老板",
    "保安",
    "门卫",
    "老伴",
    "爱人",
    "妈",
    "爸",
    "母亲",
    "父亲",
    "妻子",
    "丈夫",
    "儿子",
    "女儿",
    "老婆",
    "老公",
    "哥",
    "姐",
    "弟",
    "妹",
    "其妻",
    "其夫",
    "其父",
    "其母",
    "其子",
    "其女",
    "前妻",
    "前夫",
    "村",
    "镇",
    "乡",
    "县",
    "局",
    "部",
    "委",
    "公司",
    "厂",
    "院",
];
/// More places to belong to.
const PLACES: [&str; 22] = [
    "办", "校", "所", "站", "市", "区", "街道", "社区", "科", "股", "处", "室", "队", "组", "中心", "集团",
    "学校", "中学", "小学", "大学", "庄", "店",
];
/// Heads: whoever is reported is called so, too.
pub(super) const HEADS: [&str; 7] = ["长", "书记", "主任", "经理", "主席", "秘书", "总监"];

/// By these a sentence turns to somebody else.
pub(super) const TURNS: [&str; 34] = [
    "举报", "反映", "检举", "控告", "投诉", "揭发", "揭露", "状告", "来告", "要告", "被", "对", "把", "给",
    "让", "找", "向", "跟", "替", "为了", "帮", "和", "与", "说", "问", "查", "骂", "认识", "看见", "看到",
    "听", "指", "恨", "怕",
];
/// And by these where a head is named.
const TURNS_TO_HEADS: [&str; 12] = ["来", "到", "去", "要", "想", "从", "因", "不", "没", "由", "将", "请"];

/// Whether the words say what somebody is, and do not turn to somebody else.
pub(super) fn describes(words: &[char], heads: bool) -> bool {
    let words: String = words.iter().collect();
    let has = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    let ends = |signs: &[&str]| signs.iter().any(|sign| words.ends_with(sign));
    if has(&TURNS) {
        return false;
    }
    if ends(&HEADS) {
        return heads && !has(&TURNS_TO_HEADS);
    }
    ends(&POSTS) || ends(&PLACES)
}
