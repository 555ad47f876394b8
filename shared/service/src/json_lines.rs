//! Lines that are read one at a time and never beyond a bound, for the dry runs.

use std::io::{BufRead, Read};

/// Why a line is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// Longer than the bound; the rest of it is passed over.
    #[error("the line is longer than {0} bytes")]
    TooLong(u64),
    /// Not text.
    #[error("not UTF-8")]
    NotUtf8,
}

/// The next line of at most `longest` bytes without the spaces around it, or why it is not read; `None` at the end. The
/// mark that Windows puts before a text (U+FEFF) is none of it.
///
/// # Errors
/// Where reading fails.
pub fn next_line(
    input: &mut impl BufRead,
    longest: u64,
) -> std::io::Result<Option<Result<String, LineFault>>> {
    let mut line = Vec::new();
    if Read::take(&mut *input, longest).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == longest && !line.ends_with(b"\n") && !pass_over(input)? {
        return Ok(Some(Err(LineFault::TooLong(longest))));
    }
    let Ok(text) = std::str::from_utf8(&line) else { return Ok(Some(Err(LineFault::NotUtf8))) };
    Ok(Some(Ok(text.trim_start_matches('\u{feff}').trim().to_owned())))
}

/// Leaves out what is left of a line; whether nothing was.
fn pass_over(input: &mut impl BufRead) -> std::io::Result<bool> {
    let mut nothing = true;
    loop {
        let rest = input.fill_buf()?;
        let (length, ends) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (rest.len(), rest.is_empty()),
        };
        nothing &= length == 0 || (length == 1 && ends);
        input.consume(length);
        if ends {
            return Ok(nothing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_a_bad_one_hides_none() {
        let mut input = &b"\xef\xbb\xbf one \r\n\n12345678\n1234567890\n123456789\n\xff\nlast"[..];
        let mut read = Vec::new();
        while let Some(line) = next_line(&mut input, 9).unwrap() {
            read.push(line.map_err(|fault| fault.to_string()));
        }
        let text = |text: &str| Ok(text.to_owned());
        let fault = |fault: LineFault| Err(fault.to_string());
        assert_eq!(
            read,
            [
                text("one"),
                text(""),
                text("12345678"),
                fault(LineFault::TooLong(9)),
                text("123456789"),
                fault(LineFault::NotUtf8),
                text("last")
            ]
        );
    }
}
