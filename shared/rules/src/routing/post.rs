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

/// What a title says; `heads` and `deputies` are the table's words.
pub(super) fn read(title: &str, heads: &[String], deputies: &[String]) -> Post {
    let is_deputy =
        |part: &str| part.contains('副') || deputies.iter().any(|word| part.contains(word.as_str()));
    let is_head = |part: &str| !part.contains('副') && heads.iter().any(|word| part.ends_with(word.as_str()));
    if parts(title).any(is_head) {
        Post::Head
    } else if parts(title).any(is_deputy) {
        Post::Deputy
    } else {
        Post::Other
    }
}
