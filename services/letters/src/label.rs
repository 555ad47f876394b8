//! The label that is stuck on a letter: its register number as Code 128 (ISO/IEC 15417) and in digits. As
//! SVG, in the label's own size, so that it prints sharp on any printer.

use std::fmt::Write;

use barcoders::sym::code128::Code128;

use crate::numbers::RegisterNumber;

/// What `barcoders` begins code set B with.
const SET_B: char = '\u{0181}';
/// Width of the narrowest bar, in millimetres: what an office printer draws and an office scanner sees.
const MODULE_MM: f64 = 0.33;
/// Bars left free on each side, in modules; ISO/IEC 15417 asks for ten.
const QUIET: usize = 10;
const BARS_MM: f64 = 12.0;
const HEIGHT_MM: f64 = 18.0;

/// The label as an SVG picture.
#[expect(clippy::expect_used, reason = "a register number has only signs of code set B")]
pub(crate) fn svg(number: &RegisterNumber) -> String {
    let text = number.to_string();
    let bars = Code128::new(format!("{SET_B}{text}")).expect("signs of code set B").encode();
    let width = (bars.len() + 2 * QUIET) as f64 * MODULE_MM;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.2}mm\" height=\"{HEIGHT_MM}mm\" \
         viewBox=\"0 0 {width:.2} {HEIGHT_MM}\" role=\"img\" aria-label=\"{text}\">\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><g fill=\"#000\">"
    );
    for (at, run) in runs(&bars) {
        let (x, wide) = ((QUIET + at) as f64 * MODULE_MM, run as f64 * MODULE_MM);
        let _ = write!(svg, "<rect x=\"{x:.2}\" y=\"1\" width=\"{wide:.2}\" height=\"{BARS_MM}\"/>");
    }
    let _ = write!(
        svg,
        "</g><text x=\"{:.2}\" y=\"16.5\" font-family=\"monospace\" font-size=\"3.6\" text-anchor=\"middle\">{text}</text></svg>",
        width / 2.0
    );
    svg
}

/// The black runs: where each begins and how many modules it has.
fn runs(bars: &[u8]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for at in (0..bars.len()).filter(|&at| bars[at] == 1) {
        match runs.last_mut() {
            Some((begin, length)) if *begin + *length == at => *length += 1,
            _ => runs.push((at, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage, Luma};

    use super::*;
    use crate::programs::Programs;
    use crate::scan::PagePicture;

    /// The label as an office scanner sees it: on a page, at some 200 dpi.
    fn scanned(number: &RegisterNumber) -> Vec<u8> {
        let bars = Code128::new(format!("{SET_B}{number}")).unwrap().encode();
        let mut page = GrayImage::from_pixel(1000, 700, Luma([255]));
        for (x, bar) in bars.iter().enumerate() {
            for (dx, y) in (0..3).flat_map(|dx| (100..200).map(move |y| (dx, y))) {
                page.put_pixel(120 + 3 * x as u32 + dx, y, Luma([255 - 255 * bar]));
            }
        }
        PagePicture::from(DynamicImage::from(page)).to_png(2000).unwrap()
    }

    #[tokio::test]
    async fn a_scanned_label_says_the_number() {
        let number: RegisterNumber = "L2026-3F2A-000123".parse().unwrap();
        let found = Programs::find().await.barcodes(scanned(&number)).await.unwrap();
        assert_eq!(found, [number.to_string()]);
    }

    #[test]
    fn the_picture_has_the_bars_and_the_number() {
        let svg = svg(&"L2026-3F2A-000123".parse().unwrap());
        assert!(svg.contains(">L2026-3F2A-000123</text>"));
        // Each sign of Code 128 has three bars, the stop sign four: start, 17 signs, check sign, stop.
        assert_eq!(svg.matches("<rect x=").count(), 3 * 19 + 4);
    }
}
