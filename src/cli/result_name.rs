//! The names of results: `@`, `@2` and `@JOB`.

use std::ffi::OsStr;

/// The longest number, in digits; more digits are the beginning of a job's id. As in `history`.
const MAX_NUMBER_DIGITS: usize = 6;
/// The length of a job's id.
const MAX_ID_LENGTH: usize = 16;

/// A result of an earlier edit, as it is named in place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultName {
    /// `@`: the last result, or what `undo` went back to.
    Current,
    /// `@2`: counted back from the last result, which is 1, whatever was undone. 0 names none.
    Back(u32),
    /// `@JOB`: the result of the job whose id this is, or begins like this.
    Job(String),
}

impl ResultName {
    /// Parses an argument. `None` if it names no result: a name has only letters and digits after the `@`, so `@a.jpg` and `./@`
    /// are files.
    pub fn parse(argument: &OsStr) -> Option<ResultName> {
        let name = argument.to_str()?.strip_prefix('@')?;
        if name.is_empty() {
            return Some(ResultName::Current);
        }
        if name.len() > MAX_ID_LENGTH || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let is_number = name.len() <= MAX_NUMBER_DIGITS && name.bytes().all(|byte| byte.is_ascii_digit());
        match name.parse() {
            Ok(number) if is_number => Some(ResultName::Back(number)),
            _ => Some(ResultName::Job(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_at_sign_with_nothing_or_a_number_or_an_id() {
        let job = |id: &str| Some(ResultName::Job(id.to_owned()));
        for (text, found) in [
            ("@", Some(ResultName::Current)),
            ("@2", Some(ResultName::Back(2))),
            ("@002", Some(ResultName::Back(2))),
            ("@0", Some(ResultName::Back(0))),
            ("@1234567", job("1234567")),
            ("@2o", job("2o")),
            ("@0123456789abcdef", job("0123456789abcdef")),
            ("@0123456789abcdefg", None),
            ("./@", None),
            ("@.jpg", None),
            ("@a/b", None),
            ("@@", None),
            ("a@", None),
            ("@ä", None),
            ("", None),
        ] {
            assert_eq!(ResultName::parse(OsStr::new(text)), found, "{text}");
        }
    }
}
