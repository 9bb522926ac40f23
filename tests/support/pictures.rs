//! Pictures that are drawn here, so that none has to be committed.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Mutex;

use image::codecs::gif::GifEncoder;
use image::imageops::{FilterType, resize};
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use seededit::testing::picture::{
    self, ChromaSubsampling, ColorSpace, Encoding, Header, Metadata, MetadataRule, Stamp, StoredOrientation,
};

use super::TestEnv;

/// Pictures by their width and height. Without optimization, drawing a megapixel takes longer than editing it, so each is
/// drawn once.
struct Drawn<T>(Mutex<BTreeMap<(u32, u32), T>>);

impl<T: Clone> Drawn<T> {
    const fn new() -> Drawn<T> {
        Drawn(Mutex::new(BTreeMap::new()))
    }

    /// Returns the picture of this size, which `draw` draws if it is the first.
    fn get(&self, width: u32, height: u32, draw: impl FnOnce() -> T) -> T {
        let found = self.0.lock().unwrap().get(&(width, height)).cloned();
        found.unwrap_or_else(|| {
            let picture = draw();
            self.0.lock().unwrap().insert((width, height), picture.clone());
            picture
        })
    }
}

/// Draws gradients with some noise, so that no two blocks are equal.
fn draw(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let level = |n: u32| u8::try_from(n % 256).unwrap_or(0);
        Rgb([level(x * 3 + (x * 7 + y * 13) % 11), level(y * 5), level(x + y)])
    })
}

/// A PNG of this size.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    encode(width, height, ImageFormat::Png)
}

/// A PNG of this size with three bytes of noise per pixel, which cannot be compressed.
pub(crate) fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut level = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let image = RgbImage::from_fn(width, height, |_, _| Rgb([level(), level(), level()]));
    let mut bytes = Vec::new();
    DynamicImage::from(image).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

/// A JPEG of this size.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode(width, height, ImageFormat::Jpeg)
}

/// A WebP of this size.
pub(crate) fn webp(width: u32, height: u32) -> Vec<u8> {
    encode(width, height, ImageFormat::WebP)
}

/// An animated GIF with a frame of 320 × 240 pixels for each level of red.
pub(crate) fn animation(reds: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for &red in reds {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(320, 240, Rgba([red, 0, 0, 255])))).unwrap();
    }
    drop(encoder);
    bytes
}

/// A JPEG with an EXIF orientation and a GPS position.
pub(crate) fn photo(width: u16, height: u16, orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.push(orientation);
    exif.extend(b"\0\0\x82\x98\0\x02\0\0\0");
    exif.push(u8::try_from(GPS_POSITION.len()).unwrap());
    exif.extend(b"\0\0\0\x26\0\0\0\0");
    exif.extend(GPS_POSITION.as_bytes());
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.add_exif_metadata(&exif).unwrap();
    let pixels = draw(width.into(), height.into());
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// The GPS position in [`photo`].
pub(crate) const GPS_POSITION: &str = "52 31 12.025 N, 13 24 17.834 E";

fn encode(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    draw(width, height).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The SHA-256 of `bytes` in lower-case hexadecimal digits, as in the ledger.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Draws gradients with waves, which scaling and JPEG change only a little.
pub(crate) fn gradient(width: u32, height: u32) -> RgbImage {
    static DRAWN: Drawn<RgbImage> = Drawn::new();
    DRAWN.get(width, height, || {
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            let wave = 12.0 * ((x * 40.0).sin() + (y * 31.0).cos());
            Rgb([60.0 + 120.0 * x + wave, 80.0 + 90.0 * y + wave, 190.0 - 80.0 * x].map(|level| level as u8))
        })
    })
}

/// A PNG of [`gradient`].
pub(crate) fn gradient_png(width: u32, height: u32) -> Vec<u8> {
    static DRAWN: Drawn<Vec<u8>> = Drawn::new();
    DRAWN.get(width, height, || encode_png(&gradient(width, height).into()))
}

/// Encodes an image as a PNG.
pub(crate) fn encode_png(image: &DynamicImage) -> Vec<u8> {
    picture::encode(image, &ColorSpace::SRGB, Encoding::Png).unwrap()
}

/// Decodes a picture and applies its orientation.
pub(crate) fn decode_rgb(bytes: &[u8]) -> RgbImage {
    picture::decode(bytes).unwrap().into_upright().image.to_rgb8()
}

/// Removes the metadata of a result, which leaves the bytes that the service delivered.
pub(crate) fn as_delivered(result: &[u8]) -> Vec<u8> {
    let Ok(header) = Header::read(result) else { return result.to_vec() };
    let stamp = Stamp {
        original: &Metadata::default(),
        rule: MetadataRule::Keep,
        orientation: StoredOrientation::AsInOriginal,
        answer: None,
        provenance: None,
        gain_map: None,
    };
    stamp.apply(result.to_vec(), &header).bytes
}

/// A JPEG of [`gradient`] in the size of the service with a dark disc.
fn edited_gradient(width: u32, height: u32) -> Vec<u8> {
    static DRAWN: Drawn<Vec<u8>> = Drawn::new();
    DRAWN.get(width, height, || {
        let mut edited = resize(&gradient(width, height), 1152, 864, FilterType::Triangle);
        for (x, y, pixel) in edited.enumerate_pixels_mut() {
            if (f64::from(x) - 400.0).hypot(f64::from(y) - 500.0) < 90.0 {
                *pixel = Rgb([20, 20, 30]);
            }
        }
        let encoding = Encoding::Jpeg { quality: 88, subsampling: ChromaSubsampling::Yuv420 };
        picture::encode(&edited.into(), &ColorSpace::SRGB, encoding).unwrap()
    })
}

impl TestEnv {
    /// Creates `photo.png` and `edited.jpg`, an edit of it in the size of the service with a dark disc.
    pub(crate) fn with_edited_photo(width: u32, height: u32) -> TestEnv {
        let env = TestEnv::new();
        env.write("photo.png", gradient_png(width, height));
        env.write("edited.jpg", edited_gradient(width, height));
        env
    }
}
