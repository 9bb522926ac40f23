//! Robust figures.

/// The median, which reorders the levels. 0 without levels.
pub(crate) fn median(levels: &mut [f32]) -> f32 {
    quantile(levels, 0.5)
}

/// The level that a share of the levels does not exceed, which reorders them. 0 without levels.
pub(crate) fn quantile(levels: &mut [f32], share: f32) -> f32 {
    if levels.is_empty() {
        return 0.0;
    }
    let at = ((share * levels.len() as f32) as usize).min(levels.len() - 1);
    *levels.select_nth_unstable_by(at, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_levels() {
        let levels = [4.0, 1.0, 3.0, 2.0, 0.0];
        let of = |share| quantile(&mut levels.clone(), share);
        assert_eq!([of(0.0), of(0.5), of(0.8), of(1.0)], [0.0, 2.0, 4.0, 4.0]);
        assert_eq!((median(&mut levels.clone()), median(&mut [])), (2.0, 0.0));
    }
}
