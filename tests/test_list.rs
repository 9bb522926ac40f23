//! No file of tests is forgotten.

use std::fs;
use std::path::Path;

#[test]
fn every_test_file_is_a_module_of_the_binary() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let main = fs::read_to_string(directory.join("main.rs")).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name != "main" && path.extension().is_some_and(|extension| extension == "rs") {
            assert!(main.contains(&format!("\nmod {name};")), "{name}.rs is in no binary");
        }
    }
}
