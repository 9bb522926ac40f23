//! Robust figures.

/// The median, which reorders the levels. 0 without levels.
pub(crate) fn median(levels: &mut [f32]) -> f32 {
    let middle = levels.len() / 2;
    if levels.is_empty() {
        return 0.0;
    }
    *levels.select_nth_unstable_by(middle, f32::total_cmp).1
}
