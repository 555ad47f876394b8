//! Whether a text says anything.

/// Whether nothing of a text can be read: it is empty, or all of it is white space and characters without width, which
/// an input method or a page leaves behind.
pub fn is_blank(text: &str) -> bool {
    // The last is the pattern of Braille without a dot.
    text.chars().all(|c| c.is_whitespace() || is_invisible(c) || c == '\u{2800}')
}

/// Characters without width or with no meaning of their own: Cf, variation selectors, the Mongolian
/// selectors (which are Mn and Cf), tags, combining marks piled on letters.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{202f}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}'
        | '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for blank in
            ["", " \n\u{3000}", "\u{200b}", "\u{feff}\u{2060}\u{200d}", "\u{ad} \u{e0041}", "\u{2800}"]
        {
            assert!(is_blank(blank), "{blank:?}");
        }
        for said in ["。", "\u{200b}某", "1"] {
            assert!(!is_blank(said), "{said:?}");
        }
    }
}
