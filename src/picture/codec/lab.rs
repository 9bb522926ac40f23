//! From CIE L*a*b* to sRGB (CIE 15; IEC 61966-2-1).

/// Converts a color to sRGB levels from 0 to 1, clipped. Lightness is from 0 to 100, and its white is that of D50, as in
/// print.
pub(super) fn to_srgb([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    /// The white of D50 (ICC.1:2022, 6.3.4.3).
    const WHITE: [f32; 3] = [0.9642, 1.0, 0.8249];
    /// From XYZ with the white of D50 to linear sRGB: the inverse of the primaries in the ICC profile of sRGB, which are
    /// adapted from D65 by Bradford's method.
    const FROM_XYZ: [[f32; 3]; 3] = [
        [3.134_136, -1.617_386, -0.490_662],
        [-0.978_795, 1.916_254, 0.033_443],
        [0.071_955, -0.228_977, 1.405_386],
    ];

    let y = (lightness + 16.0) / 116.0;
    let cube = |root: f32| {
        if root > 6.0 / 29.0 { root.powi(3) } else { (root - 4.0 / 29.0) * 3.0 * (6.0_f32 / 29.0).powi(2) }
    };
    let [x_white, y_white, z_white] = WHITE;
    let xyz = [cube(y + a / 500.0) * x_white, cube(y) * y_white, cube(y - b / 200.0) * z_white];
    FROM_XYZ.map(|row| {
        let linear: f32 = row.iter().zip(xyz).map(|(factor, value)| factor * value).sum();
        let level =
            if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
        level.clamp(0.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_gray_and_a_strong_red_are_those_of_lcms2() {
        // lcms2 2.19, relative colorimetric, from lightness with 8 bits.
        for (lab, expected) in [
            ([100.0, 0.0, 0.0], [255, 255, 255]),
            ([0.0, 0.0, 0.0], [1, 0, 1]),
            ([50.2, 0.0, 0.0], [118, 118, 118]),
            ([54.1, 60.0, 40.0], [227, 72, 65]),
            ([80.0, -30.0, 20.0], [147, 214, 159]),
        ] {
            let found = to_srgb(lab).map(|level| (level * 255.0).round() as u8);
            assert!(
                found.iter().zip(expected).all(|(found, e): (&u8, u8)| found.abs_diff(e) <= 1),
                "{found:?}"
            );
        }
    }
}
