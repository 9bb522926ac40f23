//! The part of an upload that the client will use of the answer.
//!
//! A client that puts only a part of the answer back into its picture (`--region`, `--mask`, `--fit pad`)
//! names that part in a header, so that the drawing and its label are not cut off. Real services do not
//! know the header.

use hyper::header::HeaderMap;

use super::canvas::Area;

const HEADER: &str = "x-seededit-area";

/// A part of a picture, in fractions of its sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct VisibleArea {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl VisibleArea {
    /// Reads `LEFT,TOP,WIDTH,HEIGHT`. A header that cannot be read is ignored, as any unknown one is.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<VisibleArea> {
        let text = headers.get(HEADER)?.to_str().ok()?;
        let numbers: Vec<f64> =
            text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
        let [left, top, width, height] = numbers[..] else { return None };
        let is_inside = |start: f64, length: f64| start >= 0.0 && length > 0.0 && start + length <= 1.001;
        (is_inside(left, width) && is_inside(top, height)).then_some(VisibleArea { left, top, width, height })
    }

    /// The part of a picture, in whole pixels.
    pub(super) fn within(self, picture: Area) -> Area {
        let span = |start: f64, length: f64, side: f64| {
            let from = (start * side).ceil().min(side - 1.0);
            (from, (((start + length) * side).floor().min(side) - from).max(1.0))
        };
        let (left, width) = span(self.left, self.width, picture.width);
        let (top, height) = span(self.top, self.height, picture.height);
        Area { left, top, width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<VisibleArea> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, text.parse().unwrap());
        VisibleArea::from_headers(&headers)
    }

    #[test]
    fn an_area_is_parsed_and_converted_to_pixels() {
        let area = read("0.250000,0.5,0.5,0.25").unwrap();
        let picture = Area { left: 0.0, top: 0.0, width: 1000.0, height: 800.0 };
        assert_eq!(area.within(picture), Area { left: 250.0, top: 400.0, width: 500.0, height: 200.0 });
    }

    #[test]
    fn anything_else_is_ignored() {
        for text in ["", "1,2", "0,0,1,1,1", "a,0,1,1", "0,0,0,1", "-0.1,0,1,1", "0.5,0,0.6,1", "NaN,0,1,1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
