//! Decodes JPEGs, and prints a line for each: its size, its checksum (CRC-32 of the pixels), and the best time of some
//! runs in milliseconds.
//!
//! ```text
//! decode [--runs N] FILE...
//! ```
#![expect(clippy::print_stdout, reason = "it is the output")]

use std::error::Error;
use std::time::Instant;

use seededit_jpeg::Jpeg;

fn main() -> Result<(), Box<dyn Error>> {
    let mut runs = 1;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--runs" {
            runs = arguments.next().unwrap_or_default().parse()?;
            continue;
        }
        let bytes = std::fs::read(&argument)?;
        match decode(&bytes, runs) {
            Ok(line) => println!("{argument} {line}"),
            Err(error) => println!("{argument} error: {error}"),
        }
    }
    Ok(())
}

fn decode(bytes: &[u8], runs: usize) -> Result<String, seededit_jpeg::Error> {
    let mut best = f64::INFINITY;
    let mut line = String::new();
    for _ in 0..runs {
        let start = Instant::now();
        let jpeg = Jpeg::parse(bytes, u64::MAX)?;
        let mut pixels = vec![0; jpeg.output_len()];
        let report = jpeg.decode(&mut pixels)?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        let frame = jpeg.frame();
        let checksum = crc32fast::hash(&pixels);
        line = format!("{}x{}x{} {checksum:08x}", frame.width, frame.height, frame.components.len());
        if let Some(damage) = report.damage {
            line += &format!(" damaged: {}", damage.reason);
        }
    }
    if runs > 1 {
        line += &format!(" {best:.1} ms");
    }
    Ok(line)
}
