//! What the fuzz targets call: the parsers of cards. Only built for fuzzing.

use std::path::PathBuf;

use seededit_resize::Size;

use super::{Catalog, OwnCard};
use crate::parameters::Parameters;
use crate::size::SizeRequest;

/// Uploads of different shapes.
const INPUTS: [Size; 3] = [
    Size { width: 1024, height: 768 },
    Size { width: 1, height: 65_535 },
    Size { width: 12_000, height: 8_000 },
];

/// Reads a card as that of a service, and as that of a model, which is then asked for sizes.
pub fn card(text: &str) {
    let mut catalog = Catalog::default();
    for name in ["fuzzed", "aimlapi/fuzzed"] {
        catalog.own.insert(name.into(), OwnCard { path: PathBuf::from("fuzzed.toml"), text: text.into() });
    }
    let _ = catalog.service("fuzzed");
    let Ok(model) = catalog.model("aimlapi", "fuzzed") else { return };
    let requests: Vec<Option<SizeRequest>> =
        ["", "1024x768", "16:9", "2K", "adaptive"].iter().map(|text| text.parse().ok()).collect();
    for input in INPUTS {
        for request in &requests {
            let _ = model.size.solve(input, request.as_ref());
        }
    }
    let _ = (model.size.allowed(), model.size.choices(), model.size.shape());
    let parameters = Parameters::default();
    let _ = (parameters.check("brighter", &model), parameters.fields("brighter", &model));
}
