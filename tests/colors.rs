//! The color space of a picture stays with its results.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder};
use seededit::testing::picture::{Decoded, decode};

use crate::support::{Service, TestEnv, as_delivered, gradient, sha256};

fn display_p3() -> Vec<u8> {
    moxcms::ColorProfile::new_display_p3().encode().unwrap()
}

/// A JPEG in Display P3, like those of phones.
fn jpeg_with_profile(profile: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_icc_profile(profile.to_vec()).unwrap();
    DynamicImage::from(gradient(640, 480)).write_with_encoder(encoder).unwrap();
    bytes
}

/// A PNG with chunks after its header.
fn png_with_chunks(image: &DynamicImage, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    const AFTER_HEADER: usize = 33;

    let mut bytes = Vec::new();
    image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
    let mut inserted = Vec::new();
    for (kind, data) in chunks {
        let body = [&kind[..], data].concat();
        inserted.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        inserted.extend(&body);
        inserted.extend(crc32fast::hash(&body).to_be_bytes());
    }
    bytes.splice(AFTER_HEADER..AFTER_HEADER, inserted);
    bytes
}

fn chunk<'a>(png: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let at = png.windows(4).position(|window| window == kind)?;
    let len = u32::from_be_bytes(png[at - 4..at].try_into().unwrap()) as usize;
    Some(&png[at + 4..at + 4 + len])
}

fn decoded(env: &TestEnv, name: &str) -> Decoded {
    decode(&env.read(name)).unwrap()
}

#[test]
fn an_edit_has_the_profile_of_its_picture_in_every_format_and_mode() {
    let (env, service) = (TestEnv::new(), Service::new());
    let profile = display_p3();
    env.write("in.jpg", jpeg_with_profile(&profile));
    for (name, flags) in [
        ("a.jpg", ""),
        ("b.png", ""),
        ("c.webp", ""),
        ("d.jpg", "--quality 80"),
        ("e.jpg", "--keep-size"),
        ("f.png", "--preserve"),
        ("g.jpg", "--fit pad"),
    ] {
        let args = format!("edit in.jpg x -q --seed 1 -o {name} {flags}");
        env.command(&args).service(&service).any_stdout().assert();
        assert_eq!(decoded(&env, name).colors.icc(), Some(&profile[..]), "{name}");
    }
}

#[test]
fn a_jpeg_gets_the_profile_as_a_segment_and_is_not_encoded_again() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.jpg", jpeg_with_profile(&display_p3()));
    env.command("edit in.jpg x -q --seed 1 -o out.jpg").service(&service).any_stdout().assert();
    let mut out = env.read("out.jpg");
    let at = out.windows(12).position(|window| window == b"ICC_PROFILE\0").unwrap();
    // The marker, the length, the name, two numbers, and the profile.
    out.drain(at - 4..at + 14 + display_p3().len());
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&as_delivered(&out)));
}

#[test]
fn a_recovered_result_has_the_profile_of_its_picture() {
    let (env, service) = (TestEnv::new(), Service::with_faults(&["download-error=404:1"]));
    let profile = display_p3();
    env.write("in.jpg", jpeg_with_profile(&profile));
    env.command("edit in.jpg x -q --retries 0 -o out.jpg").service(&service).code(9).any_stderr().assert();
    env.command("recover -q").service(&service).any_stdout().any_stderr().assert();
    assert_eq!(decoded(&env, "out.jpg").colors.icc(), Some(&profile[..]));
}

#[test]
#[ignore = "slow"]
fn color_chunks_of_a_png_stay_in_a_png_and_become_a_profile_elsewhere() {
    let (env, service) = (TestEnv::new(), Service::new());
    let picture = DynamicImage::from(gradient(640, 480));
    let chromaticities: Vec<u8> = [31_270_u32, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000]
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect();
    for (name, chunks) in [
        ("cicp", vec![(b"cICP", &[12_u8, 13, 0, 1][..])]),
        ("gamma", vec![(b"gAMA", &[0, 1, 0x86, 0xA0])]),
        ("gamma-and-primaries", vec![(b"gAMA", &[0, 0, 0xB1, 0x8F]), (b"cHRM", &chromaticities)]),
        ("srgb", vec![(b"sRGB", &[0])]),
    ] {
        env.write("in.png", png_with_chunks(&picture, &chunks));
        for (out, flags) in [("a", ""), ("b", "--preserve"), ("c", "--keep-size")] {
            for format in ["png", "jpg", "webp"] {
                let out = format!("{name}-{out}.{format}");
                let args = format!("edit in.png x -q --seed 1 -o {out} {flags}");
                env.command(&args).service(&service).any_stdout().assert();
                if format == "png" {
                    for (kind, data) in &chunks {
                        assert_eq!(chunk(&env.read(&out), kind), Some(*data), "{out}");
                    }
                } else {
                    let profile = decoded(&env, &out).colors;
                    assert_eq!(profile.icc().is_some(), name != "srgb", "{out}");
                    assert_eq!(profile.icc(), decoded(&env, "in.png").colors.icc(), "{out}");
                }
            }
        }
        env.command("merge in.png in.png -q -o merged.png --force").any_stdout().assert();
        for (kind, data) in &chunks {
            assert_eq!(chunk(&env.read("merged.png"), kind), Some(*data), "{name}");
        }
    }
}

#[test]
fn a_camera_that_states_adobe_rgb_in_its_metadata_is_understood() {
    /// EXIF metadata with the interoperability index R03.
    const ADOBE_RGB: &[u8] = b"MM\0*\0\0\0\x08\
        \0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1A\0\0\0\0\
        \0\x01\xA0\x05\0\x04\0\0\0\x01\0\0\0\x2C\0\0\0\0\
        \0\x01\0\x01\0\x02\0\0\0\x04R03\0\0\0\0\0";
    let (env, service) = (TestEnv::new(), Service::new());
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
    encoder.add_exif_metadata(ADOBE_RGB).unwrap();
    encoder.encode(&gradient(640, 480), 640, 480, jpeg_encoder::ColorType::Rgb).unwrap();
    env.write("in.jpg", bytes);
    env.command("edit in.jpg x -q --seed 1 -o out.jpg").service(&service).any_stdout().assert();
    let colors = decoded(&env, "out.jpg").colors;
    let profile = moxcms::ColorProfile::new_from_slice(colors.icc().unwrap()).unwrap();
    let adobe = moxcms::ColorProfile::new_adobe_rgb();
    assert!((profile.green_colorant.x - adobe.green_colorant.x).abs() < 0.001);
}

#[test]
fn a_gray_picture_that_gains_color_looks_the_same_elsewhere() {
    let (env, service) = (TestEnv::new(), Service::new());
    let gray = DynamicImage::from(gradient(640, 480)).to_luma8().into();
    // Linear light.
    env.write("in.png", png_with_chunks(&gray, &[(b"gAMA", &[0, 1, 0x86, 0xA0])]));
    env.command("edit in.png boat -q --seed 1 --region 200x200+100+100 -o out.png")
        .service(&service)
        .any_stdout()
        .assert();
    let out = decoded(&env, "out.png");
    assert!(out.image.color().has_color());
    let profile = moxcms::ColorProfile::new_from_slice(out.colors.icc().unwrap()).unwrap();
    assert_eq!(profile.color_space, moxcms::DataColorSpace::Rgb);
    // Untouched pixels have the same numbers, and mean the same.
    assert_eq!(out.image.to_rgb8().get_pixel(0, 0).0, [gray.to_luma8().get_pixel(0, 0).0[0]; 3]);
    // A gamma of 1.0 in 8 bits and 8 bits after the point (ICC.1:2022, 10.6).
    assert!(matches!(&profile.green_trc, Some(moxcms::ToneReprCurve::Lut(values)) if values[..] == [256]));
}

#[test]
fn an_hdr_picture_becomes_sdr_with_a_note() {
    let (env, service) = (TestEnv::new(), Service::new());
    let picture = DynamicImage::from(gradient(640, 480)).to_rgb16().into();
    // BT.2020 with PQ.
    env.write("in.png", png_with_chunks(&picture, &[(b"cICP", &[9, 16, 0, 1])]));
    env.command("edit in.png x --no-progress --seed 1 -o out.png --preserve")
        .service(&service)
        .any_stdout()
        .stderr_contains(&["converted from HDR to SDR", "left out of the result: HDR colors"])
        .assert();
    let out = env.read("out.png");
    assert_eq!(chunk(&out, b"cICP"), None);
    assert_eq!(decode(&out).unwrap().colors.icc(), None);
    assert_eq!(decode(&out).unwrap().image.color(), image::ColorType::Rgb16);
}
