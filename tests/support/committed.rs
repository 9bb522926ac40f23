//! Committed files that must equal what the program prints.

use std::fs;
use std::path::{Path, PathBuf};

use super::{TestEnv, decode_rgb};

/// Returns the standard output of a command.
pub(crate) fn printed(args: &str) -> String {
    String::from_utf8(TestEnv::new().command(args).any_stdout().assert().stdout).unwrap()
}

/// Returns the path of a file in the checkout.
pub(crate) fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares `printed` with a committed file. With `SEEDEDIT_UPDATE=1`, writes the file instead.
pub(crate) fn ensure_committed(path: &str, printed: &str) {
    let file = checkout(path);
    if std::env::var_os("SEEDEDIT_UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, printed).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        committed == printed,
        "{path} is not what is printed; `SEEDEDIT_UPDATE=1 cargo test` rewrites it.\n{printed}"
    );
}

/// Compares the pixels of a picture with those of a committed one. With `SEEDEDIT_UPDATE=1`, writes the file instead.
pub(crate) fn ensure_committed_picture(path: &str, found: &[u8]) {
    let file = checkout(path);
    if std::env::var_os("SEEDEDIT_UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, found).unwrap();
    }
    let committed = fs::read(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(
        decode_rgb(&committed) == decode_rgb(found),
        "{path} is not what is drawn; `SEEDEDIT_UPDATE=1 cargo test` rewrites it. Look at it before you commit it."
    );
}

/// The sorted names of the files in a directory of the checkout.
pub(crate) fn committed_names(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(checkout(directory)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
