//! The language of a page, and its words.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A language that every page speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// 简体中文, where nothing else is asked for.
    #[default]
    Zh,
    /// English.
    En,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    zh: String,
    en: String,
}

#[expect(clippy::expect_used, reason = "the file is built in, and a test reads it")]
static WORDS: LazyLock<HashMap<String, Word>> = LazyLock::new(|| {
    toml::from_str(include_str!("../translations.toml")).expect("translations.toml is well-formed")
});

impl Lang {
    /// From `?lang=` where it is given, else from `Accept-Language`, where the first language that is
    /// ours wins.
    pub fn choose(query: Option<&str>, accept_language: Option<&str>) -> Self {
        match query {
            Some("en") => return Self::En,
            Some("zh") => return Self::Zh,
            _ => {}
        }
        let accepted = accept_language.unwrap_or_default().chars().take(200).collect::<String>();
        for tag in accepted.split(',').map(str::trim) {
            if tag.starts_with("zh") {
                return Self::Zh;
            }
            if tag.starts_with("en") {
                return Self::En;
            }
        }
        Self::Zh
    }

    /// For `<html lang>`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-Hans",
            Self::En => "en",
        }
    }

    /// The value of `?lang=`.
    pub fn query(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The other language.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// A rank's name. The rules say it in Chinese; a rank that is newer than its English name keeps the Chinese.
    pub(crate) fn rank(self, code: &str, chinese: &str) -> String {
        self.told("rank", code).filter(|_| self == Self::En).unwrap_or(chinese).to_owned()
    }

    /// Whichever of two wordings is in this language.
    pub(crate) fn either<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Zh => chinese,
            Self::En => english,
        }
    }

    /// The words for a code of some kind, where there are some: what others write may be new to us.
    pub fn told(self, kind: &str, code: &str) -> Option<&'static str> {
        let word = WORDS.get(&format!("{kind}.{code}"))?;
        Some(match self {
            Self::Zh => word.zh.as_str(),
            Self::En => word.en.as_str(),
        })
    }

    /// The words under `key`; the key itself where there are none, which a test excludes.
    pub fn t(self, key: &str) -> &str {
        let Some(word) = WORDS.get(key) else { return key };
        match self {
            Self::Zh => &word.zh,
            Self::En => &word.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_is_ours_wins() {
        assert_eq!(Lang::choose(None, Some("fr, en;q=0.8, zh;q=0.5")), Lang::En);
        assert_eq!(Lang::choose(Some("zh"), Some("en")), Lang::Zh);
        assert_eq!(Lang::choose(Some("xx"), None), Lang::Zh);
    }

    #[test]
    fn every_word_is_said_in_both_languages() {
        for (key, word) in WORDS.iter() {
            assert!(!word.zh.is_empty() && !word.en.is_empty(), "{key}");
        }
    }

    #[test]
    fn templates_name_no_word_that_is_missing() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut folders = vec![folder];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for part in text.split("lang.t(\"").skip(1) {
                    let key = part.split('"').next().unwrap();
                    assert!(WORDS.contains_key(key), "{}: {key}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 40, "the templates use words");
    }
}
