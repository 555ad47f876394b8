//! TIFF as scanners and fax servers write it: one image a page; bilevel, grey or colour.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{TiffError, TiffResult};

use super::{MAX_BYTES, MAX_PAGE_BYTES, MAX_PAGES, PagePicture, ScanFault};

/// Bit of `NewSubfileType` that says: a smaller version of another image, no page.
const REDUCED: u32 = 1;

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

fn open(bytes: &[u8]) -> TiffResult<Reader<'_>> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = usize::try_from(MAX_PAGE_BYTES).unwrap_or(usize::MAX);
    Ok(Decoder::new(Cursor::new(bytes))?.with_limits(limits))
}

/// Unpacks every page once: how many there are, and which cannot be read. Where the way to a page is lost, it is the last.
pub(super) fn count_pages(bytes: &[u8]) -> Result<(u32, Vec<ScanFault>), ScanFault> {
    let (mut pages, mut flaws) = (0, Vec::new());
    let mut unpacked = 0;
    let ended = each_page(bytes, |number, reader| {
        pages = number;
        match reader.read_image().map_err(|error| fault(&error, number)) {
            Ok(page) => unpacked += size_of(&page),
            Err(flaw @ ScanFault::Page(_)) => flaws.push(flaw),
            Err(fault) => return Err(fault),
        }
        if unpacked > MAX_BYTES { Err(ScanFault::Unpacked) } else { Ok(true) }
    });
    match ended {
        Ok(()) => {}
        Err(flaw @ ScanFault::Page(lost)) => {
            pages = lost;
            flaws.push(flaw);
        }
        Err(fault) => return Err(fault),
    }
    match flaws.first() {
        Some(first) if flaws.len() == pages as usize => Err(*first),
        None if pages == 0 => Err(ScanFault::Broken),
        _ => Ok((pages, flaws)),
    }
}

/// A page as a picture. Pages count from 1.
pub(super) fn page(bytes: &[u8], wanted: u32) -> Result<PagePicture, ScanFault> {
    let mut found = None;
    each_page(bytes, |number, reader| {
        if number == wanted {
            found = Some(picture(reader, number)?);
        }
        Ok(number < wanted)
    })?;
    found.map(PagePicture::from).ok_or(ScanFault::Page(wanted))
}

/// Goes through the pages until `look` has seen enough.
fn each_page(
    bytes: &[u8],
    mut look: impl FnMut(u32, &mut Reader<'_>) -> Result<bool, ScanFault>,
) -> Result<(), ScanFault> {
    let mut reader = open(bytes).map_err(|_| ScanFault::Broken)?;
    let (mut number, mut images) = (0, 0);
    loop {
        images += 1;
        let kind = reader.find_tag_unsigned::<u32>(Tag::NewSubfileType).ok().flatten().unwrap_or(0);
        if kind & REDUCED == 0 {
            number += 1;
            if number > MAX_PAGES {
                return Err(ScanFault::TooManyPages);
            }
            if !look(number, &mut reader)? {
                return Ok(());
            }
        }
        if !reader.more_images() {
            return Ok(());
        }
        // Thumbnails count here: a file of nothing else must end as well.
        if images > 2 * MAX_PAGES {
            return Err(ScanFault::TooManyPages);
        }
        reader.next_image().map_err(|_| ScanFault::Page(number + 1))?;
    }
}

fn fault(error: &TiffError, page: u32) -> ScanFault {
    match error {
        TiffError::LimitsExceeded => ScanFault::LargePage(page),
        _ => ScanFault::Page(page),
    }
}

fn size_of(page: &DecodingResult) -> u64 {
    let bytes = match page {
        DecodingResult::U8(samples) => samples.len(),
        DecodingResult::U16(samples) => samples.len() * 2,
        DecodingResult::U32(samples) => samples.len() * 4,
        DecodingResult::U64(samples) => samples.len() * 8,
        DecodingResult::F32(samples) => samples.len() * 4,
        DecodingResult::F64(samples) => samples.len() * 8,
        DecodingResult::I8(samples) => samples.len(),
        DecodingResult::I16(samples) => samples.len() * 2,
        DecodingResult::I32(samples) => samples.len() * 4,
        DecodingResult::I64(samples) => samples.len() * 8,
        DecodingResult::F16(samples) => samples.len() * 2,
    };
    bytes as u64
}

/// What scanners write, in the colours a browser knows; anything else is no page of a letter.
fn picture(reader: &mut Reader<'_>, number: u32) -> Result<DynamicImage, ScanFault> {
    let broken = || ScanFault::Page(number);
    let (width, height) = reader.dimensions().map_err(|error| fault(&error, number))?;
    let colours = reader.colortype().map_err(|error| fault(&error, number))?;
    let samples = match reader.read_image().map_err(|error| fault(&error, number))? {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.into_iter().map(|sample| (sample >> 8) as u8).collect(),
        _ => return Err(broken()),
    };
    let image = match colours {
        ColorType::Gray(1) => {
            GrayImage::from_raw(width, height, unpack_bits(&samples, width, height)).map(Into::into)
        }
        ColorType::Gray(8 | 16) => GrayImage::from_raw(width, height, samples).map(Into::into),
        ColorType::RGB(8 | 16) => RgbImage::from_raw(width, height, samples).map(Into::into),
        ColorType::RGBA(8 | 16) => RgbaImage::from_raw(width, height, samples).map(Into::into),
        ColorType::YCbCr(8) => RgbImage::from_raw(width, height, to_rgb(samples)).map(Into::into),
        _ => None,
    };
    image.ok_or_else(broken)
}

/// Eight pixels a byte, each row beginning with a byte of its own, to a byte a pixel.
fn unpack_bits(packed: &[u8], width: u32, height: u32) -> Vec<u8> {
    let (width, height) = (width as usize, height as usize);
    let row = width.div_ceil(8);
    let mut pixels = Vec::with_capacity(width * height);
    for line in packed.chunks(row).take(height) {
        pixels.extend((0..width).map(|x| {
            let byte = line.get(x / 8).copied().unwrap_or_default();
            if byte & (0x80 >> (x % 8)) == 0 { 0 } else { 255 }
        }));
    }
    pixels
}

/// ITU-R BT.601, full range, as JPEG in TIFF has it.
fn to_rgb(mut samples: Vec<u8>) -> Vec<u8> {
    for pixel in samples.chunks_exact_mut(3) {
        let (y, cb, cr) = (f32::from(pixel[0]), f32::from(pixel[1]) - 128.0, f32::from(pixel[2]) - 128.0);
        let clamp = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        pixel[0] = clamp(y + 1.402 * cr);
        pixel[1] = clamp(y - 0.344_14 * cb - 0.714_14 * cr);
        pixel[2] = clamp(y + 1.772 * cb);
    }
    samples
}
