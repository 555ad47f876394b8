//! Labelled examples: those shipped with the crate, and the tips that are kept from every model.

use serde::Deserialize;

/// A labelled text.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The leaf.
    pub leaf: String,
    /// The text as received.
    pub text: String,
    /// How much it counts beside a shipped example, which counts 1.
    pub weight: f32,
}

/// What a turn of phrase counts beside a whole example.
const CUE: f32 = 0.1;

macro_rules! shipped_files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../data/examples/", $name)))),*]
    };
}

/// Every file of `data/examples`; a test holds the list.
const FILES: &[(&str, &str)] = shipped_files![
    "a1.txt" "a2.txt" "a3.txt" "bc.txt" "be2.txt" "de.txt" "m1.txt" "n1.txt" "n2.txt" "n3.txt" "n4.txt" "n5.txt"
    "n6.txt" "n7.txt" "x.txt" "x2.txt"
];

impl Example {
    /// Reads `LEAF|text` or `LEAF+SECONDARY|text` lines.
    ///
    /// # Errors
    /// The line number of the first line without a bar.
    pub fn parse_lines(text: &str, weight: f32) -> Result<Vec<Self>, usize> {
        let mut examples = Vec::new();
        for (line, content) in crate::lexicon::lines(text) {
            let (leaf, text) = content.split_once('|').ok_or(line)?;
            let leaf = leaf.split('+').next().unwrap_or(leaf).trim().to_owned();
            let text = text.trim().replace('⏎', "\n");
            examples.push(Self { leaf, text, weight });
        }
        Ok(examples)
    }

    /// What the shipped model is made from.
    ///
    /// # Errors
    /// The file and line that cannot be read: none in a build that passed its tests.
    pub fn shipped() -> Result<Vec<Self>, String> {
        let mut examples = Vec::new();
        for (name, text) in FILES {
            examples.extend(Self::parse_lines(text, 1.0).map_err(|line| format!("{name}:{line}"))?);
        }
        for (name, text) in [
            ("tips_open.jsonl", include_str!("../../tests/data/tips_open.jsonl")),
            ("tips_40.jsonl", include_str!("../../tests/data/tips_40.jsonl")),
        ] {
            examples.extend(labelled(text, name)?);
        }
        examples.extend(cues(include_str!("../../data/cues.txt"))?);
        Ok(examples)
    }

    /// The tips that no model was made from, by set: what models are compared on.
    ///
    /// # Errors
    /// The file and line that cannot be read: none in a build that passed its tests.
    pub fn kept_apart() -> Result<Vec<(&'static str, Vec<Self>)>, String> {
        [
            ("held", include_str!("../../tests/data/tips_held.jsonl")),
            ("fresh", include_str!("../../tests/data/tips_fresh.jsonl")),
            ("voices", include_str!("../../tests/data/tips_voices.jsonl")),
        ]
        .into_iter()
        .map(|(name, text)| Ok((name, labelled(text, name)?)))
        .collect()
    }
}

/// Sixteen hexadecimal digits that tell two sets of examples apart, whatever their order.
pub fn example_hash(examples: &[Example]) -> String {
    let one = |example: &Example| {
        let said = format!("{}|{}|{}", example.leaf, example.weight, example.text);
        xxhash_rust::xxh3::xxh3_64(said.as_bytes())
    };
    format!("{:016x}", examples.iter().map(one).fold(0u64, u64::wrapping_add))
}

/// `LEAF: phrase phrase …`, each phrase an example that counts little.
fn cues(text: &str) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for (line, content) in crate::lexicon::lines(text) {
        let (leaf, phrases) = content.split_once(':').ok_or_else(|| format!("cues.txt:{line}"))?;
        examples.extend(phrases.split_whitespace().map(|phrase| Example {
            leaf: leaf.trim().to_owned(),
            text: phrase.to_owned(),
            weight: CUE,
        }));
    }
    Ok(examples)
}

/// Tips as JSON lines with `gold`.
fn labelled(text: &str, source: &str) -> Result<Vec<Example>, String> {
    #[derive(Deserialize)]
    struct Gold {
        category: String,
    }
    #[derive(Deserialize)]
    struct Tip {
        text: String,
        gold: Gold,
    }
    let example = |(line, content): (usize, &str)| {
        let tip: Tip = serde_json::from_str(content).map_err(|_| format!("{source}:{line}"))?;
        Ok(Example { leaf: tip.gold.category, text: tip.text, weight: 1.0 })
    };
    crate::lexicon::lines(text).map(example).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_examples_is_shipped() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/examples");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        assert_eq!(there, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_kept_apart_is_in_no_shipped_example() {
        let shipped = Example::shipped().unwrap();
        for (_, set) in Example::kept_apart().unwrap() {
            assert!(set.len() >= 50);
            for tip in set {
                assert!(!shipped.iter().any(|example| example.text.trim() == tip.text.trim()));
            }
        }
    }

    #[test]
    fn a_line_without_a_leaf_is_named() {
        assert_eq!(Example::parse_lines("A01|好\n# 注\n坏", 1.0), Err(3));
        let read = Example::parse_lines("A02+X01|一⏎二", 1.0).unwrap();
        assert_eq!((read[0].leaf.as_str(), read[0].text.as_str()), ("A02", "一\n二"));
    }
}
