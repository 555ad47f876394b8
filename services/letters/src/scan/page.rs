//! One page as a picture that every browser and reading program knows.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

use super::ScanFault;

/// A page, ready to be shown.
#[derive(Debug)]
pub(crate) struct PagePicture(DynamicImage);

impl From<DynamicImage> for PagePicture {
    fn from(image: DynamicImage) -> Self {
        Self(image)
    }
}

impl PagePicture {
    /// As PNG, with no side longer than `longest` pixels.
    pub(crate) fn to_png(&self, longest: u32) -> Result<Vec<u8>, ScanFault> {
        let image = &self.0;
        let smaller =
            (image.width().max(image.height()) > longest).then(|| image.thumbnail(longest, longest));
        let mut png = Cursor::new(Vec::new());
        let written = smaller.as_ref().unwrap_or(image).write_to(&mut png, ImageFormat::Png);
        written.map_err(|_| ScanFault::Broken)?;
        Ok(png.into_inner())
    }
}
