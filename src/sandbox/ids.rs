//! Random ids.

/// A random id in the usual 8-4-4-4-12 form. Ids are not secret: links are protected by a signature.
pub(super) fn random() -> String {
    let hex = format!("{:032x}", fastrand::u128(..));
    let part = |range| hex.get(range).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_usual_form() {
        let id = random();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
