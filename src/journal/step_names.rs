//! The names of the results of steps before the last one of a chain: `photo-step1.jpg`.

use std::path::Path;

/// What precedes the number of the step, at the end of the name.
const MARK: &str = "-step";

/// Returns what the name of a step's result has before its extension. `step` counts from 1.
pub fn step_mark(step: usize) -> String {
    format!("{MARK}{step}")
}

/// Returns the number of the step whose result has this name, from 1; `None` for any other name.
pub fn step_of_name(path: &Path) -> Option<usize> {
    let stem = path.file_stem()?.to_string_lossy();
    stem.rsplit_once(MARK)?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_step_is_read_from_the_name_of_its_result() {
        let step = |name: &str| step_of_name(Path::new(name));
        assert_eq!(step(&format!("d/photo{}.jpg", step_mark(12))), Some(12));
        assert_eq!(step("a-step1-step2.jpg"), Some(2));
        assert_eq!(
            [step("photo.jpg"), step("d-step1/photo.jpg"), step("a-step.jpg"), step("a-step1-2.jpg")],
            [None; 4]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf8_can_be_that_of_a_step() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(step_of_name(Path::new(std::ffi::OsStr::from_bytes(b"\xff-step3.jpg"))), Some(3));
    }
}
