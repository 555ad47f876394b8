//! How many short messages a text needs (3GPP TS 23.040, 9.2.3.24.1).

use crate::coding::gsm7;

/// Number of short messages: 160 septets or 70 UTF-16 units in one, 153 or 67 in each of several,
/// because of their header. A letter of two units is never split between messages.
pub fn messages(text: &str) -> usize {
    let septets: Option<Vec<usize>> = text.chars().map(gsm7::septets).collect();
    match septets {
        Some(sizes) => count(&sizes, 160, 153),
        None => count(&text.chars().map(char::len_utf16).collect::<Vec<_>>(), 70, 67),
    }
}

/// Whether the text needs UCS-2.
pub fn needs_ucs2(text: &str) -> bool {
    text.chars().any(|letter| gsm7::septets(letter).is_none())
}

fn count(sizes: &[usize], alone: usize, each: usize) -> usize {
    if sizes.iter().sum::<usize>() <= alone {
        return 1;
    }
    let mut messages = 1;
    let mut used = 0;
    for size in sizes {
        if used + size > each {
            messages += 1;
            used = 0;
        }
        used += size;
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_both_alphabets() {
        assert_eq!(messages(&"a".repeat(160)), 1);
        assert_eq!(messages(&"a".repeat(161)), 2);
        assert_eq!(messages(&"€".repeat(80)), 1);
        assert_eq!(messages(&"€".repeat(153)), 3, "76 to a message, as none may be split");
        assert_eq!(messages(&"信".repeat(70)), 1);
        assert_eq!(messages(&"信".repeat(71)), 2);
        assert_eq!(messages(&"😀".repeat(35)), 1);
        assert_eq!(messages(&"😀".repeat(67)), 3, "33 to a message, as none may be split");
        assert_eq!(messages(""), 1);
    }
}
