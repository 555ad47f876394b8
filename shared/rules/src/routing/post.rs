//! Reading a post (职务): does it head a body, deputise, or neither.

/// What a post is within its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Post {
    Head,
    Deputy,
    Other,
}

/// The parts of a post: 党组书记、局长 → 党组书记, 局长.
pub(super) fn parts(title: &str) -> impl Iterator<Item = &str> {
    title
        .split(['、', '，', ',', '/', '；', ';', '兼', '（', '）', '(', ')', ' '])
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// What a title says of somebody of `org` (in its short form); `heads` and `deputies` are the table's words.
pub(super) fn read(title: &str, org: &str, heads: &[String], deputies: &[String]) -> Post {
    let own = || parts(title).filter(|part| !is_within(part, org, heads));
    let is_deputy =
        |part: &str| part.contains('副') || deputies.iter().any(|word| part.contains(word.as_str()));
    let is_head = |part: &str| !part.contains('副') && heads.iter().any(|word| part.ends_with(word.as_str()));
    if own().any(is_head) {
        Post::Head
    } else if own().any(is_deputy) {
        Post::Deputy
    } else {
        Post::Other
    }
}

/// Whether a post heads, or deputises in, something within the organisation only: 干部监督室主任 of a 县委组织部, 教育局副局长
/// of a 县政府. The heads of a committee's departments (组织部部长) are of its leaders.
fn is_within(part: &str, org: &str, heads: &[String]) -> bool {
    const BODIES: [char; 8] = ['室', '科', '处', '股', '局', '部', '院', '心'];
    let before =
        heads.iter().filter_map(|head| part.strip_suffix(head.as_str())).min_by_key(|rest| rest.len());
    let Some(before) = before else { return false };
    let (body, is_deputy) = before.strip_suffix('副').map_or((before, false), |body| (body, true));
    let Some(kind) = body.chars().next_back().filter(|last| BODIES.contains(last)) else { return false };
    let is_department = kind == '部' && !is_deputy;
    // 县府办 is its 办公室.
    let is_own = |last: char| last == kind || (kind == '室' && last == '办');
    !is_department && org.chars().next_back().is_some_and(|last| !is_own(last))
}
