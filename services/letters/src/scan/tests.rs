//! Scans as scanners make them, and as nobody should.

use std::io::Write;

use ::tiff::encoder::{TiffEncoder, colortype};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, GrayImage, Luma, RgbImage};

use super::*;

const LIMIT: usize = 20 << 20;

fn sheet(bytes: &[u8]) -> Result<(ScanKind, u32), ScanFault> {
    let sheet = inspect(bytes, LIMIT).and_then(|sheet| BrokenPages::Refuse.judge(sheet));
    sheet.map(|sheet| (sheet.kind, sheet.pages))
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let picture = DynamicImage::from(RgbImage::from_fn(60, 80, |x, y| image::Rgb([x as u8, y as u8, 200])));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn tiff_of(pages: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    for page in 0..pages {
        let pixels = vec![page as u8; 40 * 40];
        encoder.write_image::<colortype::Gray8>(40, 40, &pixels).unwrap();
    }
    bytes.into_inner()
}

/// A PDF of these objects, numbered from 1; the first is the catalogue.
fn pdf_of(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(bytes.len());
        bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        bytes.extend_from_slice(object);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let table = bytes.len();
    bytes.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in places {
        bytes.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
    }
    let trailer =
        format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    bytes.extend_from_slice(trailer.as_bytes());
    bytes
}

fn stream(dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut object = format!("<< /Length {} {dictionary} >>\nstream\n", data.len()).into_bytes();
    object.extend_from_slice(data);
    object.extend_from_slice(b"\nendstream");
    object
}

/// A PDF of so many pages, which share this content.
fn pages(count: u32, content: Vec<u8>) -> Vec<u8> {
    let kids: String = (0..count).map(|page| format!("{} 0 R ", page + 4)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Count {count} /Kids [{kids}] >>").into_bytes(),
        content,
    ];
    let page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 3 0 R >>";
    objects.extend((0..count).map(|_| page.to_vec()));
    pdf_of(&objects)
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn drawing() -> Vec<u8> {
    stream("/Filter /FlateDecode", &deflated(b"0 0 100 100 re f"))
}

#[test]
fn a_scan_is_known_by_its_content_and_its_pages_are_counted() {
    assert_eq!(sheet(&pages(3, drawing())), Ok((ScanKind::Pdf, 3)));
    assert_eq!(sheet(&tiff_of(3)), Ok((ScanKind::Tiff, 3)));
    assert_eq!(sheet(&encoded(ImageFormat::Jpeg)), Ok((ScanKind::Jpeg, 1)));
    assert_eq!(sheet(&encoded(ImageFormat::Png)), Ok((ScanKind::Png, 1)));
}

#[test]
fn what_is_no_scan_is_told() {
    assert_eq!(sheet(b""), Err(ScanFault::Empty));
    assert_eq!(inspect(&tiff_of(1), 100), Err(ScanFault::TooLarge(100)));
    // An archive that holds a PDF as it is, under whatever name.
    let mut archive = b"PK\x03\x04\x14\0\0\0\0\0".to_vec();
    archive.extend(pages(1, drawing()));
    for bytes in [&archive[..], b"MZ\x90\0program", "纯文本".as_bytes(), b"GIF89a\x01\0\x01\0"] {
        assert_eq!(sheet(bytes), Err(ScanFault::Kind));
    }
    assert_eq!(sheet(b"%PDF-1.7\nnothing of the kind"), Err(ScanFault::Broken));
    assert_eq!(sheet(b"II*\0\xff\xff\xff\xff"), Err(ScanFault::Broken));
}

#[test]
fn a_broken_page_is_named() {
    let whole = tiff_of(3);
    let cut = sheet(&whole[..whole.len() - 40]);
    assert_eq!(cut, Err(ScanFault::Page(3)), "{cut:?}");
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = encoded(format);
        assert_eq!(sheet(&whole[..whole.len() / 2]), Err(ScanFault::Page(1)), "{format:?}");
    }
    let unreadable = stream("/Filter /FlateDecode", b"no deflate at all");
    assert_eq!(sheet(&pages(2, unreadable)), Err(ScanFault::Page(1)));
    let pdf = pages(2, drawing());
    let table = pdf.windows(5).position(|part| part == b"xref\n").unwrap();
    assert_eq!(sheet(&pdf[..table]), Err(ScanFault::Cut), "its pages can be counted, and its end is missing");
    assert_eq!(sheet(&[pdf.as_slice(), &[0; 9000]].concat()), Ok((ScanKind::Pdf, 2)), "padded");
    // The second page is not there.
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Count 2 /Kids [3 0 R 9 0 R] >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>".to_vec(),
    ];
    assert_eq!(sheet(&pdf_of(&objects)), Err(ScanFault::MissingPages { declared: 2, readable: 1 }));
}

#[test]
fn the_pages_that_can_be_read_may_be_taken_all_the_same() {
    let taken = |bytes: &[u8]| inspect(bytes, LIMIT).and_then(|sheet| BrokenPages::Take.judge(sheet));
    // The data of the second of three pages is packed, and is none.
    let mut whole = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut whole)
        .unwrap()
        .with_compression(::tiff::encoder::Compression::Deflate(Default::default()));
    for page in 1..=3 {
        encoder.write_image::<colortype::Gray8>(40, 40, &[page; 40 * 40]).unwrap();
    }
    let mut whole = whole.into_inner();
    let second = {
        let mut reader = ::tiff::decoder::Decoder::new(Cursor::new(&whole)).unwrap();
        reader.next_image().unwrap();
        let at = reader.get_tag_u64_vec(::tiff::tags::Tag::StripOffsets).unwrap()[0] as usize;
        at..at + reader.get_tag_u64_vec(::tiff::tags::Tag::StripByteCounts).unwrap()[0] as usize
    };
    whole[second].fill(0xff);
    let sheet = taken(&whole).unwrap();
    assert_eq!((sheet.pages, sheet.flaws), (3, vec![ScanFault::Page(2)]));
    assert_eq!(self::sheet(&whole), Err(ScanFault::Page(2)), "or nothing");
    assert!(page(ScanKind::Tiff, &whole, 3).is_ok() && page(ScanKind::Tiff, &whole, 2).is_err());
    // Of a PDF, its first; and one that says of a page that is not there.
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 5 0 R >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 6 0 R >>".to_vec(),
        stream("/Filter /FlateDecode", b"no deflate at all"),
        drawing(),
    ];
    let pdf = taken(&pdf_of(&objects)).unwrap();
    assert_eq!((pdf.pages, pdf.flaws), (2, vec![ScanFault::Page(1)]));
    objects[1] = b"<< /Type /Pages /Count 2 /Kids [4 0 R 9 0 R] >>".to_vec();
    let pdf = taken(&pdf_of(&objects)).unwrap();
    assert_eq!((pdf.pages, pdf.flaws), (1, vec![ScanFault::MissingPages { declared: 2, readable: 1 }]));
    assert_eq!(
        taken(&pages(2, stream("/Filter /FlateDecode", b"nothing"))),
        Err(ScanFault::Page(1)),
        "none is left"
    );
}

#[test]
fn a_file_of_too_many_pages_is_told_to_be_split() {
    assert_eq!(sheet(&pages(10_000, drawing())), Err(ScanFault::TooManyPages));
    assert_eq!(sheet(&tiff_of(MAX_PAGES + 1)), Err(ScanFault::TooManyPages));
    assert_eq!(sheet(&tiff_of(MAX_PAGES)).map(|(_, pages)| pages), Ok(MAX_PAGES));
}

/// A TIFF of one strip that claims this size in pixels.
fn tiff_that_claims(width: u32, height: u32) -> Vec<u8> {
    let entry = |tag: u16, value: u32| {
        let mut bytes = tag.to_le_bytes().to_vec();
        bytes.extend(4_u16.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
        bytes
    };
    let entries = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
        (279, width.saturating_mul(height)),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((entries.len() as u16).to_le_bytes());
    bytes.extend(entries.into_iter().flat_map(|(tag, value)| entry(tag, value)));
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn nothing_unpacks_to_more_than_a_page_may_have() {
    assert_eq!(sheet(&tiff_that_claims(60_000, 60_000)), Err(ScanFault::LargePage(1)));
    // A picture of 30,000 by 30,000 pixels is some hundred kilobytes of PNG.
    let mut bomb = encoded(ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let sum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(sheet(&bomb), Err(ScanFault::LargePage(1)));
}

/// The check sum of PNG's chunks.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn a_pdf_that_could_unpack_unmeasured_is_not_read() {
    let twice = deflated(&deflated(b"0 0 100 100 re f"));
    for (dictionary, data) in [
        ("/Filter [/FlateDecode /FlateDecode]", twice.clone()),
        ("/Filter [/F#6cateDecode /FlateDecode]", twice),
        ("/Filter /LZWDecode", b"\x80\x0b".to_vec()),
        ("/Filter [/ASCII85Decode /FlateDecode]", b"x~>".to_vec()),
    ] {
        assert_eq!(sheet(&pages(1, stream(dictionary, &data))), Err(ScanFault::Unpacked), "{dictionary}");
    }
    let mut locked = pages(1, drawing());
    locked.extend_from_slice(b"trailer << /Root 1 0 R /Encrypt 9 0 R >>");
    assert_eq!(sheet(&locked), Err(ScanFault::Locked));
}

/// A PDF of one page that shows a picture with this dictionary.
fn with_picture(dictionary: &str, more: &[&[u8]]) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R \
          /Resources << /XObject << /P 5 0 R >> >> >>"
            .to_vec(),
        stream("/Filter /FlateDecode", &deflated(b"q 200 0 0 200 0 0 cm /P Do Q")),
        stream(
            &format!(
                "/Type /XObject /Subtype /Image {dictionary} /BitsPerComponent 1 /ColorSpace /DeviceGray"
            ),
            b"\0",
        ),
    ];
    objects.extend(more.iter().map(|object| object.to_vec()));
    pdf_of(&objects)
}

#[test]
fn a_pdf_whose_picture_claims_more_pixels_than_a_page_has_is_not_taken() {
    for dictionary in [
        "/Width 100000 /Height 100000",
        "/W#69dth 100000 /Height 100000",
        "/W 100000 /H 100000",
        "/Width 100000.0 /Height 100000",
        "/Width 6 0 R /Height 6 0 R",
        "/Width 99999999999 /Height 1",
    ] {
        let bomb = with_picture(dictionary, &[b"100000"]);
        assert!(bomb.len() < 1500, "{dictionary}");
        assert_eq!(sheet(&bomb), Err(ScanFault::LargePicture), "{dictionary}");
    }
    assert_eq!(ScanFault::LargePicture.code(), "large_picture");
    // A3 at 600 dpi.
    assert_eq!(sheet(&with_picture("/Width 9921 /Height 7016", &[])), Ok((ScanKind::Pdf, 1)));
}

#[test]
fn a_picture_in_the_text_of_a_page_is_bounded_like_any_other() {
    let text = |size: &str| format!("q 200 0 0 200 0 0 cm BI {size} /BPC 1 /CS /G ID \0 EI Q");
    for (size, expected) in
        [("/W 100000 /H 100000", Err(ScanFault::LargePicture)), ("/W 1700 /H 2200", Ok((ScanKind::Pdf, 1)))]
    {
        let text = text(size);
        let packed = stream("/Filter /FlateDecode", &deflated(text.as_bytes()));
        for page in [packed, stream("", text.as_bytes())] {
            assert_eq!(sheet(&pages(1, page)), expected, "{size}");
        }
    }
}

#[test]
fn a_page_becomes_a_picture() {
    let png = page(ScanKind::Tiff, &tiff_of(2), 2).unwrap().to_png(1000).unwrap();
    let picture = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap();
    assert_eq!((picture.width(), picture.height()), (40, 40));
    assert_eq!(picture.to_luma8().get_pixel(3, 3), &Luma([1]));
    let wide = PagePicture::from(DynamicImage::from(GrayImage::new(4000, 100))).to_png(500).unwrap();
    assert_eq!(image::load_from_memory(&wide).unwrap().width(), 500);
    assert_eq!(page(ScanKind::Tiff, &tiff_of(2), 3).unwrap_err(), ScanFault::Page(3));
}
