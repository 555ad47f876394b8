//! How a character is read: `data/sounds.txt`, pinyin without tones, from the PyPI package `pypinyin` (MIT).

use std::collections::HashMap;
use std::sync::LazyLock;

static SOUNDS: LazyLock<HashMap<char, &str>> = LazyLock::new(|| {
    let lines = crate::lexicon::lines(include_str!("../../data/sounds.txt"));
    let read = lines.filter_map(|(_, line)| line.split_once(' '));
    read.flat_map(|(sound, chars)| chars.chars().map(move |c| (c, sound))).collect()
});

/// The character's first reading.
pub(crate) fn sound(c: char) -> Option<&'static str> {
    SOUNDS.get(&c).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_sound_alike() {
        assert_eq!(sound('建'), sound('健'));
        assert_eq!(sound('徐'), sound('许'));
        assert_eq!(sound('建'), Some("jian"));
        assert_eq!(sound('x'), None);
    }
}
