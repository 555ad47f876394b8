//! Scans of paper: PDF, TIFF, JPEG, PNG. Recognised by content, every page looked at, bounded.

mod inline;
mod page;
mod pdf;
mod tiff;

use std::io::Cursor;

use dengwen_http::Text;
use image::{ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};

pub(crate) use page::PagePicture;

/// Most pages of one scan.
pub(crate) const MAX_PAGES: u32 = 500;
/// Most bytes that one page may unpack to: A3 in colour at 600 dpi.
const MAX_PAGE_BYTES: u64 = 256 << 20;
/// Most bytes that all pages together may unpack to.
const MAX_BYTES: u64 = 2 << 30;

/// What a scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScanKind {
    /// ISO 32000.
    Pdf,
    /// One image a page.
    Tiff,
    /// One page.
    Jpeg,
    /// One page.
    Png,
}

impl ScanKind {
    /// By the first bytes, never by the name.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            // An archive may hold a PDF as it is.
            [b'P', b'K', 3, 4, ..] => None,
            // Scanners may put something before the header; readers look into the first 1024 bytes.
            _ if bytes[..bytes.len().min(1024)].windows(5).any(|w| w == b"%PDF-") => Some(Self::Pdf),
            _ => None,
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Tiff => "image/tiff",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// A scan of which some page can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) kind: ScanKind,
    pub(crate) pages: u32,
    /// Pages that cannot be read.
    pub(crate) flaws: Vec<ScanFault>,
}

/// What becomes of a scan with pages that cannot be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum BrokenPages {
    /// Nothing of it is taken, and the page is named.
    #[default]
    Refuse,
    /// It is taken as it is, for the pages that can be read; the others are named.
    Take,
}

impl BrokenPages {
    /// The scan, or its first flaw.
    pub(crate) fn judge(self, sheet: Sheet) -> Result<Sheet, ScanFault> {
        match (self, sheet.flaws.first()) {
            (Self::Refuse, Some(flaw)) => Err(*flaw),
            _ => Ok(sheet),
        }
    }
}

/// Why a scan cannot be taken, or a page of it not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScanFault {
    #[error("the file is empty")]
    Empty,
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    #[error("neither PDF, TIFF, JPEG nor PNG")]
    Kind,
    #[error("the file is broken and cannot be read")]
    Broken,
    #[error("the file is locked with a password")]
    Locked,
    #[error("the file breaks off: its end is missing")]
    Cut,
    #[error("page {0} cannot be read")]
    Page(u32),
    #[error("page {0} is too large")]
    LargePage(u32),
    #[error("a picture in the file is too large")]
    LargePicture,
    #[error("of {declared} pages only {readable} can be read")]
    MissingPages { declared: u32, readable: u32 },
    #[error("more than {MAX_PAGES} pages; split the file")]
    TooManyPages,
    #[error("the file unpacks to too much")]
    Unpacked,
}

impl ScanFault {
    /// A stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge(_) => "too_large",
            Self::Kind => "file_kind",
            Self::Broken => "broken",
            Self::Locked => "locked",
            Self::Cut => "cut",
            Self::Page(_) | Self::MissingPages { .. } => "broken_page",
            Self::LargePage(_) => "large_page",
            Self::LargePicture => "large_picture",
            Self::TooManyPages => "too_many_pages",
            Self::Unpacked => "unpacks_to_too_much",
        }
    }

    /// In words for the clerk.
    pub(crate) fn text(self) -> Text {
        let chinese = match self {
            Self::Empty => "文件为空".to_owned(),
            Self::TooLarge(limit) => format!("超过 {limit} 字节"),
            Self::Kind => "不是 PDF、TIFF、JPEG 或 PNG 文件".to_owned(),
            Self::Broken => "文件已损坏，无法读取".to_owned(),
            Self::Locked => "文件有密码保护".to_owned(),
            Self::Cut => "文件不完整，缺少结尾部分".to_owned(),
            Self::Page(page) => format!("第 {page} 页无法读取"),
            Self::LargePage(page) => format!("第 {page} 页尺寸过大"),
            Self::LargePicture => "文件中有图像尺寸过大".to_owned(),
            Self::MissingPages { declared, readable } => format!("共 {declared} 页，只能读取 {readable} 页"),
            Self::TooManyPages => format!("超过 {MAX_PAGES} 页，请拆分文件"),
            Self::Unpacked => "文件解压后过大".to_owned(),
        };
        Text::composed(self.to_string(), chinese)
    }
}

/// Looks at every page. Computes: not for a thread that serves.
///
/// # Errors
/// Where no page of it can be read, or it is larger than what is read.
pub(crate) fn inspect(bytes: &[u8], max_bytes: usize) -> Result<Sheet, ScanFault> {
    if bytes.is_empty() {
        return Err(ScanFault::Empty);
    }
    if bytes.len() > max_bytes {
        return Err(ScanFault::TooLarge(max_bytes));
    }
    let kind = ScanKind::of(bytes).ok_or(ScanFault::Kind)?;
    let (pages, flaws) = match kind {
        ScanKind::Pdf => pdf::count_pages(bytes)?,
        ScanKind::Tiff => tiff::count_pages(bytes)?,
        ScanKind::Jpeg | ScanKind::Png => picture(kind, bytes).map(|_| (1, Vec::new()))?,
    };
    Ok(Sheet { kind, pages, flaws })
}

/// A page of anything but a PDF, which takes another program, as a picture. Pages count from 1.
pub(crate) fn page(kind: ScanKind, bytes: &[u8], page: u32) -> Result<PagePicture, ScanFault> {
    match kind {
        ScanKind::Tiff => tiff::page(bytes, page),
        ScanKind::Jpeg | ScanKind::Png if page == 1 => picture(kind, bytes).map(PagePicture::from),
        _ => Err(ScanFault::Page(page)),
    }
}

fn picture(kind: ScanKind, bytes: &[u8]) -> Result<image::DynamicImage, ScanFault> {
    let format = if kind == ScanKind::Jpeg { ImageFormat::Jpeg } else { ImageFormat::Png };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PAGE_BYTES);
    reader.limits(limits);
    reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => ScanFault::LargePage(1),
        _ => ScanFault::Page(1),
    })
}

#[cfg(test)]
mod tests;
