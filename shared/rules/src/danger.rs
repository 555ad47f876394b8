//! Words that tell of danger to life (X14), for whoever is on the telephone.

use std::sync::LazyLock;

static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../data/danger.txt").lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
});

/// All of them.
pub fn danger_words() -> &'static [&'static str] {
    &WORDS
}

/// Those that stand in this text, each once.
pub fn danger_in(text: &str) -> Vec<&'static str> {
    WORDS.iter().copied().filter(|word| text.contains(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danger_to_life_is_seen_and_other_wrongs_are_not() {
        assert_eq!(danger_in("他说要喝农药，还拿着刀"), ["喝农药", "拿着刀"]);
        assert!(danger_in("某局长任人唯亲，公示前突击提拔两人").is_empty());
        assert!(danger_words().len() > 30 && danger_words().iter().all(|word| word.chars().count() >= 2));
    }
}
